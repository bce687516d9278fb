"""Accessibility tree of the canvas: blocks, ports and wires, with names and places.

Qt shows them nothing of a graphics scene, so the tree is made here. Nothing of it exists before such a program asks.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Protocol
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget

from nnstudio.canvas.keyboard import descriptions
from nnstudio.canvas.keyboard.navigator import Walker
from nnstudio.canvas.keyboard.port_positions import place_of
from nnstudio.canvas.protocols import KeyboardView
from nnstudio.document import grouping, ports
from nnstudio.document.model import Wire, shown_name
from nnstudio.document.ports import Port
from nnstudio.document.traversal import network_order

# What the keyboard can be on: a block, an end or a group by its name, a port of it, or a wire.
Stop = str | Port | Wire
_PORT = 22.0


class StopsView(KeyboardView, Protocol):
    """View with the walker that moves the keyboard over it."""

    @property
    def walker(self) -> Walker: ...


def current(view: StopsView) -> Stop | None:
    """Item with the keyboard focus; None if there is none, or a wire is drawn."""
    if view.walker.link is not None:
        return None
    if view.canvas.chosen_wire is not None:
        return view.canvas.chosen_wire
    if view.walker.ports.port is not None:
        return view.walker.ports.port
    chosen = view.canvas.selected_blocks()
    return chosen[0].objectName() if len(chosen) == 1 else None


class CanvasAccessible(QAccessibleWidget):
    """Accessible list of the canvas: blocks in data-flow order, then wires."""

    def __init__(self, view: StopsView) -> None:
        super().__init__(view.qt, QAccessible.Role.List)
        self.view = view
        self._known: dict[Stop, StopAccessible] = {}
        view.store.changed.connect(self._forget)
        # With the view Qt lets go of this one by itself, but of the others it does not know that they belong to it.
        view.qt.destroyed.connect(partial(_let_go_of_all, self._known))

    def interface(self, stop: Stop) -> StopAccessible:
        """Accessible object of a block, port or wire; always the same one."""
        known = self._known.get(stop)
        if known is None or not shiboken6.isValid(known):
            known = self._known[stop] = StopAccessible(self, stop)
            QAccessible.registerAccessibleInterface(known)
        return known

    def stops(self) -> list[Stop]:
        """Blocks and wires of the canvas. Ports belong to their blocks."""
        shown = grouping.drawn(self.view.store.document)
        return [*network_order(shown), *shown.wires]

    def childCount(self) -> int:
        return len(self.stops())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        stops = self.stops()
        return self.interface(stops[index]) if 0 <= index < len(stops) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        stops = self.stops()
        return stops.index(child.stop) if isinstance(child, StopAccessible) and child.stop in stops else -1

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        stop = current(self.view)
        return self.interface(stop) if stop is not None and self.view.qt.hasFocus() else None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return next((child for child in map(self.interface, self.stops()) if child.rect().contains(x, y)), None)

    def _forget(self) -> None:
        """Lets go of what an edit has taken off the canvas."""
        for stop in [stop for stop in self._known if not is_there(self.view, stop)]:
            _let_go(self._known.pop(stop))


class StopAccessible(QAccessibleInterface):
    """Accessible object of a block, a port or a wire."""

    def __init__(self, canvas: CanvasAccessible, stop: Stop) -> None:
        super().__init__()
        self._canvas, self.stop = canvas, stop

    def isValid(self) -> bool:
        return shiboken6.isValid(self._canvas) and is_there(self._canvas.view, self.stop)

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self._canvas.window()

    def parent(self) -> QAccessibleInterface:
        return self._canvas.interface(self.stop.block) if isinstance(self.stop, Port) else self._canvas

    def _children(self) -> tuple[Port, ...]:
        return ports.ports_of(self._canvas.view.store.document, self.stop) if isinstance(self.stop, str) else ()

    def childCount(self) -> int:
        return len(self._children())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        children = self._children()
        return self._canvas.interface(children[index]) if 0 <= index < len(children) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        children = self._children()
        if not isinstance(child, StopAccessible) or not isinstance(child.stop, Port) or child.stop not in children:
            return -1
        return children.index(child.stop)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return next(
            (child for child in map(self._canvas.interface, self._children()) if child.rect().contains(x, y)), None
        )

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Button if isinstance(self.stop, Port) else QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        view = self._canvas.view
        here = current(view) == self.stop
        state.focusable = state.selectable = True
        state.selected = here
        state.focused = here and view.qt.hasFocus()
        state.offscreen = not view.qt.viewport().rect().intersects(self._place())
        return state

    def text(self, kind: QAccessible.Text) -> str:
        # Qt may still ask for what an edit is just taking off.
        if not self.isValid():
            return ""
        view = self._canvas.view
        document = view.store.document
        if kind == QAccessible.Text.Description:
            return descriptions.describe(view.canvas, self.stop)
        if kind != QAccessible.Text.Name:
            return ""
        if isinstance(self.stop, Port):
            return descriptions.name_port(document, self.stop)
        if isinstance(self.stop, Wire):
            return f"Wire from {shown_name(self.stop.source)} to {shown_name(self.stop.target)}"
        return f"{shown_name(self.stop)}, {view.canvas.blocks[self.stop].face.title}"

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Ignored: names are changed by edits in the window."""

    def rect(self) -> QRect:
        return self._place().translated(self._canvas.view.qt.viewport().mapToGlobal(QPoint(0, 0)))

    def _place(self) -> QRect:
        """Rectangle in the view."""
        view, scene = self._canvas.view, self._canvas.view.canvas
        if not self.isValid():
            return QRect()
        if isinstance(self.stop, Port):
            corner = place_of(scene, self.stop) - QPointF(_PORT, _PORT) / 2
            area = QRectF(corner, QSize(round(_PORT), round(_PORT)).toSizeF())
        elif isinstance(self.stop, Wire):
            area = scene.wires[self.stop].sceneBoundingRect()
        else:
            area = scene.blocks[self.stop].sceneBoundingRect()
        return view.qt.mapFromScene(area).boundingRect()


