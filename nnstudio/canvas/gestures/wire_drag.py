"""Drag wires with the mouse: new ones from a port, or existing ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT
from nnstudio.canvas.gestures.wire_preview import Link, carry_out
from nnstudio.canvas.items.badge import Badge
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.callout import Callout
from nnstudio.canvas.protocols import GestureScene
from nnstudio.document.model import Wire


class WireDrag:
    """Drag of a wire, from press to release. The document changes only at its end."""

    def __init__(self, scene: GestureScene) -> None:
        self._scene = scene
        self._link: Link | None = None
        # A wire that was pressed, and where: it comes loose when the mouse has moved a little.
        self._pressed: tuple[Wire, QPointF] | None = None

    @property
    def active(self) -> bool:
        """True while a wire hangs at the mouse."""
        return self._link is not None

    def press(self, point: QPointF) -> bool:
        """Handle a press of the left button. Returns True if it starts a wire gesture."""
        found = self._port_at(point)
        if found is not None:
            block, port = found
            grip = block.pos() + QPointF(0, BLOCK_HEIGHT / 2 * (-1 if port == "in" else 1))
            self._hang(Link(self._scene, block, self._scene.store.document, grip, backwards=port == "in"))
            return True
        wire = self._wire_at(point)
        self._scene.choose_wire(wire)
        if wire is None:
            return False
        self._scene.qt.clearSelection()
        self._pressed = wire, point
        return True

    def move(self, point: QPointF) -> bool:
        """Handle a move with the button held. Returns True if it belongs to a wire."""
        if self._pressed is not None:
            wire, start = self._pressed
            if (point - start).manhattanLength() * self._scene.zoom < QApplication.startDragDistance():
                return True
            self._pressed = None
            self._loosen(wire, start)
        if self._link is None:
            return False
        self._link.follow(point)
        return True

    def release(self, point: QPointF) -> bool:
        """Handle the release. Returns True if it ends a wire gesture."""
        if self._pressed is not None:
            self._pressed = None
            return True
        link, self._link = self._link, None
        if link is None:
            return False
        reason = link.obstacle
        ends = link.finish()
        if link.moved is not None:
            self._scene.wires[link.moved].setOpacity(1.0)
        if ends is not None:
            carry_out(self._scene.store, ends, link.moved)
        elif reason:
            self._scene.message.emit(reason)
        elif link.moved is not None:
            # Let go where nothing is.
            self._scene.cut(link.moved)
        return True

    def cancel(self) -> None:
        """Cancel the gesture; everything stays as it was."""
        self._pressed = None
        link, self._link = self._link, None
        if link is not None:
            link.finish()
            if link.moved in self._scene.wires:
                self._scene.wires[link.moved].setOpacity(1.0)

    def _loosen(self, wire: Wire, start: QPointF) -> None:
        """Takes the end of a wire that is nearer to where it was pressed."""
        item = self._scene.wires[wire]
        backwards = item.nearer_to_source(start)
        held = self._scene.blocks[wire.target if backwards else wire.source]
        item.setOpacity(0.25)
        grip = item.at(1.0 if backwards else 0.0)
        self._hang(Link(self._scene, held, self._scene.store.document, grip, backwards=backwards, moved=wire))

    def _hang(self, link: Link) -> None:
        self._link = link
        link.show_drop_targets(self._scene.blocks)

    def _port_at(self, point: QPointF) -> tuple[BlockItem, str] | None:
        """The block whose port is here, and which of its ports."""
        for item in self._scene.items_at(point):
            if isinstance(item, Badge | Callout):
                # It lies over the port.
                return None
            if isinstance(item, BlockItem):
                port = item.port_at(item.mapFromScene(point))
                return (item, port) if port else None
        return None

    def _wire_at(self, point: QPointF) -> Wire | None:
        """The wire at a point at which no block is."""
        item = next(iter(self._scene.items_at(point)), None)
        return next((wire for wire, known in self._scene.wires.items() if known is item), None)
