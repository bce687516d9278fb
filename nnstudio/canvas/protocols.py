"""Protocols of scene and view: the members each canvas room may use.

Scene and view make gestures, markers, keyboard, overlays and actions, and hand themselves over. None of those imports
scene or view: it names here what it needs, so that nothing goes in circles and a new gesture sees what it may rely on.

Only the project's own members are listed. What is Qt's is reached through `qt`, since a protocol cannot say that
something is a Qt object as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, SignalInstance
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QGraphicsView

from engine.errors import Fix
from engine.layers.base import Layer
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.callout import Callout
from nnstudio.canvas.items.group_frame import GroupFrame
from nnstudio.canvas.items.wire_item import WireItem
from nnstudio.document.model import Document, Wire
from nnstudio.document.problems import Problem
from nnstudio.store import Store

# Scenes


class DrawnScene(Protocol):
    """Scene with the drawn document: items of blocks and wires, by name.

    Both ends of the network and collapsed groups are blocks.
    """

    @property
    def qt(self) -> QGraphicsScene: ...

    @property
    def store(self) -> Store: ...

    @property
    def blocks(self) -> dict[str, BlockItem]: ...

    @property
    def wires(self) -> dict[Wire, WireItem]: ...


class SelectableScene(DrawnScene, Protocol):
    """Scene with a selection: blocks, or one wire.

    `message` carries a sentence that says why something cannot be done.
    """

    @property
    def message(self) -> SignalInstance: ...

    @property
    def chosen_wire(self) -> Wire | None: ...

    def choose_wire(self, wire: Wire | None) -> None: ...

    def selected_blocks(self) -> list[BlockItem]: ...

    def cut(self, wire: Wire) -> None: ...


class MarkedScene(DrawnScene, Protocol):
    """Scene with badges and callouts, for `items`. `zoom` is in pixels per scene unit."""

    @property
    def zoom(self) -> float: ...

    def seen_rect(self) -> QRectF: ...

    def apply_fix(self, problem: Problem, fix: Fix | None = None) -> None: ...


class _Markers(Protocol):
    def step_back(self, back: bool) -> None: ...


class WireScene(DrawnScene, Protocol):
    """Scene on which a wire is drawn: callouts step back meanwhile."""

    @property
    def alerts(self) -> _Markers: ...


class GestureScene(WireScene, SelectableScene, Protocol):
    """Scene under the mouse, for `gestures`. `items_at` returns the topmost item first."""

    @property
    def zoom(self) -> float: ...

    def seen_rect(self) -> QRectF: ...

    def items_at(self, point: QPointF) -> list[QGraphicsItem]: ...

    def refresh(self) -> None: ...


class _InputOrder(Protocol):
    def shift_input(self, wire: Wire, step: int) -> None: ...


class _Drag(Protocol):
    @property
    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class KeyboardScene(WireScene, SelectableScene, Protocol):
    """Scene under the keyboard, for `keyboard`."""

    @property
    def wire_chosen(self) -> SignalInstance: ...

    @property
    def editing(self) -> _InputOrder: ...

    @property
    def wire_drag(self) -> _Drag: ...

    def delete_selected(self) -> None: ...


class _BlockChoice(Protocol):
    @property
    def marked(self) -> list[str]: ...

    def choose(self, names: tuple[str, ...]) -> None: ...


class GroupingScene(SelectableScene, Protocol):
    """Scene with groups, for `actions`.

    It is `steady` during an edit that leaves the view where it is.
    """

    steady: bool

    @property
    def editing(self) -> _BlockChoice: ...


class MenuScene(SelectableScene, Protocol):
    """Scene with a context menu, for `actions`."""

    @property
    def alerts(self) -> _Listed: ...

    def items_at(self, point: QPointF) -> list[QGraphicsItem]: ...

    def insert(self, layer: Layer, wire: Wire) -> None: ...

    def append(self, layer: Layer) -> None: ...

    def tidy(self) -> None: ...

    def delete_selected(self) -> None: ...

    def apply_fix(self, problem: Problem, fix: Fix | None = None) -> None: ...


class _Listed(Protocol):
    def on(self, name: str) -> list[Problem]: ...


class _OpenCallouts(Protocol):
    @property
    def callouts(self) -> Mapping[str, Callout]: ...


class MappedScene(DrawnScene, Protocol):
    """Scene with a map of itself, for `overlays`."""

    @property
    def alerts(self) -> _OpenCallouts: ...

    @property
    def frames(self) -> Mapping[str, GroupFrame]: ...

    def content_rect(self) -> QRectF: ...


class PreviewScene(Protocol):
    """Scene that draws `shown`: the document, or what a drop would make of it."""

    @property
    def shown(self) -> Document: ...

    @property
    def steady(self) -> bool: ...


class DropScene(Protocol):
    """Scene that takes layers, and previews what that would make."""

    def preview(self, layer: Layer, point: QPointF) -> Wire | None: ...

    def drop(self, layer: Layer, point: QPointF) -> None: ...

    def refresh(self) -> None: ...


# Views


class DropView(Protocol):
    """View onto which layers are dropped, for `gestures`."""

    @property
    def qt(self) -> QGraphicsView: ...

    @property
    def canvas(self) -> DropScene: ...


class RevealingView(Protocol):
    """View that moves to new blocks by itself, for `gestures`."""

    @property
    def qt(self) -> QGraphicsView: ...

    @property
    def store(self) -> Store: ...

    @property
    def canvas(self) -> PreviewScene: ...

    @property
    def scrolls(self) -> bool: ...

    def seen_rect(self) -> QRectF: ...

    def fit(self) -> None: ...

    def stay(self) -> None: ...

    def bring_in(self, area: QRectF) -> None: ...


class _Description(Protocol):
    def update(self) -> None: ...


class KeyboardView(Protocol):
    """View on which the keyboard has a place, for `keyboard`. `speech` announces it."""

    @property
    def qt(self) -> QGraphicsView: ...

    @property
    def store(self) -> Store: ...

    @property
    def canvas(self) -> KeyboardScene: ...

    @property
    def speech(self) -> _Description: ...


class SearchedView(Protocol):
    """View with a search, for `overlays`."""

    @property
    def qt(self) -> QGraphicsView: ...

    @property
    def store(self) -> Store: ...

    @property
    def canvas(self) -> DrawnScene: ...

    def bring_into_sight(self, name: str) -> None: ...


class MappedView(Protocol):
    """View with a map of its scene, for `overlays`."""

    @property
    def qt(self) -> QGraphicsView: ...

    @property
    def store(self) -> Store: ...

    @property
    def canvas(self) -> MappedScene: ...

    @property
    def zoomed(self) -> SignalInstance: ...

    @property
    def zoom(self) -> float: ...

    def set_zoom(self, zoom: float) -> None: ...

    def seen_rect(self) -> QRectF: ...

    def centre_on(self, point: QPointF) -> None: ...
