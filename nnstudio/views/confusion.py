"""Confusion matrix of validation, test or training data."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from engine.data import Signature
from nnstudio.document.probe import Part
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.matrix import MatrixCanvas
from nnstudio.views.plotting import Header, column

_WIDE = 320
_SEEN = "No data are held out for validation, so this counts the training data. New data may do worse."


class ConfusionView(AnswerView):
    """View of the confusion matrix in counts or percentages, with the commonest mistake.

    Signals:
        samples_wanted: the user wants to see a sample of this part, true and predicted class.
    """

    samples_wanted = Signal(str, int, int)

    dock_name = "confusionView"
    title = "Confusion"
    saying = "true classes against predicted ones"
    needs = "data with classes"
    group, rank = "training", 30
    layouts = frozenset({"build", "watch"})
    waiting = "The table appears as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.canvas = MatrixCanvas()
        self.canvas.setObjectName("confusionCanvas")
        self.canvas.chosen.connect(self._choose)
        self.canvas.moved.connect(self._tell_cell)
        self.shares = QCheckBox("Percent")
        self.shares.setObjectName("confusionShares")
        self.shares.setAccessibleName("Show percentages of each true class")
        self.shares.setToolTip("Show percentages of each true class instead of counts")
        self.shares.toggled.connect(self.redraw)
        self.part = QComboBox()
        self.part.setObjectName("confusionPart")
        self.part.setAccessibleName("Part of the data that is counted")
        self.part.setToolTip("Part of the data that is counted; the test data are for the very end")
        for title, name in (("Validation", "validation"), ("Test", "test"), ("Training", "train")):
            self.part.addItem(title, name)
        self.part.activated.connect(lambda: self._count_others())
        self.part.hide()
        self.info = StillLabel("Correct predictions", yields=True)
        content, controls = QWidget(), QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.part)
        row.addWidget(self.shares)
        column(content, Header(self.info, controls, wide_from=_WIDE), self.canvas)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.info)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return bool(signature.classes)

    @property
    def picture(self) -> ConfusionPicture | None:
        """Confusion matrix on display."""
        return self.answer if isinstance(self.answer, ConfusionPicture) else None

    @property
    def chosen_part(self) -> Part:
        """Part of the data that is counted; of data without one, the training part is."""
        found: Part = self.part.currentData()
        return found if not self.part.isHidden() else "validation"

    def request(self) -> Confusion:
        return Confusion(self.store.document.training.loss.threshold, self.chosen_part)

    def draw(self, snapshot: Snapshot) -> None:
        tested = snapshot.data is not None and snapshot.data.test is not None
        if tested == self.part.isHidden():
            self.part.setVisible(tested)
            self.requests_changed.emit()
        super().draw(snapshot)

    def _count_others(self) -> None:
        self.answer = None
        self.requests_changed.emit()

    def show_answer(self, answer: ConfusionPicture) -> None:
        signature = self.store.analysis.signature
        if signature is None or len(signature.classes) != len(answer.counts):
            # Other data were chosen just now; their counts come with a later snapshot.
            return
        self.canvas.show_counts(answer.counts, signature.classes, as_shares=self.shares.isChecked())
        self._tell()

    def reading(self, point: QPointF) -> str:
        row, column_ = self.canvas.cell_at(point)
        told = self._reading(row, column_)
        return f"{told}\nClick to make the next of them the probe" if told and self._count(row, column_) else told

    def _count(self, row: int, column_: int) -> int:
        return 0 if self.picture is None else int(self.picture.counts[row, column_])

    def _tell_cell(self) -> None:
        """Tells of the cell with the keyboard focus, aloud too."""
        text = self._reading(*self.canvas.focus)
        self.canvas.setAccessibleDescription(text)
        self.message.emit(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, text))

    def _reading(self, row: int, column_: int) -> str:
        """Sentence on a cell; "" where there is none."""
        picture, names = self.picture, self.canvas.names
        if picture is None or row < 0:
            return ""
        count, total = int(picture.counts[row, column_]), int(picture.counts[row].sum())
        share = f" ({count / total:.1%})" if total else ""
        verb = "recognised" if row == column_ else f"predicted as {names[column_]}"
        return f"{names[row]} {verb}: {count:,} of {total:,}{share}"

    def _choose(self, row: int, column_: int) -> None:
        picture = self.picture
        if picture is not None and picture.counts[row, column_]:
            self.samples_wanted.emit(picture.part, row, column_)

    def table(self) -> NumberTable | None:
        picture, names = self.picture, self.canvas.names
        if picture is None or not names:
            return None
        counts = picture.counts
        header = ("true class", *(f"predicted {name}" for name in names))
        return NumberTable(header, lambda: ((name, *row) for name, row in zip(names, counts, strict=True)))

    def _tell(self) -> None:
        """Correct predictions, and the commonest mistake."""
        picture, names = self.picture, self.canvas.names
        if picture is None or not names:
            return
        counts = picture.counts
        right = int(np.trace(counts))
        of = f"{picture.samples:,}" + (f" (of {picture.total:,})" if picture.samples < picture.total else "")
        part = "training" if picture.part == "train" else picture.part
        text = f"{right:,} of {of} correct on the {part} data, {right / max(picture.samples, 1):.1%}"
        short = f"{right:,} of {of} correct ({part})"
        wrong = counts - np.diag(np.diag(counts))
        if wrong.any():
            worst = np.unravel_index(int(wrong.argmax()), wrong.shape)
            text += f" · most often {names[worst[0]]} was predicted as {names[worst[1]]} ({wrong[worst]:,})"
        self.canvas.setAccessibleDescription(text)
        self.info.setText(text, short)
        self.info.setToolTip(plain_tip(text if picture.unseen else f"{text}. {_SEEN}"))
