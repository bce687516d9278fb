"""Edits of wires: branches that lead around some blocks and join again. Pure functions, like all edits."""

from __future__ import annotations

from engine.layers import Add
from engine.layers.base import Layer
from nnstudio.document import edits, grouping
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire, shown_name
from nnstudio.document.places import keep_groups


def obstacle(document: Document, source: str, target: str) -> str:
    """Why no wire can be led from one block to another, in a sentence; "" if it can."""
    sources, targets = exits(document, source), entries(document, target)
    if len(sources) != 1 or len(targets) != 1:
        group = source if len(sources) != 1 else target
        return f"{group} has more than one way in or out; expand it to choose a block."
    source, target = sources[0], targets[0]
    if source == OUTPUT:
        return "The loss has no output."
    if target == INPUT:
        return "The data have no input."
    if source == target:
        return "A block cannot feed itself."
    if source in grouping.behind(document, [target]):
        return f"{shown_name(target)} already leads to {shown_name(source)}; a network cannot contain a cycle."
    if Wire(source=source, target=target) in document.wires:
        return f"{shown_name(source)} already feeds {shown_name(target)}."
    return ""


def connect(document: Document, source: str, target: str) -> Document:
    """Leads the output of one block into another as well.

    A block that joins several inputs gets one more; in front of any other an Add is put, which joins the new wire with
    the one that is there. Raises ValueError where `obstacle` names one.
    """
    reason = obstacle(document, source, target)
    if reason:
        raise ValueError(reason)
    source, target = exits(document, source)[0], entries(document, target)[0]
    fed = next((wire for wire in document.wires if wire.target == target), None)
    if fed is not None and not is_merge(document, target):
        document = edits.insert(document, Add(), fed)
        target = document.blocks[-1].name
    # At the end, so that the first wire out of a block stays the one of the chain.
    wires = (*document.wires, Wire(source=source, target=target))
    return keep_groups(document, _enclosed(document.with_changes(wires=wires)))


def exits(document: Document, name: str) -> list[str]:
    """The block that a wire from here starts at: this one, or those that lead out of a group."""
    if not document.has_group(name):
        return [name]
    return list(dict.fromkeys(wire.source for wire in grouping.ways_out(document, document.group(name).blocks)))


def entries(document: Document, name: str) -> list[str]:
    """The block that a wire to here ends at: this one, or those that lead into a group."""
    if not document.has_group(name):
        return [name]
    return list(dict.fromkeys(wire.target for wire in grouping.ways_in(document, document.group(name).blocks)))


def _enclosed(document: Document) -> Document:
    """Lets groups hold what has come to stand between their blocks, and belongs to no other group."""
    for group in document.groups:
        between = grouping.between_of(document, group.blocks)
        joined = tuple(name for name in between if grouping.group_of(document, name) is None)
        if joined:
            grown = group.with_changes(blocks=(*group.blocks, *joined))
            document = edits.with_group(document, group.name, grown)
    return document


def disconnect(document: Document, wire: Wire) -> Document:
    """Takes a wire into a joining block out; a block that then joins nothing is taken out too."""
    taken = grouping.wires_of(document, wire)
    for each in taken:
        if not is_merge(document, each.target):
            raise ValueError(f"without it, {shown_name(each.target)} would have no input")
    wires = tuple(known for known in document.wires if known not in taken)
    after = keep_groups(document, document.with_changes(wires=wires))
    return edits.settle(after, edits.joining(document))


def is_merge(document: Document, name: str) -> bool:
    """True if a block joins several inputs."""
    return document.has_block(name) and document.block(name).layer.inputs[0] > 1


def replace_layer(document: Document, name: str, layer: Layer) -> Document:
    """Puts another layer in a block's place; name and wires stay."""
    block = document.block(name)
    blocks = tuple(known.with_changes(layer=layer) if known is block else known for known in document.blocks)
    return document.with_changes(blocks=blocks)
