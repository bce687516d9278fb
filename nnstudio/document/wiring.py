"""Edits of wires: branches that lead around some blocks and join again. Pure functions, like all edits."""

from __future__ import annotations

from engine.layers import Add
from engine.layers.base import Layer
from nnstudio.document import edits
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire


def obstacle(document: Document, source: str, target: str) -> str:
    """Why no wire can be led from one block to another, in a sentence; "" if it can."""
    if source == OUTPUT:
        return "Nothing comes out of the loss."
    if target == INPUT:
        return "The data take nothing in."
    if source == target:
        return "A block cannot feed itself."
    if source in behind(document, target):
        return f"{target} leads to {source} already; a network runs in no circle."
    if Wire(source=source, target=target) in document.wires:
        return f"{source} feeds {target} already."
    return ""


def behind(document: Document, name: str) -> set[str]:
    """The blocks that are fed by a block, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        for wire in document.wires:
            if wire.source == here and wire.target not in found:
                found.add(wire.target)
                waiting.append(wire.target)
    return found


def connect(document: Document, source: str, target: str) -> Document:
    """Leads the output of one block into another as well.

    A block that joins several inputs gets one more; in front of any other an Add is put, which joins the new wire with
    the one that is there. Raises ValueError where `obstacle` names one.
    """
    reason = obstacle(document, source, target)
    if reason:
        raise ValueError(reason)
    fed = next((wire for wire in document.wires if wire.target == target), None)
    if fed is not None and not is_merge(document, target):
        document = edits.insert(document, Add(), fed)
        target = document.blocks[-1].name
    # At the end, so that the first wire out of a block stays the one of the chain.
    return document.model_copy(update={"wires": (*document.wires, Wire(source=source, target=target))})


def disconnect(document: Document, wire: Wire) -> Document:
    """Takes a wire into a joining block out; a block that then joins nothing is taken out too."""
    if not is_merge(document, wire.target):
        raise ValueError(f"without this wire, nothing would lead into {wire.target}")
    wires = tuple(known for known in document.wires if known != wire)
    return edits.settle(document.model_copy(update={"wires": wires}), edits.joining(document))


def is_merge(document: Document, name: str) -> bool:
    """True if a block joins several inputs."""
    return document.has_block(name) and document.block(name).layer.inputs[0] > 1


def replace_layer(document: Document, name: str, layer: Layer) -> Document:
    """Puts another layer in a block's place; name and wires stay."""
    block = document.block(name)
    blocks = tuple(known.model_copy(update={"layer": layer}) if known is block else known for known in document.blocks)
    return document.model_copy(update={"blocks": blocks})
