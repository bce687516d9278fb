"""Saliency: what counts for a score at the probe, over its picture or as bars."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from engine.data import Data
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.saliency import Saliency, SaliencyPicture
from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.plotting import Header, column, short
from nnstudio.views.saliency.bars import BarSheet
from nnstudio.views.saliency.maps import Map, MapSheet, enlarged, laid_over, picture_rgb, strongest

Array = NDArray[Any]

# At this width, text and controls stand beside each other.
_WIDE = 820
_STRENGTH = 60
# Pixels of one map that are coloured at most.
MOST_DRAWN = 1 << 14
_SHORT = "Blue raises the score, orange lowers it."
_SHORT_TITLES = {"Gradient": "Gradient", "Gradient × input": "Grad × input"}
_SHORT_CAM = f"{_SHORT} Grad-CAM: where the block's maps speak for it."
_MEANING = (
    "Gradient: how the score changes with each input. Gradient × input: what each input contributes to it, were the "
    "score linear. Grad-CAM: where the feature maps of a block speak for the score. Blue raises it, orange lowers it."
)


class SaliencyCanvas(QWidget):
    """Canvas for maps over a picture, or bars of single inputs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Saliency")
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.sheet: MapSheet | BarSheet | None = None
        theme().changed.connect(self.update)

    def show_sheet(self, sheet: MapSheet | BarSheet) -> None:
        """Show maps or bars."""
        self.sheet = sheet
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().colours.canvas))
        if self.sheet is not None:
            self.sheet.paint(painter, QSizeF(self.size()), QFontMetricsF(self.font()))


