"""Box in the mathematics lens that checks all gradients numerically."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from engine.graph import INPUT
from nnstudio.document.model import shown_name
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.gradient_check import GradientCheck, GradientErrors
from nnstudio.ui.labels import text_label
from nnstudio.views.plotting import short

_TIP = (
    "Compares every gradient of the network at the probe with differences of the loss, on a copy in double precision. "
    "The network is not changed."
)
# Errors above this are no rounding any more.
_SUSPICIOUS = 1e-5


class GradientCheckBox(QWidget):
    """Button that asks for a check, and the errors it found, by parameter.

    Signals:
        wanted_changed: it asks for a check, or no longer.

    Attributes:
        wanted: the check that was asked for; None if there is none.
        errors: those on show; None if there are none.
    """

    wanted_changed = Signal()

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.wanted: GradientCheck | None = None
        self.errors: GradientErrors | None = None
        # Of the network that was checked: generation and step.
        self._of: tuple[int, int] = -1, -1
        self.button = QPushButton("Check all gradients")
        self.button.setObjectName("checkGradients")
        self.button.setToolTip(_TIP)
        self.button.clicked.connect(self.ask)
        self.report = text_label()
        self.report.setTextFormat(Qt.TextFormat.RichText)
        self.report.setObjectName("gradientErrors")
        self.report.setAccessibleName("Errors of all gradients")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addWidget(self.report)
        self.report.hide()
        store.opened.connect(self.forget)
        store.sample_changed.connect(self.forget)

    def ask(self) -> None:
        """Ask for a check of the present network at the probe."""
        self.wanted = GradientCheck(self._store.probe, self._store.document.training.loss)
        self._tell("Checking…")
        self.wanted_changed.emit()

    def forget(self) -> None:
        """Discard the result, which is of another network or sample."""
        self.wanted, self.errors = None, None
        self.report.hide()

    def draw(self, snapshot: Snapshot) -> None:
        """Take the answer from a snapshot, or discard one of another moment."""
        running = snapshot.state is RunState.RUNNING
        self.button.setEnabled(not running)
        self.button.setToolTip("Pause training first: a check is of one network" if running else _TIP)
        now = snapshot.generation, snapshot.step
        found = None if self.wanted is None else snapshot.answers.get(self.wanted)
        if found is not None:
            self.wanted, self._of = None, now
            self.errors = found if isinstance(found, GradientErrors) else None
            self._tell(escape(found.sentence) if isinstance(found, Refusal) else _table(found))
        elif running or (self.wanted is None and now != self._of):
            self.forget()

    def _tell(self, text: str) -> None:
        self.report.setText(text)
        self.report.setVisible(bool(text))


def _table(found: GradientErrors) -> str:
    """Errors by parameter as a table, below a sentence on the worst."""
    rows = "".join(
        f"<tr><td>{escape(shown_name(name) if name == INPUT else name)}</td>"
        f"<td align='right'>{short(error, 2)}</td><td>{_share(found, name)}</td></tr>"
        for name, error in found.errors.items()
    )
    verdict = (
        "All gradients agree with differences of the loss."
        if found.worst < _SUSPICIOUS
        else "Some gradients differ from differences of the loss."
    )
    return (
        f"<p>{verdict} Largest error: {short(found.worst, 2)} of the largest gradient.</p>"
        f"<table cellspacing='0' cellpadding='3'><tr><th align='left'>gradient of</th>"
        f"<th align='right'>error</th><th align='left'>checked</th></tr>{rows}</table>"
    )


def _share(found: GradientErrors, name: str) -> str:
    checked, total, kinks = found.checked[name], found.total[name], found.kinks.get(name, 0)
    counted = f"all {total:,}" if checked == total else f"{checked:,} of {total:,}"
    return f"{counted}; {kinks:,} at a kink left out" if kinks else counted
