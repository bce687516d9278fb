"""Types shared by the whole engine: arrays and shapes."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

# Sizes along the axes of one sample, without the batch axis.
Shape = tuple[int, ...]
Array = NDArray[Any]
# An Array or None. Closures lose the result of a check of it, so a type checker could not follow `Array | None` there.
MaybeArray = Any


def show_shape(shape: Shape) -> str:
    """Text of a shape: `1x28x28`, or `10` for a vector."""
    return "x".join(str(size) for size in shape) if shape else "scalar"
