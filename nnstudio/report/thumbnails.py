"""Small pictures of samples, as addresses that hold the picture itself."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Larger pictures are taken apart into every second, third, ... pixel.
_MOST_SIDE = 128


def data_address(sample: Array) -> str:
    """Picture (H, W) or (C, H, W) as "data:image/png;base64,...", from its least number (or 0) to its largest.

    Three channels are colours; of any other number, the first channel is shown.
    """
    values = np.asarray(sample, float)
    if values.ndim == 3:
        values = values.transpose(1, 2, 0) if len(values) == 3 else values[0]
    every = max(1, -(-max(values.shape[:2]) // _MOST_SIDE))
    values = values[::every, ::every]
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 1e-6)
    pixels = np.clip((values - low) / (high - low) * 255, 0, 255).round().astype(np.uint8)
    return f"data:image/png;base64,{base64.b64encode(_png(pixels)).decode()}"


def _png(pixels: Array) -> bytes:
    """PNG file (ISO/IEC 15948) of grey values (H, W) or colours (H, W, 3), uint8."""
    height, width = pixels.shape[:2]
    colour = 2 if pixels.ndim == 3 else 0
    # Each line begins with the number of its filter: none.
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
