"""Picture files for tests, written with Pillow."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def write(path: Path, pixels: NDArray[np.generic], **options: object) -> Path:
    """Write pixels (height, width) or (height, width, channels) as a picture; the suffix decides on the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
    return path


def folders(root: Path, *, classes: tuple[str, ...] = ("cat", "dog"), each: int = 6, side: int = 8) -> Path:
    """A folder for each class, with grey pictures: the brightness tells class and number."""
    for label, name in enumerate(classes):
        for number in range(each):
            value = np.uint8(40 + 100 * label + number)
            write(root / name / f"{number}.png", np.full((side, side), value, np.uint8))
    return root


def bomb(path: Path, width: int = 60_000, height: int = 60_000) -> Path:
    """A small PNG that announces a huge picture: a header, and rows of zeros that are never to be unpacked."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20), 9)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return path
