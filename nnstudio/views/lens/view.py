"""Window lens: how one output pixel of a convolution or pooling follows from its input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.errors import ShapeError
from engine.window_arithmetic import slides
from nnstudio.document.probe import UnitRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.base import brief
from nnstudio.views.lens.canvas import LensCanvas
from nnstudio.views.lens.controls import LensControls, Mode
from nnstudio.views.lens.own_grid_typing import OwnGridTyping
from nnstudio.views.lens.window_picture import WindowPicture
from nnstudio.views.plotting import HintPages, column, short
from nnstudio.views.probe_trace_view import ProbeTraceView

_ABOUT = (
    "One output pixel and all that it is made of: point at the output, or use the arrow keys, to move the window over "
    "the input."
)
_EMPTY = (
    "No block of this network slides a window over images. Add a Conv2D or MaxPool2D, or choose Own grid above, which "
    "needs no network."
)


class LensView(ProbeTraceView):
    """View of one output pixel of the selected block, or of a small grid of one's own."""

    dock_name = "lensView"
    title = "Window lens"
    saying = "how one pixel of an output is computed"
    area, group, rank = "bottom", "inside", 45
    section = "inside"
    layouts = frozenset({"understand"})
    waiting = "The numbers appear as soon as the network is ready to train. An own grid needs no network."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.mode: Mode = "network"
        # What is under the lens in each mode; row and column -1 stand for the middle.
        self._places: dict[Mode, tuple[int, int, int, int]] = {"network": (0, -1, -1, 0), "own": (0, -1, -1, 0)}
        self.controls = controls = LensControls(store)
        self.choice, self.transport = controls.choice, controls.transport
        controls.mode_changed.connect(self._mode_changed)
        controls.map_.valueChanged.connect(self._choose_map)
        controls.channel.valueChanged.connect(lambda number: self.look_at(channel=number - 1))
        controls.grid.changed.connect(self._own_changed)
        controls.transport.stepped.connect(self._step)
        self.canvas = LensCanvas("Window lens")
        self.canvas.setObjectName("lensCanvas")
        self.canvas.pointed.connect(self._point)
        self.canvas.moved.connect(self._step_by_key)
        self.canvas.channel_chosen.connect(lambda index: self.look_at(channel=index))
        self.typing = OwnGridTyping(self.canvas)
        self.typing.typed.connect(controls.grid.take)
        self.info = StillLabel("Arithmetic of the pixel", yields=True)
        self.info.setObjectName("lensInfo")
        self.info.setContentsMargins(8, 2, 8, 3)
        self.info.setToolTip(_ABOUT)
        content = QWidget()
        column(content, self.canvas, self.info)
        self.pages = HintPages(content, self.waiting)
        column(self, controls, self.pages)
        self.make_inspectable(self.canvas, self.info)
        self.choice.chosen.connect(self._block_changed)
        store.unit_changed.connect(self._follow_unit)
        self._take_unit()
        controls.show_picture(None)

    # The picture

    @property
    def shown(self) -> WindowPicture | None:
        """Pixel under the lens, None if there is none."""
        return self.canvas.picture if not self.pages.hint else None

    def requests(self) -> frozenset[Request]:
        return super().requests() if self.mode == "network" and self.choice.block else frozenset()

    def hindrance(self, snapshot: Snapshot) -> str:
        if not self.choice.block:
            # While data are missing, no shape is known.
            return (snapshot.state is RunState.EMPTY and brief(snapshot.message)) or _EMPTY
        return ""

    def draw(self, snapshot: Snapshot) -> None:
        if self.mode == "own":
            self.snapshot = snapshot
            return
        super().draw(snapshot)
        if self.pages.hint:
            self.transport.stop()
            self.controls.show_picture(self.shown)

    def forget(self) -> None:
        self._places["network"] = (0, -1, -1, 0)
        if self.mode == "own":
            self.answer = None
        else:
            super().forget()

    def show_answer(self, answer: ProbePicture) -> None:
        block = self.choice.block
        layer, y = answer.layers.get(block), answer.trace.outputs.get(block)
        if layer is None or y is None or not slides(layer, answer.inputs(block)[0].shape):
            # The network with this block comes with a later snapshot.
            return
        own = f"{block}."
        parameters = {name[len(own) :]: array for name, array in answer.parameters.items() if name.startswith(own)}
        self._show(WindowPicture(block, layer, answer.inputs(block)[0], parameters, y[0]))

    def _show(self, picture: WindowPicture) -> None:
        unit, row, column_, channel = self._places[self.mode]
        _, rows, columns = picture.output.shape
        picture = picture.moved(unit, rows // 2 if row < 0 else row, columns // 2 if column_ < 0 else column_, channel)
        self._places[self.mode] = picture.unit, picture.row, picture.column, channel
        self.canvas.show_picture(picture)
        self.controls.show_picture(self.shown)
        text = f"{picture.name}, {picture.pixel_text}: {picture.equation()}"
        self.info.setText(text, f"{picture.pixel_text} = {short(picture.result.total)}")
        self.canvas.setAccessibleDescription(text)

    def _show_own(self) -> None:
        try:
            picture = self.controls.grid.grid.picture()
        except ShapeError as error:
            self.transport.stop()
            self.pages.show_hint(str(error))
            self.controls.show_picture(self.shown)
            return
        self.pages.show_content()
        self._show(picture)

    def _own_changed(self) -> None:
        self.typing.follow(self.controls.grid.grid, on=self.mode == "own")
        self._show_own()

    def _mode_changed(self) -> None:
        mode = self.controls.mode
        self.transport.stop()
        self.mode = mode
        self.typing.follow(self.controls.grid.grid, on=mode == "own")
        if mode == "own":
            self._show_own()
        else:
            self.pages.show_hint(self.waiting)
            if self.snapshot is not None:
                self.draw(self.snapshot)
        self.controls.show_picture(self.shown)
        self.requests_changed.emit()

    def _block_changed(self) -> None:
        self._places["network"] = (0, -1, -1, 0)
        self._take_unit()
        if self.mode == "network":
            self.transport.stop()
            self.requests_changed.emit()
            if self.choice.block:
                self.redraw()
            else:
                self.pages.show_hint(_EMPTY)
            self.controls.show_picture(self.shown)

    def redraw(self) -> None:
        if self.mode == "network":
            super().redraw()

    # Under the lens

    def look_at(self, row: int | None = None, column: int | None = None, channel: int | None = None) -> None:
        """Move the lens; what is None stays."""
        picture = self.shown
        if picture is None:
            return
        unit, old_row, old_column, old_channel = self._places[self.mode]
        self._places[self.mode] = (
            unit,
            old_row if row is None else row,
            old_column if column is None else column,
            old_channel if channel is None else channel,
        )
        self._show(picture)
        if self.inspection is not None:
            self.inspection.refresh()

    def _point(self, row: int, column_: int) -> None:
        self.transport.stop()
        self.look_at(row, column_)

    def _step_by_key(self, down: int, across: int) -> None:
        picture = self.shown
        if picture is not None:
            _, rows, columns = picture.output.shape
            self._point(min(max(picture.row + down, 0), rows - 1), min(max(picture.column + across, 0), columns - 1))

    def _step(self, way: int) -> None:
        """One pixel on in reading order, from the last to the first."""
        picture = self.shown
        if picture is not None:
            _, rows, columns = picture.output.shape
            place = (picture.row * columns + picture.column + way) % (rows * columns)
            self.look_at(*divmod(place, columns))

    def _choose_map(self, number: int) -> None:
        self.store.choose_unit(UnitRef(self.choice.block, number - 1))

    def _follow_unit(self) -> None:
        if self._take_unit():
            self.redraw()

    def _take_unit(self) -> bool:
        unit = self.store.unit
        if unit is None or unit.block != self.choice.block:
            return False
        self._places["network"] = (unit.index, *self._places["network"][1:])
        return True

    # Reading

    def caption(self) -> str:
        picture = self.shown
        return f"{picture.name}, {picture.pixel_text}" if picture is not None else self.title

    def reading(self, point: QPointF) -> str:
        return self.canvas.reading(point)

    def table(self) -> NumberTable | None:
        picture = self.shown
        if picture is None:
            return None
        result, taps = picture.result, picture.taps
        header = ("channel", "row", "column", "input", "weight", "product")

        def rows() -> Iterator[Sequence[object]]:
            for index, row, column_ in np.ndindex(*result.patch.shape):
                at = (index, row, column_)
                place = (taps.channels[index] + 1, taps.rows.pixels[row] + 1, taps.columns.pixels[column_] + 1)
                numbers = (None, None) if result.kernel is None else (result.kernel[at], result.products[at])
                yield (*place, result.patch[at] if taps.inside[row, column_] else "padding", *numbers)
            if result.bias is not None:
                yield ("bias", None, None, None, None, result.bias)
            yield ("total", None, None, None, None, result.total)

        return NumberTable(header, rows)
