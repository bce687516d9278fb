"""The status bar: what the trainer does, how far it is, how fast, and what is wrong."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from nnstudio.theme import theme
from nnstudio.training.messages import Snapshot, State

_STATES = {
    State.EMPTY: "Not ready",
    State.READY: "Ready",
    State.RUNNING: "Training",
    State.PAUSED: "Paused",
    State.FINISHED: "Finished",
    State.FAILED: "Stopped",
}


class StatusBar(QStatusBar):
    """Shows a snapshot in words and numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: dict[str, QLabel] = {}
        self._message = QLabel()
        self._message.setObjectName("statusMessage")
        self.addWidget(self._message, 1)
        for name, title in (
            ("loss", "Loss"),
            ("epoch", "Epoch"),
            ("step", "Step"),
            ("rate", "Steps per second"),
            ("zoom", "Zoom"),
        ):
            label = QLabel()
            label.setObjectName(f"{name}Status")
            label.setAccessibleName(title)
            label.setContentsMargins(10, 0, 10, 0)
            self._labels[name] = label
            self.addPermanentWidget(label)
        self._snapshot = Snapshot(0, State.EMPTY)
        theme().changed.connect(self._dress)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        colours = theme().colours
        text = _STATES[snapshot.state] + (f" · {snapshot.message}" if snapshot.message else "")
        wrong = snapshot.state is State.FAILED
        self._message.setText(text)
        self._message.setToolTip(snapshot.message)
        self._message.setStyleSheet(f"color: {colours.error if wrong else colours.text}; padding-left: 8px;")
        self._labels["loss"].setText("" if snapshot.loss is None else f"Loss {snapshot.loss:.4g}")
        self._labels["epoch"].setText(f"Epoch {snapshot.epoch:,} / {snapshot.epochs:,}" if snapshot.epochs else "")
        self._labels["step"].setText(f"Step {snapshot.step:,}" if snapshot.epochs else "")
        self._labels["rate"].setText(f"{_round(snapshot.rate)} steps/s" if snapshot.rate else "")

    def _dress(self) -> None:
        self.show_snapshot(self._snapshot)

    def show_hint(self, text: str) -> None:
        """A sentence in place of numbers, while no project is shown."""
        for label in self._labels.values():
            label.clear()
        self._message.setText(text)

    def show_zoom(self, zoom: float) -> None:
        self._labels["zoom"].setText(f"{zoom:.0%}")


def _round(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 20 else f"{rate:.2g}"
