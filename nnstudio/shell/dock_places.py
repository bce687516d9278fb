"""Places of docks in an arrangement, found with empty docks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from nnstudio.shell.arrangements import ARRANGEMENTS, Arrangement, Cell
from nnstudio.views.base import Area, Layout

# From this width on, the docks at the bottom have room for all their tabs.
_WIDE = 1200
# Share of the window's height that the views at the bottom get on a small and on a large screen; what the canvas keeps.
_LOW, _HIGH, _CANVAS = 0.42, 0.55, 430
# Share of the window's width that the canvas keeps beside the views, and its bounds in pixels.
_BESIDE, _NARROWEST, _WIDEST = 0.26, 230, 480
# A view that is best as wide as high is never narrower than its tabs.
_LEAST = 330
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_EDGES: dict[Area, Qt.DockWidgetArea] = {"left": _LEFT, "right": _RIGHT, "bottom": _BOTTOM}
_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
# Number of the states of today. Docks that come or go do not change it: a state is completed with them.
VERSION = 5
# Those of older versions of the program, which knew the first arrangement only: by hand at first, then made from the
# docks there were.
_READ = (VERSION, 4, 1984721570)


@dataclass(frozen=True)
class DockPlace:
    """Declared place of a dock; see the class attributes of `View`."""

    name: str
    area: Area
    group: str
    rank: int
    layouts: frozenset[Layout] = frozenset(ARRANGEMENTS)
    square: bool = False


@dataclass(frozen=True)
class Tabs:
    """Docks that are tabs of each other, in their order, and whether they are best as wide as high."""

    names: tuple[str, ...]
    square: bool = False


# Columns from left to right, each of rows from top to bottom.
Columns = list[list[Tabs]]


@dataclass(frozen=True)
class Grid:
    """Places of docks around the canvas: the columns of each edge.

    Attributes:
        edges: columns at each edge of the window. Docks that declare the right edge are in its last column.
        views: number of columns of views that stand at the right edge, before that.
    """

    edges: Mapping[Qt.DockWidgetArea, Columns]
    views: int = 0

    def area(self, name: str) -> Qt.DockWidgetArea:
        """Edge at which a dock stands."""
        return next(
            edge
            for edge, columns in self.edges.items()
            if any(name in tabs.names for column in columns for tabs in column)
        )

    def only(self, names: Collection[str]) -> Grid:
        """The same places, of these docks only."""
        edges = {
            edge: [
                [Tabs(tuple(name for name in tabs.names if name in names), tabs.square) for tabs in column]
                for column in columns
            ]
            for edge, columns in self.edges.items()
        }
        return Grid(edges, self.views)


def grid_of(places: Sequence[DockPlace], arrangement: Arrangement) -> Grid:
    """Places of all docks, given in the order of their ranks, in an arrangement."""
    left = _grouped(place for place in places if place.area == "left")
    right = _grouped(place for place in places if place.area == "right")
    views = [place for place in places if place.area == "bottom"]
    if not arrangement.beside:
        bottom = [[_tabs(group, arrangement)] for group in _grouped(views)]
        sides = {
            edge: [[_tabs(group, arrangement) for group in groups]] for edge, groups in ((_LEFT, left), (_RIGHT, right))
        }
        return Grid({**sides, _BOTTOM: bottom})
    cells: dict[Cell, list[DockPlace]] = {}
    for key, cell in arrangement.beside.items():
        members = [place for place in views if arrangement.key_of(place.name, place.group) == key]
        if members:
            cells.setdefault(cell, []).extend(members)
    columns: dict[int, list[Tabs]] = {}
    for (column, _), members in sorted(cells.items(), key=lambda entry: entry[0]):
        columns.setdefault(column, []).append(_tabs(members, arrangement))
    last = [[_tabs(group, arrangement) for group in right]] if right else []
    sides = {_LEFT: [[_tabs(group, arrangement) for group in left]], _RIGHT: [*columns.values(), *last]}
    return Grid(sides, len(columns))


def _grouped(places: Iterable[DockPlace]) -> list[list[DockPlace]]:
    """Places by their groups, in the order of the lowest ranks."""
    groups: dict[str, list[DockPlace]] = {}
    for place in places:
        groups.setdefault(place.group, []).append(place)
    return list(groups.values())


def _tabs(members: Sequence[DockPlace], arrangement: Arrangement) -> Tabs:
    front = next((place for place in members if arrangement.name in place.layouts), members[0])
    return Tabs(tuple(place.name for place in members), front.square)


def prepare(desk: QMainWindow) -> None:
    """Let docks stand side by side, and those at the sides reach down to the window's lower edge."""
    desk.setDockNestingEnabled(True)
    for corner, area in ((Qt.Corner.BottomLeftCorner, _LEFT), (Qt.Corner.BottomRightCorner, _RIGHT)):
        desk.setCorner(corner, area)


def first_state(places: Sequence[DockPlace], arrangement: Arrangement, size: QSize) -> QByteArray:
    """State of a window of this size with the docks of an arrangement in their first places.

    It is found with empty docks in a window that is thrown away, since Qt makes a second bar of tabs, which leads
    nowhere, when docks are joined side by side with others (QMainWindow.tabifyDockWidget).
    """
    desk, docks = _draft(places, size)
    grid = grid_of(places, arrangement)
    for edge, columns in grid.edges.items():
        heads = [docks[column[0].names[0]] for column in columns if column]
        if heads:
            desk.addDockWidget(edge, heads[0])
        # Neighbours come first: a dock split off from one that has tabs already would become a tab too.
        for left, right in pairwise(heads):
            desk.splitDockWidget(left, right, _ACROSS)
        for column in columns:
            for above, below in pairwise(column):
                desk.splitDockWidget(docks[above.names[0]], docks[below.names[0]], _DOWN)
    open_ = {place.name for place in places if arrangement.name in place.layouts}
    for tabs in (tabs for columns in grid.edges.values() for column in columns for tabs in column):
        for name in tabs.names[1:]:
            desk.tabifyDockWidget(docks[tabs.names[0]], docks[name])
        ahead = sorted(tabs.names, key=lambda name: (name not in open_, name not in arrangement.front))
        docks[ahead[0]].raise_()
    for name, dock in docks.items():
        dock.setVisible(name in open_)
    share_room(desk, docks, grid.only(open_))
    return desk.saveState(VERSION)


