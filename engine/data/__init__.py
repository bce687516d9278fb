"""Data sets. Importing this package fills `DATASETS`; `AnyDataset` is the type to use in validated models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.data.base import DATASETS, Dataset, MissingDataError, NoSamplesError
from engine.data.bundled import Digits, Iris
from engine.data.formats import open_path
from engine.data.formula import Formula
from engine.data.idx import MNIST, download
from engine.data.npz import NpzFile
from engine.data.painted import PaintedPoints
from engine.data.points import Points
from engine.data.preparation import Preparation
from engine.data.samples import Columns, Data, Signature, split
from engine.data.synthetic import XOR, Circles, Gaussians, Hills, Moons, Plane, Spirals
from engine.data.tables.table_file import TableFile
from engine.declared import one_of

if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = one_of(DATASETS)

__all__ = [
    "DATASETS",
    "MNIST",
    "XOR",
    "AnyDataset",
    "Circles",
    "Columns",
    "Data",
    "Dataset",
    "Digits",
    "Formula",
    "Gaussians",
    "Hills",
    "Iris",
    "MissingDataError",
    "Moons",
    "NoSamplesError",
    "NpzFile",
    "PaintedPoints",
    "Plane",
    "Points",
    "Preparation",
    "Signature",
    "Spirals",
    "TableFile",
    "download",
    "open_path",
    "split",
]