def _let_go(gone: StopAccessible) -> None:
    if shiboken6.isValid(gone):
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(gone))


def _let_go_of_all(known: dict[Stop, StopAccessible]) -> None:
    while known:
        _let_go(known.popitem()[1])


def is_there(view: StopsView, stop: Stop) -> bool:
    """True if the canvas shows it now."""
    if isinstance(stop, Wire):
        return stop in view.canvas.wires
    if isinstance(stop, Port):
        return stop.block in view.canvas.blocks and stop in ports.ports_of(view.store.document, stop.block)
    return stop in view.canvas.blocks


# The canvases for which Qt may ask.
_served: WeakSet[StopsView] = WeakSet()
# Kept alive as long as their views; Qt holds no Python object.
_trees: list[CanvasAccessible] = []


def tree_of(view: StopsView) -> CanvasAccessible | None:
    """Accessibility tree of a canvas; None if no assistive program asks for it."""
    found = QAccessible.queryAccessibleInterface(view.qt)
    return found if isinstance(found, CanvasAccessible) else None


def focus(view: StopsView, stop: Stop) -> bool:
    """Notify assistive programs of a new focus. Returns False if that is impossible."""
    tree = tree_of(view)
    if tree is None:
        return False
    QAccessible.updateAccessibility(QAccessibleEvent(tree.interface(stop), QAccessible.Event.Focus))
    return True


def _make(_name: str, shown: QObject) -> QAccessibleInterface | None:
    """Qt asks for every object that an assistive program looks at."""
    view = next((view for view in _served if view.qt is shown), None)
    if view is None:
        return None
    _trees[:] = [tree for tree in _trees if shiboken6.isValid(tree)]
    _trees.append(CanvasAccessible(view))
    return _trees[-1]


@cache
def _install() -> None:
    QAccessible.installFactory(_make)


def serve(view: StopsView) -> None:
    """Register the factory by which Qt finds the accessibility tree."""
    _served.add(view)
    _install()
