"""Snap positions at which a dragged block aligns with others. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# Two places that differ by no more are the same.
_SAME = 0.05
_BEYOND = 10.0


class Box(NamedTuple):
    """Axis-aligned rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def span(self, axis: int) -> tuple[float, float]:
        """Interval that it covers: along x for axis 0, along y for axis 1."""
        return self[axis], self[axis + 2]

    def moved(self, dx: float, dy: float) -> Box:
        """Copy of the box at another place."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    @staticmethod
    def around(boxes: Iterable[Box]) -> Box:
        """Smallest box that contains some boxes."""
        left, top, right, bottom = zip(*boxes, strict=True)
        return Box(min(left), min(top), max(right), max(bottom))


class Line(NamedTuple):
    """Guide to draw; `gap` if it shows a distance that equals another."""

    x0: float
    y0: float
    x1: float
    y1: float
    gap: bool = False


@dataclass(frozen=True)
class Snap:
    """Offset to the snap position, and the guides that explain it."""

    dx: float = 0.0
    dy: float = 0.0
    lines: tuple[Line, ...] = ()


def snap(moving: Box, others: Sequence[Box], reach: float) -> Snap:
    """Nearest aligned position of a box, at most `reach` away along each axis.

    Aligned means: two edges or two centres at the same coordinate, or equal distances to its neighbours.
    """
    shifts = [_shift(moving, others, axis, reach) for axis in (0, 1)]
    placed = moving.moved(shifts[0] or 0.0, shifts[1] or 0.0)
    lines = [line for axis in (0, 1) if shifts[axis] is not None for line in _lines(placed, others, axis)]
    return Snap(shifts[0] or 0.0, shifts[1] or 0.0, tuple(lines))


def _shift(moving: Box, others: Sequence[Box], axis: int, reach: float) -> float | None:
    """The smallest way along an axis to stand in line; None if none is within reach."""
    low, high = moving.span(axis)
    ways = [way for other in others for way in _alignments((low, high), other.span(axis))]
    ways += [low_wanted - low for low_wanted, _ in _spacings(moving, others, axis, reach)]
    return min((way for way in ways if abs(way) <= reach), key=abs, default=None)


def _alignments(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float, float]:
    """From centre to centre, and between the edges of the same side."""
    return (sum(other) - sum(one)) / 2, other[0] - one[0], other[1] - one[1]


def _spacings(
    moving: Box, others: Sequence[Box], axis: int, reach: float
) -> Iterator[tuple[float, tuple[tuple[float, float], ...]]]:
    """Places of the lower edge at which gaps are equal, and the two gaps, each from where to where."""
    low, high = moving.span(axis)
    size = high - low
    across = moving.span(1 - axis)
    row = sorted(
        (o.span(axis) for o in others if o.span(1 - axis)[0] < across[1] and o.span(1 - axis)[1] > across[0]),
    )
    before = [span for span in row if span[1] <= low + reach]
    behind = [span for span in row if span[0] >= high - reach]
    if before and behind:
        first, last = before[-1][1], behind[0][0]
        if last - first >= size:
            wanted = (first + last - size) / 2
            yield wanted, ((first, wanted), (wanted + size, last))
    if len(before) > 1:
        gap = before[-1][0] - before[-2][1]
        if gap > 0:
            wanted = before[-1][1] + gap
            yield wanted, ((before[-2][1], before[-1][0]), (before[-1][1], wanted))
    if len(behind) > 1:
        gap = behind[1][0] - behind[0][1]
        if gap > 0:
            wanted = behind[0][0] - gap - size
            yield wanted, ((wanted + size, behind[0][0]), (behind[0][1], behind[1][0]))


def _lines(placed: Box, others: Sequence[Box], axis: int) -> Iterator[Line]:
    """Guides through everything aligned with the box along an axis."""
    span = placed.span(axis)
    marks = ((span[0] + span[1]) / 2, span[0], span[1])
    found: dict[float, list[Box]] = {}
    for other in others:
        for mark, way in zip(marks, _alignments(span, other.span(axis)), strict=True):
            if abs(way) <= _SAME:
                found.setdefault(mark, []).append(other)
    # Where the centres agree, the edges of boxes of one size do as well; one line says enough.
    centre = found.pop(marks[0], None)
    if centre is not None:
        found = {mark: boxes for mark, boxes in found.items() if not set(boxes) <= set(centre)} | {marks[0]: centre}
    for mark, boxes in found.items():
        start, end = Box.around([placed, *boxes]).span(1 - axis)
        yield _line(axis, mark, start - _BEYOND, mark, end + _BEYOND)
    middle = sum(placed.span(1 - axis)) / 2
    for wanted, gaps in _spacings(placed, others, axis, _SAME):
        if abs(wanted - span[0]) <= _SAME:
            for start, end in gaps:
                yield _line(axis, start, middle, end, middle, gap=True)


def _line(axis: int, along0: float, across0: float, along1: float, across1: float, *, gap: bool = False) -> Line:
    """A line whose ends are given along an axis and across it."""
    if axis == 0:
        return Line(along0, across0, along1, across1, gap)
    return Line(across0, along0, across1, along1, gap)
