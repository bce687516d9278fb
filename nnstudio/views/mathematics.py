"""Mathematics lens: the formulas of one block, with the real numbers of the probe."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from engine.mathematics import Step
from nnstudio.document.model import OUTPUT
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.block_mathematics import BlockMathematics, MathematicsPicture
from nnstudio.ui.formula import FormulaLabel
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.scroll_column import ScrollColumn
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.array_canvas import ArrayCanvas, Shown
from nnstudio.views.block_choice import BlockChoice
from nnstudio.views.plotting import Header, column, short

_WIDE = 420
_ABOUT = "Every formula of a block, forwards and backwards, with the numbers of the probe."
# Results of the engine and of the readable functions agree up to the rounding of their number type.
_ROUNDING = 1e-4
_TITLES = {"y": "Output", "dy": "Gradient of the output", "dz": "Gradient of the logits", "dx": "Gradient of the input"}


def blocks_with_mathematics(store: Store) -> list[str]:
    """Names of all blocks of the network, and of the loss at their end."""
    analysis = store.analysis
    if not analysis.ok:
        return []
    return [*(name for name in analysis.reports if name not in analysis.idle), OUTPUT]


def title_of(step: Step) -> str:
    """Title of a step: "Gradient of weight"."""
    if step.name in _TITLES:
        return _TITLES[step.name]
    if step.name.startswith("dx_"):
        return f"Gradient of input {step.name[3:]}"
    if step.name.startswith("d_"):
        return f"Gradient of {step.name[2:]}"
    return step.name.capitalize()


def symbol(name: str) -> str:
    """Name of an array as it is written in a formula: "∂E/∂x"."""
    found = re.fullmatch(r"d([xyz](?:_\d+)?)|d_(\w+)", name)
    return f"∂E/∂{found[1] or found[2]}" if found else name


class MathematicsView(AnswerView):
    """View of the steps of one block, one at a time: formula, sentence, numbers, function.

    Signals:
        reading_wanted: the page of further reading is to be shown.
    """

    reading_wanted = Signal()

    dock_name = "mathematicsView"
    title = "Mathematics"
    area, group, rank = "bottom", "inside", 60
    section = "mathematics"
    layouts = frozenset({"understand"})
    waiting = "The formulas and their numbers appear as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.choice = BlockChoice(store, blocks_with_mathematics, lambda _, names: names[0])
        self.choice.setObjectName("mathematicsOf")
        self.choice.setAccessibleName("Block whose mathematics is shown")
        self.choice.setToolTip("Block whose mathematics is shown; follows the selection on the canvas")
        self.choice.chosen.connect(self._take_block)
        self.steps = QComboBox()
        self.steps.setObjectName("mathematicsSteps")
        self.steps.setAccessibleName("Step of the computation")
        self.steps.setToolTip("Step of the computation")
        self.steps.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.steps.currentIndexChanged.connect(self._show_step)
        self.back = self._turn("previousMathematicsStep", "Previous step", "chevron-left", -1)
        self.forth = self._turn("nextMathematicsStep", "Next step", "chevron-right", 1)
        self.about = text_label(_ABOUT, role="muted")
        self.formula = FormulaLabel()
        self.sentence = text_label()
        self.canvas = ArrayCanvas()
        self.canvas.setObjectName("mathematicsNumbers")
        self.check = text_label(role="muted")
        self.code = QPlainTextEdit()
        self.code.setObjectName("mathematicsCode")
        self.code.setAccessibleName("The step as a function of NumPy")
        self.code.setReadOnly(True)
        self.code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.code.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.code.setTabChangesFocus(True)
        self.code.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.setContentsMargins(10, 6, 10, 6)
        lines.setSpacing(8)
        for widget in (self.about, self.formula, self.sentence, self.canvas, self.check, self.code):
            lines.addWidget(widget)
        lines.addStretch(1)
        chooser = QWidget()
        row = QHBoxLayout(chooser)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.back, self.steps, self.forth):
            row.addWidget(button)
        row.addStretch(1)
        content = QWidget()
        column(content, Header(self.choice, chooser, wide_from=_WIDE), ScrollColumn(page))
        self.set_content(content)
        self.make_inspectable(self.canvas)
        self.reading_link = text_label('<a href="#">Further reading</a>')
        self.reading_link.setObjectName("readingLink")
        self.reading_link.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse)
        self.reading_link.linkActivated.connect(lambda _: self.reading_wanted.emit())
        lines.addWidget(self.reading_link)
        self._titles: list[str] = []
        store.sample_changed.connect(self.requests_changed)

    def request(self) -> BlockMathematics | None:
        if not self.choice.block:
            return None
        return BlockMathematics(self.choice.block, self.store.probe, self.store.document.training.loss)

    def hindrance(self, snapshot: Snapshot) -> str:
        return "" if self.choice.block else self.waiting

    def show_answer(self, answer: MathematicsPicture) -> None:
        self.about.setText(f"{answer.kind}, with the numbers of {self.store.probe.title}")
        titles = [f"{number}. {title_of(step)}" for number, step in enumerate(answer.steps, 1)]
        if titles != self._titles:
            row = max(self.steps.currentIndex(), 0)
            self._titles = titles
            self.steps.blockSignals(True)
            self.steps.clear()
            self.steps.addItems(titles)
            self.steps.setCurrentIndex(min(row, len(titles) - 1))
            self.steps.blockSignals(False)
        self._show_step()

    def reading(self, point: QPointF) -> str:
        return self.canvas.reading(point)

    def table(self) -> NumberTable | None:
        step, answer = self.step, self.answer
        if step is None or answer is None or self.canvas.covers:
            # A copy would tell what an exercise hides.
            return None
        values = np.asarray(answer.values[step.name])
        indices = [*(f"axis {axis + 1}" for axis in range(values.ndim)), step.name]
        cells = ((*(i + 1 for i in index), float(values[index])) for index in np.ndindex(values.shape))
        return NumberTable(tuple(indices), lambda: cells)

    @property
    def step(self) -> Step | None:
        """Step on display, None if there is none."""
        picture, row = self.answer, self.steps.currentIndex()
        if not isinstance(picture, MathematicsPicture) or not 0 <= row < len(picture.steps):
            return None
        return picture.steps[row]

    def caption(self) -> str:
        step = self.step
        return f"{self.choice.block}: {title_of(step)}" if step is not None else self.title

    def _show_code(self, source: str) -> None:
        if source == self.code.toPlainText():
            return
        self.code.setPlainText(source)
        lines = len(source.splitlines()) + 1
        self.code.setFixedHeight(round(lines * self.code.fontMetrics().lineSpacing()) + 2 * self.code.frameWidth() + 12)

    def _take_block(self) -> None:
        self.steps.setCurrentIndex(0)
        self.requests_changed.emit()

    def _turn(self, name: str, title: str, drawing: str, way: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(title)
        button.setToolTip(title)
        set_icon(button, drawing)
        button.clicked.connect(lambda: self.steps.setCurrentIndex(self.steps.currentIndex() + way))
        return button

    def _show_step(self) -> None:
        step, answer = self.step, self.answer
        if step is None or answer is None:
            return
        place = self.steps.currentIndex()
        self.back.setEnabled(place > 0)
        self.forth.setEnabled(place < self.steps.count() - 1)
        self.formula.set_latex(step.formula)
        self.sentence.setText(step.sentence)
        self._show_code(step.source)
        self.canvas.show_arrays(arrays_of(step, answer))
        self.check.setText(_agreement(answer.difference(step.name)))


def arrays_of(step: Step, picture: MathematicsPicture) -> Sequence[Shown]:
    """Arrays that a step takes, and the one that it computes."""
    names: list[str] = []
    for name in step.needs:
        names += [other for other in picture.values if other.startswith("x_")] if name == "inputs" else [name]
    taken = [Shown(symbol(name), picture.values[name]) for name in names]
    return [*taken, Shown(symbol(step.name), picture.values[step.name], "=")]


def _agreement(difference: float | None) -> str:
    """Comparison with the engine, as a sentence."""
    if difference is None:
        return "An intermediate result, which the engine does not keep."
    if difference == 0:
        return "Equal to what the engine computed."
    if difference < _ROUNDING:
        return f"Equal to what the engine computed, up to rounding ({short(difference, 1)} of the largest number)."
    return f"Differs from what the engine computed by {short(difference, 2)} of the largest number."
