"""Input ends of wires at merge blocks, side by side and numbered."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.canvas.geometry.routing import Layout
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.geometry.spatial_index import Place
from nnstudio.document import ports
from nnstudio.document.model import Document, Wire

# How far from each other wires end along the upper edge, and along a side; and how far from its middle at most.
_ABOVE, _BESIDE = (30.0, BLOCK_WIDTH / 2 - 30), (17.0, BLOCK_HEIGHT / 2 - 10)


@dataclass(frozen=True)
class Entry:
    """End of a wire at its target.

    Attributes:
        shift: distance from where a single wire would end.
        number: input number, counted from 1; 0 where the order does not matter.
    """

    shift: Place = (0.0, 0.0)
    number: int = 0


ALONE = Entry()


def entries_of(document: Document, layout: Layout) -> dict[Wire, Entry]:
    """Ends of wires into merge blocks, where they differ from a single wire's end."""
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
