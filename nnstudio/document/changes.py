"""Differences between two documents that matter to training, in a few words."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from engine.data.steps import Augmentation
from engine.declared import Declared, describe
from nnstudio.document.lineage import Names
from nnstudio.document.model import Block, Document, Wire
from nnstudio.document.values import tell

# What is measured beside the loss changes nothing in what is learnt.
_SILENT = frozenset({"metrics"})


def of_network(old: Document, new: Document, names: Names) -> tuple[str, ...]:
    """Changes of blocks and wires: "dense_2 added", "dense_1: units 3 → 8".

    Empty if only names or places changed. `names` maps the blocks of `new` to their names in `old`.
    """
    kept = set(names.values())
    words = [f"{name} removed" for name in old.by_name if name not in kept]
    for block in new.blocks:
        was = names.get(block.name)
        words += [f"{block.name} added"] if was is None else _of_block(old.block(was), block)
    if not words and _wires(old, {}) != _wires(new, names):
        words.append("Wires changed")
    return tuple(words)


def of_settings(old: Document, new: Document, names: Names) -> tuple[str, ...]:
    """Changes of training settings, augmentation, and what is frozen: "Learning rate 0.01 → 0.1", "dense_1 frozen"."""
    words = [
        f"{block.name} {'frozen' if block.frozen else 'unfrozen'}"
        for block in new.blocks
        if block.name in names and old.block(names[block.name]).frozen != block.frozen
    ]
    for field in describe(type(new.training)):
        before, after = getattr(old.training, field.name), getattr(new.training, field.name)
        if before == after or field.name in _SILENT:
            continue
        if isinstance(before, Declared) and type(before) is type(after):
            # The optimiser's own numbers need no further name; a factor or a patience could be anything's.
            owner = "" if field.name == "optimizer" else f"{field.title}: "
            words += [_sentence(f"{owner}{change}") for change in _of_fields(before, after)]
        elif isinstance(before, Declared | None) and isinstance(after, Declared | None):
            words.append(f"{field.title} {_exchange(field.title, before, after)}")
        elif isinstance(before, tuple):
            words.append(f"{field.title} changed")
        else:
            words.append(f"{field.title} {tell(field, before)} → {tell(field, after)}")
    return (*words, *_of_augmentation(old.data.augmentations, new.data.augmentations))


def _of_augmentation(old: tuple[Augmentation, ...], new: tuple[Augmentation, ...]) -> Iterator[str]:
    if [step.type for step in old] == [step.type for step in new]:
        for before, after in zip(old, new, strict=True):
            yield from (f"{after.title}: {change}" for change in _of_fields(before, after))
    else:
        yield f"Augmentation: {', '.join(step.title.lower() for step in new) or 'none'}"


def _of_block(old: Block, new: Block) -> Iterator[str]:
    if old.disabled != new.disabled:
        yield f"{new.name} {'disabled' if new.disabled else 'enabled'}"
    for change in _of_fields(old.layer, new.layer):
        yield f"{new.name}: {change}"


def _of_fields(old: BaseModel, new: BaseModel) -> Iterator[str]:
    # Of hundreds of layers an edit leaves all but one as they are.
    if old is new or old == new:
        return
    for field in describe(type(new)):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            yield f"{field.title.lower()} {tell(field, before)} → {tell(field, after)}"


def _wires(document: Document, names: Names) -> list[Wire]:
    return [Wire(names.get(wire.source, wire.source), names.get(wire.target, wire.target)) for wire in document.wires]


def _exchange(title: str, old: Declared | None, new: Declared | None) -> str:
    """Change of a choice in words.

    One that can only be present or absent, by the same title as the field, is on or off.
    """
    before, after = ("none" if part is None else part.title for part in (old, new))
    if title in (before, after):
        return "off" if new is None else "on"
    return f"{before} → {after}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
