"""List the picture files of a folder, with their classes and stamps. No picture is opened."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from engine.data.progress import advance
from engine.errors import DataError

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
# A folder of more files than this is a disk, and no data set.
_MOST_FILES = 2_000_000
_DEEPEST = 16
_NUMBER = re.compile(r"\d+")
# Longer numbers are none that anybody counts by.
_DIGITS = 24
# How many files are listed between two reports of progress.
_BLOCK = 2000
# Looking through a folder for longer than this, in seconds, is not repeated for a while: so many times as long, and so
# many seconds at most.
_LONG, _REST, _LONGEST_REST = 0.1, 10.0, 5.0

# Names under which data sets keep their parts, as folders beside each other.
_PARTS: Final = {
    "train": frozenset({"train", "training"}),
    "test": frozenset({"test", "testing"}),
    "validation": frozenset({"val", "valid", "validation"}),
}


_lock = threading.Lock()


class PictureFile(NamedTuple):
    """Picture file: its path within the folder (with "/"), time of the last change (ns), and size in bytes."""

    path: str
    changed: int
    size: int

    @property
    def label(self) -> str:
        """First folder of its path, which names its class; "" for a file in no folder."""
        first, slash, _ = self.path.partition("/")
        return first if slash else ""


# The files of the folder that was looked through last, with the time until which they hold; and as they were sorted.
_seen: dict[Path, tuple[float, list[PictureFile]]] = {}
_sorted: dict[Path, tuple[list[PictureFile], list[PictureFile]]] = {}


def is_picture(name: str) -> bool:
    """True if a file's name has the suffix of a picture."""
    return name.lower().endswith(SUFFIXES)


def list_pictures(folder: Path) -> list[PictureFile]:
    """List all pictures in a folder and the folders in it, in natural order: "2.png" comes before "10.png".

    Hidden files and folders, and those that systems leave behind, are passed over. Raises DataError if the folder
    cannot be read.
    """
    files = found_pictures(folder)
    with _lock:
        known = _sorted.get(folder)
    if known is None or known[0] != files:
        known = files, sorted(files, key=lambda file: natural_key(file.path))
        with _lock:
            _sorted.clear()
            _sorted[folder] = known
    return list(known[1])


def found_pictures(folder: Path) -> list[PictureFile]:
    """List the pictures as `list_pictures` does, in any order.

    A folder of many thousands is not looked through again within a few times as long as that took: opening it asks for
    its files again and again.
    """
    with _lock:
        seen = _seen.get(folder)
    begin = time.monotonic()
    if seen is not None and begin < seen[0]:
        return seen[1]
    files = list(_found(folder))
    end = time.monotonic()
    with _lock:
        _seen.clear()
        if end - begin > _LONG:
            _seen[folder] = end + min(_REST * (end - begin), _LONGEST_REST), files
    return files


def _found(folder: Path) -> Iterator[PictureFile]:
    try:
        for count, file in enumerate(_walk(str(folder), "", frozenset({os.path.realpath(folder)}))):
            if count % _BLOCK == 0:
                advance(count, 0, "files")
            if count >= _MOST_FILES:
                raise DataError(f"{folder} holds more than {_MOST_FILES:,} pictures; choose a folder with fewer")
            yield file
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}") from None


def _walk(folder: str, inner: str, above: frozenset[str]) -> Iterator[PictureFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(".") or name == "__MACOSX":
                continue
            if entry.is_dir():
                place = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                # A link that leads back to where it lies would never end.
                if place not in above and len(above) < _DEEPEST:
                    yield from _walk(entry.path, f"{inner}{name}/", above | {place})
            elif is_picture(name) and entry.is_file():
                status = entry.stat()
                yield PictureFile(inner + name, status.st_mtime_ns, status.st_size)


def natural_key(text: str) -> tuple[str, str]:
    """Sort key in which the numbers within a text count as numbers; names that differ in case alone have an order."""
    return _NUMBER.sub(_padded, text.casefold()), text


def _padded(number: re.Match[str]) -> str:
    return number[0].zfill(_DIGITS)


def root_of_classes(files: list[PictureFile], prefer: str = "train") -> str:
    """Folder within the folder whose folders are classes; "" for the folder itself.

    A folder that is alone in its folder is passed through, as unpacked archives have it. Of a training, a test and a
    validation part, the one to `prefer` is chosen, else the training part.
    """
    root = ""
    while True:
        inner = [file.path[len(root) :] for file in files if file.path.startswith(root)]
        # Only folders that hold folders can be anything but classes.
        deep = Counter(path.partition("/")[0] for path in inner if path.count("/") >= 2)
        first = {path.partition("/")[0] for path in inner if "/" in path}
        if not deep or first != set(deep):
            return root.rstrip("/")
        parts = {name: part for name in first if (part := _part_of(name))}
        if set(parts) == first and (len(first) > 1 or "train" in parts.values()):
            names = sorted(first, key=lambda name: (parts[name] != prefer, parts[name] != "train", name))
            root += f"{names[0]}/"
        elif len(first) == 1:
            root += f"{first.pop()}/"
        else:
            return root.rstrip("/")


def _part_of(name: str) -> str:
    """Part of a data set that a folder's name stands for; "" if it is none."""
    return next((part for part, names in _PARTS.items() if name.lower() in names), "")
