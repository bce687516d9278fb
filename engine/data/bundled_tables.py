"""Small real tables bundled with the program. Sources and licences: resources/data/README.md.

Their numbers are kept as they were published: whole numbers, with the number of decimals of each column.
"""

from __future__ import annotations

import io
from functools import cache
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import STANDARDISE, Dataset
from engine.data.card import Card
from engine.data.samples import Array, Columns, Data, Signature


def bundled(name: str) -> dict[str, Array]:
    """Arrays of resources/data/NAME.npz."""
    import resources  # the files of the whole program; the rest of the engine does without

    with np.load(io.BytesIO(resources.path("data", f"{name}.npz").read_bytes()), allow_pickle=False) as file:
        return dict(file)


@cache
def _table(name: str) -> tuple[Array, Array]:
    """Inputs (N, columns), float64 as published, and targets (N,)."""
    arrays = bundled(name)
    return arrays["x"] / np.power(10.0, arrays["decimals"]), arrays["y"]


class BundledTable(Dataset):
    """Base of tables that come with the program.

    Class attributes:
        file: stem of the file in resources/data.
        columns: names of the inputs.
        classes: names of the classes; empty for regression.
    """

    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"
    file: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]] = ()
    classes: ClassVar[tuple[str, ...]] = ()

    standardize: bool = Field(True, title="Standardise", description=STANDARDISE)

    def signature(self) -> Signature:
        return _signature(type(self))

    def load(self) -> Data:
        x, y = _table(self.file)
        names = Columns(names=self.columns)
        x = x.astype(np.float32)
        if self.classes:
            return Data(x, y.astype(np.int64), "classification", self.classes, self.columns, names)
        return Data(x, y[:, None].astype(np.float32), "regression", (), self.columns, names)

    @property
    def standardised(self) -> bool:
        return self.standardize

    def scaled(self) -> Self:
        return self.with_changes(standardize=True)


@cache
def _signature(kind: type[BundledTable]) -> Signature:
    return kind().load().signature  # type: ignore[call-arg]


class Iris(BundledTable):
    """Iris flowers: 150 samples, 3 classes, 4 lengths each (Fisher 1936)."""

    title: ClassVar[str] = "Iris"
    help: ClassVar[str] = "150 flowers of three species, described by four lengths in centimetres."
    icon: ClassVar[str] = "iris"
    card: ClassVar[Card] = Card(
        "150 flowers, four lengths each; three classes of 50",
        "R. A. Fisher, 1936; UCI Machine Learning Repository",
        "CC BY 4.0",
        "https://archive.ics.uci.edu/dataset/53/iris",
    )
    file: ClassVar[str] = "iris"
    columns: ClassVar[tuple[str, ...]] = ("sepal length", "sepal width", "petal length", "petal width")
    classes: ClassVar[tuple[str, ...]] = ("setosa", "versicolor", "virginica")

    type: Literal["Iris"] = "Iris"


class Wine(BundledTable):
    """Wine recognition: 178 samples, 3 classes, 13 chemical measurements (Forina et al. 1988)."""

    title: ClassVar[str] = "Wine"
    help: ClassVar[str] = "178 Italian wines of three growers, told apart by a chemical analysis."
    icon: ClassVar[str] = "wine"
    card: ClassVar[Card] = Card(
        "178 wines, 13 measurements each; three classes of 59, 71 and 48",
        "M. Forina and others, PARVUS, 1988; UCI Machine Learning Repository",
        "CC BY 4.0",
        "https://archive.ics.uci.edu/dataset/109/wine",
    )
    file: ClassVar[str] = "wine"
    columns: ClassVar[tuple[str, ...]] = (
        "alcohol",
        "malic acid",
        "ash",
        "alcalinity of ash",
        "magnesium",
        "total phenols",
        "flavanoids",
        "nonflavanoid phenols",
        "proanthocyanins",
        "colour intensity",
        "hue",
        "OD280/OD315",
        "proline",
    )
    classes: ClassVar[tuple[str, ...]] = ("grower 1", "grower 2", "grower 3")

    type: Literal["Wine"] = "Wine"


_CELL = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


class BreastCancer(BundledTable):
    """Breast Cancer Wisconsin (Diagnostic): 569 samples, 2 classes, 30 measurements (Wolberg et al. 1995)."""

    title: ClassVar[str] = "Breast cancer"
    help: ClassVar[str] = "569 tumours, malignant or benign, by 30 measurements of their cell nuclei."
    icon: ClassVar[str] = "cells"
    card: ClassVar[Card] = Card(
        "569 tumours, 30 measurements each; 212 malignant, 357 benign",
        "W. H. Wolberg, W. N. Street, O. L. Mangasarian, 1995; UCI Machine Learning Repository",
        "CC BY 4.0",
        "https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
    )
    file: ClassVar[str] = "breast-cancer"
    columns: ClassVar[tuple[str, ...]] = tuple(
        name.format(part) for name in ("mean {}", "{} error", "worst {}") for part in _CELL
    )
    classes: ClassVar[tuple[str, ...]] = ("malignant", "benign")

    type: Literal["BreastCancer"] = "BreastCancer"


class Diabetes(BundledTable):
    """Diabetes: 442 patients, 10 measurements, progression after a year (Efron et al. 2004)."""

    title: ClassVar[str] = "Diabetes"
    help: ClassVar[str] = "Regression: how far the disease of 442 patients has gone a year after ten measurements."
    icon: ClassVar[str] = "diabetes"
    card: ClassVar[Card] = Card(
        "442 patients, ten measurements each; a number from 25 to 346 to predict",
        "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least Angle Regression, 2004",
        "none named by the authors; scikit-learn ships them under BSD 3-Clause",
        "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
    )
    file: ClassVar[str] = "diabetes"
    columns: ClassVar[tuple[str, ...]] = (
        "age",
        "sex",
        "body mass index",
        "blood pressure",
        "total cholesterol",
        "LDL",
        "HDL",
        "cholesterol / HDL",
        "log triglycerides",
        "blood sugar",
    )

    type: Literal["Diabetes"] = "Diabetes"
