"""Data sets. Importing this package fills `DATASETS`; `AnyDataset` is the type to use in validated models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.data.access import WithheldDataError
from engine.data.awaited import AwaitedData
from engine.data.base import DATASETS, Dataset, MissingDataError, NoSamplesError
from engine.data.bundled import Digits
from engine.data.bundled_tables import BreastCancer, Diabetes, Iris, Wine
from engine.data.card import Card
from engine.data.curves import SineCurve, StepCurve
from engine.data.formats import open_path
from engine.data.formula import Formula
from engine.data.idx_pictures import IdxFiles
from engine.data.mnist import KMNIST, MNIST, EMNISTLetters, FashionMNIST
from engine.data.npz import NpzFile
from engine.data.painted import PaintedPoints
from engine.data.patterns import Checkerboard, Rings
from engine.data.pictures.folder import BrokenFilesError, PictureFolder
from engine.data.points import Points
from engine.data.preparation import Preparation
from engine.data.release import Progress, Release
from engine.data.samples import Columns, Data, Signature, split
from engine.data.shapes import Shapes
from engine.data.synthetic import XOR, Circles, Gaussians, Hills, Moons, Plane, Spirals
from engine.data.tables.table_file import TableFile
from engine.declared import one_of

if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = one_of({**DATASETS, AwaitedData.__name__: AwaitedData})

__all__ = [
    "DATASETS",
    "KMNIST",
    "MNIST",
    "XOR",
    "AnyDataset",
    "AwaitedData",
    "BreastCancer",
    "BrokenFilesError",
    "Card",
    "Checkerboard",
    "Circles",
    "Columns",
    "Data",
    "Dataset",
    "Diabetes",
    "Digits",
    "EMNISTLetters",
    "FashionMNIST",
    "Formula",
    "Gaussians",
    "Hills",
    "IdxFiles",
    "Iris",
    "MissingDataError",
    "Moons",
    "NoSamplesError",
    "NpzFile",
    "PaintedPoints",
    "PictureFolder",
    "Plane",
    "Points",
    "Preparation",
    "Progress",
    "Release",
    "Rings",
    "Shapes",
    "Signature",
    "SineCurve",
    "Spirals",
    "StepCurve",
    "TableFile",
    "Wine",
    "WithheldDataError",
    "open_path",
    "split",
]
