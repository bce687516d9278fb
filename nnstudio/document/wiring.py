"""Edits of branches: bypass some blocks and join again. Pure functions, like all edits."""

from __future__ import annotations

from engine.layers import Add
from engine.layers.base import Layer
from nnstudio.document import edits, grouping
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire, shown_name
from nnstudio.document.places import keep_groups


def obstacle(document: Document, source: str, target: str) -> str:
    """Reason why no wire can lead from one block to another, in a sentence; "" if it can."""
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
    """Connect the output of one block to another as well.

    A merge block gets one more input; in front of any other, an Add is inserted that joins the new wire with the
    existing one. Raises ValueError with the reason that `obstacle` gives.
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
    """Block at which a wire from here starts: this one, or the exits of a group."""
    if not document.has_group(name):
        return [name]
    return list(dict.fromkeys(wire.source for wire in grouping.ways_out(document, document.group(name).blocks)))


def entries(document: Document, name: str) -> list[str]:
    """Block at which a wire to here ends: this one, or the entries of a group."""
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
    """Remove a wire into a merge block, and the block if one input is left."""
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
    """Replace a block's layer; name and wires stay."""
    block = document.block(name)
    blocks = tuple(known.with_changes(layer=layer) if known is block else known for known in document.blocks)
    return document.with_changes(blocks=blocks)
