"""Cards of the welcome page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from engine.data import Dataset
from nnstudio.panels.art import picture
from nnstudio.ui.theme import theme

_CARD = 205  # width
_ART = 104  # height of a card's picture
_LEAST_ART = 64  # where room is short
_GAP = 16


@dataclass(frozen=True)
class TemplateCard:
    """Example on the welcome page.

    Attributes:
        name: of the template to open.
        icon: the stem of a file in resources/icons.
        dataset: returns the data whose thumbnail the card shows; called when the card is first seen.
    """

    name: str
    title: str
    sentence: str
    icon: str
    dataset: Callable[[], Dataset] | None = None


class Card(QAbstractButton):
    """Button with a picture, a title and a sentence."""

    def __init__(self, card: TemplateCard) -> None:
        super().__init__()
        self._card = card
        self._art: QPixmap | None = None
        self._art_height = _ART
        self.setObjectName(f"template_{card.name}")
        self.setText(card.title)
        self.setAccessibleName(card.title)
        self.setAccessibleDescription(card.sentence)
        self.setToolTip(card.sentence)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._repaint)

    def sizeHint(self) -> QSize:
        return QSize(_CARD, self._art_height + self.text_height)

    @property
    def text_height(self) -> int:
        """Height of a title and three lines of text in this font, in pixels."""
        return QFontMetrics(self._title_font()).height() + 4 * self.fontMetrics().lineSpacing() + 30

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def set_art_height(self, height: int) -> None:
        """Set the height of the picture, in pixels."""
        if height != self._art_height:
            self._art_height = height
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._repaint()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt's buttons know only the space bar.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        shape = QPainterPath()
        shape.addRoundedRect(body, 10, 10)
        painter.fillPath(shape, QColor(colours.panel))
        painter.save()
        painter.setClipPath(shape)
        painter.drawPixmap(0, 0, self._drawn())
        painter.restore()
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(QColor(colours.accent if lit else colours.border), 2.5 if self.hasFocus() else 1.5))
        if self.isDown():
            painter.fillPath(shape, QColor(0, 0, 0, 24))
        painter.drawPath(shape)

        text = QRect(14, self._art_height + 12, self.width() - 28, self.height() - self._art_height - 22)
        painter.setFont(self._title_font())
        painter.setPen(QColor(colours.text))
        painter.drawText(text, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, self._card.title)
        text.setTop(text.top() + painter.fontMetrics().height() + 4)
        painter.setFont(self.font())
        painter.setPen(QColor(colours.muted))
        painter.drawText(text, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, self._card.sentence)
        painter.end()

    def _title_font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() + 1.5)
        return font

    def _drawn(self) -> QPixmap:
        if self._art is None:
            card = self._card
            dataset = card.dataset() if card.dataset is not None else None
            size = QSize(self.width(), self._art_height)
            self._art = picture(card.icon, dataset, size, self.devicePixelRatioF(), crc32(card.name.encode()))
        return self._art

    def _repaint(self) -> None:
        self._art = None
        self.update()


class Cards(QWidget):
    """Cards in as many columns as fit."""

    def __init__(self, cards: Sequence[Card]) -> None:
        super().__init__()
        self._cards = cards
        self._columns = 0
        self._room = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._arrange(1)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._grid.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        most = max((self.width() + _GAP) // (_CARD + _GAP), 1)
        # One column less where that leaves no gap in the last row.
        columns = most - 1 if most > 2 and len(self._cards) % most and not len(self._cards) % (most - 1) else most
        self._arrange(columns)
        self._draw_to_size()

    def set_room(self, height: int) -> None:
        """Set the visible height in pixels. Pictures shrink, within reason, so that no card is cut off."""
        if height != self._room:
            self._room = height
            self._draw_to_size()

    def _draw_to_size(self) -> None:
        if not self._cards or not self._columns:
            return
        width = (self.width() + _GAP) // self._columns - _GAP
        rows = -(-len(self._cards) // self._columns)
        fitting = (self._room + _GAP) // rows - _GAP - self._cards[0].text_height
        wanted = max(_ART, min(round(width * 0.38), 2 * _ART))
        height = min(wanted, fitting) if fitting >= _LEAST_ART else wanted
        for card in self._cards:
            card.set_art_height(height)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, int(column < columns))
        self._columns = columns
        for index, card in enumerate(self._cards):
            self._grid.addWidget(card, index // columns, index % columns)
