"""Plan of reading pictures: which files, with which labels, and what is left out before any is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from engine.data.pictures.label_table import read_labels
from engine.data.pictures.listing import PictureFile, natural_key
from engine.data.samples import Skipped
from engine.errors import DataError


@dataclass(frozen=True)
class Plan:
    """Files to read, in order.

    Attributes:
        folder: the folder that their paths begin at. part: its place within the chosen folder.
        files, words: the pictures, and the label of each.
        table, names, labels: the table of the labels and its columns; "" where folders are the classes.
        skipped: what is left out already, with reasons. notes: sentences on it.
    """

    folder: Path
    part: str
    files: Sequence[PictureFile]
    words: Sequence[str]
    table: str = ""
    names: str = ""
    labels: str = ""
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def limited(self, per_class: int | None) -> Self:
        """Plan with at most so many files of each label, the first ones."""
        if per_class is None:
            return self
        seen: Counter[str] = Counter()
        kept = []
        for index, word in enumerate(self.words):
            seen[word] += 1
            if seen[word] <= per_class:
                kept.append(index)
        return replace(self, files=[self.files[index] for index in kept], words=[self.words[index] for index in kept])


def labelled_by_folder(folder: Path, part: str, files: Sequence[PictureFile]) -> Plan:
    """Plan in which the first folder of a path names the class. Raises DataError if there is none."""
    labels = [file.label for file in files]
    inside = [file for file, label in zip(files, labels, strict=True) if label]
    if not inside:
        raise DataError(
            f"{folder} holds {len(files):,} pictures, but no folders of classes. Put the pictures of each class into a "
            "folder of its own, or beside them a table, such as labels.csv, with their names and labels"
        )
    stray = (file for file, label in zip(files, labels, strict=True) if not label)
    outside = tuple(Skipped(file.path, "lies in no folder of a class") for file in stray)
    return Plan(folder, part, inside, [label for label in labels if label], skipped=outside)


def labelled_by_table(
    folder: Path, part: str, files: Sequence[PictureFile], table: Path, names: str, labels: str
) -> Plan:
    """Plan in which a table names the label of each picture. Raises DataError."""
    found = read_labels(table, files, names, labels)
    has_label = set(found.files)
    skipped = [Skipped(name, "is named in the table, but is no picture in the folder") for name in found.gone]
    bare = [Skipped(file.path, "has no label in the table") for file in files if file not in has_label]
    order = sorted(range(len(found.files)), key=lambda index: natural_key(found.files[index].path))
    return Plan(
        folder,
        part,
        [found.files[index] for index in order],
        [found.words[index] for index in order],
        table=table.name,
        names=found.names,
        labels=found.labels,
        skipped=(*skipped, *bare),
    )
