"""Lineage of blocks across edits, so that weights follow a renamed block."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.document.model import Document

# From the name of a block in the later document to its name in the earlier one; new blocks are not in it.
Names = Mapping[str, str]


def lineage(old: Document, new: Document) -> dict[str, str]:
    """Map block names of `new` to those in `old`, one edit before.

    A block of the same name and type is the same one. Where only names have changed, blocks and wires identify each
    other. A block whose type has changed counts as new, since its weights mean something else.
    """
    types = {block.name: type(block.layer) for block in old.blocks}
    names = {block.name: block.name for block in new.blocks if types.get(block.name) is type(block.layer)}
    return names | _renamed(old, new)


def _renamed(old: Document, new: Document) -> dict[str, str]:
    """The blocks that bear another name and are the same in all else; empty if more has changed."""
    before, after = {block.name for block in old.blocks}, {block.name for block in new.blocks}
    if len(old.blocks) != len(new.blocks) or before == after:
        return {}
    pairs: dict[str, str] = {}
    for was, now in zip(old.blocks, new.blocks, strict=True):
        if was.name == now.name:
            continue
        if was.name in after or now.name in before or type(was.layer) is not type(now.layer):
            return {}
        pairs[now.name] = was.name
    mapped = {(pairs.get(wire.source, wire.source), pairs.get(wire.target, wire.target)) for wire in new.wires}
    return pairs if mapped == {(wire.source, wire.target) for wire in old.wires} else {}


class Lineage:
    """Tracker of block names through the edits of a document, back to the first."""

    def __init__(self, document: Document) -> None:
        self._first = self._newest = document
        self.names: Names = {block.name: block.name for block in document.blocks}

    def follow(self, document: Document) -> Names:
        """Advance to the next document. Returns each block's name in the first one."""
        if _same_blocks(document, self._first):
            # Undo has brought the beginning back, whatever was lost on the way.
            self.names = {block.name: block.name for block in document.blocks}
        else:
            step = lineage(self._newest, document)
            self.names = {now: self.names[was] for now, was in step.items() if was in self.names}
        self._newest = document
        return self.names


def _same_blocks(one: Document, other: Document) -> bool:
    return one.wires == other.wires and [(block.name, block.layer) for block in one.blocks] == [
        (block.name, block.layer) for block in other.blocks
    ]
