"""Place of a project's data file: kept relative to the project, and found again where both were moved together."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath

from engine.data import Dataset
from engine.data.file_dataset import FileDataset, user_path
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project.outside import is_inside


def place_of(dataset: Dataset) -> str:
    """Path of the file or folder that a data set is read from; "" where it names none."""
    return str(getattr(dataset, dataset.location[0])) if isinstance(dataset, FileDataset) else ""


def with_relative_path(document: Document, folder: Path) -> Document:
    """Document to save in this folder: its data also know their way from there."""
    dataset = document.data.dataset
    place = place_of(dataset)
    if not place:
        return document
    try:
        relative = PurePath(os.path.relpath(user_path(place), folder)).as_posix()
    except ValueError:
        # On another drive, or no path at all.
        return document
    return edits.set_data(document, dataset=dataset.with_changes(relative=relative))


def found_again(document: Document, folder: Path, *, everywhere: bool = True) -> Document:
    """Document that was saved in a folder with this name for its data, or was moved there.

    The data lie where they lay seen from the project; else where they were; else beside the project, or below it in
    folders of the same names. Where they are in none of these places, they stay named as they were. Unless they may be
    `everywhere`, nothing outside the project's folder is touched.
    """
    dataset = document.data.dataset
    place = place_of(dataset)
    if not isinstance(dataset, FileDataset) or not (place or dataset.relative):
        return document
    folder = Path(os.path.abspath(folder))
    moved = [os.path.normpath(folder / dataset.relative)] if dataset.relative else []
    for path in (*moved, place, *_below(folder, place)):
        if path and (everywhere or is_inside(path, folder)) and os.path.exists(user_path(path)):
            place = path
            break
    return edits.set_data(document, dataset=dataset.located(place).with_changes(relative=""))


def _below(folder: Path, place: str) -> list[str]:
    """Paths below a folder that end as a place does, the longest first; it may be of another system."""
    parts = [part for part in re.split(r"[\\/]", place) if part not in ("", ".", "..")]
    return [str(folder.joinpath(*parts[start:])) for start in range(len(parts))]
