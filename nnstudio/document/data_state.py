"""State of a document's data: known by signature, refused, or being read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.data import Dataset, Signature
from engine.data.base import Stamp
from engine.errors import EngineError


@dataclass(frozen=True)
class Known:
    """Data that were read, with the stamps of their files."""

    signature: Signature
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Data that cannot be read, the error, and the stamps of their files, if any."""

    error: EngineError
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True)
class Loading:
    """Data being read, by the name of their file or folder."""

    name: str


DataState = Known | Refused | Loading


def read_state(dataset: Dataset) -> Known | Refused:
    """Read the state now, which may take as long as reading all files."""
    stamps: tuple[Stamp, ...] = ()
    try:
        stamps = dataset.stamps()
        return Known(dataset.signature(), stamps)
    except EngineError as error:
        return Refused(error, stamps)


def place_name(dataset: Dataset) -> str:
    """Name of a data set's file or folder; without one, the data set's title."""
    path = str(getattr(dataset, dataset.location[0], "")) if dataset.location else ""
    return Path(path).name or dataset.title.partition(" (")[0]
