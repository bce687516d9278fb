"""The welcome page: examples that train at a click, recent projects, and the way to an empty one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.data import Dataset
from nnstudio.icons import set_icon
from nnstudio.panels.art import picture
from nnstudio.panels.panel import Picture, text_label
from nnstudio.theme import theme

_CARD = 250  # width
_ART = 104  # height of a card's picture
_SIDE = 268
_GAP = 16
_WIDEST = 1500
_MOST_RECENT = 8


@dataclass(frozen=True)
class TemplateCard:
    """An example.

    Attributes:
        name: what is opened.
        icon: the stem of a file in resources/icons.
        dataset: tells the data, of which the card shows a picture; asked when the card is first seen.
    """

    name: str
    title: str
    sentence: str
    icon: str
    dataset: Callable[[], Dataset] | None = None


class Card(QAbstractButton):
    """A button with a picture, a title and a sentence."""

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
        # A title and three lines of text, whatever the font.
        text = QFontMetrics(self._title_font()).height() + 3 * self.fontMetrics().lineSpacing()
        return QSize(_CARD, self._art_height + text + 30)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def set_art_height(self, height: int) -> None:
        if height != self._art_height:
            self._art_height = height
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._repaint()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

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


class _Cards(QWidget):
    """Cards in as many columns as there is room for."""

    def __init__(self, cards: Sequence[Card]) -> None:
        super().__init__()
        self._cards = cards
        self._columns = 0
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
        width = (self.width() + _GAP) // columns - _GAP
        for card in self._cards:
            card.set_art_height(max(_ART, min(round(width * 0.38), 2 * _ART)))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, int(column < columns))
        self._columns = columns
        for index, card in enumerate(self._cards):
            self._grid.addWidget(card, index // columns, index % columns)


class WelcomePage(QWidget):
    """What is seen before a project is open.

    Signals:
        template_chosen: name of the example to open.
        file_chosen: path of a recent project to open.
        empty_chosen: a new, empty project is wanted.
        open_chosen: a project file is to be looked for.
    """

    template_chosen = Signal(str)
    file_chosen = Signal(str)
    empty_chosen = Signal()
    open_chosen = Signal()

    def __init__(
        self, templates: Sequence[TemplateCard], recent: Sequence[str] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setProperty("role", "welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        logo = Picture(56)
        logo.show_icon("nnstudio", lambda: theme().colours.text)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(text_label("nnstudio", "display"))
        words.addWidget(
            text_label("Drag layers onto a canvas, press play, and watch a neural network learn.", "tagline")
        )
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(logo)
        head.addLayout(words, 1)

        self._cards = [Card(template) for template in templates]
        for card, template in zip(self._cards, templates, strict=True):
            card.clicked.connect(lambda _=False, name=template.name: self.template_chosen.emit(name))
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(text_label("Start from an example", "title"))
        left.addWidget(_Cards(self._cards))
        left.addStretch(1)

        empty = self._button("emptyProject", "Empty project", "new", "accent_text")
        empty.setProperty("role", "primary")
        empty.clicked.connect(self.empty_chosen)
        find = self._button("openProject", "Open…", "open", "text")
        find.clicked.connect(self.open_chosen)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        side_box = QWidget()
        side_box.setFixedWidth(_SIDE)
        side = QVBoxLayout(side_box)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(10)
        side.addWidget(text_label("Start on your own", "title"))
        side.addWidget(empty)
        side.addWidget(find)
        side.addSpacing(14)
        side.addWidget(text_label("Recent projects", "title"))
        side.addLayout(self._recent)
        side.addStretch(1)

        body = QHBoxLayout()
        body.setSpacing(36)
        body.addLayout(left, 1)
        body.addWidget(side_box)
        page = QWidget()
        page.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(page)
        column.setContentsMargins(36, 26, 36, 26)
        column.setSpacing(22)
        column.addLayout(head)
        column.addLayout(body, 1)
        middle = QWidget()
        middle.setObjectName("content")
        centred = QHBoxLayout(middle)
        centred.setContentsMargins(0, 0, 0, 0)
        centred.addStretch(1)
        centred.addWidget(page, 1000)
        centred.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(middle)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.set_recent(recent)

    def set_recent(self, recent: Sequence[str]) -> None:
        """Shows the paths of recent projects, the last one first."""
        while item := self._recent.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if not recent:
            self._recent.addWidget(text_label("Projects that you save or open will be listed here.", "muted"))
        for path in recent[:_MOST_RECENT]:
            self._recent.addWidget(self._recent_button(path))

    def _recent_button(self, path: str) -> QPushButton:
        place = Path(path)
        button = QPushButton()
        button.setProperty("role", "recent")
        button.setAccessibleName(place.stem)
        button.setAccessibleDescription(path)
        button.setToolTip(path)
        width = _SIDE - 28
        bold = QFont(button.font())
        bold.setWeight(QFont.Weight.DemiBold)
        folder = str(place.parent).replace(str(Path.home()), "~", 1)
        lines = (
            QFontMetrics(bold).elidedText(place.stem, Qt.TextElideMode.ElideRight, width),
            button.fontMetrics().elidedText(folder, Qt.TextElideMode.ElideMiddle, width),
        )
        name, where = text_label(lines[0], "heading"), text_label(lines[1], "muted")
        column = QVBoxLayout(button)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(0)
        for label in (name, where):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)
        button.setFixedHeight(column.sizeHint().height() + 4)
        button.clicked.connect(lambda: self.file_chosen.emit(path))
        return button

    def _button(self, name: str, title: str, drawing: str, role: str) -> QPushButton:
        button = QPushButton(title)
        button.setObjectName(name)
        button.setAccessibleName(title.rstrip("…"))
        button.setMinimumHeight(36)
        set_icon(button, drawing, role)
        return button
