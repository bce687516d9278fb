"""Confusion matrix of validation, test or training data."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from engine.data import Signature
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.judging.cell_samples import CellSamples
from nnstudio.views.judging.page import class_words
from nnstudio.views.judging.part_choice import PartChoice
from nnstudio.views.matrix import MatrixCanvas
from nnstudio.views.plotting import Header, column

# From these widths on, controls stand beside the text, and the samples of a cell beside the matrix.
_WIDE, _BESIDE = 320, 560
_SEEN = "No data are held out for validation, so this counts the training data. New data may do worse."


class ConfusionView(AnswerView):
    """View of the confusion matrix in counts or percentages, with the commonest mistake, and the samples of a cell."""

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
        self.part = PartChoice(store, "confusionPart")
        self.info = StillLabel("Correct predictions", yields=True)
        self.samples = CellSamples(store)
        self.samples.closed.connect(self._close_samples)
        content, controls, pictures = QWidget(), QWidget(), QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.part)
        row.addWidget(self.shares)
        across = QHBoxLayout(pictures)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.canvas, 1)
        across.addWidget(self.samples, 1)
        column(content, Header(self.info, controls, wide_from=_WIDE), pictures)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.info)
        self.samples.message.connect(self.message)
        store.judged_part_changed.connect(self._count_others)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return bool(signature.classes)

    @property
    def picture(self) -> ConfusionPicture | None:
        """Confusion matrix on display."""
        return self.answer if isinstance(self.answer, ConfusionPicture) else None

    def request(self) -> Confusion:
        return Confusion(self.store.document.training.loss.threshold, part=self.store.judged_part)

    def requests(self) -> frozenset[Request]:
        samples = self.samples.request()
        return super().requests() | (frozenset() if samples is None else frozenset({samples}))

    def draw(self, snapshot: Snapshot) -> None:
        self.part.show_parts(snapshot.data)
        super().draw(snapshot)
        self.samples.draw(snapshot)

    def forget(self) -> None:
        super().forget()
        self._close_samples()

    def announce(self, snapshot: Snapshot) -> None:
        if self.samples.is_of_others(snapshot):
            self._close_samples()

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
        return f"{told}\nClick to see them" if told and self._count(row, column_) else told

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
        return f"{class_words(names[row])} {verb}: {count:,} of {total:,}{share}"

    def _choose(self, row: int, column_: int) -> None:
        if not self._count(row, column_):
            return
        self._tell_cell()
        self.canvas.mark((row, column_))
        self.samples.open((row, column_), self._reading(row, column_).partition(":")[0])
        self._arrange()
        self.requests_changed.emit()

    def _close_samples(self) -> None:
        if self.samples.cell is None:
            return
        self.samples.close_()
        self.canvas.mark(None)
        self._arrange()
        self.canvas.setFocus()
        self.requests_changed.emit()

    def _arrange(self) -> None:
        """Show matrix and samples side by side if there is room, else the samples alone."""
        self.canvas.setVisible(self.samples.cell is None or self.width() >= _BESIDE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

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
