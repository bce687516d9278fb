"""Edits: pure functions from a document to a document.

An edit that changes nothing gives back the very same document, which is how the undo history knows to skip it. The
edits of places are at hand here as well, for those who do the others.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from engine.data import Dataset
from engine.declared import describe
from engine.errors import Fix
from engine.layers.base import Layer
from nnstudio.document import grouping, naming, room
from nnstudio.document.data_loss import follow_data
from nnstudio.document.layout import COLUMN_SPACING as COLUMN_SPACING
from nnstudio.document.layout import SPACING as SPACING
from nnstudio.document.layout import tidy as tidy
from nnstudio.document.model import (
    INPUT,
    OUTPUT,
    Block,
    ClassWeight,
    DataSettings,
    Document,
    Group,
    TrainingSettings,
    Wire,
)
from nnstudio.document.places import keep_groups
from nnstudio.document.places import place as place
from nnstudio.document.places import position as position


def fresh_name(document: Document, layer: Layer) -> str:
    """The next free name for a block of this type: "dense_1", "dense_2", ..."""
    return grouping.fresh_name(document, layer.type_name().lower())


def insert(document: Document, layer: Layer, wire: Wire, name: str | None = None) -> Document:
    """Puts a new block on a wire, which may be one that is drawn to a group.

    What comes after it makes room, and all else stays where it is. On a wire within a group the block becomes one of
    the group's.
    """
    return insert_block(document, Block(name=name or fresh_name(document, layer), layer=layer), wire)


def insert_block(document: Document, block: Block, wire: Wire) -> Document:
    """Puts a block, with its name and all that is set of it, on a wire."""
    wires = grouping.wires_of(document, wire)
    if is_taken(document, block.name):
        raise ValueError(f"the name {block.name} is taken")
    first = wires[0]
    along = {each for each in wires if each.source == first.source}
    after = document.model_copy(
        update={
            "blocks": (*document.blocks, block),
            "wires": _insert_on(document.wires, first, block.name, along),
        }
    )
    after = keep_groups(document, join_group(after, first, block.name))
    return room.insert_at(after, [block.name], grouping.drawn_wire(document, first))


def append(document: Document, layer: Layer) -> Document:
    """Puts a new block at the end, in front of the loss."""
    return insert(document, layer, _last_wire(document))


def remove(document: Document, *names: str) -> Document:
    """Takes blocks, or whole groups, out; each block's first source is joined to all its targets: the chain closes.

    All other blocks stay where they are, and the next ones find room there.
    """
    before, joins = document, joining(document)
    for name in grouping.blocks_of(document, *names):
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
        document = _regroup(document, name, ())
        document = document.model_copy(
            update={"blocks": tuple(b for b in document.blocks if b.name != name), "wires": tuple(wires)}
        )
    return settle(keep_groups(before, document), joins)


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
    # Raises ValueError itself where there is no such wire any more.
    return insert_block(remove(document, name), block, wire)


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


def is_taken(document: Document, name: str) -> bool:
    """True if a block, a group or an end of the network is called so."""
    return document.has_block(name) or document.has_group(name) or name in (INPUT, OUTPUT)


def rename(document: Document, old: str, new: str) -> Document:
    """Gives a block, or a group, another name. Raises ValueError if it is taken or not a name."""
    if old == new:
        return document
    if is_taken(document, new):
        raise ValueError(f"the name {new} is taken; choose another")
    if not naming.is_name(new):
        near = naming.nearest(new, lambda name: name != old and is_taken(document, name))
        raise ValueError(
            f"{new!r} is not a valid name: use letters, digits and _, at most 40, not starting with a digit"
            + (f". Try {near}" if near else "")
        )
    if document.has_group(old):
        return with_group(document, old, document.group(old).model_copy(update={"name": new}))
    block = document.block(old)
    document = _regroup(document, old, (new,))
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


def choose_data(document: Document, dataset: Dataset) -> Document:
    """Takes other data. Of those that are all there are, none are held back; after them, as many as usual."""
    share = document.data.validation
    if dataset.complete:
        share = 0.0
    elif document.data.dataset.complete and share == 0:
        share = DataSettings().validation
    return set_dataset(document, dataset, validation=share)


def set_dataset(document: Document, dataset: Dataset, **changes: Any) -> Document:
    """Takes a data set, or other settings of it; the loss follows where the data are of another kind now."""
    return follow_data(document, set_data(document, dataset=dataset, **changes))


def set_training(document: Document, **changes: Any) -> Document:
    """Changes the training settings (`loss`, `optimizer`, `batch_size`, ...). Raises pydantic's ValidationError."""
    training = TrainingSettings(**{**dict(document.training), **changes})
    return document if training == document.training else document.model_copy(update={"training": training})


