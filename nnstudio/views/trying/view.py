"""Try it: a person's own drawing or row, or a sample spoilt on purpose, and the network's answer to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from engine.data.describe import input_names
from engine.data.pictures.drawn import prepared
from engine.data.tables.fields import InputField, input_fields
from nnstudio.document.probe import OwnSample, Probe
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.tried import Tried, TriedAnswer
from nnstudio.training.sample_text import probe_text
from nnstudio.training.split import Split
from nnstudio.ui.command_button import command_button
from nnstudio.ui.labels import text_label
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.scroll_column import ScrollColumn
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.data.base import DataView
from nnstudio.views.plotting import column
from nnstudio.views.trying.answers import MOST, Answer, AnswerBars, foremost
from nnstudio.views.trying.facts import ColumnFacts, PictureFacts, trying_facts, why_not
from nnstudio.views.trying.pad import Pad
from nnstudio.views.trying.pictures import SeenPictures
from nnstudio.views.trying.rows import RowFields
from nnstudio.views.trying.spoiler import Spoiler
from nnstudio.views.trying.tools import PadTools
from nnstudio.views.trying.verdict import answers_of, verdict

Array = NDArray[Any]

# From this width on, the parts stand side by side.
_WIDE = 620
# Milliseconds after which a further change is sent although there is no answer to the last.
_PATIENCE = 250


class TryView(DataView):
    """View of a sample of one's own, which becomes the probe, and of the answer to it.

    Changes are sent one at a time, each when the answer to the last is there: so all views of the probe keep up with a
    pen that moves faster than snapshots come.
    """

    dock_name = "tryView"
    title = "Try it"
    saying = "draw or type a sample, spoil it, and see the answer"
    area, group, rank = "right", "settings", 36
    section = "inside"
    layouts = frozenset({"understand"})
    min_interval = 1 / 30

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        # The sample before it is spoilt, the one that this view made the probe last, and that a drawing is the sample.
        self.base: Probe = store.probe
        self._mine: Probe | None = None
        self._drawn = False
        self._fields: tuple[InputField, ...] = ()
        # A change is still to be sent; the answer to the one before is waited for.
        self._news = self._waits = False
        self._late = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._late.timeout.connect(self._give_up_waiting)
        self.name = StillLabel("Sample that is tried", yields=True)
        self.name.setObjectName("tryName")
        self.back = QToolButton()
        self.back.setObjectName("tryBack")
        self.back.setText("Back to the sample")
        self.back.setToolTip("Give up the drawing or the values, and go back to the sample of the data")
        self.back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back.clicked.connect(lambda: store.choose_sample(store.reference))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(2)
        self.pad = Pad()
        self.tools = PadTools(self.pad)
        self.seen = SeenPictures()
        self.verdict = StillLabel("Answer", yields=True)
        self.verdict.setObjectName("tryVerdict")
        self.bars = AnswerBars()
        self._legend = text_label(role="muted")
        self._legend.setObjectName("tryLegend")
        self.spoiler = Spoiler()
        self.rows = RowFields()
        self._place_parts()
        self.make_inspectable(self.bars, self.seen, self.verdict)
        self.pad.changed.connect(self._draw_on_pad)
        self.tools.changed.connect(self._draw_on_pad)
        self.spoiler.changed.connect(self._changed)
        self.rows.changed.connect(self._set_field)
        store.sample_changed.connect(self._follow)

    def _place_parts(self) -> None:
        head = QHBoxLayout()
        head.addLayout(self._buttons)
        head.addStretch(1)
        head.addWidget(self.back)
        self._drawing = QWidget()
        board = QHBoxLayout()
        board.setSpacing(8)
        board.addWidget(self.pad, 1)
        board.addWidget(self.seen, 0, Qt.AlignmentFlag.AlignTop)
        drawing = QVBoxLayout(self._drawing)
        drawing.setContentsMargins(0, 0, 0, 0)
        drawing.setSpacing(6)
        drawing.addLayout(board)
        drawing.addWidget(self.tools)
        drawing.addStretch(1)
        middle, answer = QWidget(), QVBoxLayout()
        for widget in (self.verdict, self.bars, self._legend):
            answer.addWidget(widget)
        answer.addStretch(1)
        answer.setContentsMargins(0, 0, 0, 0)
        answer.setSpacing(5)
        middle.setLayout(answer)
        self._typing = QWidget()
        column(self._typing, self.rows).addStretch(1)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts.setSpacing(10)
        spoiling = QWidget()
        column(spoiling, self.spoiler).addStretch(1)
        for part in (self._drawing, middle, spoiling, self._typing):
            self._parts.addWidget(part, 1)
        content = QWidget()
        content.setObjectName("content")
        page = QVBoxLayout(content)
        page.setContentsMargins(12, 8, 12, 10)
        page.setSpacing(6)
        page.addWidget(self.name)
        page.addLayout(head)
        page.addLayout(self._parts)
        page.addStretch(1)
        self.set_content(ScrollColumn(content))

    def show_commands(self, actions: Iterable[QAction]) -> None:
        """Give actions that lead to other samples their buttons."""
        for action in actions:
            button = command_button(action)
            button.setObjectName(f"try{button.objectName()[0].upper()}{button.objectName()[1:]}")
            self._buttons.addWidget(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = self.width() >= _WIDE
        self._parts.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        super().resizeEvent(event)

    # Data

    def measure(self) -> Callable[[Split], Any] | None:
        return trying_facts

    def hindrance(self, snapshot: Snapshot) -> str:
        data = snapshot.data
        reason = "" if data is None or not len(data.train) else why_not(data.train.shown.shape[1:])
        return reason or super().hindrance(snapshot)

    def show_data(self, split: Split) -> None:
        data, facts = split.train, self.fact
        shape = data.shown.shape[1:]
        pictures = isinstance(facts, PictureFacts)
        self._drawing.setVisible(pictures)
        self._typing.setVisible(isinstance(facts, ColumnFacts))
        self._drawn = False
        if isinstance(facts, PictureFacts):
            self.tools.show_data(facts, shape)
            self.spoiler.suit_pictures(*shape[-2:])
        elif isinstance(facts, ColumnFacts):
            self._fields = input_fields(input_names(data), *self._coding(split))
            self.rows.show_fields(self._fields, facts)
            self.spoiler.suit_rows()
        else:
            return
        if isinstance(self.base, OwnSample) and split.sample(self.base) is None:
            self.base = self.store.reference
        self._show_sample()
        # What is measured late is asked about late: no further snapshot comes by itself where nothing is trained.
        self.requests_changed.emit()

    def _coding(self, split: Split) -> tuple[Any, Sequence[float]]:
        columns, known = split.train.columns, split.preparation
        return None if columns is None else columns.coding, () if known is None else known.fill

    def release(self) -> None:
        self._news, self._mine, self.base = False, None, self.store.probe
        self._late.stop()

    # Samples

    def _follow(self) -> None:
        """Follows a sample that was chosen elsewhere: it is tried now, unspoilt."""
        if self.store.probe != self._mine:
            self._mine, self._news = None, False
            self.base, self._drawn = self.store.probe, False
            self.pad.put_away()
            self.spoiler.clear_quietly()
            self._show_sample()
        self.requests_changed.emit()

    def _draw_on_pad(self) -> None:
        self._drawn = True
        self._changed()

    def _set_field(self, place: int, value: float) -> None:
        base = self._values(self.base)
        # Until other data are looked through, the fields of the former ones stand there still.
        if base is not None and isinstance(self.fact, ColumnFacts):
            self.base = OwnSample(tuple(self._fields[place].write(base.ravel(), value).tolist()))
            self._changed()

    def _changed(self) -> None:
        self._news = True
        self._send()

    def _send(self) -> None:
        """Makes what was changed the probe, unless the answer to the last change is still to come."""
        if not self._news:
            return
        if self._waits:
            if not self._late.isActive():
                self._late.start()
            return
        self._news, self._waits = False, True
        self._late.stop()
        if self._drawn:
            self.base = self.store.reference if self.pad.empty else self._drawing_as_sample() or self.base
            self._drawn = not self.pad.empty
        self._mine = self._spoilt()
        if self._mine == self.store.probe:
            # Nothing comes of it, such as a shift of nothing, so no answer will.
            self._waits = False
        self.store.choose_sample(self._mine)
        self._show_sample()

    def _give_up_waiting(self) -> None:
        """No answer comes while the network has a problem, or a step takes very long."""
        self._waits = False
        self._send()

    def _drawing_as_sample(self) -> OwnSample | None:
        facts, split = self.fact, self.split
        if not isinstance(facts, PictureFacts) or split is None:
            return None
        shape = split.train.shown.shape[1:]
        coloured = len(shape) == 3 and shape[0] == 3
        made = prepared(
            self.pad.cover(),
            facts.ground.turned(light=self.tools.light),
            shape,
            facts.placement if self.tools.placed else None,
            self.pad.paint() if coloured else None,
        )
        return OwnSample(tuple(made.ravel().tolist()))

    def _spoilt(self) -> Probe:
        values, spoiling, facts = self._values(self.base), self.spoiler.spoiling, self.fact
        if values is None or not spoiling:
            return self.base
        if isinstance(facts, PictureFacts):
            ground = facts.ground.turned(light=self.tools.light) if self._drawn else facts.ground
            made = spoiling.picture(values, ground.background, ground.low, ground.high)
        else:
            numbers = np.zeros(values.shape)
            for field in self._fields:
                if field.kind == "number":
                    numbers[field.first] = facts.deviation[field.first]
            made = spoiling.row(values, numbers)
        return OwnSample(tuple(made.ravel().tolist()))

    def _values(self, probe: Probe) -> Array | None:
        """Sample as the data's source has it, float64; None where the data have none such."""
        sample = None if self.split is None else self.split.sample(probe)
        return None if sample is None else sample.shown.astype(np.float64)

    def _show_sample(self) -> None:
        """Shows the sample at once; the answer comes with the next snapshot."""
        split, facts, values = self.split, self.fact, self._values(self.base)
        if split is None or facts is None or values is None:
            return
        name = "Your drawing" if self._drawn else probe_text(self.base, split)
        self.name.setText(name)
        self.back.setVisible(isinstance(self.store.probe, OwnSample))
        if isinstance(facts, PictureFacts):
            after = self._values(self._mine) if self._mine is not None and self._mine != self.base else None
            pictures = [("Network sees" if after is None else "Before", values)]
            if after is not None:
                pictures.append(("Spoilt", after))
            self.seen.show_pictures(pictures, facts.ground.low, facts.ground.high)
        else:
            self.rows.show_values(values.ravel())

    # The answer

    def request(self) -> Tried | None:
        if self.split is None or self.fact is None:
            return None
        spoilt = self._mine is not None and self._mine != self.base
        probes = (self.base, self._mine) if spoilt and self._mine is not None else (self.base,)
        return Tried(probes, self.store.document.training.loss.threshold)

    def show_answer(self, answer: tuple[TriedAnswer, ...] | None) -> None:
        split, request = self.split, self.request()
        if split is None or answer is None or request is None:
            self._show_bars((), "", "The answer appears as soon as the network is ready to train.")
            return
        if tuple(one.probe for one in answer) == request.probes:
            self._waits = False
            if self._news:
                # After all views have drawn this snapshot: the next sample would leave them without an answer.
                QTimer.singleShot(0, self, self._send)
        answers = answers_of(answer, split.train, self.fact)
        left, signs = len(answers) - MOST, ["framed: before it was spoilt"] if len(answer) > 1 else []
        if left > 0:
            signs.append(f"{left:,} {'smaller ones are' if split.train.classes else 'more are'} left out")
        if not split.train.classes:
            signs.append("bars: from the least to the largest target of the data")
        legend = " · ".join(signs)
        self._show_bars(foremost(answers), verdict(answer, split, self.base), legend)

    def _show_bars(self, answers: tuple[Answer, ...], said: str, legend: str) -> None:
        self.bars.setVisible(bool(answers))
        self.bars.show_answers(answers)
        self.verdict.setText(said)
        self.verdict.setToolTip(said)
        self._legend.setVisible(bool(legend))
        if legend != self._legend.text():
            self._legend.setText(legend)

    def caption(self) -> str:
        return f"Try it: {self.name.text()}" if self.name.text() else self.title

    def reading(self, point: QPointF) -> str:
        answer = self.bars.answer_at(point)
        return "" if answer is None else answer.words()

    def table(self) -> NumberTable | None:
        split, answer = self.split, self.answer
        if split is None or not answer:
            return None
        names, answers = input_names(split.train), answers_of(answer, split.train, self.fact)
        samples = [self._values(one.probe) for one in answer]
        spoilt = len(answer) > 1

        def rows() -> Iterable[Sequence[object]]:
            for place, name in enumerate(names):
                values = ["" if sample is None else float(sample.ravel()[place]) for sample in samples]
                yield ("input", name, *values)
            for one in answers:
                kind = "output" if one.colour is None else "probability"
                yield (kind, one.name, *((one.before, one.value) if spoilt else (one.value,)))

        return NumberTable(("kind", "name", *(("before", "spoilt") if spoilt else ("value",))), rows)
