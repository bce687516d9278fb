"""Class balance: how many samples each class has in each part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data import Signature
from nnstudio.store import Store
from nnstudio.training.data_facts import class_counts
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.scroll_column import ScrollColumn
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.views.data.base import DataView
from nnstudio.views.data.rows import PART_WORDS
from nnstudio.views.plotting import Header, column

Array = NDArray[Any]

# Heights of a bar and of the gap between classes, widest name, and smallest room for bars, in pixels.
_BAR, _GAP, _WIDEST, _LEAST = 16, 8, 120, 60
_WIDE = 320
# A class so many times as large as another is worth a word on class weights.
_UNEVEN = 3.0


class BalanceCanvas(QWidget):
    """Canvas of bars: one group for each class, one bar for each part, with counts and shares of the part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("balanceCanvas")
        self.setAccessibleName("Samples of each class")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.classes: tuple[str, ...] = ()
        self.parts: tuple[str, ...] = ()
        self.counts: Array = np.zeros((0, 0), np.int64)
        self._measured: tuple[float, float] | None = None
        theme().changed.connect(self.update)

    def show_counts(self, classes: tuple[str, ...], parts: tuple[str, ...], counts: Array) -> None:
        """Show counts (parts, classes)."""
        self.classes, self.parts, self.counts, self._measured = classes, parts, counts, None
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    @property
    def _group(self) -> int:
        return _BAR * max(len(self.parts), 1) + _GAP

    def sizeHint(self) -> QSize:
        return QSize(240, self._group * max(len(self.classes), 1) + _GAP)

    def share(self, part: int, label: int) -> float:
        """Share of a class in its part."""
        return float(self.counts[part, label] / max(self.counts[part].sum(), 1))

    def text(self, part: int, label: int) -> str:
        """Number beside a bar."""
        return f"{self.counts[part, label]:,} ({self.share(part, label):.1%})"

    def bar(self, part: int, label: int) -> QRectF:
        """Rectangle of a bar: as long as the share of its class in its part, compared with the largest of all."""
        left, scale = self._scale()
        return QRectF(left, _GAP + label * self._group + part * _BAR, self.share(part, label) * scale, _BAR)

    def _scale(self) -> tuple[float, float]:
        """Where the bars begin, and the length of one for all samples of its part, in pixels."""
        if self._measured is None:
            metrics = self.fontMetrics()
            left = min(max((metrics.horizontalAdvance(name) for name in self.classes), default=0), _WIDEST) + 14
            pairs = list(np.ndindex(self.counts.shape))
            numbers = max((metrics.horizontalAdvance(self.text(*pair)) for pair in pairs), default=0)
            most = max((self.share(*pair) for pair in pairs), default=1.0) or 1.0
            self._measured = float(left), max(self.width() - left - numbers - 16, _LEAST) / most
        return self._measured

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measured = None
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        self._measured = None
        super().changeEvent(event)

    def bar_at(self, point: QPointF) -> tuple[int, int] | None:
        """Part and class of the line under a point; None between the classes."""
        label, rest = divmod(point.y() - _GAP, self._group)
        part = int(rest // _BAR)
        inside = 0 <= label < len(self.classes) and 0 <= part < len(self.parts)
        return (part, int(label)) if inside else None

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter, flags = theme().colours, QPainter(self), Qt.AlignmentFlag
        painter.fillRect(self.rect(), QColor(colours.canvas))
        metrics = painter.fontMetrics()
        for label, name in enumerate(self.classes):
            top = _GAP + label * self._group
            painter.setPen(QColor(colours.text))
            first = self.bar(0, label)
            room = QRectF(4, top, first.left() - 10, self._group - _GAP)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, flags.AlignRight | flags.AlignVCenter, shown)
            for part in range(len(self.parts)):
                bar, colour = self.bar(part, label).adjusted(0, 1, 0, -1), class_colour(colours, label)
                # As everywhere, training is filled and what is held out is hollow.
                painter.setPen(QPen(colour, 1.5))
                painter.setBrush(colour if part == 0 else Qt.BrushStyle.NoBrush)
                painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
                painter.setPen(QColor(colours.text if part == 0 else colours.muted))
                beside = QRectF(bar.right() + 6, bar.top(), self.width(), bar.height())
                painter.drawText(beside, flags.AlignLeft | flags.AlignVCenter, self.text(part, label))


class BalanceView(DataView):
    """View of the number of samples of each class, part by part."""

    dock_name = "balanceView"
    title = "Class balance"
    saying = "how many samples each class has in each part"
    needs = "data with classes"
    rank = 75
    waiting = "The bars appear as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.canvas = BalanceCanvas()
        self.scroll_area = ScrollColumn(self.canvas)
        # Many classes are scrolled through with the arrow keys, as there is no field in it to tab to.
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.info = StillLabel("Balance of the classes", yields=True)
        content = QWidget()
        column(content, Header(self.info, wide_from=_WIDE), self.scroll_area)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.info)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return bool(signature.classes)

    def measure(self) -> Callable[[Split], Any]:
        return class_counts

    def show_data(self, split: Split) -> None:
        classes = split.train.classes
        parts = tuple(PART_WORDS[part] for part in self.fact)
        self.canvas.show_counts(classes, parts, np.array(list(self.fact.values())).reshape(len(parts), -1))
        self._tell(classes)

    def release(self) -> None:
        self.canvas.show_counts((), (), np.zeros((0, 0), np.int64))

    def _tell(self, classes: tuple[str, ...]) -> None:
        """Names the largest and the smallest class of the training part."""
        counts = self.canvas.counts[0] if len(self.canvas.counts) else np.zeros(0)
        if not len(counts):
            return
        legend = "filled: training, hollow: held out" if len(self.canvas.parts) > 1 else "training data"
        most, least = int(counts.argmax()), int(counts.argmin())
        missing = [name for name, count in zip(classes, counts, strict=True) if not count]
        if missing:
            text = f"no training sample of {', '.join(missing[:3])}{' and others' if len(missing) > 3 else ''}"
        elif counts[most] == counts[least]:
            text = "all classes have equally many training samples"
        else:
            times = counts[most] / counts[least]
            text = f"{classes[most]} has {times:.2g} times as many training samples as {classes[least]}"
        self.info.setText(f"{text} · {legend}", text)
        uneven = bool(missing) or counts[most] > _UNEVEN * counts[least]
        advice = "\nBalanced class weights (Training panel) give rare classes the same weight."
        self.info.setToolTip(plain_tip(f"{text[0].upper()}{text[1:]}.{advice if uneven and not missing else ''}"))
        self.canvas.setAccessibleDescription(text)

    def reading(self, point: QPointF) -> str:
        at = self.canvas.bar_at(point)
        if at is None:
            return ""
        part, label = at
        total = int(self.canvas.counts[part].sum())
        return f"{self.canvas.classes[label]}, {self.canvas.parts[part]}: {self.canvas.text(part, label)} of {total:,}"

    def table(self) -> NumberTable | None:
        canvas = self.canvas
        if not canvas.classes:
            return None
        counts, classes = canvas.counts, canvas.classes
        return NumberTable(("class", *canvas.parts), lambda: zip(classes, *counts, strict=True))
