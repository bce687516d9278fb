"""Data sets. Importing this package fills `DATASETS`; `AnyDataset` is the type to use in validated models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.data.base import DATASETS, Data, Dataset, MissingDataError, Signature, split
from engine.data.bundled import Digits, Iris
from engine.data.files import CsvFile, NpzFile, open_path
from engine.data.idx import MNIST, download
from engine.data.synthetic import XOR, Circles, Gaussians, Hills, Moons, Plane, Spirals
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
    "CsvFile",
    "Data",
    "Dataset",
    "Digits",
    "Gaussians",
    "Hills",
    "Iris",
    "MissingDataError",
    "Moons",
    "NpzFile",
    "Plane",
    "Signature",
    "Spirals",
    "download",
    "open_path",
    "split",
]
