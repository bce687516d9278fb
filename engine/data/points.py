"""Points of a painted data set: an immutable, packed list, and the edits of a brush."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from engine.data.samples import Array, single
from engine.errors import DataError

# Most points of one sheet: more would hide each other.
MOST_POINTS: Final = 10_000

_ROW: Final = np.dtype([("x", "<f4"), ("y", "<f4"), ("value", "<f4"), ("number", "<u4")])
_NUMBERS: Final = 1 << 32
# A file holds them as a text: numbers of a point in a row, with points in between.
_BETWEEN_POINTS, _MOST_TEXT = ";", 100 * MOST_POINTS


class Points:
    """Immutable list of points in the plane, each with a value (a class or a height) and a number of its own.

    The number is given once and never changes, so that a point keeps its part of the split while others come and go.
    All points are one block of bytes, 16 each: copies of a document share it, and two lists are compared in no time.

    Args:
        packed: the points as bytes; made by the other methods.
    """

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes = b"") -> None:
        self._packed = packed

    @classmethod
    def of(cls, xy: ArrayLike, values: ArrayLike) -> Self:
        """Points at places (N, 2) with values (N,), numbered from 0. Raises DataError."""
        return cls().with_points(xy, values)

    # As a value

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Points) and self._packed == other._packed)

    def __hash__(self) -> int:
        return hash(self._packed)

    def __len__(self) -> int:
        return len(self._packed) // _ROW.itemsize

    def __repr__(self) -> str:
        return f"Points({len(self)})"

    @property
    def _rows(self) -> Array:
        return np.frombuffer(self._packed, _ROW)

    @property
    def xy(self) -> Array:
        """Places, (N, 2) float32."""
        rows = self._rows
        return np.stack([rows["x"], rows["y"]], axis=1)

    @property
    def values(self) -> Array:
        """Values, (N,) float32."""
        return self._rows["value"]

    @property
    def numbers(self) -> Array:
        """Numbers of the points, (N,) int64; no two are equal."""
        return self._rows["number"].astype(np.int64)

    # Edits

    def with_points(self, xy: ArrayLike, values: ArrayLike) -> Self:
        """Add points at places (n, 2) with values (n,). Raises DataError if there would be too many, or at NaN."""
        places = single(np.reshape(xy, (-1, 2)))
        if len(self) + len(places) > MOST_POINTS:
            raise DataError(f"a sheet holds at most {MOST_POINTS:,} points, found {len(self) + len(places):,}")
        added = np.empty(len(places), _ROW)
        # Adding 0 makes 0 of -0, which would be another list of equal points.
        added["x"], added["y"] = places[:, 0] + 0, places[:, 1] + 0
        added["value"] = single(np.asarray(values)) + 0
        first = int(self._rows["number"].max()) + 1 if len(self) else 0
        if first + len(added) > _NUMBERS:
            raise DataError("the numbers of the points are used up; copy the points to a new sheet")
        added["number"] = np.arange(first, first + len(added))
        _check(added)
        return type(self)(self._packed + added.tobytes())

    def without(self, which: Array) -> Self:
        """Remove points, by a mask (N,) or by indices."""
        kept = np.ones(len(self), bool)
        kept[which] = False
        return self if kept.all() else type(self)(self._rows[kept].tobytes())

    def moved(self, index: int, x: float, y: float) -> Self:
        """Move one point. Raises DataError at NaN or infinity."""
        return self._changed(index, x=x, y=y)

    def valued(self, index: int, value: float) -> Self:
        """Give one point another value. Raises DataError for NaN or infinity."""
        return self._changed(index, value=value)

    def _changed(self, index: int, **changes: float) -> Self:
        rows = self._rows.copy()
        for name, number in changes.items():
            rows[name][index] = single(np.array([number]))[0] + 0
        _check(rows[index : index + 1])
        return type(self)(rows.tobytes())

    # As text

    def text(self) -> str:
        """Points as text: x, y, value and number of each, points separated by semicolons.

        Numbers have as many digits as it takes to read the same again.
        """
        words = [[str(number) for number in self._rows[name]] for name in _ROW.names or ()]
        return _BETWEEN_POINTS.join(map(" ".join, zip(*words, strict=True)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `text` wrote. Raises DataError."""
        if len(text) > _MOST_TEXT or text.count(_BETWEEN_POINTS) >= MOST_POINTS:
            raise DataError(f"there are more than {MOST_POINTS:,} points, the most that a sheet holds")
        lines = text.split(_BETWEEN_POINTS) if text.strip() else []
        rows = np.empty(len(lines), _ROW)
        for place, line in enumerate(lines):
            words = line.split()
            try:
                x, y, value, number = *map(float, words[:3]), int(words[3])
                if len(words) != 4 or not 0 <= number < _NUMBERS:
                    raise ValueError(line)
            except (ValueError, IndexError):
                raise DataError(
                    f"point {place + 1} is {line.strip()[:40]!r}; expected x, y, value and number, such as 0.5 -1 1 7"
                ) from None
            with np.errstate(over="ignore"):
                rows[place] = x, y, value, number
        _check(rows)
        if len(np.unique(rows["number"])) < len(rows):
            raise DataError("two points have the same number; each needs one of its own")
        return cls(rows.tobytes())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a document it is checked as the very object; a file has it as a text."""
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda points: points.text()),
        )

    @classmethod
    def _validated(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise ValueError("the points must be a text: x, y, value and number of each, separated by semicolons")
        try:
            return cls.parse(value)
        except DataError as error:
            raise ValueError(error.message) from None


def _check(rows: Array) -> None:
    for name in ("x", "y", "value"):
        wrong = np.flatnonzero(~np.isfinite(rows[name]))
        if len(wrong):
            raise DataError(f"point {wrong[0] + 1} has a {name} that is NaN, infinite or too large")
