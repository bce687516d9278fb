"""State of a document's data: known by their signature, refused, or still being read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.data import Dataset, Signature
from engine.data.base import Stamp
from engine.errors import EngineError


@dataclass(frozen=True)
class Known:
    """Data that were read. `stamps` are those of their files as they were then."""

    signature: Signature
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Data that cannot be read, and why. `stamps` are those of their files, as far as there are any."""

    error: EngineError
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True)
class Loading:
    """Data that are being read, by the name of their file or folder."""

    name: str


DataState = Known | Refused | Loading


def read_state(dataset: Dataset) -> Known | Refused:
    """Reads the signature now, which may take as long as reading all of the files."""
    stamps: tuple[Stamp, ...] = ()
    try:
        stamps = dataset.stamps()
        return Known(dataset.signature(), stamps)
    except EngineError as error:
        return Refused(error, stamps)


def place_name(dataset: Dataset) -> str:
    """What a person calls the files of a data set: the last part of their path, else the data set's title."""
    path = str(getattr(dataset, dataset.location[0], "")) if dataset.location else ""
    return Path(path).name or dataset.title.partition(" (")[0]
