"""Read many picture files into one array: side by side, with progress, through the cache."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import Final

import numpy as np

from engine.data.pictures import cache
from engine.data.pictures.decoding import BrokenPictureError, Target, decode, examine
from engine.data.pictures.listing import PictureFile
from engine.data.progress import advance
from engine.data.samples import Array
from engine.data.sharing import part_of, shared
from engine.errors import DataError

# Bytes that all samples may take, as float32.
LARGEST: Final = 2 << 30
# How many pictures are looked at to guess size and colours, and the side that large ones get.
_LOOKED_AT, _SIDE = 48, 64
# Reading that takes longer than this is worth a place in the cache, in seconds.
WORTH_KEEPING = 0.5
_BLOCK = 32
# Bytes of an average file from which on several are decoded at a time.
_LARGE = 1 << 14


def guess_target(folder: Path, files: Sequence[PictureFile]) -> Target:
    """Guess size and colours from some of the pictures, spread over all.

    A common size of at most 64 pixels is kept; a larger one is reduced to 64 pixels on its longer side, and pictures
    of several sizes become squares. Raises DataError if none of them can be read.
    """
    places = np.unique(np.linspace(0, len(files) - 1, min(len(files), _LOOKED_AT)).astype(int))
    facts = []
    reason = ""
    for place in places:
        try:
            facts.append(examine(folder / files[place].path))
        except BrokenPictureError as error:
            reason = reason or f"{files[place].path} {error}"
        advance(0, len(files), "pictures")
    if not facts:
        raise DataError(f"{folder}: none of the pictures can be read: {reason}")
    ((height, width), count), *_ = Counter((fact.height, fact.width) for fact in facts).most_common()
    if count < len(facts):
        height = width = min(_SIDE, int(np.median([min(fact.height, fact.width) for fact in facts])))
    elif max(height, width) > _SIDE:
        scale = _SIDE / max(height, width)
        height, width = max(round(height * scale), 1), max(round(width * scale), 1)
    return Target(1 if all(fact.grey for fact in facts) else 3, height, width)


def decode_all(folder: Path, files: Sequence[PictureFile], target: Target) -> tuple[Array, dict[int, str]]:
    """Decode pictures, (n, channels, height, width), uint8 or uint16, and the reasons of those that are broken.

    The broken ones, by their index in `files`, are left out of the array. Processes that read together decode a part
    each. Raises DataError if all others are too large
    for the memory, and CancelledError.
    """
    shape = target.channels, target.height, target.width
    size = len(files) * int(np.prod(shape)) * 4
    if size > LARGEST:
        raise DataError(
            f"{len(files):,} pictures of {target.height} x {target.width} pixels take {size / 1e9:.1f} GB; at most "
            f"{LARGEST / 1e9:.1f} GB are read. Choose a smaller size, or fewer pictures per class"
        )
    stamps = (f"{file.path}\t{file.changed}\t{file.size}" for file in files)
    key = cache.key_of((*astuple(target), str(folder.resolve())), stamps)
    known = cache.load(key)
    if known is not None and known[0].shape != (len(files) - len(known[1]), *shape):
        known = None
    # All take what they have kept, or none does.
    if all(shared(lambda: known is not None)) and known is not None:
        return known
    begin = time.perf_counter()
    pictures, broken = _joined(shared(lambda: _decode_part(folder, files, target, part_of(len(files)))))
    if time.perf_counter() - begin > WORTH_KEEPING:
        cache.save(key, pictures, broken)
    return pictures, broken


def _joined(parts: Sequence[tuple[Array, dict[int, str]]]) -> tuple[Array, dict[int, str]]:
    if len(parts) == 1:
        return parts[0]
    fine = any(pictures.dtype == np.uint16 for pictures, _ in parts)
    widened = (_widened(pictures) if fine and pictures.dtype == np.uint8 else pictures for pictures, _ in parts)
    return np.concatenate(list(widened)), {index: why for _, broken in parts for index, why in broken.items()}


def _decode_part(
    folder: Path, files: Sequence[PictureFile], target: Target, part: range
) -> tuple[Array, dict[int, str]]:
    pictures = np.empty((len(part), target.channels, target.height, target.width), np.uint8)
    broken: dict[int, str] = {}
    kept = 0

    def one(file: PictureFile) -> Array | str:
        try:
            return decode(folder / file.path, target)
        except BrokenPictureError as error:
            return str(error)

    advance(0, len(part), "pictures")
    # Pillow unpacks and resamples without Python's lock, which pays as soon as that is most of the work.
    large = sum(file.size for file in files) > _LARGE * len(files)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        spread = pool.map if large else map
        for start in range(part.start, part.stop, _BLOCK):
            stop = min(start + _BLOCK, part.stop)
            for index, found in enumerate(spread(one, files[start:stop]), start):
                if isinstance(found, str):
                    broken[index] = found
                    continue
                if found.dtype == np.uint16 and pictures.dtype == np.uint8:
                    pictures = _widened(pictures)
                pictures[kept] = found if found.dtype == pictures.dtype else _widened(found)
                kept += 1
            advance(stop - part.start, len(part), "pictures")
    return pictures[:kept], broken


def _widened(pictures: Array) -> Array:
    """Pictures of 8 bits as those of 16: 255 becomes 65535."""
    return pictures.astype(np.uint16) * np.uint16(257)


def scaled(pictures: Array) -> Array:
    """Pictures of 8 or 16 bits as float32 from 0 (black) to 1 (white)."""
    x: Array = np.divide(pictures, np.float32(np.iinfo(pictures.dtype).max), dtype=np.float32)
    return x
