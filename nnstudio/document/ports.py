"""Ports of blocks, as drawn. Pure functions; the edits are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nnstudio.document import grouping, wiring
from nnstudio.document.model import INPUT, OUTPUT, Block, Document, Wire, shown_name

Side = Literal["in", "out"]


@dataclass(frozen=True)
class Port:
    """Port of a block, of an end, or of a collapsed group.

    Attributes:
        block: the name of the owner.
        side: wires end at "in" and begin at "out".
        wire: the wire, as it is drawn, that ends at this input; None for a free input, and for an output, which feeds
            any number of wires.
    """

    block: str
    side: Side
    wire: Wire | None = None


def ports_of(document: Document, name: str) -> tuple[Port, ...]:
    """Ports of a drawn block: its inputs in order, a free one, its output.

    The free input exists only if the block takes more inputs.
    """
    ports = [Port(name, "in", wire) for wire in inputs_of(document, name)]
    if name != INPUT and (not ports or takes_more(document, name)):
        ports.append(Port(name, "in"))
    if name != OUTPUT:
        ports.append(Port(name, "out"))
    return tuple(ports)


def inputs_of(document: Document, name: str) -> tuple[Wire, ...]:
    """Wires drawn into a block, in the order of its inputs."""
    return tuple(wire for wire in grouping.drawn(document).wires if wire.target == name)


def outputs_of(document: Document, name: str) -> tuple[Wire, ...]:
    """Wires drawn out of a block."""
    return tuple(wire for wire in grouping.drawn(document).wires if wire.source == name)


def takes_more(document: Document, name: str) -> bool:
    """True if a block, or the first block of a collapsed group, takes any number of inputs."""
    entries = wiring.entries(document, name)
    return len(entries) == 1 and wiring.is_merge(document, entries[0])


def wires_at(document: Document, port: Port) -> tuple[Wire, ...]:
    """Drawn wires that are connected to a port."""
    if port.side == "out":
        return outputs_of(document, port.block)
    return (port.wire,) if port.wire is not None else ()


def port_at_end(document: Document, wire: Wire, *, start: bool) -> Port:
    """Port at one end of a drawn wire."""
    return Port(wire.source, "out") if start else Port(wire.target, "in", wire)


def number_of(document: Document, wire: Wire) -> int:
    """Input number of a drawn wire at its target, counted from 1."""
    return inputs_of(document, wire.target).index(wire) + 1


def in_order(document: Document, name: str) -> bool:
    """True if the order of a block's inputs matters."""
    return document.has_block(name) and _minds_order(document.block(name))


def _minds_order(block: Block) -> bool:
    # Of a disabled block's inputs, the first one passes.
    return block.layer.inputs[0] > 1 and (block.layer.ordered or block.disabled)


def orders(document: Document) -> dict[str, tuple[str, ...]]:
    """Sources of each block whose input order matters, in that order."""
    found: dict[str, list[str]] = {block.name: [] for block in document.blocks if _minds_order(block)}
    for wire in document.wires if found else ():
        if wire.target in found:
            found[wire.target].append(wire.source)
    return {name: tuple(sources) for name, sources in found.items()}


def reorder(document: Document, wire: Wire, place: int) -> Document:
    """Move a wire into a merge block to another input, counted from 1.

    The first wire out of a block stays the first where possible, since the chain and the layout follow it. Raises
    ValueError for a wire or an input that does not exist.
    """
    into = [known for known in document.wires if known.target == wire.target]
    if wire not in into or not 1 <= place <= len(into):
        raise ValueError(f"{wire.target} has no input {place} for a wire from {wire.source}")
    while (here := into.index(wire) + 1) != place:
        other = into[here - 2] if place < here else into[here]
        document = _swap(document, wire, other)
        into = [known for known in document.wires if known.target == wire.target]
    return document


def reorder_text(wire: Wire, place: int) -> str:
    """Name of `reorder` in the undo history."""
    return f"Make {shown_name(wire.source)} input {place} of {wire.target}"


def _swap(document: Document, one: Wire, other: Wire) -> Document:
    """Exchanges two inputs of a block that follow each other."""
    earlier, later = sorted((one, other), key=document.wires.index)
    wires = [wire for wire in document.wires if wire != earlier]
    wires.insert(wires.index(later) + 1, earlier)
    down = document.with_changes(wires=tuple(wires))
    wires = [wire for wire in document.wires if wire != later]
    wires.insert(wires.index(earlier), later)
    up = document.with_changes(wires=tuple(wires))
    return up if _firsts(up) == _firsts(document) else down


def _firsts(document: Document) -> dict[str, str]:
    """Target of the first wire out of each block."""
    return {wire.source: wire.target for wire in reversed(document.wires)}
