"""Docks: their default places, and how the window remembers changes."""

from __future__ import annotations

import zlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QToolButton, QWidget

from nnstudio.ui.deferred_call import Soon
from nnstudio.views.base import Area

# Number of the layouts that versions of the program saved which numbered them by hand, and the docks there were then.
_OLD_VERSION = 4
_OLD_DOCKS = {
    *("paletteDock", "inspector", "dataPanel", "trainingPanel", "historyView", "lossView", "metricView"),
    *("confusionView", "boundaryView", "kernelView", "problemsView"),
}
# From this width on, the docks at the bottom have room for all their tabs.
_WIDE = 1200
# Share of the window's height that the views at the bottom get on a small and on a large screen; what the canvas keeps.
_LOW, _HIGH, _CANVAS = 0.42, 0.55, 430
# A view that is best as wide as high is never narrower than its tabs.
_LEAST = 330
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_EDGES: dict[Area, Qt.DockWidgetArea] = {"left": _LEFT, "right": _RIGHT, "bottom": _BOTTOM}
# Of the layout that a window begins with, which is made and used at once.
_FIRST_VERSION = 0


class Docks(QObject):
    """Docks around the canvas, by object name, in the order in which they were added."""

    def __init__(self, desk: QMainWindow) -> None:
        super().__init__(desk)
        self._desk = desk
        self.all: dict[str, QDockWidget] = {}
        self._places: list[_Place] = []
        self._begun = False
        # Docks that were not closed by the person but are hidden all the same, and whether they come back in front.
        self._withheld: dict[str, bool] = {}
        self._on_start_page = False
        self.unsuited: Mapping[str, str] = {}
        # The person has given docks sizes of their own, which stay whatever the size of the window.
        self._own_sizes = False
        self._held: list[QSize] | None = None
        self._fitting = Soon(self._fit, self)
        _prepare(desk)
        desk.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """React to bars of tabs that come and go, and to the gaps between docks."""
        if event.type() == QEvent.Type.Resize:
            self._fitting.ask()
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._held = self._sizes()
        elif event.type() == QEvent.Type.MouseButtonRelease:
            # By then, the docks are where the mouse has let their edge go.
            self._fitting.ask()
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

    def add(
        self,
        name: str,
        title: str,
        widget: QWidget,
        area: Area,
        group: str,
        rank: int,
        *,
        square: bool = False,
    ) -> QDockWidget:
        """Add a dock at an edge, as a tab of its group, in the order of ranks.

        `square` if it is best as wide as high.
        """
        dock = QDockWidget(title, self._desk)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.windowTitleChanged.connect(dock.setAccessibleName)
        dock.setWidget(widget)
        # Some views know better what they show: "Accuracy" instead of "Metric".
        widget.windowTitleChanged.connect(dock.setWindowTitle)
        # Qt only moves a dock behind another tab out of the window; the Tab key would lead into it, out of sight.
        dock.visibilityChanged.connect(widget.setEnabled)
        self.all[name] = dock
        self._places.append(_Place(name, _EDGES[area], group, rank, square))
        self._places.sort(key=lambda place: place.rank)
        self._desk.addDockWidget(_EDGES[area], dock)
        # Side by side, before they have their places, all of them need more room than a small screen has.
        dock.hide()
        return dock

    def begin(self) -> None:
        """Place the docks once the window has its size, as in the last session."""
        if self._begun:
            return
        self._begun = True
        self.reset()
        state = QSettings().value("docks")
        if state is not None:
            if not self._restore(state, self._saved_version()):
                # It is of a window with other docks.
                self.reset()
                return
            self._own_sizes = str(QSettings().value("docksSized", "true")).lower() == "true"
            self._fit()

    def put_away(self) -> None:
        """Hide floating docks, which would stay in front of the start page."""
        self._on_start_page = True
        self._settle()

    def bring_back(self) -> None:
        """Show the docks hidden by `put_away`."""
        self._on_start_page = False
        self._settle()

    def withhold(self, unsuited: Mapping[str, str]) -> None:
        """Hide docks that do not apply, by name with reason, and show earlier ones.

        One that was in front comes back in front. One that the user has closed stays closed.
        """
        if unsuited == self.unsuited:
            return
        self.unsuited = unsuited
        for name, dock in self.all.items():
            toggle, reason = dock.toggleViewAction(), unsuited.get(name, "")
            toggle.setEnabled(not reason)
            toggle.setToolTip(f"{dock.windowTitle()} {reason}" if reason else "")
        self._settle()

    def bring_forward(self, names: Container[str]) -> None:
        """Bring the first open dock of these names to the front of its tabs.

        One that is withheld comes to the front when it returns.
        """
        beside: set[QDockWidget] = set()
        for name, dock in self.all.items():
            if name not in names:
                continue
            if name in self._withheld:
                self._withheld[name] = dock not in beside
            elif not dock.isHidden() and dock not in beside:
                beside.update(self._desk.tabifiedDockWidgets(dock))
                dock.raise_()

    def _settle(self) -> None:
        """Hides what must not be seen now, and shows again what was hidden for no other reason."""
        for name, dock in self.all.items():
            withheld = name in self.unsuited or (self._on_start_page and dock.isFloating())
            if withheld and not dock.isHidden():
                self._withheld[name] = in_sight(dock)
                dock.hide()
            elif not withheld and name in self._withheld:
                in_front = self._withheld.pop(name)
                dock.show()
                if in_front:
                    dock.raise_()

    def reset(self) -> None:
        """Put all docks back in their default places."""
        self._own_sizes = False
        self._restore(_first_state(self._places, self._desk.size()), _FIRST_VERSION)

    def remember(self) -> None:
        """Store the places of the docks for the next session."""
        if self._begun:
            self.bring_back()
            self.withhold({})
            QSettings().setValue("docks", self._desk.saveState(_version(self._places)))
            QSettings().setValue("docksVersion", _version(self._places))
            QSettings().setValue("docksSized", self._own_sizes)

    def _sizes(self) -> list[QSize]:
        return [dock.size() for dock in self.all.values()]

    def _fit(self) -> None:
        """Gives the docks that stand in their first areas their shares of the window, unless the person has done so."""
        if self._held is not None:
            self._own_sizes |= self._held != self._sizes()
            self._held = None
        if not self._begun or self._own_sizes:
            return
        groups = {
            area: {name: [dock for dock in tabs if self._stands(dock, area)] for name, tabs in side.items()}
            for area, side in _groups(self._places, self.all).items()
        }
        _share_room(self._desk, groups, {place.name for place in self._places if place.square})

    def _stands(self, dock: QDockWidget, area: Qt.DockWidgetArea) -> bool:
        return not dock.isHidden() and not dock.isFloating() and self._desk.dockWidgetArea(dock) is area

    def _saved_version(self) -> int:
        """Version under which the layout of the last session was saved, if it is one of these docks; else this one."""
        old = QSettings().value("docksVersion") is None and self.all.keys() == _OLD_DOCKS
        return _OLD_VERSION if old else _version(self._places)

    def _restore(self, state: QByteArray, version: int) -> bool:
        # Qt leaves the tabs of docks behind that are in a place already; it shows again those that it uses.
        for dock in self.all.values():
            self._desk.removeDockWidget(dock)
        for bar in self._desk.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.hide()
        done = self._desk.restoreState(state, version)
        self._withheld.clear()
        self._settle()
        return done


