"""Small real data sets bundled with the program. Sources and licences: resources/data/README.md."""

from __future__ import annotations

import io
from functools import cache
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import STANDARDISE, Dataset
from engine.data.enlarging import enlarged
from engine.data.idx import MNIST
from engine.data.samples import Array, Columns, Data, Signature
from engine.data.selection import chosen_names, select

_DIGITS = tuple(str(digit) for digit in range(10))


@cache
def _arrays(name: str) -> tuple[Array, Array]:
    import resources  # the files of the whole program; the rest of the engine does without

    with np.load(io.BytesIO(resources.path("data", f"{name}.npz").read_bytes()), allow_pickle=False) as file:
        return file["x"], file["y"]


class Iris(Dataset):
    """Iris flowers: 150 samples, 3 classes, 4 lengths each (Fisher 1936)."""

    title: ClassVar[str] = "Iris"
    help: ClassVar[str] = "150 flowers of three species, described by four lengths in centimetres."
    icon: ClassVar[str] = "iris"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"

    type: Literal["Iris"] = "Iris"
    standardize: bool = Field(True, title="Standardise", description=STANDARDISE)

    def signature(self) -> Signature:
        return Signature((4,), "classification", ("setosa", "versicolor", "virginica"), 0, 150)

    def load(self) -> Data:
        tenths, y = _arrays("iris")
        names = ("sepal length", "sepal width", "petal length", "petal width")
        classes, columns = self.signature().classes, Columns(names=names)
        x = tenths.astype(np.float32) / 10
        return Data(x, y.astype(np.int64), "classification", classes, names, columns)

    @property
    def standardised(self) -> bool:
        return self.standardize

    def scaled(self) -> Self:
        return self.with_changes(standardize=True)


class Digits(Dataset):
    """Handwritten digits: 1,797 images of 8x8 pixels, scaled to 0..1. UCI, Alpaydin and Kaynak 1998."""

    title: ClassVar[str] = "Digits"
    help: ClassVar[str] = "1,797 real handwritten digits of 8x8 pixels; they can be enlarged to 28x28, as MNIST's."
    icon: ClassVar[str] = "digits"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "pictures"

    type: Literal["Digits"] = "Digits"
    classes: tuple[Annotated[int, Field(ge=0, le=9)], ...] | None = Field(
        None,
        title="Only digits",
        description="Digits to keep, such as 0, 1; empty for all ten.",
        min_length=2,
        json_schema_extra={"none": "all ten"},
    )
    per_class: int | None = Field(
        None,
        ge=1,
        le=2000,
        title="Per class",
        description="At most this many samples of each class; empty for all.",
        json_schema_extra={"none": "all"},
    )

    size: Literal["8x8", "28x28"] = Field(
        "8x8",
        title="Pixels",
        description="28x28 matches MNIST: digits of 20x20 pixels with a border of 4. One network then fits both.",
    )

    def signature(self) -> Signature:
        _, y = _arrays("digits")
        samples = len(select(y, self.classes, self.per_class)[0])
        side = 8 if self.size == "8x8" else 28
        return Signature((1, side, side), "classification", chosen_names(_DIGITS, self.classes), 0, samples)

    def load(self) -> Data:
        x, y = _arrays("digits")
        indices, labels = select(y, self.classes, self.per_class)
        pictures = (x[indices].astype(np.float32) / 16).reshape(-1, 1, 8, 8)
        if self.size == "28x28":
            pictures = enlarged(pictures, 20, 4)
        return Data(pictures, labels, "classification", chosen_names(_DIGITS, self.classes))

    @classmethod
    def standing_in(cls, larger: Dataset) -> Self | None:
        if not isinstance(larger, MNIST):
            return None
        few = larger.per_class if larger.per_class is not None and larger.per_class <= 2000 else None
        return cls(classes=larger.classes, per_class=few, size="28x28")

    def larger(self) -> MNIST:
        return MNIST(classes=self.classes, per_class=self.per_class)