class SaliencyView(AnswerView):
    """View of gradient, gradient x input and Grad-CAM of one score at the probe."""

    dock_name = "saliencyView"
    title = "Saliency"
    saying = "which inputs raise the answer, and which lower it"
    group, rank = "inside", 60
    section = "inside"
    layouts = frozenset({"understand"})
    min_interval = 0.05
    waiting = "What counts for a class appears here as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.canvas = SaliencyCanvas()
        self.canvas.setObjectName("saliencyCanvas")
        self.info = StillLabel("Score on show", yields=True)
        self.note = StillLabel("What the colours mean", yields=True)
        self.note.setContentsMargins(8, 0, 8, 0)
        self.output = _choice("saliencyOutput", "Class whose score is explained")
        self.block = _choice("saliencyBlock", "Block whose feature maps Grad-CAM weighs; follows the selection")
        self.block.hide()
        self.strength = JumpSlider(Qt.Orientation.Horizontal)
        self.strength.setObjectName("saliencyStrength")
        self.strength.setAccessibleName("Opacity of the maps over the picture")
        self.strength.setToolTip("Opacity of the maps over the picture")
        self.strength.setRange(0, 100)
        self.strength.setValue(_STRENGTH)
        self.strength.setFixedWidth(80)
        self.strength.valueChanged.connect(self.redraw)
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.output, self.block, self.strength):
            row.addWidget(widget)
        row.addStretch(1)
        content = QWidget()
        column(content, Header(self.info, controls, wide_from=_WIDE), self.canvas, self.note).setContentsMargins(
            0, 0, 0, 4
        )
        self.set_content(content)
        self.make_inspectable(self.canvas, self.info, self.note)
        self._data: Data | None = None
        # The outputs that are offered; and the block that was chosen by hand, "" for the last convolution.
        self._offered: tuple[str, ...] = ()
        self._block = ""
        self.output.activated.connect(self._ask)
        self.block.textActivated.connect(self._choose_block)
        store.sample_changed.connect(self.requests_changed)
        store.selection_changed.connect(self._select)
        store.changed.connect(self._offer_outputs)
        theme().changed.connect(self.redraw)
        self._offer_outputs()

    @property
    def picture(self) -> SaliencyPicture | None:
        """Saliency on display, None if there is none."""
        return self.answer if isinstance(self.answer, SaliencyPicture) else None

    def request(self) -> Saliency:
        chosen = self.output.currentData()
        return Saliency(self.store.probe, self.store.document.training.loss.threshold, chosen, self._block)

    def hindrance(self, snapshot: Snapshot) -> str:
        if snapshot.data is None:
            return brief(snapshot.message) or self.waiting
        self._data = snapshot.data.train
        return ""

    def forget(self) -> None:
        super().forget()
        self._block, self._offered = "", ()

    def _offer_outputs(self) -> None:
        """Offer the classes of the data, or the numbers that are predicted."""
        signature = self.store.analysis.signature
        if signature is None:
            return
        names = signature.classes or tuple(f"output {index + 1}" for index in range(signature.targets))
        if names == self._offered:
            return
        self._offered = names
        self.output.clear()
        if signature.classes:
            self.output.addItem("Predicted class", None)
        for index, name in enumerate(names):
            self.output.addItem(f"Class {name}" if signature.classes else name.capitalize(), index)
        self.output.setVisible(len(names) > 1)

    def _ask(self) -> None:
        self.requests_changed.emit()

    def _select(self, name: str) -> None:
        """Follow the canvas; what has no feature maps leaves what is on show."""
        if self.block.findText(name) >= 0:
            self._choose_block(name)

    def _choose_block(self, name: str) -> None:
        self._block = name
        self.requests_changed.emit()

    def show_answer(self, answer: SaliencyPicture) -> None:
        data = self._data
        if data is None:
            return
        pictured = answer.gradient.ndim in (2, 3)
        self.strength.setVisible(pictured)
        self.block.setVisible(pictured and answer.cam is not None)
        if answer.blocks != tuple(self.block.itemText(index) for index in range(self.block.count())):
            self.block.clear()
            self.block.addItems(answer.blocks)
        self.block.setCurrentText(answer.block)
        self.canvas.show_sheet(self._maps(answer) if pictured else self._bars(answer, data))
        self._tell(answer, data)

    def _maps(self, answer: SaliencyPicture) -> MapSheet:
        shape = answer.gradient.shape[-2:]
        shown, gradient, product = (
            array.reshape(-1, *shape) for array in (answer.sample.shown, answer.gradient, answer.product)
        )
        picture, strength = picture_rgb(shown), self.strength.value() / 100
        found = {"Gradient": strongest(gradient), "Gradient × input": product.sum(axis=0)}
        if answer.cam is not None:
            found[f"Grad-CAM, {answer.block}"] = enlarged(answer.cam, (shape[0], shape[1]))
        # Of large pictures, each map is drawn in every second pixel, or fewer: the window must not be held up.
        every = math.ceil(math.sqrt(shape[0] * shape[1] / MOST_DRAWN))
        note = "" if answer.sample.y is None else self._named_target(answer)
        maps = [Map(answer.probe.title, shown[0], np.rint(picture).astype(np.uint8), None, note, "Probe")]
        for title, values in found.items():
            reach = float(np.abs(values).max(initial=0.0))
            limits = (0.0 if title.startswith("Grad-CAM") else -reach, reach)
            colours = laid_over(picture[::every, ::every], values[::every, ::every], reach, strength)
            maps.append(Map(title, values, colours, limits, short=_SHORT_TITLES.get(title, "Grad-CAM")))
        return MapSheet(maps)

    def _bars(self, answer: SaliencyPicture, data: Data) -> BarSheet:
        gradient, product = answer.gradient.ravel(), answer.product.ravel()
        shown = answer.sample.shown.ravel()
        if shown.shape != gradient.shape:
            # Of features that were made of the inputs, the network's own values are all there is.
            shown = answer.sample.x.ravel()
        return BarSheet(_names(data, len(gradient)), shown, gradient, product)

    def _named_target(self, answer: SaliencyPicture) -> str:
        target = answer.sample.shown_y
        if target is None or self._data is None:
            return ""
        if self._data.classes:
            return f"class {_name(self._data, int(target[0]))}"
        return f"target {short(float(target[0].ravel()[0]), 3)}"

    def _tell(self, answer: SaliencyPicture, data: Data) -> None:
        """Say whose score it is, and where it is taken."""
        if data.classes:
            whose = f"Class {_name(data, answer.chosen)}"
            if answer.predicted == answer.chosen:
                whose += ", the predicted one"
            elif answer.predicted is not None:
                whose += f"; predicted is {_name(data, answer.predicted)}"
        else:
            whose = f"Output {answer.chosen + 1}" if len(self._offered) > 1 else "Prediction"
        number, sign = short(answer.score, 3), "−" if answer.reversed else ""
        text = f"{whose}: score {number} ({sign}{answer.scored}{self._before(answer)}) · {self.named(answer.probe)}"
        self.info.setText(text, f"{whose.partition(',')[0].partition(';')[0]}: score {number}")
        self.info.setToolTip(plain_tip(f"{text}.\n{_MEANING}"))
        self.note.setText(_SHORT_CAM if answer.cam is not None and answer.gradient.ndim > 1 else _SHORT, _SHORT)
        self.note.setToolTip(_MEANING)
        self.canvas.setAccessibleDescription(text)

    def _before(self, answer: SaliencyPicture) -> str:
        """The output function before which the score is taken, if there is one."""
        wires = {wire.source: wire.target for wire in self.store.document.wires}
        after = wires.get(answer.scored, "")
        block = self.store.document.block(after) if self.store.document.has_block(after) else None
        return f", before {block.layer.type_name()}" if block is not None and block.layer.link is not None else ""

    def reading(self, point: QPointF) -> str:
        answer, sheet, data = self.picture, self.canvas.sheet, self._data
        if answer is None or data is None:
            return ""
        size, line = QSizeF(self.canvas.size()), QFontMetricsF(self.canvas.font()).height()
        if isinstance(sheet, MapSheet):
            place = sheet.pixel_at(point, size, line)
            if place is None:
                return ""
            first, *maps = (f"{each.title} {short(float(each.values[place]))}" for each in sheet.maps[1:])
            value = short(float(sheet.maps[0].values[place]))
            return "\n".join([f"Row {place[0] + 1}, column {place[1] + 1}: {value}", first, *maps])
        index = sheet.row_at(point, size, line) if sheet is not None else None
        if sheet is None or index is None:
            return ""
        given, taken = short(float(sheet.shown[index])), short(float(answer.sample.x.ravel()[index]))
        head = f"{sheet.names[index]} {given}" + ("" if given == taken else f" (the network gets {taken})")
        pairs = zip(sheet.titles, (sheet.gradient, sheet.product), strict=True)
        return "\n".join([head, *(f"{title} {short(float(values[index]))}" for title, values in pairs)])

    def table(self) -> NumberTable | None:
        answer, sheet = self.picture, self.canvas.sheet
        if answer is None or sheet is None:
            return None
        if isinstance(sheet, BarSheet):
            names = ("input", "value", "network's value", "gradient", "gradient × input")
            columns = (sheet.names, sheet.shown, answer.sample.x.ravel(), sheet.gradient, sheet.product)
            return NumberTable(names, lambda: zip(*columns, strict=True))
        maps = sheet.maps
        places = list(np.ndindex(maps[0].values.shape))
        header = ("row", "column", "value", *(each.title for each in maps[1:]))
        return NumberTable(
            header,
            lambda: ((row + 1, column + 1, *(each.values[row, column] for each in maps)) for row, column in places),
        )


def _choice(name: str, title: str) -> QComboBox:
    choice = QComboBox()
    choice.setObjectName(name)
    choice.setAccessibleName(title)
    choice.setToolTip(title)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return choice


def _name(data: Data, label: int) -> str:
    return data.classes[label] if label < len(data.classes) else str(label)


def _names(data: Data, count: int) -> tuple[str, ...]:
    """Names of the inputs, numbered where they have none."""
    return data.features if len(data.features) == count else tuple(f"x{index + 1}" for index in range(count))
