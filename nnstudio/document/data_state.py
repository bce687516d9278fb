"""State of a document's data: known, refused, or being read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.data import Dataset, Signature
from engine.data.base import Stamp
from engine.errors import EngineError


@dataclass(frozen=True)
class Known:
    """State of data that were read; `stamps` are those of their files at that time."""

    signature: Signature
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True)
class Refused:
    """State of data that cannot be read, with the reason.

    `stamps` are those of their files, as far as there are any.
    """

    error: EngineError
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True)
class Loading:
    """State of data that are being read, named by their file or folder."""

    name: str


DataState = Known | Refused | Loading


def read_state(dataset: Dataset) -> Known | Refused:
    """Read the signature now, which may take as long as reading all of the files."""
    stamps: tuple[Stamp, ...] = ()
    try:
        stamps = dataset.stamps()
        return Known(dataset.signature(), stamps)
    except EngineError as error:
        return Refused(error, stamps)


def place_name(dataset: Dataset) -> str:
    """Display name of a data set's files: the last part of their path, else its title."""
    path = str(getattr(dataset, dataset.location[0], "")) if dataset.location else ""
    return Path(path).name or dataset.title.partition(" (")[0]
