"""Active blocks and wires: disabled blocks are left out and bridged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnstudio.document.model import OUTPUT, Block, Document


@dataclass(frozen=True)
class Active:
    """Active part of a document: the blocks and wires that are computed.

    Attributes:
        blocks: those that are computed, in the document's order.
        edges: (source, target) among them and the two ends; wires through disabled blocks are made one.
        passing: for each disabled block, the block (or "input") whose output it hands on; "" if nothing leads into it.
        idle: all other blocks: the disabled ones, and those that feed nothing but inputs which these do not hand on.
    """

    blocks: tuple[Block, ...]
    edges: tuple[tuple[str, str], ...]
    passing: Mapping[str, str] = field(default_factory=dict)
    idle: frozenset[str] = frozenset()


def active(document: Document) -> Active:
    """Active part of a document, without its disabled blocks.

    A disabled block with several inputs passes the first one on.
    """
    off = {block.name for block in document.blocks if block.disabled}
    if not off:
        return Active(document.blocks, document.wires)
    incoming: dict[str, list[str]] = {}
    for wire in document.wires:
        incoming.setdefault(wire.target, []).append(wire.source)

    found: dict[str, str] = {}

    def origin(name: str) -> str:
        passed = []
        while name in off and name not in found:
            # Each disabled block is passed once at most: a file may hold a circle.
            found[name] = ""
            passed.append(name)
            name = incoming.get(name, [""])[0]
        name = found.get(name, name)
        found.update(dict.fromkeys(passed, name))
        return name

    # Backwards from the loss, and from what leads nowhere: that stays the mistake it is.
    onward = off.union(wire.source for wire in document.wires)
    waiting = [OUTPUT, *(block.name for block in document.blocks if block.name not in onward)]
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            feeding = incoming.get(name, [])
            waiting += feeding[:1] if name in off else feeding
    needed -= off
    blocks = tuple(block for block in document.blocks if block.name in needed)
    edges = ((origin(wire.source), wire.target) for wire in document.wires if wire.target in needed)
    return Active(
        blocks,
        tuple(edge for edge in edges if edge[0]),
        {name: origin(name) for name in off},
        frozenset(block.name for block in document.blocks if block.name not in needed),
    )
