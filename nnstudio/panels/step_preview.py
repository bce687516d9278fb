"""Drawing of a step's preview: histograms, pictures or counts, before and after."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.training.step_preview import Histogram, StepPreview
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sample_image import to_image
from nnstudio.ui.theme import theme

# Heights of a row of histograms with the numbers under it, of a row of counts, of pictures, and of the captions.
_ROW, _COUNT, _PICTURE, _HEAD = 46, 22, 52, 20
_GAP = 6
# Space for the name of a column or a class, as a share of the width.
_NAMES = 0.26


def short(value: float, span: float = 0.0) -> str:
    """Number with three or four digits and a true minus sign; next to a `span`, what is nothing is 0."""
    if abs(value) < 5e-4 * span:
        return "0"
    text = (
        f"{value:.3g}"
        if abs(value) < 1e3
        else f"{value:.4g}"
        if abs(value) < 1e4
        else f"{value:,.0f}"
        if abs(value) < 1e7
        else f"{value:.3g}"
    )
    return text.replace("-", "−")


class StepPreviewBox(QWidget):
    """Preview of one step; what is left of the arrow was there before it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stepPreview")
        self.setAccessibleName("Preview of the step, before and after")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.preview: StepPreview | None = None
        self.inspection = Inspection(self, Exhibit(self, lambda: "Preview of a step", self._read, self._table, (self,)))
        theme().changed.connect(self.update)

    def show_preview(self, preview: StepPreview | None) -> None:
        """Show a preview, or nothing."""
        self.preview = preview
        self.setVisible(preview is not None)
        if preview is not None:
            self.setFixedHeight(self.sizeHint().height())
            self.setAccessibleDescription(self.words())
        self.update()

    def sizeHint(self) -> QSize:
        preview = self.preview
        if preview is None:
            return QSize(200, 1)
        height = _HEAD + len(preview.columns) * _ROW + len(preview.counts) * _COUNT
        height += _PICTURE + _GAP if preview.pictures is not None else 0
        height += _HEAD if preview.more or preview.sentence else 0
        return QSize(200, height)

    def words(self) -> str:
        """The preview as text: ranges and counts before and after."""
        preview = self.preview
        if preview is None:
            return ""
        lines = [
            f"{column.name}: {_range(column.before)} becomes {_range(column.after)}"
            if column.before is not None
            else f"{column.name}: {_range(column.after)}"
            for column in preview.columns
        ]
        lines += [f"{count.name}: {count.before:,} become {count.after:,}" for count in preview.counts]
        return "; ".join([*lines, *filter(None, [self._rest()])])

    def _rest(self) -> str:
        preview = self.preview
        if preview is None:
            return ""
        return f"and {preview.more:,} more columns" if preview.more else preview.sentence

    def _table(self) -> NumberTable | None:
        preview = self.preview
        if preview is None:
            return None
        if preview.counts:
            counts = preview.counts
            return NumberTable(("samples", "before", "after"), lambda: ((c.name, c.before, c.after) for c in counts))
        columns = preview.columns
        header = ("column", "lowest before", "highest before", "lowest after", "highest after")
        return NumberTable(header, lambda: ((c.name, *_ends(c.before), *_ends(c.after)) for c in columns))

    def _read(self, place: QPointF) -> str:
        preview = self.preview
        if preview is None or place.y() < _HEAD:
            return ""
        row = int((place.y() - _HEAD) // _ROW)
        if preview.columns and 0 <= row < len(preview.columns):
            column = preview.columns[row]
            before = "" if column.before is None else f"before: {_range(column.before)}\n"
            return f"{column.name}\n{before}after: {_range(column.after)}"
        row = int((place.y() - _HEAD) // _COUNT)
        if preview.counts and 0 <= row < len(preview.counts):
            count = preview.counts[row]
            return f"{count.name}: {count.before:,} training samples before, {count.after:,} after"
        return ""

    def paintEvent(self, event: QPaintEvent) -> None:
        preview = self.preview
        if preview is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(max(font.pointSizeF() - 1, 7))
        painter.setFont(font)
        left, middle, right = self._thirds()
        painter.setPen(QColor(theme().colours.muted))
        bottom = Qt.AlignmentFlag.AlignBottom
        if any(column.before is not None for column in preview.columns) or preview.counts:
            painter.drawText(QRectF(left, 0, middle - left, _HEAD - 3), bottom, "before")
        painter.drawText(QRectF(middle, 0, right - middle, _HEAD - 3), bottom, "after")
        top = float(_HEAD)
        for column in preview.columns:
            self._name(painter, column.name, top, _ROW - 16)
            self._histogram(painter, column.before, QRectF(left, top, middle - left - 2 * _GAP, _ROW - _GAP))
            self._histogram(painter, column.after, QRectF(middle, top, right - middle, _ROW - _GAP))
            top += _ROW
        top = self._counts(painter, preview, top)
        if preview.pictures is not None:
            self._pictures(painter, *preview.pictures, top + _GAP)
            top += _PICTURE + _GAP
        painter.setPen(QColor(theme().colours.muted))
        painter.drawText(QRectF(0, top, self.width(), _HEAD), Qt.AlignmentFlag.AlignVCenter, self._rest())
        painter.end()

    def _thirds(self) -> tuple[float, float, float]:
        """Where the sides before and after begin, and the right end."""
        left = self.width() * _NAMES
        return left, left + (self.width() - left) / 2, float(self.width() - 1)

    def _name(self, painter: QPainter, name: str, top: float, height: float) -> None:
        room = QRectF(0, top, self._thirds()[0] - _GAP, height)
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.setPen(QColor(theme().colours.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _histogram(self, painter: QPainter, histogram: Histogram | None, room: QRectF) -> None:
        if histogram is None:
            return
        colours = theme().colours
        bars = room.adjusted(0, 0, 0, -14)
        width, most = bars.width() / len(histogram.counts), max(histogram.counts)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.measure))
        for place, count in enumerate(histogram.counts):
            height = bars.height() * count / most
            painter.drawRect(QRectF(bars.left() + place * width, bars.bottom() - height, max(width - 1, 1), height))
        painter.setPen(QColor(colours.muted))
        under = QRectF(room.left(), room.bottom() - 13, room.width(), 13)
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft, short(histogram.low, histogram.high - histogram.low))
        if histogram.high != histogram.low:
            painter.drawText(under, Qt.AlignmentFlag.AlignRight, short(histogram.high, histogram.high - histogram.low))

    def _counts(self, painter: QPainter, preview: StepPreview, top: float) -> float:
        left, middle, right = self._thirds()
        most = max((max(count.before, count.after) for count in preview.counts[:-1] or preview.counts), default=1)
        for count in preview.counts:
            self._name(painter, count.name, top, _COUNT)
            for value, start, end in ((count.before, left, middle - 2 * _GAP), (count.after, middle, right)):
                room = QRectF(start, top, end - start, _COUNT)
                share = min(value / max(most, 1), 1.0)
                painter.fillRect(
                    QRectF(start, top + 4, room.width() * share * 0.55, _COUNT - 8), QColor(theme().colours.measure)
                )
                painter.setPen(QColor(theme().colours.text))
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{value:,}")
            top += _COUNT
        return top

    def _pictures(self, painter: QPainter, before: np.ndarray, after: np.ndarray, top: float) -> None:
        left, middle, _ = self._thirds()
        for pictures, start in ((before, left), (after, middle)):
            low, high = float(pictures.min()), float(pictures.max())
            room = (middle - left - 2 * _GAP) / max(len(pictures), 1)
            for place, picture in enumerate(pictures):
                side = min(room - 4, _PICTURE - 4)
                painter.drawImage(QRectF(start + place * room, top, side, side), to_image(picture, low, high))


def _range(histogram: Histogram | None) -> str:
    return "nothing" if histogram is None else f"{short(histogram.low)} to {short(histogram.high)}"


def _ends(histogram: Histogram | None) -> tuple[float | str, float | str]:
    return ("", "") if histogram is None else (histogram.low, histogram.high)