def completed_state(
    state: QByteArray,
    places: Sequence[DockPlace],
    arrangement: Arrangement,
    size: QSize,
    shown: Mapping[str, bool] | None = None,
) -> QByteArray | None:
    """State, of this or an older version, with a place for every dock; None if it is no such state.

    Docks that it does not know are closed, as tabs of their neighbours. Those named in `shown` are opened, in front of
    their tabs if the value says so.
    """
    desk, docks = _draft(places, size)
    if not any(desk.restoreState(state, version) for version in _READ):
        return None
    grid = grid_of(places, arrangement)
    nowhere = Qt.DockWidgetArea.NoDockWidgetArea
    known = {name for name, dock in docks.items() if desk.dockWidgetArea(dock) is not nowhere}
    for name in docks.keys() - known:
        area = grid.area(name)
        tabs = next(tabs for column in grid.edges[area] for tabs in column if name in tabs.names)
        beside = next((other for other in tabs.names if other in known and not docks[other].isFloating()), None)
        if beside is None:
            desk.addDockWidget(area, docks[name])
        else:
            desk.tabifyDockWidget(docks[beside], docks[name])
        docks[name].hide()
        known.add(name)
    for name, in_front in (shown or {}).items():
        docks[name].show()
        if in_front:
            docks[name].raise_()
    return desk.saveState(VERSION)


def _draft(places: Sequence[DockPlace], size: QSize) -> tuple[QMainWindow, dict[str, QDockWidget]]:
    """A window that is never shown, and empty docks of these names that have no places yet."""
    desk = QMainWindow()
    prepare(desk)
    desk.setCentralWidget(QWidget())
    desk.resize(size)
    docks: dict[str, QDockWidget] = {}
    for place in places:
        docks[place.name] = dock = QDockWidget(desk)
        # One that floats is a window of its own.
        dock.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        dock.setObjectName(place.name)
        dock.setWidget(QWidget())
    return desk, docks


def share_room(desk: QMainWindow, docks: Mapping[str, QDockWidget], grid: Grid) -> None:
    """Give open docks their share of the window. `grid` has only those."""
    size = desk.size()
    narrow = size.width() < _WIDE
    settings = 300 if narrow else 320 if size.width() < 1600 else 380
    left, right = grid.edges[_LEFT], grid.edges[_RIGHT]
    room = size.width() - _widen(desk, docks, left, 176 if narrow else 190)
    room -= _widen(desk, docks, right[grid.views :], settings)
    if grid.views:
        _share_beside(desk, docks, right[: grid.views], room)
    else:
        _share_bottom(desk, docks, [column[0] for column in grid.edges[_BOTTOM] if column[0].names], room, narrow)


def _widen(desk: QMainWindow, docks: Mapping[str, QDockWidget], columns: Columns, width: int) -> int:
    """Give columns a width in pixels; returns the sum of all."""
    heads = [heads[0] for column in columns if (heads := _heads(docks, column))]
    desk.resizeDocks(heads, [width] * len(heads), _ACROSS)
    return width * len(heads)


def _heads(docks: Mapping[str, QDockWidget], column: Sequence[Tabs]) -> list[QDockWidget]:
    """The first dock of each row that has any."""
    return [docks[tabs.names[0]] for tabs in column if tabs.names]


def _share_beside(desk: QMainWindow, docks: Mapping[str, QDockWidget], columns: Columns, room: int) -> None:
    """Give views beside the canvas what it leaves of `room` pixels, each column and row as much."""
    filled = [heads for column in columns if (heads := _heads(docks, column))]
    if not filled:
        return
    canvas = min(max(int(desk.width() * _BESIDE), _NARROWEST), _WIDEST)
    each = max(room - canvas, 0) // len(filled)
    desk.resizeDocks([heads[0] for heads in filled], [each] * len(filled), _ACROSS)
    for heads in filled:
        desk.resizeDocks(heads, [desk.height() // len(heads)] * len(heads), _DOWN)


def _share_bottom(
    desk: QMainWindow, docks: Mapping[str, QDockWidget], groups: Sequence[Tabs], room: int, narrow: bool
) -> None:
    """Give views below the canvas their height, and share the `room` pixels across; squares stay squares."""
    size, heads = desk.size(), _heads(docks, groups)
    # The canvas keeps what a network needs; of what a large screen has beyond that, the views get most.
    height = int(max(size.height() * _LOW, min(size.height() * _HIGH, size.height() - _CANVAS)))
    desk.resizeDocks(heads, [height] * len(heads), _DOWN)
    if narrow:
        # More tabs need more room.
        desk.resizeDocks(heads, [1000 * (len(tabs.names) + 2) for tabs in groups], _ACROSS)
        return
    even = room // max(len(heads), 1)
    widths = [min(max(height, _LEAST), even) if tabs.square else 0 for tabs in groups]
    rest = (room - sum(widths)) // max(widths.count(0), 1)
    desk.resizeDocks(heads, [width or rest for width in widths], _ACROSS)
