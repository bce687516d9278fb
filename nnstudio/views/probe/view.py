"""Probe: one sample, its target, and what the network makes of it now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.data.describe import input_names
from nnstudio.document.probe import OwnSample, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.training.sample_text import probe_text, target_of
from nnstudio.training.split import Split
from nnstudio.ui.command_button import command_button
from nnstudio.ui.labels import text_label
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.scroll_column import ScrollColumn
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.plotting import short
from nnstudio.views.probe.inputs import ProbeInputs
from nnstudio.views.probe.outputs import Bar, OutputBars, bars_of, foremost, legend_of, tell, verdict
from nnstudio.views.probe.picture import PictureBox
from nnstudio.views.probe_trace_view import ProbeTraceView

_SAYS = "The sample that all views look at, and what the network makes of it."


class ProbeView(ProbeTraceView):
    """View of the probe, in which its values can be changed by hand."""

    dock_name = "probeView"
    title = "Probe"
    area, group, rank = "right", "settings", 35
    section = "inside"
    min_interval = 0.05
    layouts = frozenset({"understand"})
    waiting = "The sample appears as soon as there are data."
    drawn_without_answer = True

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._split: Split | None = None
        self.name = text_label(role="title")
        self.name.setObjectName("probeName")
        self.name.setToolTip(_SAYS)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(2)
        self.back = QPushButton("Back to the sample")
        self.back.setObjectName("probeBack")
        self.back.setToolTip("Give up the values given by hand")
        self.back.clicked.connect(lambda: store.choose_sample(store.reference))
        row = QHBoxLayout()
        row.addLayout(self._buttons)
        row.addStretch(1)
        row.addWidget(self.back)
        self.picture_box = PictureBox()
        self.inputs = ProbeInputs()
        self.inputs.changed.connect(self._change)
        self.verdict = StillLabel("Prediction", yields=True)
        self.verdict.setObjectName("probeVerdict")
        self.loss = StillLabel("Loss of this sample", yields=True)
        self.loss.setObjectName("probeLoss")
        self.bars = OutputBars()
        self._legend = text_label(role="muted")
        self._legend.setObjectName("probeLegend")
        content = QWidget()
        content.setObjectName("content")
        page = QVBoxLayout(content)
        page.setContentsMargins(12, 10, 12, 12)
        page.setSpacing(8)
        page.addWidget(self.name)
        page.addWidget(text_label(_SAYS, "muted"))
        page.addLayout(row)
        page.addWidget(self.picture_box)
        page.addWidget(self.inputs)
        page.addWidget(text_label("Outputs", "heading"))
        for widget in (self.verdict, self.loss, self.bars, self._legend):
            page.addWidget(widget)
        page.addStretch(1)
        self.set_content(ScrollColumn(content))
        self.make_inspectable(self.bars, self.picture_box, self.verdict, self.loss)
        store.sample_changed.connect(self._show_sample)
        store.opened.connect(self._forget_data)

    def show_commands(self, actions: Iterable[QAction]) -> None:
        """Give actions that lead to other samples their buttons."""
        for action in actions:
            self._buttons.addWidget(command_button(action))

    def show_answer(self, answer: ProbePicture | None) -> None:
        self._split = None if self.snapshot is None else self.snapshot.data
        if self._split is None:
            self.pages.show_hint(self.waiting)
            return
        self._show_sample()
        if answer is None:
            # Else they come with the next snapshot.
            waits = self.snapshot is None or self.snapshot.state is RunState.EMPTY
            self._show_outputs(
                "", "", (), "The outputs appear as soon as the network is ready to train." if waits else ""
            )
            return
        data = self._split.train
        bars = bars_of(answer, data, self._threshold)
        loss = "" if answer.loss is None else f"Loss of this sample {short(answer.loss)}"
        self._show_outputs(verdict(bars, answer, data, self._threshold), loss, bars)

    @property
    def _threshold(self) -> float:
        return self.store.document.training.loss.threshold

    def _show_outputs(self, said: str, loss: str, bars: tuple[Bar, ...], hint: str = "") -> None:
        self.verdict.setText(said)
        self.verdict.setToolTip(said)
        self.loss.setText(loss)
        self.loss.setVisible(bool(loss))
        shown = foremost(bars)
        self.bars.setVisible(bool(shown))
        self.bars.show_bars(shown)
        legend = hint or legend_of(shown, len(bars))
        self._legend.setVisible(bool(legend))
        if legend != self._legend.text():
            self._legend.setText(legend)

    def _show_sample(self) -> None:
        """Shows the probe at once; what the network makes of it comes with the next snapshot."""
        probe, split = self.store.probe, self._split
        sample = None if split is None else split.sample(probe)
        if split is None or sample is None or not self.isVisible():
            return
        text = probe_text(probe, split)
        if text != self.name.text():
            self.name.setText(text)
            self.name.setAccessibleName(f"Probe: {text}")
        self.back.setVisible(isinstance(probe, OwnSample))
        flat = sample.shown.ndim == 1
        self.inputs.setVisible(flat)
        self.picture_box.setVisible(sample.shown.ndim in (2, 3))
        if flat:
            self.inputs.show_data(split.train)
            self.inputs.show_values(sample.shown.tolist())
        elif self.picture_box.isVisibleTo(self):
            self.picture_box.show_sample(sample, split)

    def _change(self, index: int, value: float) -> None:
        sample = None if self._split is None else self._split.sample(self.store.probe)
        if sample is not None:
            values = sample.shown.ravel().tolist()
            values[index] = value
            self.store.choose_sample(OwnSample(tuple(map(float, values))))

    def _forget_data(self) -> None:
        self._split = None

    def caption(self) -> str:
        return f"Probe: {probe_text(self.store.probe, self._split)}"

    def reading(self, point: QPointF) -> str:
        bar = self.bars.bar_at(point)
        return "" if bar is None else tell(bar)

    def table(self) -> NumberTable | None:
        picture, split = self.picture, self._split
        if picture is None or split is None:
            return None
        names, bars = input_names(split.train), bars_of(picture, split.train, self._threshold)

        def rows() -> Iterable[Sequence[object]]:
            for name, value in zip(names, picture.sample.shown.ravel(), strict=True):
                yield ("input", name, value)
            for bar in bars:
                yield ("output", bar.name, bar.value)
            data = split.part(picture.probe.part) if isinstance(picture.probe, SampleRef) else None
            if data is not None and isinstance(picture.probe, SampleRef):
                yield ("target", "", target_of(data, picture.probe.index))
                yield ("loss", "", picture.loss)

        return NumberTable(("kind", "name", "value"), rows)
