"""Which classes are taken for which: the confusion matrix of the validation data, or else of the training data."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QCheckBox, QWidget

from engine.data import Signature
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.base import View, brief
from nnstudio.views.matrix import MatrixCanvas
from nnstudio.views.plotting import Header, Pages, column

_WIDE = 320
_SEEN = "No data are kept for validation, so those are judged that the network has learnt from. Others may do worse."
_WAITING = "The table appears as soon as the network is ready to train."
# While training runs, answers take at most this share of the time, and come at most twice a second.
_SHARE, _REST = 0.05, 0.5


class ConfusionView(View):
    """Counts, or shares, of every class taken for every class, with the commonest mistake in words."""

    dock_name = "confusionView"
    title = "Confusion"
    needs = "data with classes"

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.picture: ConfusionPicture | None = None
        self.canvas = MatrixCanvas()
        self.canvas.setObjectName("confusionCanvas")
        self.shares = QCheckBox("Shares")
        self.shares.setObjectName("confusionShares")
        self.shares.setAccessibleName("Show shares of each true class, in percent")
        self.shares.setToolTip("Show shares of each true class, in percent, instead of counts")
        self.shares.toggled.connect(self._redraw)
        self.info = StillLabel("How many are right", yields=True)
        content = QWidget()
        column(content, Header(self.info, self.shares, wide_from=_WIDE), self.canvas)
        self.pages = Pages(content, _WAITING)
        column(self, self.pages)
        self.make_inspectable(self.canvas, self.info)
        self._generation = -1
        self._answered = 0.0
        self._state = RunState.EMPTY
        store.opened.connect(self._forget)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return bool(signature.classes)

    def _forget(self) -> None:
        """The table of another project is none of this one, though it may have as many classes."""
        self.picture = None
        self.pages.show_hint(_WAITING)

    def requests(self) -> frozenset[Request]:
        return frozenset() if self._resting() else frozenset({self._request()})

    def _request(self) -> Confusion:
        return Confusion(self.store.document.training.loss.threshold)

    def _resting(self) -> bool:
        """True if training runs and the last answer is only just there."""
        if self._state is not RunState.RUNNING or self.picture is None:
            return False
        return time.monotonic() - self._answered < max(_REST, self.picture.seconds / _SHARE)

    def draw(self, snapshot: Snapshot) -> None:
        self._state = snapshot.state
        if snapshot.generation != self._generation:
            # What is on show stays until the answer of the new network is there, which is asked for at once.
            self._generation, self._answered = snapshot.generation, 0.0
        if snapshot.state is RunState.EMPTY:
            self.picture = None
        answer = snapshot.answers.get(self._request())
        if isinstance(answer, ConfusionPicture):
            self.picture, self._answered = answer, time.monotonic()
        if self.picture is None:
            self.pages.show_hint(brief(snapshot.message) or _WAITING)
            return
        self._redraw()

    def _redraw(self) -> None:
        picture, signature = self.picture, self.store.analysis.signature
        if picture is None or signature is None or len(signature.classes) != len(picture.counts):
            return
        self.pages.show_content()
        self.canvas.show_counts(picture.counts, signature.classes, as_shares=self.shares.isChecked())
        self._tell()

    def reading(self, point: QPointF) -> str:
        picture, names, (row, column_) = self.picture, self.canvas.names, self.canvas.cell_at(point)
        if picture is None or row < 0:
            return ""
        count, total = int(picture.counts[row, column_]), int(picture.counts[row].sum())
        share = f" ({count / total:.1%})" if total else ""
        verb = "recognised" if row == column_ else f"taken for {names[column_]}"
        return f"{names[row]} {verb}: {count:,} of {total:,}{share}"

    def table(self) -> NumberTable | None:
        picture, names = self.picture, self.canvas.names
        if picture is None or not names:
            return None
        counts = picture.counts
        header = ("true class", *(f"predicted {name}" for name in names))
        return NumberTable(header, lambda: ((name, *row) for name, row in zip(names, counts, strict=True)))

    def _tell(self) -> None:
        """How many are right, and the commonest mistake."""
        picture, names = self.picture, self.canvas.names
        if picture is None or not names:
            return
        counts = picture.counts
        right = int(np.trace(counts))
        of = f"{picture.samples:,}" + (f" (of {picture.total:,})" if picture.samples < picture.total else "")
        part = "validation" if picture.unseen else "training"
        text = f"{right:,} of {of} right on the {part} data, {right / max(picture.samples, 1):.1%}"
        short = f"{right:,} of {of} right ({part})"
        wrong = counts - np.diag(np.diag(counts))
        if wrong.any():
            worst = np.unravel_index(int(wrong.argmax()), wrong.shape)
            text += f" · most often {names[worst[0]]} was taken for {names[worst[1]]} ({wrong[worst]:,})"
        self.canvas.setAccessibleDescription(text)
        self.info.setText(text, short)
        self.info.setToolTip(text if picture.unseen else f"{text}. {_SEEN}")
