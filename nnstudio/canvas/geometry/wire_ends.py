"""Input ends of wires at merge blocks, side by side and numbered."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.routing import Layout, Place
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.items.fonts import mark_font
from nnstudio.canvas.items.level_of_detail import FULL
from nnstudio.document import ports
from nnstudio.document.model import Document, Wire
from nnstudio.ui.theme import theme

# How far from each other wires end along the upper edge, and along a side; and how far from its middle at most.
_ABOVE, _BESIDE = (30.0, BLOCK_WIDTH / 2 - 30), (17.0, BLOCK_HEIGHT / 2 - 10)
_MARK = 7.5


@dataclass(frozen=True)
class Entry:
    """The end of a wire.

    Attributes:
        shift: how far it is from where a single wire would end.
        number: which input it is, counted from 1; 0 where that does not matter.
    """

    shift: Place = (0.0, 0.0)
    number: int = 0


ALONE = Entry()


def entries_of(document: Document, layout: Layout) -> dict[Wire, Entry]:
    """The ends of wires into blocks that take several, where they are other than those of a single wire."""
    into: dict[str, list[Wire]] = {}
    for wire in layout.wires:
        into.setdefault(wire.target, []).append(wire)
    left = _left_edges({name for name, wires in into.items() if len(wires) > 1}, layout)
    found: dict[Wire, Entry] = {}
    for name, wires in into.items():
        if len(wires) > 1:
            numbered = ports.in_order(document, name)
            shifts = _shifts(wires, layout, left.get(name, set()))
            for number, wire in enumerate(wires, start=1):
                shift = shifts.get(wire, ALONE.shift)
                if numbered or shift != ALONE.shift:
                    found[wire] = Entry(shift, number if numbered else 0)
    return found


def _left_edges(names: set[str], layout: Layout) -> dict[str, set[float]]:
    """From which sides of these blocks, -1 for left and 1 for right, wires lead out in the middle."""
    found: dict[str, set[float]] = {}
    for wire in layout.wires:
        if wire.source in names:
            (x0, y0), (x1, y1) = layout.places[wire.source], layout.places[wire.target]
            route = layout.routes[wire]
            if route is not None:
                found.setdefault(wire.source, set()).add(route.leave)
            elif y1 - y0 <= BLOCK_HEIGHT + 8:
                found.setdefault(wire.source, set()).add(1.0 if x1 >= x0 else -1.0)
    return found


def _shifts(wires: list[Wire], layout: Layout, left: set[float]) -> dict[Wire, Place]:
    """Side by side where several end at the same edge of their block, so that no two of them cross in front of it.

    A wire that has an edge for itself is left out. On a side in `left`, another wire leads out of the middle: all end
    above it, since there the two would look like one that passes the block by.
    """
    edges: dict[float, list[tuple[float, Wire]]] = {}
    for wire in wires:
        (x0, y0), (x1, y1) = layout.places[wire.source], layout.places[wire.target]
        route = layout.routes[wire]
        if route is not None:
            # The lane farther out ends further down.
            edges.setdefault(route.arrive, []).append((route.arrive * route.last, wire))
        elif y1 - y0 > BLOCK_HEIGHT + 8:
            edges.setdefault(0.0, []).append((x0, wire))
        else:
            edges.setdefault(-1.0 if x1 >= x0 else 1.0, []).append((-float("inf"), wire))
    shifts: dict[Wire, Place] = {}
    for edge, arriving in edges.items():
        shared = edge in left
        if len(arriving) == 1 and not shared:
            continue
        step, room = _BESIDE if edge else _ABOVE
        ordered = [wire for _, wire in sorted(arriving, key=lambda each: each[0])]
        middle = (len(ordered) - 1) / 2
        if not edge:
            # What comes straight from above stays straight.
            above = (index for index, wire in enumerate(ordered) if _is_above(wire, layout))
            middle = next(above, middle)
        if shared:
            middle = float(len(ordered))
        step = min(step, room / max(len(ordered) - 1 - middle, middle, 1))
        for index, wire in enumerate(ordered):
            way = (index - middle) * step
            shifts[wire] = (0.0, way) if edge else (way, 0.0)
    return shifts


def _is_above(wire: Wire, layout: Layout) -> bool:
    return abs(layout.places[wire.source][0] - layout.places[wire.target][0]) < 1


class EntryMark(QGraphicsItem):
    """The number of an input, on the edge of its block where the wire ends."""

    def __init__(self, block: QGraphicsItem) -> None:
        super().__init__(block)
        self._number = 0
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_number(self, number: int) -> None:
        if number != self._number:
            self._number = number
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-_MARK - 1, -_MARK - 1, 2 * _MARK + 2, 2 * _MARK + 2)

    def shape(self) -> QPainterPath:
        # Nothing to take hold of: the mouse finds the wire, or the block.
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if painter.worldTransform().m11() < FULL:
            # It would be a speck.
            return
        colours = theme().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.muted), 1.2))
        painter.setBrush(QColor(colours.canvas))
        painter.drawEllipse(QPointF(0, 0), _MARK, _MARK)
        painter.setPen(QColor(colours.text))
        painter.setFont(mark_font())
        painter.drawText(QRectF(-_MARK, -_MARK, 2 * _MARK, 2 * _MARK), Qt.AlignmentFlag.AlignCenter, str(self._number))
