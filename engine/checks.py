"""Argument checks at the public surface, with errors that name the mistake."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError, EngineError, SpecError
from engine.types import Shape, show_shape

# Parts and letters of a value that may be seen of it, at most.
_SHOWN = 100


def expect_kind(value: object, kind: Any, what: str, wanted: str, error: type[EngineError] = SpecError) -> None:
    """Check the type of a value.

    Raises `error` if it is of none of these types: "`what` must be `wanted`, found ...".
    """
    if not isinstance(value, kind):
        raise error(f"{what} must be {wanted}, found {shown(value)}")


def expect_count(value: object, what: str, *, least: int = 0) -> None:
    """Check for an integer of at least `least`. Raises SpecError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SpecError(f"{what} must be a whole number of at least {least}, found {shown(value)}")


def expect_finite(array: NDArray[Any], what: str) -> None:
    """Check that numbers, (N, ...), hold neither NaN nor infinity. Raises DataError: "the `what` hold ..."."""
    # Most often the sum tells at once, without an array of its own.
    with np.errstate(all="ignore"):
        if array.dtype.kind not in "fc" or np.isfinite(array.sum()):
            return
    finite = np.isfinite(np.atleast_1d(array))
    if not finite.all():
        bad = int(np.argwhere(~finite)[0][0])
        raise DataError(f"the {what} hold NaN or infinity, first in sample {bad}; remove or replace them")


def expect_path(path: object) -> Path:
    """Path of a file. Raises DataError if the value cannot be one."""
    expect_kind(path, (str, os.PathLike), "a file's path", "a string or a pathlib.Path", DataError)
    try:
        text = os.fspath(path)  # type: ignore[call-overload]
        if isinstance(text, str) and text and "\0" not in text:
            return Path(text)
    except TypeError:
        pass
    raise DataError(f"{shown(path)} cannot be the path of a file")


def expect_shape(shape: object) -> Shape:
    """Shape of a sample, of at least one axis. Raises SpecError if the value is none, or if it is too large."""
    sizes = tuple(shape) if isinstance(shape, Sequence) else ()
    if not sizes or not all(_is_size(size) for size in sizes):
        raise SpecError(f"the input shape must be whole numbers above zero, such as (1, 28, 28); found {shown(shape)}")
    if math.prod(sizes) > 1 << 28:
        raise SpecError(f"an input of {show_shape(sizes)} is too large")
    return tuple(int(size) for size in sizes)


def as_pairs(values: Iterable[Any], what: str, wanted: str) -> list[tuple[Any, Any]]:
    """Values as a list of pairs. Raises SpecError if they are none."""
    try:
        found = list(values)
    except TypeError:
        raise SpecError(f"{what} must be {wanted}, found {shown(values)}") from None
    for value in found:
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise SpecError(f"{what} must be {wanted}, found {shown(value)} among them")
    return [tuple(value) for value in found]


def shown(value: object) -> str:
    """Text of a value for an error message, in one line and of limited length."""
    text = " ".join(repr(_beginning(value)).split())
    return text if len(text) <= 80 else text[:77] + "..."


def _beginning(value: Any, depth: int = 4) -> Any:
    """The first parts of a value, as many as are shown: the text of all of a million would take a gigabyte."""
    if type(value) in (str, bytes):
        return value[:_SHOWN]
    if depth and type(value) in (list, tuple):
        return type(value)(_beginning(part, depth - 1) for part in value[:_SHOWN])
    if depth and type(value) is dict:
        return {key: _beginning(part, depth - 1) for key, part in islice(value.items(), _SHOWN)}
    return value


def _is_size(size: object) -> bool:
    return isinstance(size, (int, np.integer)) and not isinstance(size, bool) and bool(size > 0)
