"""Divergence box: the reason, and a button for every fix."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal

from engine.regularisation import Clipping
from nnstudio.document import edits
from nnstudio.document.model import OUTPUT
from nnstudio.document.problems import Problem
from nnstudio.document.values import show_number
from nnstudio.panels.parts import FixAction, ProblemBox
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot

_NORM = 1.0


class FailureBox(ProblemBox):
    """Explanation of a divergence, with its fixes.

    Signals:
        appeared: training has just diverged.
    """

    appeared = Signal()

    def __init__(self, store: Store, reset: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("failure")
        self._store, self._reset = store, reset
        self._diverged = False

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the divergence in a snapshot, or nothing."""
        if snapshot.diverged == self._diverged:
            return
        self._diverged = snapshot.diverged
        self.show_problem(Problem(OUTPUT, snapshot.message) if self._diverged else None, self._fixes)
        if self._diverged:
            self.appeared.emit()

    def _fixes(self, problem: Problem) -> list[FixAction]:
        training = self._store.document.training
        rate = float(f"{training.optimizer.learning_rate / 10:.6g}")
        fixes = [FixAction(f"Set the learning rate to {show_number(rate)}", lambda: self._slow_down(rate))]
        if training.clipping is None or training.clipping.norm is None:
            fixes.append(FixAction(f"Clip the gradients to norm {_NORM:g}", self._clip))
        fixes.append(FixAction("Start again from the initial weights", self._reset, "reset"))
        return fixes

    def _slow_down(self, rate: float) -> None:
        document = self._store.document
        optimizer = document.training.optimizer.with_changes(learning_rate=rate)
        self._store.edit(
            f"Set the learning rate to {show_number(rate)}", edits.set_training(document, optimizer=optimizer)
        )

    def _clip(self) -> None:
        document = self._store.document
        clipping = (document.training.clipping or Clipping()).with_changes(norm=_NORM)
        self._store.edit("Switch gradient clipping on", edits.set_training(document, clipping=clipping))
