"""Data and networks that several tests need."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def write_idx(folder: Path, pictures: np.ndarray, labels: np.ndarray, part: str = "train") -> None:
    """Write pictures (N, H, W) and labels (N,) as a folder of MNIST's files holds them, unpacked."""
    for kind, array in (("images-idx3", pictures), ("labels-idx1", labels)):
        head = bytes((0, 0, 8, array.ndim)) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / f"{part}-{kind}-ubyte").write_bytes(head + array.astype(np.uint8).tobytes())
