"""Tables of file names and labels, beside the pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.data.pictures.listing import PictureFile, natural_key
from engine.data.preparation import listed
from engine.errors import DataError

TABLE_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_LARGEST: Final = 1 << 28
_DELIMITERS: Final = ",;\t|"
# Names by which a column of labels is known.
_LABELS: Final = ("label", "labels", "class", "classes", "category", "target", "y")
# How many rows, and which share of their names, tell the column of file names.
_LOOKED_AT, _SHARE = 200, 0.5


@dataclass(frozen=True)
class Labelled:
    """Labels by picture.

    Attributes:
        files: the pictures that have a label, in the order of the table. words: their labels.
        names, labels: the columns they were found in.
        gone: names in the table that are no file. bare: how many pictures have no label.
    """

    files: tuple[PictureFile, ...]
    words: tuple[str, ...]
    names: str
    labels: str
    gone: tuple[str, ...]
    bare: int


def find_table(folder: Path, files: Sequence[PictureFile]) -> str:
    """Name of the first table in a folder, or beside it, that names its pictures; "" if there is none.

    A table beside the folder is named with its whole path.
    """
    for place in (folder, folder.parent):
        try:
            names = sorted((entry.name for entry in place.iterdir() if entry.is_file()), key=natural_key)
        except OSError:
            continue
        for name in names:
            if name.lower().endswith(TABLE_SUFFIXES):
                try:
                    read_labels(place / name, files)
                except DataError:
                    continue
                return name if place == folder else str(place / name)
    return ""


def read_labels(path: Path, files: Sequence[PictureFile], names: str = "", labels: str = "") -> Labelled:
    """Read the labels of pictures from a table with a header line.

    Args:
        files: all pictures. A name in the table is the path of one, its last part, or that without the suffix.
        names, labels: the columns to use; where they are "", they are found by what they hold. Raises DataError.
    """
    header, rows = _rows(path)
    known = _by_name(files)
    at = _chosen(header, names, path) if names else _names_column(header, rows, known, path)
    if labels:
        to = _chosen(header, labels, path)
    else:
        rest = [place for place in range(len(header)) if place != at]
        if not rest:
            raise DataError(f"{path.name} has one column, {header[0]!r:.40}; expected names of files, and labels")
        to = next((place for place in rest if header[place].casefold() in _LABELS), rest[0])
    found: list[PictureFile] = []
    words: list[str] = []
    gone: list[str] = []
    for row in rows:
        name, word = (row[place].strip() if place < len(row) else "" for place in (at, to))
        file = known.get(_plain(name))
        if file is None or not word:
            gone.append(name if file is None else f"{name} (no label)")
            continue
        found.append(file)
        words.append(word)
    if not found:
        raise DataError(f"{path.name}: the column {header[at]!r:.60} names none of the pictures in the folder")
    bare = len(files) - len(set(found))
    return Labelled(tuple(found), tuple(words), header[at], header[to], tuple(gone), bare)


def _plain(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./").casefold()


def _by_name(files: Sequence[PictureFile]) -> dict[str, PictureFile]:
    """Pictures by all the names they may go by; a name that is one of two pictures is left out."""
    known: dict[str, PictureFile | None] = {}
    for file in files:
        path = _plain(file.path)
        last = path.rpartition("/")[2]
        for name in {path, path.rpartition(".")[0], last, last.rpartition(".")[0]}:
            known[name] = None if name in known else file
    # The whole path is always of one picture.
    known |= {_plain(file.path): file for file in files}
    return {name: file for name, file in known.items() if file is not None}


def _names_column(header: list[str], rows: list[list[str]], known: dict[str, PictureFile], path: Path) -> int:
    looked_at = rows[:_LOOKED_AT]
    for place in range(len(header)):
        hits = sum(place < len(row) and _plain(row[place].strip()) in known for row in looked_at)
        if hits >= max(_SHARE * len(looked_at), 1):
            return place
    raise DataError(
        f"{path.name} has no column that names the pictures; its columns are {listed(header)}. "
        "Expected names such as cat_01.png"
    )


def _chosen(header: list[str], name: str, path: Path) -> int:
    if name not in header:
        raise DataError(f"{path.name} has no column {name!r:.60}; it has {listed(header)}")
    return header.index(name)


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header of a table, and its rows. Raises DataError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{path.name} has more than {_LARGEST:,} bytes; no table of labels is that large")
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise DataError(f"{path.name} cannot be read as a table: {error}") from None
    if len(rows) < 2:
        raise DataError(f"{path.name} holds no rows; expected a header line, and a name and a label in each line")
    return [name.strip() for name in rows[0]], rows[1:]
