"""Arrow-key navigation between blocks: along wires, and sideways between columns. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from nnstudio.canvas.geometry.sizes import BLOCK_WIDTH
from nnstudio.document.edits import position
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.traversal import network_order

Direction = Literal["up", "down", "left", "right"]


def neighbour(document: Document, name: str, direction: Direction) -> str:
    """Block or end in a direction from another one; the same one if there is none."""
    if direction in ("left", "right"):
        return beside(document, name, direction, (INPUT, *(block.name for block in document.blocks), OUTPUT))
    if direction == "down":
        found = next((wire.target for wire in document.wires if wire.source == name), None)
    else:
        found = next((wire.source for wire in document.wires if wire.target == name), None)
    if found is not None:
        return found
    # A block without a wire on this side: on to its neighbour in the list, so that no block is a dead end.
    order = network_order(document)
    index = order.index(name) + (1 if direction == "down" else -1)
    return order[min(max(index, 0), len(order) - 1)]


def wires_of(document: Document, name: str) -> list[Wire]:
    """Wires at a block: outgoing ones, then incoming ones."""
    leaving = [wire for wire in document.wires if wire.source == name]
    return leaving + [wire for wire in document.wires if wire.target == name]


def beside(document: Document, name: str, direction: Direction, others: Iterable[str]) -> str:
    """Nearest of some blocks at one side, preferring the same height. The same block where none of them is there."""
    side = 1.0 if direction == "right" else -1.0
    here = position(document, name)

    def distance(other: str) -> float:
        x, y = position(document, other)
        return abs(x - here[0]) + 2 * abs(y - here[1])

    there = [other for other in others if (position(document, other)[0] - here[0]) * side > BLOCK_WIDTH / 2]
    return min(there, key=distance, default=name)
