"""Typing of numbers into the cells of the lens' own grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QObject, Signal

from nnstudio.views.lens.canvas import LensCanvas
from nnstudio.views.lens.cell_editor import CellEditor
from nnstudio.views.lens.own_grid import OPERATIONS, OwnGrid
from nnstudio.views.lens.window_picture import WindowPicture

# A cell of the canvas: the name of its grid, row and column there.
Cell = tuple[str, int, int]


class OwnGridTyping(QObject):
    """Field over a clicked cell of the input or the kernel, and the grid that follows from what is typed.

    Signals:
        typed: a number was typed; the OwnGrid with it.
    """

    typed = Signal(object)

    def __init__(self, canvas: LensCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._grid = OwnGrid()
        self._cell: Cell = ("", 0, 0)
        self.on = False
        self.field = CellEditor(canvas)
        self.field.typed.connect(self._take)
        self.field.walked.connect(self._walk)
        canvas.pressed.connect(self._press)
        canvas.edit_asked.connect(self._begin_at_window)

    def follow(self, grid: OwnGrid, *, on: bool) -> None:
        """Take the grid that is on the canvas; `on` if it can be edited."""
        self._grid, self.on = grid, on
        self._canvas.editable = on
        if not on:
            self.field.hide()

    def _cells(self, picture: WindowPicture) -> Iterator[Cell]:
        """Cells that can be edited, in the order in which Tab walks them: the input, then the kernel."""
        (above, left), _ = picture.margins
        for row, column in np.ndindex(*picture.image.shape):
            yield "input", row + above, column + left
        if OPERATIONS[self._grid.settings.operation].weighted:
            name = "kernel" if "kernel" in self._canvas.grids else "weights"
            for row, column in np.ndindex(*self._canvas.grids[name].shape):
                yield name, row, column

    def _press(self, name: str, row: int, column: int) -> None:
        picture = self._canvas.picture
        if picture is None or not self.on:
            return
        rows, columns = picture.taps.rows, picture.taps.columns
        if name == "patch":
            (above, left), _ = picture.margins
            self._begin(("input", rows.pixels[row] + above, columns.pixels[column] + left))
        elif name == "weights" and "kernel" in self._canvas.grids:
            self._begin(("kernel", rows.elements[row], columns.elements[column]))
        else:
            self._begin((name, row, column))

    def _begin_at_window(self) -> None:
        """Begins at the first pixel in the window, by keyboard."""
        picture = self._canvas.picture
        if picture is None or not self.on:
            return
        (above, left), _ = picture.margins
        inside = np.argwhere(picture.taps.inside)
        if len(inside):
            row, column = inside[0]
            self._begin(("input", picture.taps.rows.pixels[row] + above, picture.taps.columns.pixels[column] + left))

    def _begin(self, cell: Cell) -> None:
        picture = self._canvas.picture
        if picture is not None and cell in self._cells(picture):
            self._cell = cell
            name, row, column = cell
            self.field.begin(self._canvas.cell(name, row, column), float(self._canvas.grids[name][row, column]))

    def _take(self, value: float) -> None:
        picture, (name, row, column) = self._canvas.picture, self._cell
        if picture is None:
            return
        (above, left), _ = picture.margins
        if name == "input":
            self.typed.emit(self._grid.with_pixel(row - above, column - left, value))
        else:
            self.typed.emit(self._grid.with_weight(row, column, value))

    def _walk(self, way: int) -> None:
        picture = self._canvas.picture
        if picture is None:
            return
        cells = list(self._cells(picture))
        if self._cell in cells:
            self._begin(cells[(cells.index(self._cell) + way) % len(cells)])
