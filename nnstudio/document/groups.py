"""Edits of groups: blocks under one name, collapsible and repeatable. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from nnstudio.document import edits, grouping, room
from nnstudio.document.grouping import Segment
from nnstudio.document.layout import COLUMN_SPACING, SPACING, overlap, straighten
from nnstudio.document.model import Document, Group, Wire
from nnstudio.document.places import place_all, position

# How often a pattern can be repeated.
MOST: Final = 50


class Repetition(BaseModel):
    """Settings of a group besides its name."""

    repeat: int = Field(
        1,
        ge=1,
        le=MOST,
        title="Repeat",
        description="Number of repetitions of the pattern; new ones copy the last one.",
    )


def make(document: Document, *names: str) -> Document:
    """Group blocks. Raises ValueError with the reason that `grouping.obstacle` gives."""
    reason = grouping.obstacle(document, names)
    if reason:
        raise ValueError(reason)
    group = Group(name=grouping.fresh_name(document, "group"), blocks=grouping.in_order(document, names))
    after = document.with_changes(groups=(*document.groups, group))
    return room.make_frame(after, group.blocks)


def dissolve(document: Document, *names: str) -> Document:
    """Ungroup groups; their blocks stay."""
    after = document
    for name in names:
        if document.has_group(name):
            after = edits.with_group(set_collapsed(after, name, False), name)
    return after


def set_collapsed(document: Document, name: str, collapsed: bool) -> Document:
    """Collapse a group into one block, or expand it. The blocks below move up or down."""
    group = document.group(name)
    if group.collapsed == collapsed:
        return document
    after = edits.with_group(document, name, group.with_changes(collapsed=collapsed))
    order, place = grouping.in_order(document, group.blocks), position(document, name)
    if not collapsed and overlap(after, order):
        # They have never been seen yet.
        after = straighten(after, order)
        (x0, y0), (x1, y1) = position(after, order[0]), place
        places = {each: position(after, each) for each in order}
        after = place_all(after, {each: (x + x1 - x0, y + y1 - y0) for each, (x, y) in places.items()})
    (x0, y0), (x1, y1) = position(after, order[0]), position(after, order[-1])
    # Of a group in several columns, what follows stands beside it, not below.
    way = y1 - y0 if abs(x1 - x0) < COLUMN_SPACING / 2 else 0.0
    return room.close_up(after, [name], way) if collapsed else room.make_frame(after, order, way)


def set_repeat(document: Document, name: str, count: int) -> Document:
    """Repeat the pattern of a group `count` times in a row.

    Added repetitions are copies of the last one, with its settings; surplus ones are removed from the end. Raises
    ValueError if the number is out of bounds, or the group cannot be repeated.
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
    for index in range(len(segments) - 1, count - 1, -1):
        after = _without_segment(after, name, segments[index], segments[index - 1])
    last = segments[-1]
    for _ in range(count - len(segments)):
        after, last = _with_copy(after, name, last)
    return after


def repeat_obstacle(document: Document, name: str) -> str:
    """Reason why the pattern of a group cannot be repeated, in a sentence; "" if it can."""
    segment = grouping.repeats(document, document.group(name).blocks)[-1]
    if grouping.is_segment(document, segment):
        return ""
    if len({wire.source for wire in grouping.ways_in(document, segment)}) > 1:
        return f"{segment[0]} joins several inputs, so copies of this group cannot follow one another."
    return f"More than one wire leads out of {name}, so copies of it cannot follow one another."


def set_field(document: Document, group: str, index: int, field: str, value: Any) -> Document:
    """Set one setting at a position of the pattern, in all its repetitions. Raises SpecError."""
    for segment in grouping.repeats(document, document.group(group).blocks):
        document = edits.set_field(document, segment[index], field, value)
    return document


def move_into(document: Document, name: str, wire: Wire) -> Document:
    """Move a group into another wire. Raises ValueError if the wire is one of its own, or the group cannot be moved."""
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
    after = edits.settle(without.with_changes(wires=wires), edits.joining(document))
    # Another one than it was put on, where a block that has nothing more to join was an end of that.
    enters, leaves = grouping.ways_in(after, segment)[0], grouping.ways_out(after, segment)[0]
    source, target = grouping.stand_in(after, enters.source), grouping.stand_in(after, leaves.target)
    return room.insert_at(after, segment, Wire(source=source, target=target))


def _bridged(document: Document, segment: Segment) -> Document:
    """Leads the wires around a segment, so that only its inner wires are left to it."""
    before = grouping.ways_in(document, segment)[0].source
    wires: dict[Wire, None] = {}
    for wire in document.wires:
        if wire.source == segment[-1]:
            wires[Wire(source=before, target=wire.target)] = None
        elif wire.target not in segment or wire.source in segment:
            wires[wire] = None
    return document.with_changes(wires=tuple(wires))


def _without_segment(document: Document, name: str, segment: Segment, before: Segment) -> Document:
    """Takes the last segment of a group out, closes the chain, and closes up."""
    joins, way = edits.joining(document), _height(document, segment) + SPACING
    after = edits.settle(edits.remove(_bridged(document, segment), *segment), joins)
    return after if document.group(name).collapsed else room.close_up(after, before, way)


def _with_copy(document: Document, name: str, segment: Segment) -> tuple[Document, Segment]:
    """Puts a copy of a segment behind it, within a group. Returns the document and the copy's names."""
    height = _height(document, segment) + SPACING
    blocks = list(document.blocks)
    names: dict[str, str] = {}
    for old in segment:
        block = document.block(old)
        names[old] = edits.fresh_name(document, block.layer)
        blocks.append(block.with_changes(name=names[old], y=block.y + height))
        document = document.with_changes(blocks=tuple(blocks))
    last = segment[-1]
    copied = [
        Wire(source=names.get(wire.source, last), target=names[wire.target])
        for wire in document.wires
        if wire.target in names
    ]
    onward = [Wire(source=names[last], target=wire.target) if wire.source == last else wire for wire in document.wires]
    group = document.group(name)
    grown = group.with_changes(blocks=(*group.blocks, *names.values()))
    document = edits.with_group(document, name, grown).with_changes(wires=(*onward, *copied))
    made = tuple(names.values())
    return document if group.collapsed else room.make_way(document, made, height), made


def _height(document: Document, names: Segment) -> float:
    """Vertical distance between the highest and the lowest of some blocks."""
    heights = [position(document, name)[1] for name in names]
    return max(heights) - min(heights)
