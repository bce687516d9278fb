"""Layout of the window lens: input, window, kernel, products, sums and output on one widget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSizeF

# Rows and columns of a grid of cells.
Cells = tuple[int, int]

_MARGIN, _GAP = 8.0, 12.0
# Width of a sign between two grids.
_SIGN = 22.0
# From these sizes on, larger cells and images are not better: pixels.
_CELL, _LARGEST_CELL, _IMAGE = 36.0, 56.0, 170.0
# Lines of sums that are enough.
_LINES = 5


@dataclass(frozen=True)
class Sign:
    """Sign between two grids, such as × or =."""

    text: str
    place: QRectF


@dataclass(frozen=True)
class LensLayout:
    """Places of the grids by name, of the signs between them, and of the sums.

    The grids are "input", "output", "patch" and, for layers with weights, "weights" and "products"; "kernel" is the
    whole kernel where the window reads only part of it, or in another order. `captions` are the lines above them.
    """

    grids: Mapping[str, QRectF]
    captions: Mapping[str, QRectF]
    signs: tuple[Sign, ...]
    sums: QRectF

    def rated(self, cells: Mapping[str, Cells], text: QSizeF) -> float:
        """Quality of the layout: the size of its cells and images, and how many sums can be read."""
        cell = self.grids["patch"].width() / max(cells["patch"][1], 1)
        sides = sum(min(max(self.grids[name].width(), self.grids[name].height()) / _IMAGE, 1.0) for name in _ENDS)
        least = min(min(self.grids[name].width(), self.grids[name].height()) for name in _ENDS)
        lines = min(self.sums.height() / text.height() / _LINES, 1.0)
        # Numbers in the cells are what the lens is for.
        rating = 2.0 * min(cell / _CELL, 1.0) + 0.5 * sides + 0.5 * lines
        return rating - (4.0 if least < 1 or lines * _LINES < 2 else 0.0)


_ENDS = ("input", "output")
# What stands before a grid of the equation.
_SIGNS = {"patch": "", "weights": "×", "products": "="}


def lens_layout(room: QSizeF, cells: Mapping[str, Cells], text: QSizeF) -> LensLayout:
    """Layout with the largest cells for a widget of this size.

    `cells` are the rows and columns of each grid; `text` is the room of a line in the list of sums.
    """
    whole = QRectF(_MARGIN, _MARGIN, max(room.width() - 2 * _MARGIN, 1), max(room.height() - 2 * _MARGIN, 1))
    made = [_laid_out(boxes, cells, text) for boxes in _arrangements(whole, cells, text)]
    return max(made, key=lambda layout: layout.rated(cells, text))


@dataclass(frozen=True)
class _Boxes:
    """Room for the input, the output, the equation and the sums."""

    input: QRectF
    output: QRectF
    equation: QRectF
    sums: QRectF


def _arrangements(whole: QRectF, cells: Mapping[str, Cells], text: QSizeF) -> Iterator[_Boxes]:
    wide, high = whole.width(), whole.height()
    needed = _equation_width(cells, _CELL)
    # All in a row: input, equation, sums, output.
    rest = wide - text.width() - 3 * _GAP
    for share in (0.3, 0.4, 0.5):
        middle = min(needed, rest * share)
        side = (rest - middle) / 2
        first, second, third, last = _row(whole, side, middle, text.width(), side)
        yield _Boxes(first, last, second, third)
    for share in (0.4, 0.5, 0.6):
        # Two rows: the images above, equation and sums below.
        upper, lower = _rows(whole, *_shares(high, share))
        yield _boxes(_row(upper, *_shares(wide, 0.5)), _row(lower, wide - text.width() - _GAP, text.width()))
        # Two columns: the images to the left, beside or above each other; equation and sums to the right.
        left, right = _row(whole, *_shares(wide, 1 - share))
        for part in (0.5, 0.62):
            arithmetic = _rows(right, *_shares(high, part))
            yield _boxes(_rows(left, *_shares(high, 0.5)), arithmetic)
            yield _boxes(_row(left, *_shares(left.width(), 0.5)), arithmetic)
    # Three rows for narrow and high docks.
    sums = min(_LINES * text.height(), high / 4)
    equation = (high - sums - 2 * _GAP) * 0.4
    images, middle_row, sums_row = _rows(whole, high - sums - equation - 2 * _GAP, equation, sums)
    yield _boxes(_row(images, *_shares(wide, 0.5)), [middle_row, sums_row])


def _boxes(images: Sequence[QRectF], arithmetic: Sequence[QRectF]) -> _Boxes:
    return _Boxes(images[0], images[1], arithmetic[0], arithmetic[1])


def _shares(length: float, share: float) -> tuple[float, float]:
    return (length - _GAP) * share, (length - _GAP) * (1 - share)


def _row(room: QRectF, *widths: float) -> list[QRectF]:
    boxes, left = [], room.x()
    for width in widths:
        boxes.append(QRectF(left, room.y(), max(width, 1), room.height()))
        left += width + _GAP
    return boxes


def _rows(room: QRectF, *heights: float) -> list[QRectF]:
    boxes, top = [], room.y()
    for height in heights:
        boxes.append(QRectF(room.x(), top, room.width(), max(height, 1)))
        top += height + _GAP
    return boxes


def _equation(cells: Mapping[str, Cells]) -> list[str]:
    return [name for name in ("kernel", *_SIGNS) if name in cells]


def _equation_width(cells: Mapping[str, Cells], cell: float) -> float:
    names = _equation(cells)
    return sum(max(cells[name][1], 1) for name in names) * cell + (len(names) - 1) * _SIGN


def _laid_out(boxes: _Boxes, cells: Mapping[str, Cells], text: QSizeF) -> LensLayout:
    caption = text.height()
    grids = {name: _grid(getattr(boxes, name), cells[name], caption) for name in _ENDS}
    ends = {name: getattr(boxes, name) for name in _ENDS}
    captions = {name: QRectF(box.x(), grids[name].y() - caption, box.width(), caption) for name, box in ends.items()}
    names, signs = _equation(cells), list[Sign]()
    room = boxes.equation
    columns = sum(max(cells[name][1], 1) for name in names)
    rows = max(max(cells[name][0], 1) for name in names)
    cell = (room.width() - (len(names) - 1) * _SIGN) / columns
    cell = max(min(cell, (room.height() - caption) / rows, _LARGEST_CELL), 1.0)
    left = room.x() + max(0.0, (room.width() - _equation_width(cells, cell)) / 2)
    middle = room.y() + caption + (room.height() - caption) / 2
    for number, name in enumerate(names):
        high, wide = (max(size, 1) * cell for size in cells[name])
        if number:
            signs.append(Sign(_SIGNS[name], QRectF(left, middle - _SIGN, _SIGN, 2 * _SIGN)))
            left += _SIGN
        grids[name] = QRectF(left, middle - high / 2, wide, high)
        captions[name] = QRectF(left - _SIGN / 2, middle - high / 2 - caption, wide + _SIGN, caption)
        left += wide
    return LensLayout(grids, captions, tuple(signs), boxes.sums)


def _grid(room: QRectF, cells: Cells, caption: float) -> QRectF:
    rows, columns = (max(size, 1) for size in cells)
    cell = max(min(room.width() / columns, (room.height() - caption) / rows, _LARGEST_CELL), 0.5)
    if cell >= 4:
        # Whole pixels make all cells equally large.
        cell = float(int(cell))
    width, height = columns * cell, rows * cell
    top = room.y() + caption + max(0.0, (room.height() - caption - height) / 2)
    return QRectF(round(room.x() + (room.width() - width) / 2), round(top), width, height)
