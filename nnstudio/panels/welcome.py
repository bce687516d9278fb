"""Welcome page: examples to train, recent projects, and an empty project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.panels.cards import Card, Cards, TemplateCard
from nnstudio.panels.parts import Picture
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.scroll_column import ScrollColumn
from nnstudio.ui.theme import theme

_SIDE = 268
_WIDEST = 1500
_MOST_RECENT = 8
_MARGIN, _SPACING = 22, 10


class LeftExample(Protocol):
    """Example that was left unsaved: its title, and how far it was trained, in words."""

    @property
    def title(self) -> str: ...

    @property
    def state(self) -> str: ...


class WelcomePage(QWidget):
    """Page shown before a project is open.

    Signals:
        template_chosen: name of the example to open.
        file_chosen: path of a recent project to open.
        example_chosen: the example, trained in this session, to open again.
        empty_chosen: the user wants a new, empty project.
        open_chosen: the user wants to choose a project file.
        back_chosen: the user wants to see the open project again.
    """

    template_chosen = Signal(str)
    file_chosen = Signal(str)
    example_chosen = Signal(object)
    empty_chosen = Signal()
    open_chosen = Signal()
    back_chosen = Signal()

    def __init__(
        self, templates: Sequence[TemplateCard], recent: Sequence[str] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setProperty("role", "welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._cards = [Card(template) for template in templates]
        for card, template in zip(self._cards, templates, strict=True):
            card.clicked.connect(lambda _=False, name=template.name: self.template_chosen.emit(name))
        self._card_grid = Cards(self._cards)
        self._card_grid.installEventFilter(self)
        self._back = self._button("backToProject", "Back", "chevron-left", "text")
        self._back.clicked.connect(self.back_chosen)
        self._back.hide()
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)

        body = QHBoxLayout()
        body.setSpacing(36)
        body.addLayout(self._examples(), 1)
        body.addWidget(self._side())
        page = QWidget()
        page.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(page)
        column.setContentsMargins(36, _MARGIN, 36, _MARGIN)
        column.setSpacing(22)
        column.addLayout(_head())
        column.addLayout(body, 1)
        self._middle = middle = QWidget()
        middle.setObjectName("content")
        centred = QHBoxLayout(middle)
        centred.setContentsMargins(0, 0, 0, 0)
        centred.addStretch(1)
        centred.addWidget(page, 1000)
        centred.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ScrollColumn(middle))
        self.set_recent(recent)

    def _examples(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(_SPACING)
        left.addWidget(_line("Start from an example", "title"))
        left.addWidget(self._card_grid)
        left.addStretch(1)
        return left

    def _side(self) -> QWidget:
        """Ways to a project of one's own, and recent ones."""
        empty = self._button("emptyProject", "Empty project", "new", "accent_text")
        empty.setProperty("role", "primary")
        empty.clicked.connect(self.empty_chosen)
        find = self._button("openProject", "Open…", "open", "text")
        find.clicked.connect(self.open_chosen)
        box = QWidget()
        box.setFixedWidth(_SIDE)
        side = QVBoxLayout(box)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(10)
        side.addWidget(self._back)
        side.addWidget(text_label("Start on your own", "title"))
        side.addWidget(empty)
        side.addWidget(find)
        side.addSpacing(14)
        side.addWidget(text_label("Recent projects", "title"))
        side.addLayout(self._recent)
        side.addStretch(1)
        return box

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Where the cards begin is known only once they have been laid out.
        if watched is self._card_grid and event.type() == QEvent.Type.Move:
            self._share_height()
        return False

    def _share_height(self) -> None:
        above = self._card_grid.mapTo(self._middle, QPoint(0, 0)).y()
        self._card_grid.set_room(self.height() - above - _MARGIN - _SPACING)

    def set_project(self, title: str) -> None:
        """Offer the way back to the open project."""
        self._back.setText(f"Back to “{title}”")
        self._back.setAccessibleName(f"Back to the project {title}")
        self._back.show()

    def set_recent(self, recent: Sequence[str], examples: Sequence[LeftExample] = ()) -> None:
        """Show recent projects and this session's trained examples, the latest first."""
        while item := self._recent.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if not recent and not examples:
            self._recent.addWidget(text_label("Projects that you save or open will be listed here.", "muted"))
        for example in examples:
            button = self._recent_button(example.title, example.state)
            button.clicked.connect(lambda _=False, example=example: self.example_chosen.emit(example))
            self._recent.addWidget(button)
        for path in recent[: _MOST_RECENT - len(examples)]:
            place = Path(path)
            button = self._recent_button(place.stem, str(place.parent).replace(str(Path.home()), "~", 1), path)
            button.clicked.connect(lambda _=False, path=path: self.file_chosen.emit(path))
            self._recent.addWidget(button)

    def _recent_button(self, title: str, where: str, path: str = "") -> QPushButton:
        button = QPushButton()
        button.setAutoDefault(True)  # Enter presses it too
        button.setProperty("role", "recent")
        button.setAccessibleName(title)
        button.setAccessibleDescription(path or where)
        button.setToolTip(plain_tip(path or where))
        width = _SIDE - 28
        bold = QFont(button.font())
        bold.setWeight(QFont.Weight.DemiBold)
        lines = (
            QFontMetrics(bold).elidedText(title, Qt.TextElideMode.ElideRight, width),
            button.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, width),
        )
        labels = text_label(lines[0], "heading"), text_label(lines[1], "muted")
        column = QVBoxLayout(button)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(0)
        for label in labels:
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)
        button.setFixedHeight(column.sizeHint().height() + 4)
        return button

    def _button(self, name: str, title: str, drawing: str, role: str) -> QPushButton:
        button = QPushButton(title)
        button.setAutoDefault(True)  # Enter presses it too
        button.setObjectName(name)
        button.setAccessibleName(title.rstrip("…"))
        button.setMinimumHeight(36)
        set_icon(button, drawing, role)
        return button


def _head() -> QHBoxLayout:
    """Logo, name and a sentence on what the program is for."""
    logo = Picture(56)
    logo.show_icon("nnstudio", lambda: theme().colours.text)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(text_label("nnstudio", "display"))
    words.addWidget(_line("Drag layers onto a canvas, press play, and watch a neural network learn.", "tagline"))
    head = QHBoxLayout()
    head.setSpacing(16)
    head.addWidget(logo)
    head.addLayout(words, 1)
    return head


def _line(text: str, role: str) -> QLabel:
    """A label of one line. Where lines may wrap, a layout keeps room for the case that they do."""
    label = text_label(text, role)
    label.setWordWrap(False)
    return label