@dataclass(frozen=True)
class _Place:
    """Default place of a dock."""

    name: str
    area: Qt.DockWidgetArea
    group: str
    rank: int
    square: bool


def _version(places: Sequence[_Place]) -> int:
    """A number that follows from the docks and their places, so that no layout is put on a window with others."""
    declared = ";".join(f"{place.name} {place.area.name} {place.group} {place.rank}" for place in places)
    return zlib.crc32(declared.encode()) & 0x7FFFFFFF


# By area, by the name of the dock that stands in front at first: the docks that are tabs of each other.
_Groups = dict[Qt.DockWidgetArea, dict[str, list[QDockWidget]]]


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
    groups = _groups(places, docks)
    # Neighbours come first: a dock split off from one that has tabs already would become a tab too.
    for left, right in pairwise(groups[_BOTTOM].values()):
        desk.splitDockWidget(left[0], right[0], Qt.Orientation.Horizontal)
    for tabs in chain.from_iterable(side.values() for side in groups.values()):
        for tab in tabs[1:]:
            desk.tabifyDockWidget(tabs[0], tab)
        tabs[0].raise_()
    _share_room(desk, groups, {place.name for place in places if place.square})
    return desk.saveState(_FIRST_VERSION)


def _groups(places: Sequence[_Place], docks: Mapping[str, QDockWidget]) -> _Groups:
    """The docks by their first places: of each area those side by side, by name, with all that are tabs of them."""
    groups: _Groups = {}
    for area in _EDGES.values():
        tabs: dict[str, list[str]] = {}
        for place in places:
            if place.area is area:
                tabs.setdefault(place.group, []).append(place.name)
        groups[area] = {names[0]: [docks[name] for name in names] for names in tabs.values()}
    return groups


def _share_room(desk: QMainWindow, groups: _Groups, square: Container[str]) -> None:
    """Gives the docks their share of the window; those in `square` are best as wide as high."""
    size, across = desk.size(), Qt.Orientation.Horizontal
    narrow = size.width() < _WIDE
    room = size.width()
    for area, width in (
        (_LEFT, 176 if narrow else 190),
        (_RIGHT, 300 if narrow else 320 if size.width() < 1600 else 380),
    ):
        heads = [tabs[0] for tabs in groups[area].values() if tabs]
        desk.resizeDocks(heads, [width] * len(heads), across)
        room -= width if heads else 0
    bottom = {name: tabs for name, tabs in groups[_BOTTOM].items() if tabs}
    heads = [tabs[0] for tabs in bottom.values()]
    # The canvas keeps what a network needs; of what a large screen has beyond that, the views get most.
    height = int(max(size.height() * _LOW, min(size.height() * _HIGH, size.height() - _CANVAS)))
    desk.resizeDocks(heads, [height] * len(heads), Qt.Orientation.Vertical)
    if narrow:
        # More tabs need more room.
        desk.resizeDocks(heads, [1000 * (len(tabs) + 2) for tabs in bottom.values()], across)
        return
    even = room // max(len(heads), 1)
    widths = [min(max(height, _LEAST), even) if name in square else 0 for name in bottom]
    rest = (room - sum(widths)) // max(widths.count(0), 1)
    desk.resizeDocks(heads, [width or rest for width in widths], across)


def in_sight(widget: QWidget) -> bool:
    """True if any of it can be seen. A dock behind another tab is "visible" to Qt, only out of the window.

    Not by `visibleRegion`, which leaves out what opaque children cover: of a view that is one plot, nothing remains.
    """
    window = widget.window()
    return widget.isVisible() and window.rect().intersects(QRect(widget.mapTo(window, QPoint()), widget.size()))


def first_size(screen: QSize) -> QSize:
    """Default size of the window for a screen: most of it, and never more."""
    return (screen * 0.85).expandedTo(QSize(1280, 800)).boundedTo(screen)
