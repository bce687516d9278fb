"""Inline field that renames a block, checked while typing.

Enter accepts the name, Escape discards it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGraphicsView, QLineEdit

from nnstudio.canvas.actions.block_actions import Editing
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import caption_font
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.theme import theme

_LONGEST = 40
_ROOM = 6


class NameField(QLineEdit):
    """Name field over a block's first line, with the reason if a name is refused."""

    def __init__(self, view: QGraphicsView, editing: Editing, block: BlockItem) -> None:
        super().__init__(block.objectName(), view.viewport())
        self.setObjectName("renameField")
        self.setAccessibleName(f"New name of {block.objectName()}")
        self.setMaxLength(_LONGEST)
        self._view, self._editing, self._block = view, editing, block
        self._old, self._done = block.objectName(), False
        self._reason = PlainLabel(view.viewport())
        self._reason.setObjectName("renameError")
        self._reason.setAccessibleName("Reason why the name is refused")
        self._reason.setWordWrap(True)
        self._reason.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._reason.hide()
        self._dress()
        self._settle()
        self.textChanged.connect(self._check)
        view.horizontalScrollBar().valueChanged.connect(self.leave)
        view.verticalScrollBar().valueChanged.connect(self.leave)
        editing.destroyed.connect(self.deleteLater)
        self.selectAll()
        self.show()
        self.setFocus()

    @property
    def obstacle(self) -> str:
        """Reason why the block cannot have the typed name."""
        return self._editing.name_obstacle(self._old, self.text().strip())

    def _settle(self) -> None:
        """Stands on the block's first line, at least as large as is needed to read it."""
        line: QRectF = self._block.mapRectToScene(self._block.title_rect())
        corner, end = self._view.mapFromScene(line.topLeft()), self._view.mapFromScene(line.bottomRight())
        width, height = max(end.x() - corner.x(), 130), max(end.y() - corner.y(), self.sizeHint().height())
        self.setGeometry(corner.x() - _ROOM, corner.y() - _ROOM // 2, width + 2 * _ROOM, height)

    def _dress(self) -> None:
        colours = theme().colours
        self.setFont(caption_font())
        frame = colours.error if self._reason.text() else colours.accent
        self.setStyleSheet(
            f"QLineEdit {{ background: {colours.panel}; color: {colours.text}; border: 2px solid {frame};"
            f" border-radius: 4px; padding: 0 4px; }}"
        )
        self._reason.setStyleSheet(
            f"background: {colours.panel}; color: {colours.error}; border: 1px solid {colours.error};"
            " border-radius: 4px; padding: 4px 6px;"
        )

    def _check(self) -> None:
        reason = self.obstacle
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        if reason:
            width = max(self.width(), 220)
            self._reason.setFixedWidth(width)
            self._reason.move(self.geometry().bottomLeft() + QPoint(0, 4))
            self._reason.setFixedHeight(self._reason.heightForWidth(width))
            self._reason.raise_()
        self._dress()

    def take(self) -> None:
        """Rename the block, if the name is accepted; else stay open."""
        if not self._done and not self.obstacle:
            new = self.text().strip()
            self.leave()
            self._editing.rename(self._old, new)

    def leave(self) -> None:
        """Close the field; the block keeps its name."""
        if not self._done:
            self._done = True
            focused = self.hasFocus()
            self._reason.deleteLater()
            self.hide()
            self.deleteLater()
            if focused:
                self._view.setFocus()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            # While one types, keys are letters; none of them does anything else in the window.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.take()
            case Qt.Key.Key_Escape:
                self.leave()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # A menu of its own, or another window in front, is no reason to end.
        if event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            return
        if self._done:
            return
        if self.obstacle:
            self.leave()
        else:
            self.take()
