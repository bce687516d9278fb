"""Marks on array cells that the last step changed: outlines and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ink, short
from nnstudio.views.weights.patches import Patch

Array = NDArray[Any]

# Cells that are less wide have no room for a number, in pixels.
_READABLE = 22.0
# Of those, so many are marked at most, with frames of this size at least.
_MOST, _FRAME = 12, 7.0
# How opaque outlines are, of the weakest change and of the strongest.
_FAINT, _FULL = 50, 255
_PAD = 3.0


@dataclass(frozen=True)
class CellMark:
    """Mark of a changed cell: its place, index (row, column), and relative change.

    The change is relative to the largest one. `lines` is the text in it: its value and its change, the change alone, or
    nothing.
    """

    image: str
    row: int
    column: int
    place: QRectF
    share: float
    lines: tuple[str, ...] = ()


def signed(change: float) -> str:
    """Text of a change with two significant digits, always with its sign."""
    return ("+" if change > 0 else "") + short(change, 2)


def cell_marks(
    patches: Sequence[Patch], values: Mapping[str, Array], changes: Mapping[str, Array], metrics: QFontMetricsF
) -> list[CellMark]:
    """Marks for changes of drawn values, both by image name, (rows, columns).

    All cells that have changed are marked where there is room to write by how much; of the others only the strongest,
    since outlines around all of them would be a mesh. `metrics` are those of the font of the numbers.
    """
    known = [patch for patch in patches if patch.image in changes]
    parts = [_sizes(changes[patch.image], patch) for patch in known]
    largest = max((float(part.max(initial=0.0)) for part in parts), default=0.0)
    if not largest > 0:
        return []
    written: list[CellMark] = []
    others: list[CellMark] = []
    for patch, part in zip(known, parts, strict=True):
        wide, high = patch.target.width() / patch.source.width(), patch.target.height() / patch.source.height()
        large = wide >= _READABLE and high >= metrics.lineSpacing()
        marks = []
        for row, column in _strongest(part, part.size if large else _MOST):
            place = QRectF(patch.target.x() + column * wide, patch.target.y() + row * high, wide, high)
            r, c = patch.source.y() + row, patch.source.x() + column
            marks.append(CellMark(patch.image, r, c, place, float(part[row, column]) / largest))
        numbers = [_numbers(mark, values, changes) for mark in marks]
        texts = _texts(numbers, wide, high, metrics) if large else [()] * len(marks)
        for mark, lines in zip(marks, texts, strict=True):
            if lines:
                written.append(replace(mark, lines=lines))
            else:
                others.append(replace(mark, place=_frame(mark.place)))
    others.sort(key=lambda mark: -mark.share)
    # The strongest are drawn last, over their neighbours.
    return [*written, *reversed(others[:_MOST])]


def draw_changes(
    values: Mapping[str, Array],
    changes: Mapping[str, Array],
    pixels: Mapping[str, NDArray[np.uint8]],
    painter: QPainter,
    patches: Sequence[Patch],
) -> None:
    """Draw outlines and numbers over patches of images of these pixels, (rows, columns, 4)."""
    font = painter.font()
    font.setPointSizeF(max(font.pointSizeF() - 1.5, 6.5))
    painter.setFont(font)
    marks = cell_marks(patches, values, changes, QFontMetricsF(font))
    for mark in marks:
        colour = QColor(theme().colours.text)
        colour.setAlpha(round(_FAINT + (_FULL - _FAINT) * mark.share))
        painter.setPen(QPen(colour, 1 if mark.lines else 2))
        painter.drawRect(mark.place.adjusted(1, 1, -1, -1))
    for mark in marks:
        if mark.lines:
            painter.setPen(ink(QColor(*map(int, pixels[mark.image][mark.row, mark.column, :3]))))
            painter.drawText(mark.place, Qt.AlignmentFlag.AlignCenter, "\n".join(mark.lines))


def _sizes(changes: Array, patch: Patch) -> Array:
    """The sizes of the changes in a patch; what is no number counts as none."""
    source = patch.source
    part = changes[source.y() : source.y() + source.height(), source.x() : source.x() + source.width()]
    sizes: Array = np.nan_to_num(np.abs(part.astype(float)), nan=0.0, posinf=0.0)
    return sizes


def _strongest(sizes: Array, count: int) -> list[list[int]]:
    """Rows and columns of the largest sizes above zero, at most so many."""
    flat, count = sizes.ravel(), min(count, sizes.size)
    top = np.argpartition(flat, -count)[-count:]
    places: list[list[int]] = np.stack(np.unravel_index(top[flat[top] > 0], sizes.shape), axis=1).tolist()
    return places


def _frame(place: QRectF) -> QRectF:
    """A frame around a cell that is large enough to be seen."""
    frame = QRectF(0, 0, max(place.width(), _FRAME), max(place.height(), _FRAME))
    frame.moveCenter(place.center())
    return frame


def _numbers(mark: CellMark, values: Mapping[str, Array], changes: Mapping[str, Array]) -> tuple[str, str]:
    """A cell's value and its change, as texts."""
    place = mark.row, mark.column
    return short(float(values[mark.image][place]), 2), signed(float(changes[mark.image][place]))


def _texts(
    numbers: Sequence[tuple[str, str]], wide: float, high: float, metrics: QFontMetricsF
) -> list[tuple[str, ...]]:
    """The lines of text for cells of one size: all of them with value and change, or none with its value.

    Where not even the change fits, a cell gets no text.
    """

    def fits(lines: tuple[str, ...]) -> bool:
        widest = max(metrics.horizontalAdvance(line) for line in lines)
        return widest <= wide - 2 * _PAD and len(lines) * metrics.lineSpacing() <= high - 2

    below, beside = list(numbers), [(f"{value} {change}",) for value, change in numbers]
    for texts in (below, beside):
        if all(map(fits, texts)):
            return list(texts)
    return [(change,) if fits((change,)) else () for _, change in numbers]
