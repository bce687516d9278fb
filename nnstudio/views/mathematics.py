"""Mathematics lens: the formulas of one block, with the real numbers of the probe."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from nnstudio.document.model import OUTPUT, shown_name
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.requests.block_mathematics import BlockMathematics, MathematicsPicture
from nnstudio.training.requests.block_update import BlockUpdate, UpdatePicture
from nnstudio.training.requests.training_walk import Stop
from nnstudio.ui.command_button import command_button
from nnstudio.ui.formula import FormulaLabel
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.scroll_column import ScrollColumn
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.array_canvas import ArrayCanvas
from nnstudio.views.block_choice import BlockChoice
from nnstudio.views.gradient_check_box import GradientCheckBox
from nnstudio.views.mathematics_entries import Entry, Key, entries_of
from nnstudio.views.plotting import Header, column

_WIDE, _WIDEST = 560, 230
_ABOUT = "Every formula of a block, forwards and backwards, with the numbers of the probe."


def blocks_with_mathematics(store: Store) -> list[str]:
    """Names of all blocks of the network, and of the loss at their end."""
    analysis = store.analysis
    if not analysis.ok:
        return []
    return [*(name for name in analysis.reports if name not in analysis.idle), OUTPUT]


class MathematicsView(AnswerView):
    """View of the steps of one block, one at a time: formula, sentence, numbers, function.

    While training rests, the update that the next step will make follows them. During a walk through that step, it
    shows the formula at which the walk has stopped.

    Signals:
        reading_wanted: the page of further reading is to be shown.

    Attributes:
        entries: the formulas on offer.
    """

    reading_wanted = Signal()

    dock_name = "mathematicsView"
    title = "Mathematics"
    saying = "the formulas of a block with the numbers of the probe"
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
        self.steps.setMaximumWidth(_WIDEST)
        self.steps.currentIndexChanged.connect(self._show_step)
        self.back = self._turn("previousMathematicsStep", "Previous step", "chevron-left", -1)
        self.forth = self._turn("nextMathematicsStep", "Next step", "chevron-right", 1)
        self.walk = QHBoxLayout()
        self.walk.setSpacing(2)
        self.place = text_label(role="heading")
        self.place.setObjectName("walkPlace")
        self.note = text_label()
        self.note.setObjectName("walkNote")
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
        self.gradients = GradientCheckBox(store)
        self.gradients.wanted_changed.connect(self.requests_changed)
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.setContentsMargins(10, 6, 10, 6)
        lines.setSpacing(8)
        walk, numbers = (self.place, self.note), (self.about, self.formula, self.sentence, self.canvas, self.check)
        for widget in (*walk, *numbers, self.code, self.gradients):
            lines.addWidget(widget)
        for label in walk:
            label.hide()
        lines.addStretch(1)
        # In narrow places the steps have a line of their own.
        where, which = QWidget(), QWidget()
        first, second = QHBoxLayout(where), QHBoxLayout(which)
        for row in (first, second):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(4)
        first.addWidget(self.choice, 1)
        first.addLayout(self.walk)
        second.addWidget(self.back)
        second.addWidget(self.steps, 1)
        second.addWidget(self.forth)
        content = QWidget()
        column(content, Header(where, which, wide_from=_WIDE), ScrollColumn(page))
        self.set_content(content)
        self.make_inspectable(self.canvas)
        self.reading_link = text_label('<a href="#">Further reading</a>')
        self.reading_link.setObjectName("readingLink")
        self.reading_link.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse)
        self.reading_link.linkActivated.connect(lambda _: self.reading_wanted.emit())
        lines.addWidget(self.reading_link)
        self.entries: tuple[Entry, ...] = ()
        # The next update, and the block and network that it is of.
        self._update: UpdatePicture | None = None
        self._update_of: tuple[str, int] = "", -1
        # The reason why there is none, after a space.
        self._refusal_of_update = ""
        self._resting = True
        self._stop: Stop | None = None
        store.sample_changed.connect(self.requests_changed)

    def request(self) -> BlockMathematics | None:
        if not self.choice.block:
            return None
        return BlockMathematics(self.choice.block, self.store.probe, self.store.document.training.loss)

    def requests(self) -> frozenset[Request]:
        wanted = [
            self.gradients.wanted,
            BlockUpdate(self.choice.block) if self._resting and self.choice.block else None,
        ]
        return super().requests().union(request for request in wanted if request is not None)

    def draw(self, snapshot: Snapshot) -> None:
        self._resting = snapshot.state is not RunState.RUNNING
        self.gradients.draw(snapshot)
        of = self.choice.block, snapshot.generation
        found = snapshot.answers.get(BlockUpdate(self.choice.block))
        if found is not None or not self._resting or of != self._update_of:
            self._update = found if isinstance(found, UpdatePicture) else None
            refused = found.sentence if isinstance(found, Refusal) else ""
            self._refusal_of_update = f" The next update cannot be shown. {refused}" if refused else ""
            self._update_of = of
        super().draw(snapshot)

    def show_commands(self, actions: Iterable[QAction]) -> None:
        """Give actions that walk through a training step their buttons, beside the steps."""
        for action in actions:
            button = command_button(action)
            # One that has a short name beside its icon.
            if action.iconText() != action.text().replace("&", ""):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.walk.addWidget(button)

    def show_stop(self, stop: Stop | None, place: str = "", note: str = "") -> None:
        """Show the formula at which a walk has stopped, with its place and a remark on it; None after the walk."""
        for label, text in ((self.place, place), (self.note, note)):
            label.setText(text)
            label.setVisible(bool(text))
        self._stop = stop
        if stop is not None:
            self.choice.choose(stop.block)
            self.redraw()

    def hindrance(self, snapshot: Snapshot) -> str:
        return "" if self.choice.block else self.waiting

    def show_answer(self, answer: MathematicsPicture) -> None:
        row, keys = max(self.steps.currentIndex(), 0), self._keys
        self.entries = entries_of(answer, self._update)
        self.steps.blockSignals(True)
        if keys != self._keys:
            self.steps.clear()
            self.steps.addItems([f"{number}. {entry.title}" for number, entry in enumerate(self.entries, 1)])
        self.steps.setCurrentIndex(min(row, len(self.entries) - 1))
        if self._stop is not None and self._stop.block == answer.block:
            wanted = self._stop.step, self._stop.parameter, self._stop.number
            if wanted in self._keys:
                # Once: from there on, the person may look at other steps too.
                self.steps.setCurrentIndex(self._keys.index(wanted))
                self._stop = None
        self.steps.blockSignals(False)
        self._show_step()

    def reading(self, point: QPointF) -> str:
        return self.canvas.reading(point)

    def table(self) -> NumberTable | None:
        entry = self.entry
        if entry is None or self.canvas.covers:
            # A copy would tell what an exercise hides.
            return None
        values = entry.result
        indices = [*(f"axis {axis + 1}" for axis in range(values.ndim)), entry.step.name]
        cells = ((*(i + 1 for i in index), float(values[index])) for index in np.ndindex(values.shape))
        return NumberTable(tuple(indices), lambda: cells)

    @property
    def entry(self) -> Entry | None:
        """Formula on display, None if there is none."""
        row = self.steps.currentIndex()
        return self.entries[row] if self.answer is not None and 0 <= row < len(self.entries) else None

    @property
    def _keys(self) -> list[Key]:
        return [entry.key for entry in self.entries]

    def caption(self) -> str:
        entry = self.entry
        return f"{shown_name(self.choice.block)}: {entry.title}" if entry is not None else self.title

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
        entry = self.entry
        if entry is None:
            return
        place = self.steps.currentIndex()
        self.back.setEnabled(place > 0)
        self.forth.setEnabled(place < self.steps.count() - 1)
        parameter = entry.key[1]
        numbers = (
            f"the next update of its {parameter}"
            if parameter
            else f"with the numbers of {self.named(self.store.probe)}"
        )
        self.about.setText(f"{self.answer.kind}, {numbers}")
        self.formula.set_latex(entry.step.formula)
        self.sentence.setText(entry.step.sentence)
        self._show_code(entry.step.source)
        self.canvas.show_arrays(entry.show())
        self.check.setText(f"{entry.tell()}{self._refusal_of_update}")
