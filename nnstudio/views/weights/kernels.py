"""Weights of one block, or their change since the start: kernels as images, matrices as heat maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSettings, QSize, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSizePolicy, QWidget

from nnstudio.document.model import INPUT
from nnstudio.store import Store
from nnstudio.training.checkpoint import Initial
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.weights import WeightPicture, Weights
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.plotting import ColourBar, RichLabel, column, short
from nnstudio.views.weights.patches import PatchCanvas, PatchLayout, kernel_layout, matrix_layout
from nnstudio.views.weights.picture_input import PictureInput, picture_input
from nnstudio.views.weights.since_start import changed, reason, since
from nnstudio.views.weights.step_changes import draw_changes, signed
from nnstudio.views.weights.weight_sheet import Sheet, images_of, sheet_of, table_of

Array = NDArray[Any]

# Least width of the switch between weights and their change, in pixels.
_NARROW = 72
_EMPTY = "Add a Dense or Conv2D block to see its weights."
# More would hold the window up at every picture: some 0.1 s. Numbers.
MOST_WEIGHTS = 1 << 22
# What is shown of them, and whether units that see pixels are shown as images: both remembered.
_SHOWN, _AS_PICTURES = "weightsShown", "weightsAsPictures"
WEIGHTS, CHANGE = "weights", "change"
_CHOICES = {
    WEIGHTS: ("Weights", "The weights as they are now"),
    CHANGE: ("Change since start", "What training has added to the weights since the run began"),
}


class KernelView(AnswerView):
    """View of the parameters of the selected block, or of one chosen here.

    Units whose inputs are the pixels of a picture are shown as images of its shape.
    """

    dock_name = "kernelView"
    title = "Weights"
    saying = "the weights of a block, or what training has changed"
    group, rank = "network", 60
    section = "inside"
    waiting = "The weights appear as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.block = ""
        self.choice = QComboBox()
        self.choice.setObjectName("weightsOf")
        self.choice.setAccessibleName("Block whose weights are shown")
        self.choice.setToolTip("Block whose weights are shown; follows the selection on the canvas")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.textActivated.connect(self._choose)
        self.shown = QComboBox()
        self.shown.setObjectName("weightsOrChange")
        self.shown.setAccessibleName("Weights, or their change since the start of the run")
        for place, (name, (title, tip)) in enumerate(_CHOICES.items()):
            self.shown.addItem(title, name)
            self.shown.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.shown.activated.connect(lambda _: self.show_change(self.shown.currentData() == CHANGE))
        self._changing = str(QSettings().value(_SHOWN, WEIGHTS)) == CHANGE
        self._mark_shown()
        self.as_pictures = QCheckBox("As images")
        self.as_pictures.setObjectName("asPictures")
        self.as_pictures.setAccessibleName("Show each unit's weights as an image")
        self.as_pictures.setToolTip("Show each unit's weights as an image, in the shape of its input")
        # By the user, whether units are shown as images: those that see pixels, and those that see feature maps.
        self._pictured = {True: str(QSettings().value(_AS_PICTURES, "true")).lower() == "true", False: False}
        self.as_pictures.clicked.connect(self._choose_pictures)
        self.as_pictures.toggled.connect(self.redraw)
        self.bar = ColourBar()
        self.canvas = PatchCanvas("Weights")
        self.info = RichLabel("Range of the weights")
        self.info.setContentsMargins(8, 2, 8, 3)
        # In a narrow dock the bar gets narrow first, and the switch only then.
        self.bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.shown.setMinimumWidth(_NARROW)
        header = QWidget()
        rows = column(header, _row(self.choice, self.as_pictures, stretch=True), _row(self.shown, self.bar))
        rows.setContentsMargins(8, 3, 8, 3)
        rows.setSpacing(4)
        content = QWidget()
        column(content, header, self.canvas, self.info)
        self.set_content(content)
        self.pages.show_hint(_EMPTY)
        self.make_inspectable(self.canvas, self.bar, self.info)
        # What is drawn, and the weights as they are now where that is their change.
        self.sheet: Sheet | None = None
        self._present: Sheet | None = None
        self._images: Mapping[str, Array] = {}
        self._features: tuple[str, ...] = ()
        # The number of the step made by hand just now, 0 if there is none; and what it has changed, as it is drawn.
        self._step = 0
        self.changes: dict[str, Array] = {}
        self._arrangement: object = None
        store.changed.connect(self._take_blocks)
        store.selection_changed.connect(self._select)
        theme().changed.connect(self.redraw)
        self._take_blocks()

    @property
    def _picture(self) -> WeightPicture | None:
        return self.answer if isinstance(self.answer, WeightPicture) else None

    def request(self) -> Weights | None:
        if not self.block or self._count() > MOST_WEIGHTS:
            return None
        return Weights(self.block, since_start=self._changing)

    def _count(self) -> int:
        report = self.store.analysis.reports.get(self.block)
        return report.parameters if report is not None else 0

    def hindrance(self, snapshot: Snapshot) -> str:
        if not self.block:
            # While data are missing, no block is known to have weights.
            return (snapshot.state is RunState.EMPTY and brief(snapshot.message)) or _EMPTY
        if self._count() > MOST_WEIGHTS:
            return f"{self.block} has {self._count():,} weights: too many to draw. Choose another block."
        return ""

    def picture_input(self) -> PictureInput | None:
        """Picture whose numbers the inputs of the block are, if they are those of one."""
        return picture_input(self.store.document, self.store.analysis, self.block)

    def show_change(self, on: bool) -> None:
        """Show the change of the weights since the start of the run, or the weights; remembered."""
        if on == self._changing:
            return
        QSettings().setValue(_SHOWN, CHANGE if on else WEIGHTS)
        self._changing = on
        self._mark_shown()
        self.requests_changed.emit()

    def _mark_shown(self) -> None:
        name = CHANGE if self._changing else WEIGHTS
        self.shown.setCurrentIndex(list(_CHOICES).index(name))
        self.shown.setToolTip(_CHOICES[name][1])

    def _choose_pictures(self, on: bool) -> None:
        """Remember the user's choice, for blocks that see the same kind of picture."""
        picture = self.picture_input()
        pixels = picture is not None and picture.pixels
        self._pictured[pixels] = on
        if pixels:
            QSettings().setValue(_AS_PICTURES, on)

    def _source(self, name: str) -> str:
        return next((wire.source for wire in self.store.document.wires if wire.target == name), "")

    def _take_blocks(self) -> None:
        """Offers the blocks that have weights, after an edit."""
        names = [name for name, report in self.store.analysis.reports.items() if report.parameters]
        if names != [self.choice.itemText(index) for index in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(names)
        if self.block in names:
            self.choice.setCurrentText(self.block)
            self._offer_pictures()
        elif self.store.selected in names:
            self._choose(self.store.selected)
        else:
            self._choose(max(names, key=self._axes, default=""))

    def _axes(self, name: str) -> int:
        """Axes of a block's largest array: kernels have four, matrices two, scales and shifts one."""
        report, layer = self.store.analysis.reports[name], self.store.document.block(name).layer
        return max(len(spec.shape) for spec in layer.array_specs(*filter(None, report.inputs)).values())

    def forget(self) -> None:
        """Reset for another project, in which this name means another block."""
        super().forget()
        self._choose("")

    def _select(self, name: str) -> None:
        """Follows the canvas; a block without weights leaves what is on show."""
        if self.choice.findText(name) >= 0:
            self._choose(name)

    def _choose(self, name: str) -> None:
        if name == self.block:
            return
        self.block, self.answer, self.sheet = name, None, None
        self.choice.setCurrentText(name)
        self._offer_pictures()
        if not name:
            self.pages.show_hint(_EMPTY)
        self.requests_changed.emit()

    def _offer_pictures(self) -> None:
        picture = self.picture_input()
        self.as_pictures.setVisible(picture is not None)
        self.as_pictures.setChecked(picture is not None and self._pictured[picture.pixels])

    def show_answer(self, answer: WeightPicture) -> None:
        snapshot = self.snapshot
        if snapshot is not None:
            self._step = snapshot.step_report.step if snapshot.step_report is not None else 0
            self._features = snapshot.data.train.features if snapshot.data is not None else ()
        picture = self.picture_input() if self.as_pictures.isChecked() else None
        wanted = None if picture is None else picture.shape
        features = self._features if self._source(self.block) == INPUT else ()
        self._present = sheet_of(answer.parameters, wanted, features)
        self.sheet = self._present if answer.drift is None else sheet_of(answer.drift, wanted, features)
        if self.sheet is None:
            self.pages.show_hint(f"{answer.block} has no weights. Choose another block.")
            return
        self.pages.show_content()
        reach = self.sheet.reach
        self.bar.set_scale(0.0, reach or 1.0)
        self._images = images = images_of(self.sheet)
        pixels = {name: diverging_rgba(image, 0.0, reach) for name, image in images.items()}
        self.canvas.set_pixels(pixels)
        change = answer.change if self._step else None
        changed = None if change is None else sheet_of(change, wanted, features)
        self.changes = {} if changed is None else images_of(changed)
        self.canvas.set_overlay(partial(draw_changes, images, self.changes, pixels) if self.changes else None)
        if self.sheet.kernels is not None:
            self._draw_kernels(self.sheet)
        else:
            self._draw_matrix(self.sheet, images["weight"])
        self._tell()

    def _draw_kernels(self, sheet: Sheet) -> None:
        assert sheet.kernels is not None
        shape, bias = sheet.kernels.shape, sheet.bias
        text = self._room([str(shape[0])])
        bias_shape = None if bias is None else bias.shape[1:]
        self._arrange(("kernels", shape, bias_shape), lambda size: kernel_layout(shape, bias_shape, size, text))

    def _draw_matrix(self, sheet: Sheet, drawn: Array) -> None:
        small, has_bias = (len(drawn), len(drawn[0])), sheet.bias is not None
        text = self._room([*sheet.rows[:8], sheet.rows[-1], *sheet.columns[:8], sheet.columns[-1]])
        self._arrange(
            ("matrix", small, has_bias, sheet.rows, sheet.columns),
            lambda size: matrix_layout(small, has_bias, size, sheet.rows, sheet.columns, text),
        )

    def _tell_changes(self) -> str:
        """Show how much a manual step has changed the weights of this block."""
        change = self._picture.change if self._picture is not None else None
        numbers = np.concatenate([array.ravel() for array in (change or {}).values()])
        if not numbers.any():
            return f"Step {self._step:,} changed none of them"
        most = float(numbers[np.abs(numbers).argmax()])
        return f"Step {self._step:,} changed {np.count_nonzero(numbers):,} of {numbers.size:,}, at most {signed(most)}"

    def _room(self, names: list[str]) -> QSize:
        """Room for the longest of some names."""
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(name) for name in names)
        return QSize(min(widest, 90) + 6, metrics.height())

    def _arrange(self, key: object, arrange: Callable[[QSize], PatchLayout]) -> None:
        """Lays out anew only if something other than the values changed."""
        if key != self._arrangement:
            self._arrangement = key
            self.canvas.set_arrangement(arrange)

    def caption(self) -> str:
        if not self.block:
            return self.title
        return (
            f"Change of the weights of {self.block} {since(self._initial)}"
            if self._initial
            else f"Weights of {self.block}"
        )

    def reading(self, point: QPointF) -> str:
        if self.sheet is None:
            return ""
        image, row, column = self.canvas.pixel_at(point)
        present = self._present if self._present is not None else self.sheet
        lines = [present.describe(image, row, column)]
        if not lines[0]:
            return ""
        if self._initial:
            lines.append(f"{changed(float(self._images[image][row, column]))} {since(self._initial)}")
        if image in self.changes:
            lines.append(f"{changed(float(self.changes[image][row, column]))} in step {self._step:,}")
        return "\n".join(lines)

    def table(self) -> NumberTable | None:
        return None if self.sheet is None or self._picture is None else table_of(self.sheet)

    @property
    def _initial(self) -> Mapping[str, Initial]:
        """Initial values that the numbers on display are compared with; empty if these are the weights themselves."""
        return (self._picture.initial if self._picture is not None else None) or {}

    def _tell(self) -> None:
        """Show the range of the numbers on display, and what they are."""
        sheet = self.sheet
        if sheet is None or self._picture is None:
            return
        low, high = sheet.range
        text = self._tell_changes() if self.changes else f"{short(low, 3)} to {short(high, 3)}"
        if self._initial:
            text = self._tell_drift(self._initial, low, high)
        elif self._picture.initial is not None:
            text += " · the weights themselves: of so large a network the first ones are not kept"
        if self.canvas.arranged.note:
            text += f" · {self.canvas.arranged.note}"
        self.info.setToolTip(text)
        self.info.setText(self.info.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width() - 20))

    def _tell_drift(self, initial: Mapping[str, Initial], low: float, high: float) -> str:
        """Show how far the weights of this block have moved, and since when."""
        moment, why = since(initial), reason(initial)
        text = f"{signed(low)} to {signed(high)} {moment}" if low or high else f"Nothing changed {moment}"
        return f"{text} · {why}" if why else text


def _row(*widgets: QWidget, stretch: bool = False) -> QWidget:
    """Widgets beside each other, with the room that is left at their end if `stretch`."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    if stretch:
        row.addStretch(1)
    return made
