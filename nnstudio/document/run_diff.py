"""Difference of two networks: blocks and wires added, removed, changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.declared import describe
from nnstudio.document.changes import of_settings
from nnstudio.document.lineage import lineage
from nnstudio.document.model import INPUT, OUTPUT, Block, Document, Wire
from nnstudio.document.values import tell


@dataclass(frozen=True)
class NetworkDiff:
    """Difference between another document and the present one.

    Attributes:
        added: blocks that only the present one has. removed: blocks that only the other has.
        changed: changes of the blocks that both have, from the other to the present one, by present name.
        wires_added, wires_removed: wires that only one of them has; the names are those of its own blocks.
        names: names in the other document of the blocks that both have, by present name.
        settings: changes of the training settings, each as a few words.
    """

    added: tuple[str, ...]
    removed: tuple[Block, ...]
    changed: Mapping[str, tuple[str, ...]]
    wires_added: tuple[Wire, ...]
    wires_removed: tuple[Wire, ...]
    names: Mapping[str, str]
    settings: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """True if both are the same network with the same settings."""
        return not (
            self.added or self.removed or self.changed or self.wires_added or self.wires_removed or self.settings
        )


def network_diff(other: Document, present: Document) -> NetworkDiff:
    """Difference between another document and the present one."""
    names = lineage(other, present)
    kept = set(names.values())
    changed = {name: found for name, was in names.items() if (found := _changes(other.block(was), present.block(name)))}
    before, after = set(other.wires), set(present.wires)
    ends = {INPUT: INPUT, OUTPUT: OUTPUT}
    old = {**ends, **names}
    now = {was: name for name, was in old.items()}
    return NetworkDiff(
        added=tuple(block.name for block in present.blocks if block.name not in names),
        removed=tuple(block for block in other.blocks if block.name not in kept),
        changed=changed,
        wires_added=tuple(wire for wire in present.wires if _renamed(wire, old) not in before),
        wires_removed=tuple(wire for wire in other.wires if _renamed(wire, now) not in after),
        names=names,
        settings=of_settings(other, present, names),
    )


def _renamed(wire: Wire, names: Mapping[str, str]) -> Wire | None:
    """The wire between the same blocks under their other names; None if one of them has none."""
    if wire.source not in names or wire.target not in names:
        return None
    return Wire(names[wire.source], names[wire.target])


def _changes(was: Block, now: Block) -> tuple[str, ...]:
    words = []
    if was.name != now.name:
        words.append(f"name {was.name} → {now.name}")
    if was.disabled != now.disabled:
        words.append("disabled" if now.disabled else "enabled")
    if was.frozen != now.frozen:
        words.append("frozen" if now.frozen else "not frozen any more")
    for field in describe(type(now.layer)):
        before, after = getattr(was.layer, field.name), getattr(now.layer, field.name)
        if before != after:
            words.append(f"{field.title.lower()} {tell(field, before)} → {tell(field, after)}")
    return tuple(words)
