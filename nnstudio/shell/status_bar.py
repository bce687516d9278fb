"""Status bar: the trainer's state, progress, speed and problems."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QStatusBar, QWidget

from nnstudio.training.messages import RunState, Snapshot, StepReport
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

# Milliseconds that a sentence stays.
_READING = 6000
# Seconds between two changes of the numbers.
_READABLE = 0.1
_STATES = {
    RunState.EMPTY: "Not ready",
    RunState.READY: "Ready",
    RunState.RUNNING: "Training",
    RunState.PAUSED: "Paused",
    RunState.FINISHED: "Finished",
    RunState.FAILED: "Stopped",
}


class StatusBar(QStatusBar):
    """Status bar that shows a snapshot in words and numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: dict[str, StillLabel] = {}
        self._message = StillLabel("State of training", yields=True)
        self._message.setObjectName("statusMessage")
        self._message.setContentsMargins(8, 0, 0, 0)
        self.addWidget(self._message, 1)
        for name, title in (
            ("loss", "Loss"),
            ("epoch", "Epoch"),
            ("step", "Step"),
            ("rate", "Steps per second"),
            ("zoom", "Zoom"),
        ):
            label = StillLabel(title)
            label.setObjectName(f"{name}Status")
            label.setContentsMargins(10, 0, 10, 0)
            self._labels[name] = label
            self.addPermanentWidget(label)
        self._snapshot = Snapshot(0, RunState.EMPTY)
        self._shown = 0.0
        self._hint = ""
        self._walk = ""
        # The generation whose note stands there, and the one whose note has been read.
        self._noted = self._read = -1
        self._reading = QTimer(self, singleShot=True, interval=_READING)
        self._reading.timeout.connect(self._note_read)
        self.messageChanged.connect(self._time_note)
        theme().changed.connect(self._dress)

    def due(self, snapshot: Snapshot) -> bool:
        """True if a snapshot's numbers are to be shown.

        While training runs, that is only as often as they can be read.
        """
        running = snapshot.state is self._snapshot.state is RunState.RUNNING
        return not running or time.monotonic() - self._shown >= _READABLE

    def show_snapshot(self, snapshot: Snapshot, *, due: bool | None = None) -> None:
        """Show a snapshot if its numbers are `due`."""
        due = self.due(snapshot) if due is None else due
        self._snapshot = snapshot
        if not due:
            return
        self._shown = time.monotonic()
        self._show_message()
        # While the window shows the past, these are still the numbers of the present.
        now = "" if snapshot.moment is None else "now "
        self._labels["loss"].setText("" if snapshot.loss is None else f"Loss {now}{short(snapshot.loss)}")
        epochs = f"Epoch {now}{snapshot.epoch:,} / {snapshot.epochs:,}" if snapshot.epochs else ""
        self._labels["epoch"].setText(epochs)
        self._labels["step"].setText(f"Step {now}{snapshot.step:,}" if snapshot.epochs else "")
        self._labels["rate"].setText(_rate(snapshot.rate) if snapshot.rate else "")

    def _show_message(self) -> None:
        """The state, and what there is to say of it: a note, until there was time to read it, or else the reason."""
        snapshot = self._snapshot
        note = snapshot.note if snapshot.generation != self._read else ""
        if note and snapshot.generation != self._noted:
            self._noted = snapshot.generation
            self._reading.stop()
            # News come before what the keys do.
            self.hint("")
            self._time_note()
        said = note or self._walk or snapshot.message or _step(snapshot.step_report)
        self._message.setText(_STATES[snapshot.state] + (f" · {said}" if said else ""))
        if self._message.toolTip() != said:
            self._message.setToolTip(plain_tip(said))
            self._dress()

    def _time_note(self) -> None:
        """The time to read a note runs while no other sentence stands in front of it."""
        if self.currentMessage():
            self._reading.stop()
        elif self._noted != self._read and not self._reading.isActive():
            self._reading.start()

    def _note_read(self) -> None:
        self._read = self._noted
        if self._read == self._snapshot.generation:
            self._show_message()

    def _dress(self) -> None:
        wrong = self._snapshot.state is RunState.FAILED
        self._message.setStyleSheet(f"color: {theme().colours.error};" if wrong else "")

    def show_walk(self, place: str) -> None:
        """Show where a walk through a training step is; "" after it. Screen readers announce it."""
        if place == self._walk:
            return
        self._walk = place
        if place:
            self.clearMessage()
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, place))
        self._show_message()

    def show_hint(self, text: str) -> None:
        """Show a sentence instead of numbers, while no project is shown."""
        for label in self._labels.values():
            label.setText("")
        # A note would come back in its place once it has been read.
        self._reading.stop()
        self._noted = self._read
        self._message.setText(text)

    def tell(self, text: str) -> None:
        """Show a message, for as long as it takes to read; screen readers announce it."""
        self.showMessage(text, _READING)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def forget(self) -> None:
        """Remove messages about the previous document. Hints stay."""
        if self.currentMessage() != self._hint:
            self.clearMessage()

    def hint(self, text: str) -> None:
        """Show help on the keys; screen readers describe the focused item instead.

        Sentences at its end that have no room are left out. "" removes the last hint, if no message has come since.
        """
        text = self._fitting(text)
        if text:
            self.showMessage(text, _READING)
        elif self.currentMessage() == self._hint:
            self.clearMessage()
        self._hint = text

    def _fitting(self, text: str) -> str:
        """As many whole sentences as there is room for, one at least: what is cut at the edge cannot be read."""
        room = self._message.width() if self.isVisible() else math.inf
        while ". " in text and self.fontMetrics().horizontalAdvance(text) > room:
            text = text[: text.rindex(". ") + 1]
        return text

    def show_zoom(self, zoom: float) -> None:
        """Show the zoom."""
        self._labels["zoom"].setText(f"{zoom:.0%}")


def _step(report: StepReport | None) -> str:
    """Report on a manual step, as text."""
    if report is None:
        return ""
    count = len(report.samples)
    samples = f"{count:,} sample" + ("s" if count != 1 else "")
    return f"Step {report.step:,}: {samples}, loss {short(report.loss)}, learning rate {short(report.learning_rate)}"


def _rate(rate: float) -> str:
    number = f"{rate:,.0f}" if rate >= 20 else f"{rate:.2g}"
    return f"{number} step/s" if number == "1" else f"{number} steps/s"
