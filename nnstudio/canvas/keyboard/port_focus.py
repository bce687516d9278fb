"""Keyboard focus on a port of the selected block, and its ring."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import title_font
from nnstudio.canvas.keyboard.navigation import Direction
from nnstudio.canvas.keyboard.port_positions import place_of
from nnstudio.canvas.protocols import KeyboardScene
from nnstudio.document import ports
from nnstudio.document.ports import Port
from nnstudio.ui.theme import theme

_DOT, _RING = 6.0, 11.0
# Short enough for the status bar of a small window while training runs; what matters most comes first.
_HINT = "Tab: next port. Esc: back. Enter: new wire."
_ON_WIRE = " Shift+Enter: move its wire. Delete: remove it."
_LEADING = "Arrow keys: where it leads. Enter: connect. Esc: cancel. Shift+Up or Down: any port."
# Seen from afar the ring gets larger on the canvas, so that it stays as large on the screen; at most so many times.
_LARGEST = 8.0


class PortFocus(QObject):
    """Port with the keyboard focus; none while a block or a wire has it.

    Signals:
        changed: another port has the focus, or none.
        status_hint: help on the keys in this state, in a sentence; "" when it no longer applies.
    """

    changed = Signal()
    status_hint = Signal(str)

    def __init__(self, scene: KeyboardScene) -> None:
        super().__init__(scene.qt)
        self._scene = scene
        self.port: Port | None = None
        self._ring = _Ring()
        self._ring.hide()
        scene.qt.addItem(self._ring)
        # What the ring goes with, and how far from its middle.
        self._block: BlockItem | None = None
        self._offset = QPointF()
        scene.store.changed.connect(self._keep)
        scene.store.selection_changed.connect(self._selected)
        scene.wire_chosen.connect(self._wire_chosen)

    def choose(self, port: Port | None) -> None:
        """Focus a port and select its block; None for no port."""
        if port is not None and self._scene.store.selected != port.block:
            self.port = None
            self._scene.store.select(port.block)
        if port is not None:
            self._scene.choose_wire(None)
        self.port = port
        self._hold(self._scene.blocks[port.block] if port is not None else None)
        self.changed.emit()
        self.hint()

    def hint_leading(self, becomes: str) -> None:
        """Show the result of the wire being drawn, and help on the keys. `becomes` is "" for nothing special."""
        self.status_hint.emit((f"{becomes}. " if becomes else "") + _LEADING)

    def hint(self) -> None:
        """Show help on the keys."""
        if self.port is None:
            self.status_hint.emit("")
        else:
            self.status_hint.emit(_HINT + (_ON_WIRE if ports.wires_at(self._scene.store.document, self.port) else ""))

    def step(self, name: str, *, onwards: bool) -> bool:
        """Move from a block to its first port, on to the next ones, and back.

        Returns False where that leads out of the block.
        """
        if self.port is None:
            if not onwards:
                return False
            self.choose(self._ports(name)[0])
            return True
        every = self._ports(name)
        place = every.index(self.port) + (1 if onwards else -1)
        self.choose(every[place] if 0 <= place < len(every) else None)
        return place < len(every)

    def walk(self, direction: Direction) -> None:
        """Move along the port's wire, to the port beside it, or back to its block."""
        port = self.port
        assert port is not None
        document = self._scene.store.document
        beside = [other for other in self._ports(port.block) if other.side == port.side]
        if direction in ("left", "right"):
            place = beside.index(port) + (1 if direction == "right" else -1)
            self.choose(beside[min(max(place, 0), len(beside) - 1)])
            return
        away = direction == ("up" if port.side == "in" else "down")
        if not away:
            self.choose(None)
            return
        wires = ports.wires_at(document, port)
        if wires:
            self.choose(ports.port_at_end(document, wires[0], start=port.side == "in"))
        else:
            self._scene.message.emit("This port has no wire; Enter draws one.")

    def _ports(self, name: str) -> tuple[Port, ...]:
        return ports.ports_of(self._scene.store.document, name)

    def _keep(self) -> None:
        """After an edit: the same port or, if its wire is gone, the one in its place."""
        port = self.port
        if port is None:
            return
        if port.block not in self._scene.blocks:
            self.choose(None)
            return
        every = self._ports(port.block)
        self.choose(port if port in every else next(other for other in every if other.side == port.side))

    def _selected(self, name: str) -> None:
        if self.port is not None and self.port.block != name:
            self.choose(None)

    def _wire_chosen(self) -> None:
        if self._scene.chosen_wire is not None and self.port is not None:
            self.choose(None)

    def _hold(self, block: BlockItem | None) -> None:
        """Lets the ring go with a block."""
        if self._block is not None:
            self._block.xChanged.disconnect(self._follow)
            self._block.yChanged.disconnect(self._follow)
        self._block = block
        if block is not None and self.port is not None:
            block.xChanged.connect(self._follow)
            block.yChanged.connect(self._follow)
            self._ring.mark = self._mark()
            self._offset = place_of(self._scene, self.port) - block.pos()
            self._follow()
            self._ring.update()
        self._ring.setVisible(block is not None)

    def _follow(self) -> None:
        if self._block is not None:
            self._ring.setPos(self._block.pos() + self._offset)

    def _mark(self) -> str:
        """Mark in the dot: a cross for a free input, the number of one among several."""
        port = self.port
        if port is None or port.side == "out":
            return ""
        wires = ports.inputs_of(self._scene.store.document, port.block)
        if port.wire is None:
            return "+"
        return str(wires.index(port.wire) + 1) if len(wires) > 1 else ""

    @property
    def area(self) -> QRectF:
        """Area that must be in view."""
        return QRectF(self._ring.pos(), self._ring.pos()).adjusted(-_RING, -_RING, _RING, _RING)


class _Ring(QGraphicsItem):
    """A dot with a ring about it, and a mark in it."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = ""
        self.setZValue(5)

    def boundingRect(self) -> QRectF:
        reach = (_RING + 3) * _LARGEST
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def shape(self) -> QPainterPath:
        # Nothing to take hold of: the mouse finds what is below it.
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme().colours
        larger = min(max(0.8 / max(painter.worldTransform().m11(), 0.01), 1.0), _LARGEST)
        painter.scale(larger, larger)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QPointF(0, 0)
        # A ground of its own, so that the ring stands out on block, wire and canvas alike.
        painter.setPen(QPen(QColor(colours.canvas), 6))
        painter.setBrush(QColor(colours.canvas))
        painter.drawEllipse(centre, _RING, _RING)
        painter.setPen(QPen(QColor(colours.accent), 2.6))
        painter.drawEllipse(centre, _RING, _RING)
        if not self.mark:
            painter.setBrush(QColor(colours.accent))
            painter.drawEllipse(centre, _DOT, _DOT)
            return
        painter.setPen(QColor(colours.text))
        painter.setFont(title_font())
        painter.drawText(QRectF(-_RING, -_RING, 2 * _RING, 2 * _RING), Qt.AlignmentFlag.AlignCenter, self.mark)
