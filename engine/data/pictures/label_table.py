"""Tables of file names and labels, beside the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.data.pictures.listing import PictureFile, natural_key
from engine.data.preparation import listed
from engine.data.tables.source import column_names, open_source
from engine.data.tables.table_file import TableFile
from engine.errors import DataError

TABLE_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_LARGEST: Final = 1 << 28
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
    """Read the labels of pictures from a table.

    Args:
        files: all pictures. A name in the table is the path of one, its last part, or that without the suffix.
        names, labels: the columns to use; where they are "", they are found by what they hold. Raises DataError.
    """
    known = _by_name(files)
    header, columns = _read(path, known)
    at = _chosen(header, names, path) if names else _names_column(header, columns, known, path)
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
    for name, word in zip(columns[at], columns[to], strict=True):
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


def _names_column(header: list[str], columns: list[list[str]], known: dict[str, PictureFile], path: Path) -> int:
    for place in range(len(header)):
        looked_at = columns[place][:_LOOKED_AT]
        hits = sum(_plain(word) in known for word in looked_at)
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


def _read(path: Path, known: Mapping[str, PictureFile]) -> tuple[list[str], list[list[str]]]:
    """The names of a table's columns, and the words of each. Raises DataError.

    A first line that names a picture is no header; then the columns are called by their places.
    """
    import polars as pl

    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{path.name} has more than {_LARGEST:,} bytes; no table of labels is that large")
        # A short line at the end is a name without a label, and no note.
        given = TableFile(header="yes", skip_below=0, skip_last=0)
        source = open_source(path, given)
        if any(_plain(word.strip()) in known for word in source.header):
            source = open_source(path, given.with_changes(header="no"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    if source.empty:
        raise DataError(f"{path.name} holds no rows; expected a header line, and a name and a label in each line")
    whole = pl.concat(source.batches([pl.String] * source.count))
    words = whole.select(pl.all().cast(pl.String).str.strip_chars().fill_null(""))
    return list(column_names(path.name, source)), [words[str(place)].to_list() for place in range(source.count)]
