"""Edits: pure functions from a document to a document.

An edit that changes nothing gives back the very same document, which is how the undo history knows to skip it.
"""

from __future__ import annotations

import re
from typing import Any

from engine.errors import Remedy
from engine.layers.base import Layer
from nnstudio.document.model import (
    FARTHEST,
    INPUT,
    OUTPUT,
    Block,
    DataSettings,
    Document,
    End,
    TrainingSettings,
    Wire,
)

SPACING = 88.0
COLUMN_SPACING = 320.0
ROWS = 5


def fresh_name(document: Document, layer: Layer) -> str:
    """The next free name for a block of this type: "dense_1", "dense_2", ..."""
    stem = layer.type_name().lower()
    taken = {block.name for block in document.blocks}
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def insert(document: Document, layer: Layer, wire: Wire, name: str | None = None) -> Document:
    """Puts a new block on a wire. A tidy chain stays tidy; among blocks placed by hand, those below make room."""
    return insert_block(document, Block(name=name or fresh_name(document, layer), layer=layer), wire)


def insert_block(document: Document, block: Block, wire: Wire) -> Document:
    """Puts a block, with its name and all that is set of it, on a wire."""
    if wire not in document.wires:
        raise ValueError(f"no wire from {wire.source} to {wire.target}")
    if document.has_block(block.name) or block.name in (INPUT, OUTPUT):
        raise ValueError(f"the name {block.name} is taken")
    wired = document.model_copy(
        update={
            "blocks": (*document.blocks, block),
            "wires": _replace(document.wires, wire, _through(wire, block.name)),
        }
    )
    if tidy(document) == document:
        return tidy(wired)
    return _make_room(wired, wire, block.name)


def append(document: Document, layer: Layer) -> Document:
    """Puts a new block at the end, in front of the loss."""
    return insert(document, layer, _last_wire(document))


def remove(document: Document, *names: str) -> Document:
    """Takes blocks out; each one's first source is joined to all its targets, so that the chain closes."""
    was_tidy = tidy(document) == document
    joins = joining(document)
    for name in names:
        if not document.has_block(name):
            continue
        sources = [wire.source for wire in document.wires if wire.target == name]
        wires: list[Wire] = []
        for wire in document.wires:
            if wire.target == name:
                continue
            if wire.source == name:
                if not sources:
                    continue
                wire = Wire(source=sources[0], target=wire.target)
            if wire not in wires:
                wires.append(wire)
        document = document.model_copy(
            update={"blocks": tuple(b for b in document.blocks if b.name != name), "wires": tuple(wires)}
        )
    document = settle(document, joins)
    return tidy(document) if was_tidy else document


def joining(document: Document) -> frozenset[str]:
    """The blocks that join several wires."""
    targets = [wire.target for wire in document.wires]
    return frozenset(name for name in targets if targets.count(name) > 1)


def settle(document: Document, joins: frozenset[str]) -> Document:
    """Takes those blocks out that joined several wires and have only one left."""
    lonely = [name for name in joins - joining(document) if document.has_block(name)]
    return remove(document, *lonely) if lonely else document


def move_into(document: Document, name: str, wire: Wire) -> Document:
    """Takes a block out of the chain and puts it, with its settings and its name, on another wire."""
    if name in (wire.source, wire.target):
        return document
    block = document.block(name)
    without = remove(document, name)
    if wire not in without.wires:
        raise ValueError(f"no wire from {wire.source} to {wire.target} without {name}")
    return insert_block(without, block, wire)


def place(document: Document, name: str, x: float, y: float) -> Document:
    """Moves a block, or one of the two ends, on the canvas; wires stay as they are."""
    # Adding zero turns -0.0, which equals 0.0 but is written differently, into 0.0.
    x, y = (round(min(max(place, -FARTHEST), FARTHEST), 1) + 0.0 for place in (x, y))
    if name in (INPUT, OUTPUT):
        end: End = getattr(document, name)
        if (end.x, end.y) == (x, y):
            return document
        return document.model_copy(update={name: End(x=x, y=y)})
    block = document.block(name)
    if (block.x, block.y) == (x, y):
        return document
    return _with_block(document, name, block.model_copy(update={"x": x, "y": y}))


def set_field(document: Document, name: str, field: str, value: Any) -> Document:
    """Changes one setting of a block's layer. Raises SpecError if the value is not allowed."""
    return set_fields(document, name, {field: value})


def set_fields(document: Document, name: str, changes: dict[str, Any]) -> Document:
    """Changes several settings of a block's layer at once. Raises SpecError."""
    block = document.block(name)
    layer = block.layer.with_changes(**changes)
    if layer == block.layer:
        return document
    return _with_block(document, name, block.model_copy(update={"layer": layer}))


def rename(document: Document, old: str, new: str) -> Document:
    """Gives a block another name. Raises ValueError if it is taken or not a name."""
    if old == new:
        return document
    if document.has_block(new) or new in (INPUT, OUTPUT):
        raise ValueError(f"the name {new} is taken; choose another")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,39}", new):
        raise ValueError(f"{new!r} is no name: use letters, digits and _, at most 40, not starting with a digit")
    block = document.block(old)
    wires = tuple(
        Wire(
            source=new if wire.source == old else wire.source,
            target=new if wire.target == old else wire.target,
        )
        for wire in document.wires
    )
    renamed = _with_block(document, old, block.model_copy(update={"name": new}))
    return renamed.model_copy(update={"wires": wires})


