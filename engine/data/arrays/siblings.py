"""Arrays that lie beside each other, one a file: x_train.npy, y_train.npy and the like."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from engine.data.arrays.array_file import Entry, list_arrays
from engine.data.arrays.roles import Role, role_of
from engine.errors import DataError

_MOST = 100


def paths_beside(path: Path) -> tuple[Path, ...]:
    """Files whose names tell that their arrays belong to that of this one, itself first; only names are looked at."""
    own = role_of(path.stem)
    if not own.kind:
        return (path,)
    found = []
    try:
        with os.scandir(path.parent) as entries:
            for entry in entries:
                other = Path(entry.name)
                alike = entry.name != path.name and other.suffix.lower() == path.suffix.lower()
                if alike and _belongs(role_of(other.stem), own) and entry.is_file():
                    found.append(path.parent / entry.name)
    except OSError:
        return (path,)
    return (path, *sorted(found)[:_MOST])


def _belongs(other: Role, own: Role) -> bool:
    return bool(other.kind) and other.rest == own.rest and (other.kind, other.part) != (own.kind, own.part)


def list_all(path: Path, file: str) -> tuple[list[Entry], tuple[Path, ...]]:
    """List the arrays of a file, with those beside it where it holds a single one, and their paths.

    Raises DataError.
    """
    entries = list_arrays(path, file)
    if len(entries) != 1:
        return entries, (path,)
    beside = paths_beside(path)[1:]
    found = [_named(entries[0], file)]
    kept = [path]
    for other in beside:
        name = str(Path(file).with_name(other.name))
        try:
            arrays = list_arrays(other, name)
        except DataError:
            if role_of(other.stem).part != role_of(path.stem).part:
                continue
            raise
        if len(arrays) == 1:
            found.append(_named(arrays[0], name))
            kept.append(other)
    if len(found) == 1:
        return entries, (path,)
    return found, tuple(kept)


def _named(entry: Entry, file: str) -> Entry:
    """Entry called as its file, since "arr_0" tells nothing."""
    return replace(entry, name=Path(file).stem)
