"""Registry of data formats: the importer of a path, and common texts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from engine.data import access
from engine.data.base import DATASETS, Dataset
from engine.data.file_dataset import FileDataset, Format, Part, Pick, existing, user_path
from engine.errors import DataError


def importers() -> list[tuple[type[FileDataset], Format]]:
    """Data sets that can be opened by path, each with its format, in order."""
    found = [
        (kind, kind.format) for kind in DATASETS.values() if issubclass(kind, FileDataset) and kind.format is not None
    ]
    return sorted(found, key=lambda entry: entry[1].noun)


def open_path(path: str | Path, prefer: Part = "train") -> Dataset:
    """Data set of a file or folder, judged by the importers; nothing is read yet.

    Where there is a training and a test part, `prefer` chooses one. Raises DataError.
    """
    place = user_path(path)
    # Whoever names it by hand wants it read.
    access.allow(str(place))
    pick: Pick = "folder" if os.path.isdir(place) else "file"
    if pick == "file":
        existing(str(place), "a data file")
    for kind, form in importers():
        if pick in form.picks and (dataset := kind.opens(place, prefer)) is not None:
            return dataset
    expected = either(form.expected for _, form in importers() if pick in form.picks)
    found = "a folder without data" if pick == "folder" else "no data file"
    raise DataError(f"{place} is {found} that can be opened; expected {expected}")


def supported(pick: Pick | None = None) -> str:
    """All formats in words: "a .csv table, a .npz file ... or ..."; those of files or of folders only with `pick`."""
    return either(form.noun for _, form in importers() if pick is None or pick in form.picks)


def file_patterns() -> tuple[str, ...]:
    """Patterns of the names of all files that can be opened, such as "*.csv"."""
    return tuple(dict.fromkeys(f"*{suffix}" for _, form in importers() for suffix in form.suffixes))


def input_endings() -> tuple[str, ...]:
    """Suffixes of files from which samples can be predicted."""
    return tuple(dict.fromkeys(end for _, form in importers() for end in (*form.suffixes, *form.bare)))


def importer_of_inputs(path: str) -> type[FileDataset] | None:
    """Importer that reads samples to predict from such a file or folder; None if there is none."""
    if os.path.isdir(place := user_path(path)):
        folders = (kind for kind, form in importers() if "folder" in form.picks and form.bare)
        return next((kind for kind in folders if kind.opens(place) is not None), None)
    name = path.lower()
    return next((kind for kind, form in importers() if name.endswith((*form.suffixes, *form.bare))), None)


def either(words: Iterable[str]) -> str:
    """Words joined in a sentence: "a, b or c"."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
