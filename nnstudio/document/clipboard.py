"""Blocks as text for the clipboard: written by copying, validated on pasting."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import EngineError
from engine.explanation import explain
from nnstudio.document.model import INPUT, OUTPUT, Block, Document, Group, Wire

VERSION: Final = 1
# A network of a thousand blocks takes some 300,000 characters.
LONGEST: Final = 2_000_000
_MOST_BLOCKS: Final = 1000


class ClipboardError(EngineError):
    """Error for text that holds no blocks, or none that a network could take."""


class Fragment(BaseModel):
    """Blocks in data-flow order, with the wires into them.

    A wire from "input" stands for whatever block the fragment is inserted after.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    nnstudio: Literal["blocks"] = "blocks"
    version: Literal[1] = VERSION
    blocks: tuple[Block, ...] = Field(min_length=1, max_length=_MOST_BLOCKS)
    wires: tuple[Wire, ...] = ()
    groups: tuple[Group, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        # All that a document asks of blocks, wires and groups holds here as well.
        Document(blocks=self.blocks, wires=self.wires, groups=self.groups)
        for index, wire in enumerate(self.wires):
            if wire.target == OUTPUT:
                raise ValueError(f'wires.{index} leads to "{OUTPUT}", which is not part of the copied blocks')
        names = [block.name for block in self.blocks]
        if sorted_by_flow(names, self.wires) is None:
            raise ValueError("the blocks form a cycle")
        for block in self.blocks:
            most = block.layer.inputs[1]
            found = sum(wire.target == block.name for wire in self.wires)
            if most is not None and found > most:
                raise ValueError(f'"{block.name}" takes {most} input, but has {found}')
        return self


def fragment_of(document: Document, names: Iterable[str]) -> Fragment:
    """Blocks of a document with the wires among them.

    Sources outside become "input". Raises ValueError if there is no block among the names.
    """
    chosen = {name for name in names if document.has_block(name)}
    if not chosen:
        raise ValueError("no block is selected")
    order = sorted_by_flow([block.name for block in document.blocks], document.wires)
    ordered = order if order is not None else [block.name for block in document.blocks]
    wires = (
        Wire(source=wire.source if wire.source in chosen else INPUT, target=wire.target)
        for wire in document.wires
        if wire.target in chosen
    )
    blocks = tuple(document.block(name) for name in ordered if name in chosen)
    # A group that is not copied as a whole is none any more.
    groups = tuple(group for group in document.groups if chosen.issuperset(group.blocks))
    return Fragment(blocks=blocks, wires=tuple(dict.fromkeys(wires)), groups=groups)


def to_text(document: Document, names: Iterable[str]) -> str:
    """JSON text of the named blocks. Raises ValueError if there is none."""
    return fragment_of(document, names).model_dump_json(indent=2)


def from_text(text: str) -> Fragment:
    """Parse the blocks in a text. Raises ClipboardError, which says what was found instead."""
    if not text.strip():
        raise ClipboardError("there is nothing on the clipboard; copy some blocks first")
    if len(text) > LONGEST:
        raise ClipboardError(f"the text on the clipboard is too long: {len(text):,} characters, at most {LONGEST:,}")
    version = _version(text)
    if version > VERSION:
        raise ClipboardError(
            f"the blocks on the clipboard come from a newer nnstudio (version {version}; this one reads {VERSION})"
        )
    try:
        return Fragment.model_validate_json(text, strict=True)
    except ValidationError as error:
        # One problem is enough for a line of text.
        sentence, *_ = explain(error, "the blocks on the clipboard are damaged", Fragment).split("; ", 1)
        raise ClipboardError(sentence) from None


def _version(text: str) -> int:
    """Version in the head of the text. Raises ClipboardError if it is none of ours."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("nnstudio") != "blocks":
        shown = " ".join(text.split())
        raise ClipboardError(
            f"the clipboard holds no blocks, but “{shown[:40]}{'…' if len(shown) > 40 else ''}”; copy some blocks first"
        )
    version = found.get("version")
    return version if isinstance(version, int) and not isinstance(version, bool) else 0


def sorted_by_flow(names: list[str], wires: Iterable[Wire]) -> list[str] | None:
    """Names in topological order, else in the given order; None for a cycle."""
    known = set(names)
    feeding: dict[str, int] = dict.fromkeys(names, 0)
    fed: dict[str, list[str]] = {name: [] for name in names}
    for wire in wires:
        if wire.source in known and wire.target in known:
            feeding[wire.target] += 1
            fed[wire.source].append(wire.target)
    place = {name: index for index, name in enumerate(names)}
    ready = [name for name in names if not feeding[name]]
    order: list[str] = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        freed = []
        for target in fed[name]:
            feeding[target] -= 1
            if not feeding[target]:
                freed.append(target)
        # What is fed by this block comes next, so that a branch stays together.
        ready[:0] = sorted(freed, key=place.__getitem__)
    return order if len(order) == len(names) else None
