"""Screen-reader announcements: what the keyboard is on, and what is new there."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from nnstudio.canvas.keyboard.accessibility import Stop, StopsView, current, focus, is_there, serve
from nnstudio.canvas.keyboard.descriptions import describe, describe_link


class Speech:
    """Accessible description of the view: the focused item, and announcements of changes."""

    def __init__(self, view: StopsView) -> None:
        self._view = view
        self._stop: Stop | None = None
        serve(view)
        view.store.changed.connect(self.update)
        view.store.alarms_changed.connect(self.update)
        view.store.selection_changed.connect(lambda _name: self.update())
        view.canvas.wire_chosen.connect(self.update)
        view.walker.ports.changed.connect(self.update)
        self.update()

    def update(self) -> None:
        """Update the description."""
        text, stop, before = self._now(), current(self._view), self._stop
        self._stop = stop
        if text == self._view.qt.accessibleDescription():
            return
        self._view.qt.setAccessibleDescription(text)
        if not (QAccessible.isActive() and self._view.qt.hasFocus()):
            return
        # A thing that is new under the keyboard has its own name and description; all else is said as it is.
        if stop is None or stop == before or not focus(self._view, stop):
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._view.qt, text))

    def arrive(self) -> None:
        """Announce the focused item when the canvas gets the keyboard focus."""
        if QAccessible.isActive() and self._stop is not None:
            focus(self._view, self._stop)

    def _now(self) -> str:
        store, link, wire = self._view.store, self._view.walker.link, self._view.canvas.chosen_wire
        if link is not None:
            return describe_link(link)
        port = self._view.walker.ports.port
        # While an edit is drawn, they may be gone already.
        for stop in (wire, port):
            if stop is not None and is_there(self._view, stop):
                return describe(self._view.canvas, stop)
        if store.selected:
            return describe(self._view.canvas, store.selected)
        chosen = len(self._view.canvas.selected_blocks())
        if chosen:
            return f"{chosen} blocks are selected."
        count = len(store.document.blocks)
        return f"{count} block{'' if count == 1 else 's'}, none selected. The arrow keys lead from block to block."
