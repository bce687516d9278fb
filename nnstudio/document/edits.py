"""Edits: pure functions from a document to a document.

An edit that changes nothing gives back the very same document, which is how the undo history knows to skip it. The
edits of places are at hand here as well, for those who do the others.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from engine.data import Dataset, PaintedPoints
from engine.declared import describe
from engine.errors import Fix
from engine.layers.base import Layer
from nnstudio.document import grouping, naming, room
from nnstudio.document.data_loss import StateOf, follow_data
from nnstudio.document.data_state import read_state
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

# A few points are learnt for 200 epochs in a tenth of a second; painting takes longer.
PAINTING_EPOCHS: Final = 100_000


def fresh_name(document: Document, layer: Layer) -> str:
    """Next free name for a block of this type: "dense_1", "dense_2","""
    return grouping.fresh_name(document, layer.type_name().lower())


def insert(document: Document, layer: Layer, wire: Wire, name: str | None = None) -> Document:
    """Insert a new block into a wire, which may be drawn to a group.

    The blocks after it make room; all others keep their places. On a wire within a group the block joins the group.
    """
    return insert_block(document, Block(name=name or fresh_name(document, layer), layer=layer), wire)


def insert_block(document: Document, block: Block, wire: Wire) -> Document:
    """Insert a block, with its name and settings, into a wire."""
    wires = grouping.wires_of(document, wire)
    if is_taken(document, block.name):
        raise ValueError(f"the name {block.name} is taken")
    first = wires[0]
    along = {each for each in wires if each.source == first.source}
    after = document.with_changes(
        blocks=(*document.blocks, block), wires=_insert_on(document.wires, first, block.name, along)
    )
    after = keep_groups(document, join_group(after, first, block.name))
    return room.insert_at(after, [block.name], grouping.drawn_wire(document, first))


def append(document: Document, layer: Layer) -> Document:
    """Append a new block at the end, before the loss."""
    return insert(document, layer, _last_wire(document))


def remove(document: Document, *names: str) -> Document:
    """Remove blocks or whole groups, and close the chain.

    Each block's first source is connected to all its targets. All other blocks keep their places, which leaves room for
    the next ones.
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
        document = document.with_changes(blocks=tuple(b for b in document.blocks if b.name != name), wires=tuple(wires))
    return settle(keep_groups(before, document), joins)


def joining(document: Document) -> frozenset[str]:
    """Names of the merge blocks, which have several inputs."""
    targets = [wire.target for wire in document.wires]
    return frozenset(name for name in targets if targets.count(name) > 1)


def settle(document: Document, joins: frozenset[str]) -> Document:
    """Remove former merge blocks that have a single input left."""
    lonely = [name for name in joins - joining(document) if document.has_block(name)]
    return remove(document, *lonely) if lonely else document


def move_into(document: Document, name: str, wire: Wire) -> Document:
    """Move a block, with its name and settings, out of the chain into another wire."""
    if name in (wire.source, wire.target):
        return document
    block = document.block(name)
    # Raises ValueError itself where there is no such wire any more.
    return insert_block(remove(document, name), block, wire)


def set_field(document: Document, name: str, field: str, value: Any) -> Document:
    """Set one setting of a block's layer. Raises SpecError if the value is not allowed."""
    return set_fields(document, name, {field: value})


def set_fields(document: Document, name: str, changes: dict[str, Any]) -> Document:
    """Set several settings of a block's layer at once. Raises SpecError."""
    block = document.block(name)
    layer = block.layer.with_changes(**changes)
    if layer == block.layer:
        return document
    return _with_block(document, name, block.with_changes(layer=layer))


def is_taken(document: Document, name: str) -> bool:
    """True if a block, a group or an end of the network has this name."""
    return document.has_block(name) or document.has_group(name) or name in (INPUT, OUTPUT)


def rename(document: Document, old: str, new: str) -> Document:
    """Rename a block or a group. Raises ValueError if the name is taken or invalid."""
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
        return with_group(document, old, document.group(old).with_changes(name=new))
    block = document.block(old)
    document = _regroup(document, old, (new,))
    wires = tuple(
        Wire(
            source=new if wire.source == old else wire.source,
            target=new if wire.target == old else wire.target,
        )
        for wire in document.wires
    )
    renamed = _with_block(document, old, block.with_changes(name=new))
    return renamed.with_changes(wires=wires, sweep=document.sweep.renamed(old, new))


def set_frozen(document: Document, frozen: bool, *names: str) -> Document:
    """Freeze blocks, so that training leaves their weights unchanged, or unfreeze them."""
    return _set_mark(document, names, "frozen", frozen)


def set_disabled(document: Document, disabled: bool, *names: str) -> Document:
    """Disable blocks, so that their input passes through, or enable them."""
    return _set_mark(document, names, "disabled", disabled)


def _set_mark(document: Document, names: tuple[str, ...], mark: str, on: bool) -> Document:
    if all(getattr(document.block(name), mark) == on for name in names):
        return document
    blocks = tuple(block.with_changes(**{mark: on}) if block.name in names else block for block in document.blocks)
    return document.with_changes(blocks=blocks)


def set_data(document: Document, **changes: Any) -> Document:
    """Set data settings (`dataset`, `validation`, `steps`, ...). Raises pydantic's ValidationError."""
    data = DataSettings(**{**dict(document.data), **changes})
    return document if data == document.data else document.with_changes(data=data)


