"""The docks: where they stand, and how the window remembers it."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QWidget

# Goes up when docks come or go, so that an old layout is not put on a new window.
_VERSION = 1
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


class Docks:
    """The docks of a window, by object name, in the order in which they were added."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self.all: dict[str, QDockWidget] = {}
        self._areas: dict[str, Qt.DockWidgetArea] = {}
        self._joined: dict[str, str] = {}
        self._shown = False
        self._state: QByteArray | None = None
        window.setDockNestingEnabled(True)
        for corner, area in ((Qt.Corner.BottomLeftCorner, _LEFT), (Qt.Corner.BottomRightCorner, _RIGHT)):
            window.setCorner(corner, area)

    def add(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea, joined: str = "") -> QDockWidget:
        """A dock at an edge; as a tab over the dock `joined` if one is named."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.setWidget(widget)
        self.all[name], self._areas[name], self._joined[name] = dock, area, joined
        dock.hide()
        return dock

    def arrange(self) -> None:
        """Puts all docks in their first places."""
        for name, dock in self.all.items():
            dock.setFloating(False)
            self._window.addDockWidget(self._areas[name], dock)
            dock.show()
        # Neighbours come first: a dock split off from one that has tabs already would become a tab too.
        bottom: QDockWidget | None = None
        for name, dock in self.all.items():
            if self._areas[name] is _BOTTOM and not self._joined[name]:
                if bottom is not None:
                    self._window.splitDockWidget(bottom, dock, Qt.Orientation.Horizontal)
                bottom = dock
        for name, dock in self.all.items():
            if self._joined[name]:
                self._window.tabifyDockWidget(self.all[self._joined[name]], dock)
        for name, dock in self.all.items():
            if not self._joined[name]:
                dock.raise_()
        self._resize()

    def _resize(self) -> None:
        width, height = self._window.width(), self._window.height()
        firsts: dict[Qt.DockWidgetArea, list[str]] = {_LEFT: [], _RIGHT: [], _BOTTOM: []}
        for name, area in self._areas.items():
            if not self._joined[name]:
                firsts[area].append(name)
        for area, size in ((_LEFT, 190), (_RIGHT, 320 if width < 1600 else 380)):
            docks = [self.all[name] for name in firsts[area]]
            self._window.resizeDocks(docks, [size] * len(docks), Qt.Orientation.Horizontal)
        docks = [self.all[name] for name in firsts[_BOTTOM]]
        self._window.resizeDocks(docks, [int(height * 0.37)] * len(docks), Qt.Orientation.Vertical)
        self._window.resizeDocks(docks, [1000] * len(docks), Qt.Orientation.Horizontal)

    def show(self) -> None:
        """Shows the docks as they were when they were last seen; the first time, as in the last session."""
        if self._shown:
            return
        self._shown = True
        state = self._state if self._state is not None else QSettings().value("docks")
        self.arrange()
        if state is not None:
            self._window.restoreState(state, _VERSION)

    def hide(self) -> None:
        """Takes all docks away, for the start page; `show` brings them back as they were."""
        if self._shown:
            self._state = self._window.saveState(_VERSION)
            self._shown = False
        for dock in self.all.values():
            dock.hide()

    def remember(self) -> None:
        """Keeps window and docks for the next session."""
        QSettings().setValue("geometry", self._window.saveGeometry())
        if self._shown or self._state is not None:
            QSettings().setValue("docks", self._window.saveState(_VERSION) if self._shown else self._state)

    def recall_geometry(self) -> bool:
        """Puts the window where it was in the last session. Returns False if there was none."""
        geometry = QSettings().value("geometry")
        return geometry is not None and self._window.restoreGeometry(geometry)


def scrolling(widget: QWidget) -> QScrollArea:
    """A widget that may be taller than its dock."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area
