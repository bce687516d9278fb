"""Find bar over the canvas: search blocks by name, type and settings."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton

from nnstudio.canvas.overlays.overlay import Overlay
from nnstudio.canvas.overlays.search_highlight import Lighting
from nnstudio.canvas.protocols import SearchedView
from nnstudio.document.grouping import stand_in
from nnstudio.document.search import search
from nnstudio.document.traversal import network_order
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import PlainLabel


class FindBar(Overlay):
    """Find bar that highlights matches while typing.

    Enter goes to the next match, Shift+Enter to the previous one, Escape closes.
    """

    def __init__(self, view: SearchedView) -> None:
        super().__init__(view.qt, Qt.Corner.TopRightCorner)
        self._canvas = view
        self._lighting = Lighting(view.canvas)
        self._found: list[str] = []
        self._index = 0
        self.setObjectName("findBar")
        self.setAccessibleName("Search on the canvas")
        self.field = QLineEdit(placeholderText="Name, type or setting")
        self.field.setObjectName("canvasSearch")
        self.field.setAccessibleName("Search blocks")
        self.field.setFixedWidth(190)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.count = PlainLabel()
        self.count.setObjectName("foundCount")
        self.count.setAccessibleName("Found blocks")
        self.count.setMinimumWidth(self.count.fontMetrics().horizontalAdvance("none found") + 6)
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 6)
        row.setSpacing(4)
        row.addWidget(self.field)
        row.addWidget(self.count)
        for name, title, drawing, run in (
            ("findBefore", "The one before (Shift+Enter)", "chevron-up", lambda: self._step(-1)),
            ("findNext", "The next one (Enter)", "chevron-down", lambda: self._step(1)),
            ("findClose", "Close (Escape)", "close", self.dismiss),
        ):
            button = QToolButton()
            button.setObjectName(name)
            button.setAccessibleName(title)
            button.setToolTip(title)
            button.setAutoRaise(True)
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(run)
            set_icon(button, drawing)
            row.addWidget(button)
        # Else a click on the bar would give the keyboard to the canvas below.
        self.setFocusProxy(self.field)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        view.store.opened.connect(self.hide)
        view.store.changed.connect(self._refresh)
        self.hide()

    @property
    def current(self) -> str:
        """Block at which the search stands; "" if nothing matches."""
        return self._found[self._index] if self._found else ""

    def open(self) -> None:
        """Show the bar, with the last search selected for overwriting."""
        self.show()
        self.adjustSize()
        self.place()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._search(self.field.text())

    def dismiss(self) -> None:
        """Hide the bar, select the found block, and focus the canvas."""
        current = self.current
        self.hide()
        if current:
            self._canvas.store.select(current)
        self._canvas.qt.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: object) -> None:
        self._lighting.show(None)

    def _search(self, typed: str) -> None:
        self._index = 0
        self._refresh()
        if self.current:
            self._canvas.bring_into_sight(self.current)

    def _refresh(self) -> None:
        """Looks again, after the text or the document has changed."""
        if not self.isVisible():
            return
        document, before = self._canvas.store.document, self.current
        typed = self.field.text().strip()
        fits = search(document, typed)
        self._found = [name for name in network_order(document) if name in fits]
        self._index = self._found.index(before) if before in self._found else 0
        self._show(searching=bool(typed))

    def _show(self, *, searching: bool = True) -> None:
        text = f"{self._index + 1} of {len(self._found)}" if self._found else "none found"
        self.count.setText(text if searching else "")
        document = self._canvas.store.document
        # What is in a collapsed group is seen as the group.
        seen = frozenset(stand_in(document, name) for name in self._found) if searching else None
        self._lighting.show(seen, stand_in(document, self.current))
        self.setAccessibleDescription(f"{self.current}, {text}" if self.current else text)

    def _step(self, step: int) -> None:
        if self._found:
            self._index = (self._index + step) % len(self._found)
            self._show()
            self._canvas.store.select(self.current)
            self._canvas.bring_into_sight(self.current)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)