def choose_data(document: Document, dataset: Dataset, state_of: StateOf = read_state) -> Document:
    """Choose another data set, with a fitting validation split.

    Synthetic data that are complete keep none for validation; other data get the usual fraction.
    """
    share = document.data.validation
    if dataset.complete:
        share = 0.0
    elif document.data.dataset.complete and share == 0:
        share = DataSettings().validation
    return set_dataset(document, dataset, state_of, validation=share)


def begin_painting(document: Document, dataset: Dataset, state_of: StateOf = read_state) -> Document:
    """Choose points to be painted, with epochs enough for training to go on meanwhile."""
    return with_epochs(choose_data(document, dataset, state_of), PAINTING_EPOCHS)


def name_class(document: Document, label: int, name: str) -> Document:
    """Name a class of painted points; its weight goes with it. Raises DataError where it cannot have the name."""
    dataset = document.data.dataset
    if not isinstance(dataset, PaintedPoints):
        return document
    named = dataset.named(label, name)
    old, new = dataset.classes[label], named.classes[label]
    weight = document.training.weight_of(old)
    document = set_data(set_class_weight(document, old, 1.0), dataset=named)
    return set_class_weight(document, new, weight)


def set_dataset(document: Document, dataset: Dataset, state_of: StateOf = read_state, **changes: Any) -> Document:
    """Set the data set or its settings; the loss follows the kind of data.

    `state_of` tells what is known of data; without it, they are read now.
    """
    changes = {**_own_parts(document.data, dataset), **changes}
    return follow_data(document, set_data(document, dataset=dataset, **changes), state_of)


def _own_parts(settings: DataSettings, dataset: Dataset) -> dict[str, str]:
    """Changes to the split for data that tell their own parts, or no longer do."""
    before, after = settings.dataset.split_column, dataset.split_column
    if before == after:
        return {}
    if after:
        return {"split_by": "column", "split_column": after}
    usual = DataSettings()
    kept = settings.split_by != "column" or settings.split_column != before
    return {} if kept else {"split_by": usual.split_by, "split_column": usual.split_column}


def set_training(document: Document, **changes: Any) -> Document:
    """Set training settings (`loss`, `optimizer`, `batch_size`, ...). Raises pydantic's ValidationError."""
    training = TrainingSettings(**{**dict(document.training), **changes})
    return document if training == document.training else document.with_changes(training=training)


def with_epochs(document: Document, epochs: int) -> Document:
    """Raise the number of epochs to at least `epochs`, within its bounds."""
    most = next(int(field.maximum or 0) for field in describe(TrainingSettings) if field.name == "epochs")
    epochs = min(epochs, most)
    return document if document.training.epochs >= epochs else set_training(document, epochs=epochs)


def set_class_weight(document: Document, name: str, weight: float) -> Document:
    """Set the weight of a class by its name. Raises pydantic's ValidationError."""
    others = [entry for entry in document.training.class_weights if entry.name != name]
    # A weight of 1 is that of all classes that are not named; in order, so that equal weights are equal documents.
    made = [*others, ClassWeight(name=name, weight=weight)] if weight != 1 else others
    return set_training(document, class_weights=tuple(sorted(made, key=lambda entry: entry.name)))


def apply_fix(document: Document, name: str, fix: Fix) -> Document:
    """Apply the fix offered by a problem at block `name` (or at "output").

    Raises SpecError, or KeyError if the block is gone.
    """
    if fix.change:
        last = (document.chain()[-1:] or ("",))[0] if name == OUTPUT else name
        document = set_fields(document, fix.block or last, dict(fix.change))
    for layer in map(_as_layer, fix.insert):
        document = insert(document, layer, _wire_at(document, target=name, place=fix.input))
    if name == OUTPUT and fix.block is None:
        # In front of the loss; the chain of first wires may end elsewhere, in a block that leads nowhere.
        for layer in map(_as_layer, fix.append):
            document = insert(document, layer, _wire_at(document, target=OUTPUT))
    else:
        for layer in map(_as_layer, reversed(fix.append)):
            document = insert(document, layer, _wire_at(document, source=fix.block or name))
    for block, model in fix.replace.items():
        document = _with_block(document, block, document.block(block).with_changes(layer=_as_layer(model)))
    if fix.enable:
        document = set_disabled(document, False, *fix.enable)
    if fix.training:
        document = set_training(document, **fix.training)
    if fix.dataset is not None:
        document = set_data(document, dataset=fix.dataset)
    if fix.data:
        document = set_data(document, **fix.data)
    return remove(document, *fix.remove)


def _as_layer(model: BaseModel) -> Layer:
    """Layer of a fix, which holds it as a validated model only. Raises TypeError for anything else."""
    if not isinstance(model, Layer):
        raise TypeError(f"a fix can only put in layers, found {model!r}")
    return model


def with_group(document: Document, name: str, *groups: Group) -> Document:
    """Replace the group of this name by another, or by none."""
    every = (new for old in document.groups for new in (groups if old.name == name else (old,)))
    return document.with_changes(groups=tuple(every))


def join_group(document: Document, wire: Wire, *names: str) -> Document:
    """Add blocks to the group within which their wire runs."""
    group = grouping.group_of(document, wire.source)
    if group is None or wire.target not in group.blocks:
        return document
    return with_group(document, group.name, group.with_changes(blocks=(*group.blocks, *names)))


def _regroup(document: Document, name: str, names: tuple[str, ...]) -> Document:
    """Lets other names, or none, stand for a block in its group; a group that holds nothing more is gone."""
    group = grouping.group_of(document, name)
    if group is None:
        return document
    blocks = tuple(new for old in group.blocks for new in (names if old == name else (old,)))
    return with_group(document, group.name, *([group.with_changes(blocks=blocks)] if blocks else []))


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
    return document.with_changes(blocks=blocks)
