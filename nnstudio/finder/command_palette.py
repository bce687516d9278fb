"""Command palette: a field over the window that finds any command by typing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from nnstudio.finder.command_list import Command, ranked, recent_keys, remember
from nnstudio.finder.fuzzy import Match
from nnstudio.finder.row import ROW, CommandDelegate
from nnstudio.ui.labels import text_label

_WIDTH, _ROWS, _TOP = 640, 11, 64
_EDGE = 16
COMMAND, MATCH = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class CommandPalette(QWidget):
    """Command palette that covers its window.

    It is transparent except for the field and the list; a click beside them closes it.
    """

    def __init__(self, window: QWidget, commands: Callable[[], Iterable[Command]]) -> None:
        super().__init__(window)
        self.setObjectName("commandPalette")
        self.setAccessibleName("Command palette")
        self._window = window
        self._gather = commands
        self._commands: list[Command] = []
        self._recent: list[str] = []
        self._before: QWidget | None = None
        self.field = QLineEdit(placeholderText="Type what you want to do, a layer, a block or a file")
        self.field.setObjectName("commandField")
        self.field.setAccessibleName("Command")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._model = _Found(self)
        self.list = QListView()
        self.list.setObjectName("commandList")
        self.list.setAccessibleName("Matching commands")
        self.list.setModel(self._model)
        self.list.setItemDelegate(CommandDelegate(COMMAND, MATCH, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(self._run)
        self._empty = text_label("", "muted")
        self._empty.setContentsMargins(8, 4, 8, 8)
        self._box = QFrame(self)
        self._box.setProperty("role", "overlay")
        column = QVBoxLayout(self._box)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addWidget(self._empty)
        window.installEventFilter(self)
        self.hide()

    def commands(self) -> list[Command]:
        """The commands, collected whenever the palette opens."""
        return list(self._gather())

    def open(self) -> None:
        """Show the palette, empty, with the keyboard focus in its field."""
        if self.isVisible():
            return
        self._before = QApplication.focusWidget()
        self._commands = self.commands()
        self._recent = recent_keys()
        self.field.clear()
        self._search("")
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def dismiss(self) -> None:
        """Hide the palette, and give the keyboard focus back."""
        self.hide()
        self._commands = []
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None

    def _search(self, typed: str) -> None:
        found = ranked(self._commands, typed, self._recent)
        self._model.show_found(found)
        self.list.setVisible(bool(found))
        self._empty.setVisible(not found)
        self._empty.setText(f"No command matches “{typed.strip()}”.")
        self.list.setCurrentIndex(self._model.index(0))
        self.list.scrollToTop()
        self._place()

    def _run(self, index: QModelIndex) -> None:
        command: Command | None = index.data(COMMAND)
        if command is None or not command.enabled:
            return
        remember(command)
        self.dismiss()
        command.run()

    def _place(self) -> None:
        width = min(_WIDTH, self.width() - 2 * _EDGE)
        rows = min(max(self._model.rowCount(), 1), _ROWS, max((self.height() - _TOP - 80) // ROW, 3))
        self.list.setFixedHeight(rows * ROW + 4)
        self._box.setFixedWidth(width)
        self._box.adjustSize()
        self._box.move((self.width() - width) // 2, min(_TOP, max(self.height() - self._box.height(), 0)))

    # Keys and mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        page = _ROWS - 1
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Tab: 1,
            Qt.Key.Key_Backtab: -1,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_PageUp: -page,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._step(steps[key], around=abs(steps[key]) == 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            return False
        return True

    def _step(self, step: int, *, around: bool) -> None:
        count = self._model.rowCount()
        if count:
            row = self.list.currentIndex().row() + step
            self.list.setCurrentIndex(self._model.index(row % count if around else min(max(row, 0), count - 1)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.dismiss()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()


class _Found(QAbstractListModel):
    """The commands that fit, the best first."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._found: list[tuple[Command, Match]] = []

    def show_found(self, found: list[tuple[Command, Match]]) -> None:
        self.beginResetModel()
        self._found = found
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return len(self._found)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        command, fit = self._found[index.row()]
        values: dict[int, Any] = {
            Qt.ItemDataRole.DisplayRole: command.title,
            Qt.ItemDataRole.ToolTipRole: command.words or None,
            Qt.ItemDataRole.AccessibleTextRole: command.spoken,
            Qt.ItemDataRole.SizeHintRole: QSize(0, ROW),
            COMMAND: command,
            MATCH: fit,
        }
        return values.get(role)
