"""The docks: where they stand, and how the window remembers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, QSettings, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QToolButton, QWidget

# Goes up when docks come or go, so that an old layout is not put on a new window.
_VERSION = 4
# From this width on, the docks at the bottom have room for all their tabs.
_WIDE = 1200
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


class Docks(QObject):
    """The docks about the canvas, by object name, in the order in which they were added."""

    def __init__(self, desk: QMainWindow) -> None:
        super().__init__(desk)
        self._desk = desk
        self.all: dict[str, QDockWidget] = {}
        self._places: list[_Place] = []
        self._begun = False
        self._away: list[QDockWidget] = []
        _prepare(desk)
        desk.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Bars of tabs come and go with the docks that are joined."""
        if event.type() == QEvent.Type.ChildPolished and isinstance(event, QChildEvent):
            bar = event.child()
            if isinstance(bar, QTabBar):
                # A few letters of a title tell nothing; where there is no room for all tabs, arrows lead to them.
                bar.setElideMode(Qt.TextElideMode.ElideNone)
                bar.setUsesScrollButtons(True)
                for arrow in bar.findChildren(QToolButton):
                    # The keyboard walks the tabs themselves.
                    arrow.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return False

    def add(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea, joined: str = "") -> QDockWidget:
        """A dock at an edge; as a tab over the dock `joined` if one is named."""
        dock = QDockWidget(title, self._desk)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.setWidget(widget)
        # Some views know better what they show: "Accuracy" instead of "Metric".
        widget.windowTitleChanged.connect(dock.setWindowTitle)
        # Qt only moves a dock behind another tab out of the window; the Tab key would lead into it, out of sight.
        dock.visibilityChanged.connect(widget.setEnabled)
        self.all[name] = dock
        self._places.append(_Place(name, area, joined))
        self._desk.addDockWidget(area, dock)
        # Side by side, before they have their places, all of them need more room than a small screen has.
        dock.hide()
        return dock

    def begin(self) -> None:
        """Puts the docks in their places once the window has its size: as in the last session, if there was one."""
        if self._begun:
            return
        self._begun = True
        self.reset()
        state = QSettings().value("docks")
        if state is not None:
            self._restore(state)

    def put_away(self) -> None:
        """Hides the docks that float: they would stay in front of the start page."""
        self._away += [dock for dock in self.all.values() if dock.isFloating() and dock.isVisible()]
        for dock in self._away:
            dock.hide()

    def bring_back(self) -> None:
        """Shows again what was put away."""
        for dock in self._away:
            dock.show()
        self._away.clear()

    def reset(self) -> None:
        """Puts all docks back in their first places."""
        self._restore(_first_state(self._places, self._desk.size()))

    def remember(self) -> None:
        """Keeps the docks for the next session."""
        if self._begun:
            self.bring_back()
            QSettings().setValue("docks", self._desk.saveState(_VERSION))

    def _restore(self, state: QByteArray) -> None:
        # Qt leaves the tabs of docks behind that are in a place already; it shows again those that it uses.
        for dock in self.all.values():
            self._desk.removeDockWidget(dock)
        for bar in self._desk.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.hide()
        self._desk.restoreState(state, _VERSION)


@dataclass(frozen=True)
class _Place:
    """Where a dock stands at first."""

    name: str
    area: Qt.DockWidgetArea
    joined: str


def _prepare(desk: QMainWindow) -> None:
    desk.setDockNestingEnabled(True)
    for corner, area in ((Qt.Corner.BottomLeftCorner, _LEFT), (Qt.Corner.BottomRightCorner, _RIGHT)):
        desk.setCorner(corner, area)


def _first_state(places: Sequence[_Place], size: QSize) -> QByteArray:
    """The docks in their first places in a window of this size, in the form that `restoreState` takes.

    It is found with empty docks in a window that is thrown away, since Qt makes a second bar of tabs, which leads
    nowhere, when docks are joined side by side with others (QMainWindow.tabifyDockWidget).
    """
    desk = QMainWindow()
    _prepare(desk)
    desk.setCentralWidget(QWidget())
    desk.resize(size)
    docks: dict[str, QDockWidget] = {}
    for place in places:
        docks[place.name] = QDockWidget()
        docks[place.name].setObjectName(place.name)
        docks[place.name].setWidget(QWidget())
        desk.addDockWidget(place.area, docks[place.name])
    heads = {
        area: [docks[place.name] for place in places if place.area is area and not place.joined]
        for area in (_LEFT, _RIGHT, _BOTTOM)
    }
    # Neighbours come first: a dock split off from one that has tabs already would become a tab too.
    for left, right in pairwise(heads[_BOTTOM]):
        desk.splitDockWidget(left, right, Qt.Orientation.Horizontal)
    for place in places:
        if place.joined:
            desk.tabifyDockWidget(docks[place.joined], docks[place.name])
    for group in heads.values():
        for dock in group:
            dock.raise_()
    narrow = size.width() < _WIDE
    for area, width in (
        (_LEFT, 176 if narrow else 190),
        (_RIGHT, 300 if narrow else 320 if size.width() < 1600 else 380),
    ):
        desk.resizeDocks(heads[area], [width] * len(heads[area]), Qt.Orientation.Horizontal)
    bottom = heads[_BOTTOM]
    desk.resizeDocks(bottom, [int(size.height() * 0.42)] * len(bottom), Qt.Orientation.Vertical)
    # On a small screen, more tabs need more room.
    tabs = [1 + sum(place.joined == dock.objectName() for place in places) for dock in bottom]
    shares = [count + 2 if narrow else 1 for count in tabs]
    desk.resizeDocks(bottom, [1000 * share for share in shares], Qt.Orientation.Horizontal)
    return desk.saveState(_VERSION)


def first_size(screen: QSize) -> QSize:
    """How large the window is at first on a screen with so much room: most of it, and never more than there is."""
    return (screen * 0.85).expandedTo(QSize(1280, 800)).boundedTo(screen)
