"""Cache of decoded pictures, for folders of many thousands.

An entry is a NumPy file that is mapped into memory, and a small JSON file with what was left out. It is found by a key
of the files' stamps and of how they were decoded, so that it is never out of date, only unused.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engine.data.samples import Array

_LOG = logging.getLogger(__name__)
# Goes up when the same files would be decoded to other pixels.
_VERSION = 1
# Bytes that all entries may take; the least recently used go first.
LARGEST: Final = 4 << 30

Broken = Mapping[int, str]


def folder() -> Path:
    """Folder of the cache: "pictures" in the user's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("nnstudio")) / "pictures"


def key_of(settings: Sequence[object], files: Iterable[str]) -> str:
    """Key of pictures, by how they are decoded and by path, time and size of each file, as text."""
    made = hashlib.sha256(repr((_VERSION, *settings)).encode())
    made.update("\n".join(files).encode("utf-8", "surrogatepass"))
    return made.hexdigest()[:40]


def load(key: str) -> tuple[Array, dict[int, str]] | None:
    """Pictures (N, channels, height, width) of a key, mapped from disk, and the reasons of broken ones by index.

    None if they are not in the cache, or damaged there.
    """
    place = folder() / f"{key}.npy"
    try:
        broken = json.loads(place.with_suffix(".json").read_text(encoding="utf-8"))
        pictures = np.load(place, mmap_mode="r", allow_pickle=False)
        if pictures.ndim != 4 or pictures.dtype not in (np.uint8, np.uint16):
            return None
        os.utime(place)  # used just now
        return pictures, {int(index): str(reason) for index, reason in broken.items()}
    except (OSError, ValueError, AttributeError, EOFError):
        return None


def save(key: str, pictures: Array, broken: Broken) -> None:
    """Keep pictures. A cache that cannot be written is no error: the files are there."""
    place = folder() / f"{key}.npy"
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_room(place.parent, pictures.nbytes)
        words = json.dumps({str(index): reason for index, reason in broken.items()})
        _write(place.with_suffix(".json"), words.encode())
        # Last, since an entry is there as soon as its pictures are.
        _write(place, pictures)
    except OSError as error:
        _LOG.warning("the pictures could not be kept in %s: %s", place.parent, error)


def _write(place: Path, content: bytes | Array) -> None:
    """Write a file that is there in one piece, or not at all."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                np.save(file, content, allow_pickle=False)
        os.replace(name, place)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _make_room(place: Path, size: int) -> None:
    """Remove the entries that were used longest ago, until so many bytes more have room."""
    entries = sorted((file.stat().st_mtime, file.stat().st_size, file) for file in place.glob("*.npy"))
    taken = sum(entry[1] for entry in entries) + size
    for _, freed, file in entries:
        if taken <= LARGEST:
            return
        file.unlink(missing_ok=True)
        file.with_suffix(".json").unlink(missing_ok=True)
        taken -= freed
