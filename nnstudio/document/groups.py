"""Edits of groups: blocks under one name, which can be drawn as one block and be repeated. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from nnstudio.document import edits, grouping
from nnstudio.document.grouping import Segment
from nnstudio.document.layout import COLUMN_SPACING, SPACING, is_tidy, tidy
from nnstudio.document.model import Document, Group, Wire
from nnstudio.document.places import place_all, position

# How often a pattern can be repeated.
MOST: Final = 50


class Repetition(BaseModel):
    """What can be set of a group besides its name."""

    repeat: int = Field(
        1, ge=1, le=MOST, title="Repeat", description="How often the pattern follows itself; more copy the last one."
    )


def make(document: Document, *names: str) -> Document:
    """Makes a group of blocks. Raises ValueError where `grouping.obstacle` names a reason."""
    reason = grouping.obstacle(document, names)
    if reason:
        raise ValueError(reason)
    group = Group(name=grouping.fresh_name(document, "group"), blocks=grouping.in_order(document, names))
    return _tidied(document, document.model_copy(update={"groups": (*document.groups, group)}))


def dissolve(document: Document, *names: str) -> Document:
    """Takes groups apart; their blocks stay."""
    after = document
    for name in names:
        if document.has_group(name):
            after = edits.with_group(set_collapsed(after, name, False), name)
    return _tidied(document, after)


def set_collapsed(document: Document, name: str, collapsed: bool) -> Document:
    """Draws a group as one block, or as all its blocks. What stands below it moves up, or down."""
    group = document.group(name)
    if group.collapsed == collapsed:
        return document
    after = edits.with_group(document, name, group.model_copy(update={"collapsed": collapsed}))
    if is_tidy(document):
        return tidy(after)
    order = grouping.in_order(document, group.blocks)
    (x0, y0), (x1, y1) = position(document, order[0]), position(document, order[-1])
    if abs(x1 - x0) >= COLUMN_SPACING / 2:
        # What follows stands beside the group, not below it.
        return after
    return _shift(after, order, y0 - y1 if collapsed else y1 - y0)


def set_repeat(document: Document, name: str, count: int) -> Document:
    """Lets the pattern of a group occur `count` times in a row.

    More are copies of the last one, with its settings, behind it; of what is too much, the last are taken out.
    Raises ValueError if the number is out of bounds, or the group cannot be repeated.
    """
    if not 1 <= count <= MOST:
        raise ValueError(f"a pattern can be repeated 1 to {MOST} times, not {count} times")
    segments = grouping.repeats(document, document.group(name).blocks)
    if count == len(segments):
        return document
    reason = repeat_obstacle(document, name)
    if reason:
        raise ValueError(reason)
    after = document
    for segment in reversed(segments[count:]):
        after = _without_segment(after, name, segment)
    last = segments[-1]
    for _ in range(count - len(segments)):
        after, last = _with_copy(after, name, last)
    return _tidied(document, after)


def repeat_obstacle(document: Document, name: str) -> str:
    """Why the pattern of a group cannot be repeated, in a sentence; "" if it can."""
    segment = grouping.repeats(document, document.group(name).blocks)[-1]
    if grouping.is_segment(document, segment):
        return ""
    if len({wire.source for wire in grouping.ways_in(document, segment)}) > 1:
        return f"{segment[0]} joins several inputs, so copies of this group cannot follow one another."
    return f"More than one wire leads out of {name}, so copies of it cannot follow one another."


def set_field(document: Document, group: str, index: int, field: str, value: Any) -> Document:
    """Changes one setting of the block at a place in the pattern, in all its repetitions. Raises SpecError."""
    for segment in grouping.repeats(document, document.group(group).blocks):
        document = edits.set_field(document, segment[index], field, value)
    return document


def move_into(document: Document, name: str, wire: Wire) -> Document:
    """Takes a group out of its place in the network and puts it on another wire.

    Raises ValueError if the wire is one of its own, or the group cannot stand elsewhere.
    """
    segment = grouping.in_order(document, document.group(name).blocks)
    if not grouping.is_segment(document, segment):
        raise ValueError(f"{name} has more than one way in or out, so it cannot stand on another wire")
    without = _bridged(document, segment)
    first = grouping.wires_of(without, wire)[0]
    if first.source in segment:
        raise ValueError(f"no wire from {wire.source} to {wire.target} without {name}")
    around = grouping.group_of(document, first.source)
    if around is not None and first.target in around.blocks:
        raise ValueError(f"{around.name} cannot hold another group")
    # In their old order, since that is the order of a joining block's inputs.
    own = [
        Wire(source=known.source if known.source in segment else first.source, target=known.target)
        for known in document.wires
        if known.target in segment
    ]
    wires = tuple(
        new
        for known in without.wires
        if known.source not in segment
        for new in ((*own, Wire(source=segment[-1], target=first.target)) if known == first else (known,))
    )
    after = edits.settle(without.model_copy(update={"wires": wires}), edits.joining(document))
    if is_tidy(document):
        return tidy(after)
    (x0, y0), (x1, y1) = position(document, wire.source), position(document, wire.target)
    return place_all(after, {name: ((x0 + x1) / 2, (y0 + y1) / 2)})


def _bridged(document: Document, segment: Segment) -> Document:
    """Leads the wires around a segment, so that only its inner wires are left to it."""
    before = grouping.ways_in(document, segment)[0].source
    wires: dict[Wire, None] = {}
    for wire in document.wires:
        if wire.source == segment[-1]:
            wires[Wire(source=before, target=wire.target)] = None
        elif wire.target not in segment or wire.source in segment:
            wires[wire] = None
    return document.model_copy(update={"wires": tuple(wires)})


def _without_segment(document: Document, name: str, segment: Segment) -> Document:
    """Takes the last segment of a group out and closes the chain."""
    joins = edits.joining(document)
    if not document.group(name).collapsed:
        document = _shift(document, segment, -_height(document, segment) - SPACING)
    return edits.settle(edits.remove(_bridged(document, segment), *segment), joins)


def _with_copy(document: Document, name: str, segment: Segment) -> tuple[Document, Segment]:
    """Puts a copy of a segment behind it, within a group. Returns the document and the copy's names."""
    height = _height(document, segment) + SPACING
    if not document.group(name).collapsed:
        document = _shift(document, segment, height)
    blocks = list(document.blocks)
    names: dict[str, str] = {}
    for old in segment:
        block = document.block(old)
        names[old] = edits.fresh_name(document, block.layer)
        blocks.append(block.model_copy(update={"name": names[old], "y": block.y + height}))
        document = document.model_copy(update={"blocks": tuple(blocks)})
    last = segment[-1]
    copied = [
        Wire(source=names.get(wire.source, last), target=names[wire.target])
        for wire in document.wires
        if wire.target in names
    ]
    onward = [Wire(source=names[last], target=wire.target) if wire.source == last else wire for wire in document.wires]
    group = document.group(name)
    grown = group.model_copy(update={"blocks": (*group.blocks, *names.values())})
    document = edits.with_group(document, name, grown)
    return document.model_copy(update={"wires": (*onward, *copied)}), tuple(names.values())


def _height(document: Document, names: Segment) -> float:
    """How far the lowest of some blocks stands below the highest."""
    heights = [position(document, name)[1] for name in names]
    return max(heights) - min(heights)


def _shift(document: Document, names: Segment, way: float) -> Document:
    """Moves what some blocks lead to, and stands in their column, down, or up where `way` is less than zero."""
    x0 = position(document, names[-1])[0]
    behind = dict.fromkeys(grouping.stand_in(document, name) for name in grouping.behind(document, names))
    places = {name: position(document, name) for name in behind}
    column = {name: (x, y + way) for name, (x, y) in places.items() if abs(x - x0) < COLUMN_SPACING / 2}
    return place_all(document, column)


def _tidied(before: Document, after: Document) -> Document:
    """Tidies what an edit has made of a document that was tidy."""
    return tidy(after) if is_tidy(before) else after