def with_epochs(document: Document, epochs: int) -> Document:
    """Trains for at least so many epochs, as far as there can be so many."""
    most = next(int(field.maximum or 0) for field in describe(TrainingSettings) if field.name == "epochs")
    epochs = min(epochs, most)
    return document if document.training.epochs >= epochs else set_training(document, epochs=epochs)


def set_class_weight(document: Document, name: str, weight: float) -> Document:
    """Gives a class a weight of its own, by its name. Raises pydantic's ValidationError."""
    others = [entry for entry in document.training.class_weights if entry.name != name]
    # A weight of 1 is that of all classes that are not named; in order, so that equal weights are equal documents.
    made = [*others, ClassWeight(name=name, weight=weight)] if weight != 1 else others
    return set_training(document, class_weights=tuple(sorted(made, key=lambda entry: entry.name)))


def apply_fix(document: Document, name: str, fix: Fix) -> Document:
    """Carries out the fix that a problem at block `name` (or at "output") offers.

    Raises SpecError, or KeyError if the block it speaks of is gone.
    """
    if fix.change:
        last = (document.chain()[-1:] or ("",))[0] if name == OUTPUT else name
        document = set_fields(document, fix.block or last, dict(fix.change))
    for layer in map(_as_layer, fix.insert):
        document = insert(document, layer, _wire_at(document, target=name, place=fix.input))
    if name == OUTPUT:
        # In front of the loss; the chain of first wires may end elsewhere, in a block that leads nowhere.
        for layer in map(_as_layer, fix.append):
            document = insert(document, layer, _wire_at(document, target=OUTPUT))
    else:
        for layer in map(_as_layer, reversed(fix.append)):
            document = insert(document, layer, _wire_at(document, source=name))
    for block, model in fix.replace.items():
        layer = _as_layer(model)
        document = _with_block(document, block, document.block(block).model_copy(update={"layer": layer}))
    if fix.enable:
        document = set_disabled(document, False, *fix.enable)
    if fix.training:
        document = set_training(document, **fix.training)
    if fix.dataset is not None:
        document = set_data(document, dataset=fix.dataset)
    return remove(document, *fix.remove)


def _as_layer(model: BaseModel) -> Layer:
    """A layer of a fix, which names it as a validated model only. Raises TypeError if it is something else."""
    if not isinstance(model, Layer):
        raise TypeError(f"a fix can only put in layers, found {model!r}")
    return model


def with_group(document: Document, name: str, *groups: Group) -> Document:
    """Puts a group, or none, in the place of the one of that name."""
    every = (new for old in document.groups for new in (groups if old.name == name else (old,)))
    return document.model_copy(update={"groups": tuple(every)})


def join_group(document: Document, wire: Wire, *names: str) -> Document:
    """Lets blocks that were put on a wire within a group belong to it."""
    group = grouping.group_of(document, wire.source)
    if group is None or wire.target not in group.blocks:
        return document
    return with_group(document, group.name, group.model_copy(update={"blocks": (*group.blocks, *names)}))


def _regroup(document: Document, name: str, names: tuple[str, ...]) -> Document:
    """Lets other names, or none, stand for a block in its group; a group that holds nothing more is gone."""
    group = grouping.group_of(document, name)
    if group is None:
        return document
    blocks = tuple(new for old in group.blocks for new in (names if old == name else (old,)))
    return with_group(document, group.name, *([group.model_copy(update={"blocks": blocks})] if blocks else []))


def _wire_at(document: Document, *, source: str = "", target: str = "", place: int = 0) -> Wire:
    """The first wire that leaves a block, or leads into one, or the one at another place. Raises KeyError."""
    wires = [wire for wire in document.wires if source == wire.source or target == wire.target]
    if place >= len(wires):
        raise KeyError(source or target)
    return wires[place]


def _last_wire(document: Document) -> Wire:
    for wire in document.wires:
        if wire.target == OUTPUT:
            return wire
    raise ValueError("nothing is connected to the loss; connect a block to it first")


def _insert_on(wires: tuple[Wire, ...], wire: Wire, name: str, along: set[Wire]) -> tuple[Wire, ...]:
    """Leads a wire through a block, and with it the wires `along` that come from the same source."""
    made: list[Wire] = []
    for old in wires:
        if old.source != wire.source:
            made.append(old)
            continue
        if old == wire:
            made.append(Wire(source=old.source, target=name))
        made.append(Wire(source=name, target=old.target) if old in along else old)
    return tuple(made)


def _with_block(document: Document, name: str, block: Block) -> Document:
    blocks = tuple(block if old.name == name else old for old in document.blocks)
    return document.model_copy(update={"blocks": blocks})