def set_frozen(document: Document, frozen: bool, *names: str) -> Document:
    """Lets blocks keep their weights while the others learn, or lets them learn again."""
    return _set_mark(document, names, "frozen", frozen)


def set_disabled(document: Document, disabled: bool, *names: str) -> Document:
    """Switches blocks off, so that what comes in goes on as it is, or on again."""
    return _set_mark(document, names, "disabled", disabled)


def _set_mark(document: Document, names: tuple[str, ...], mark: str, on: bool) -> Document:
    if all(getattr(document.block(name), mark) == on for name in names):
        return document
    blocks = tuple(block.model_copy(update={mark: on}) if block.name in names else block for block in document.blocks)
    return document.model_copy(update={"blocks": blocks})


def set_data(document: Document, **changes: Any) -> Document:
    """Changes the data settings (`dataset`, `validation`, `split_seed`). Raises pydantic's ValidationError."""
    data = DataSettings(**{**dict(document.data), **changes})
    return document if data == document.data else document.model_copy(update={"data": data})


def set_training(document: Document, **changes: Any) -> Document:
    """Changes the training settings (`loss`, `optimizer`, `batch_size`, ...). Raises pydantic's ValidationError."""
    training = TrainingSettings(**{**dict(document.training), **changes})
    return document if training == document.training else document.model_copy(update={"training": training})


def tidy(document: Document) -> Document:
    """Lays the chain out from top to bottom, in further columns where it is long; branches with blocks beside it."""
    order = [INPUT, *document.chain(), OUTPUT]
    if len(order) < len(document.blocks) + 2:
        return _layered(document, set(order))
    # Columns of equal length look calmer than full ones with a short rest.
    columns = -(-len(order) // ROWS)
    rows = -(-len(order) // columns)
    for index, name in enumerate(order):
        column, row = divmod(index, rows)
        document = place(document, name, column * COLUMN_SPACING, row * SPACING)
    return document


def _layered(document: Document, chain: set[str]) -> Document:
    """The chain in the first column, all else in further ones; every block lies below all that feed it."""
    ranks = _ranks(document)
    taken: set[tuple[int, int]] = set()
    for name in sorted(ranks, key=lambda name: (name not in chain, ranks[name])):
        lane = 0 if name in chain else 1
        while (lane, ranks[name]) in taken:
            lane += 1
        taken.add((lane, ranks[name]))
        document = place(document, name, lane * COLUMN_SPACING, ranks[name] * SPACING)
    return document


def _ranks(document: Document) -> dict[str, int]:
    """For every block and end, the number of blocks on the longest way to it."""
    names = [INPUT, *(block.name for block in document.blocks), OUTPUT]
    ranks = dict.fromkeys(names, 0)
    # As many rounds as there are blocks settle every way; a circle, which no edit makes, would not end otherwise.
    for _ in names:
        for wire in document.wires:
            ranks[wire.target] = min(max(ranks[wire.target], ranks[wire.source] + 1), len(names))
    return ranks


def position(document: Document, name: str) -> tuple[float, float]:
    """Centre of a block, or of one of the two ends, in scene units."""
    item = getattr(document, name) if name in (INPUT, OUTPUT) else document.block(name)
    return item.x, item.y


def apply_remedy(document: Document, name: str, remedy: Remedy) -> Document:
    """Carries out the cure that an error at block `name` (or at "output") offers. Raises SpecError."""
    target = (document.chain()[-1:] or ("",))[0] if name == OUTPUT else name
    if remedy.change:
        document = set_fields(document, remedy.block or target, dict(remedy.change))
    for layer in remedy.insert:
        wire = next(wire for wire in document.wires if wire.target == name)
        document = insert(document, layer, wire)
    if remedy.append:
        wire = next(wire for wire in document.wires if wire.source == target)
        for layer in reversed(remedy.append):
            document = insert(document, layer, wire)
            wire = next(wire for wire in document.wires if wire.source == target)
    return document


def _make_room(document: Document, wire: Wire, name: str) -> Document:
    """Places a block in the middle of the wire it was put on, and moves the blocks after it down if it is tight."""
    (x0, y0), (x1, y1) = position(document, wire.source), position(document, wire.target)
    document = place(document, name, (x0 + x1) / 2, (y0 + y1) / 2)
    if abs(x1 - x0) < COLUMN_SPACING / 2 and y1 - y0 < 2 * SPACING:
        document = place(document, name, (x0 + x1) / 2, y0 + SPACING)
        missing = y0 + 2 * SPACING - y1
        order = [*document.chain(), OUTPUT]
        for follower in order[order.index(name) + 1 :] if name in order else [wire.target]:
            x, y = position(document, follower)
            document = place(document, follower, x, y + missing)
    return document


def _last_wire(document: Document) -> Wire:
    for wire in document.wires:
        if wire.target == OUTPUT:
            return wire
    raise ValueError("nothing leads to the loss; connect a block to it first")


def _through(wire: Wire, name: str) -> tuple[Wire, Wire]:
    return Wire(source=wire.source, target=name), Wire(source=name, target=wire.target)


def _replace(wires: tuple[Wire, ...], old: Wire, new: tuple[Wire, ...]) -> tuple[Wire, ...]:
    return tuple(w for wire in wires for w in (new if wire == old else (wire,)))


def _with_block(document: Document, name: str, block: Block) -> Document:
    blocks = tuple(block if old.name == name else old for old in document.blocks)
    return document.model_copy(update={"blocks": blocks})
