"""Groups as they stand: what they hold, what is drawn of them, and the pattern that repeats in them. No edits here.

Blocks and groups share their names: wherever a block is meant by its name, a group may be meant by its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from nnstudio.document.model import INPUT, OUTPUT, Document, Group, Wire

Segment = tuple[str, ...]


def group_of(document: Document, name: str) -> Group | None:
    """The group that a block is in."""
    return next((group for group in document.groups if name in group.blocks), None)


def stand_in(document: Document, name: str) -> str:
    """What is drawn for a block: itself or, while that is collapsed, its group."""
    group = group_of(document, name)
    return group.name if group is not None and group.collapsed else name


def blocks_of(document: Document, *names: str) -> tuple[str, ...]:
    """The blocks that are meant by the names of blocks and groups; the two ends and unknown names are left out."""
    found: dict[str, None] = {}
    for name in names:
        if document.has_group(name):
            found.update(dict.fromkeys(document.group(name).blocks))
        elif document.has_block(name):
            found[name] = None
    return tuple(found)


def drawn(document: Document) -> Document:
    """What is drawn of a document: each collapsed group is one block of the group's name, where its first block is.

    It is only good for looking at blocks, places and wires: the layer of such a block says nothing. Without collapsed
    groups it is the very same document.
    """
    collapsed = [group for group in document.groups if group.collapsed]
    if not collapsed:
        return document
    titles = {name: group.name for group in collapsed for name in group.blocks}
    first = {in_order(document, group.blocks)[0] for group in collapsed}
    blocks = (
        block.with_changes(name=titles[block.name]) if block.name in first else block
        for block in document.blocks
        if block.name not in titles or block.name in first
    )
    wires = (
        Wire(source=titles.get(wire.source, wire.source), target=titles.get(wire.target, wire.target))
        for wire in document.wires
    )
    return document.with_changes(
        blocks=tuple(blocks),
        wires=tuple(dict.fromkeys(wire for wire in wires if wire.source != wire.target)),
        groups=tuple(group for group in document.groups if not group.collapsed),
    )


def wires_of(document: Document, wire: Wire) -> tuple[Wire, ...]:
    """The wires that are drawn as this one, whose ends may be groups. Raises ValueError if there is none."""
    sources, targets = (
        set(document.group(name).blocks) if document.has_group(name) else {name} for name in (wire.source, wire.target)
    )
    found = tuple(known for known in document.wires if known.source in sources and known.target in targets)
    if not found:
        raise ValueError(f"no wire from {wire.source} to {wire.target}")
    return found


def drawn_wire(document: Document, wire: Wire) -> Wire:
    """The wire that is drawn for one of the document's; one within a collapsed group, which is not drawn, itself."""
    source, target = stand_in(document, wire.source), stand_in(document, wire.target)
    return Wire(source=source, target=target) if source != target else wire


def in_order(document: Document, names: Iterable[str]) -> Segment:
    """Blocks in the order in which data pass them; among branches, the one whose wire comes first goes first."""
    inside = dict.fromkeys(names)
    targets: dict[str, list[str]] = {name: [] for name in inside}
    fed: set[str] = set()
    for wire in document.wires:
        if wire.source in inside and wire.target in inside:
            targets[wire.source].append(wire.target)
            fed.add(wire.target)
    # Depth first, and each block after all that it feeds; read backwards that is the order. The second round over all
    # blocks finds those of a circle, into which no block leads from without.
    after: dict[str, None] = {}
    seen: set[str] = set()
    for start in [*(name for name in reversed(inside) if name not in fed), *reversed(inside)]:
        if start in seen:
            continue
        waiting = [start]
        while waiting:
            name = waiting[-1]
            if name in seen:
                after[waiting.pop()] = None
            else:
                seen.add(name)
                waiting += [target for target in targets[name] if target not in seen]
    return tuple(reversed(after))


def ways_in(document: Document, names: Iterable[str]) -> list[Wire]:
    """The wires that lead into some blocks from without."""
    inside = set(names)
    return [wire for wire in document.wires if wire.target in inside and wire.source not in inside]


def ways_out(document: Document, names: Iterable[str]) -> list[Wire]:
    """The wires that lead out of some blocks."""
    inside = set(names)
    return [wire for wire in document.wires if wire.source in inside and wire.target not in inside]


def is_segment(document: Document, names: Segment) -> bool:
    """True if one block brings all that comes into these, and the last of them gives all that goes out.

    Such blocks can be copied, put elsewhere, and taken out, like a single one.
    """
    sources = {wire.source for wire in ways_in(document, names)}
    return len(sources) == 1 and {wire.source for wire in ways_out(document, names)} == {names[-1]}


def repeats(document: Document, names: Iterable[str]) -> tuple[Segment, ...]:
    """Blocks as the shortest pattern of layers that follows itself: one segment each time it occurs.

    Settings may differ from one to the next, types and inner wires may not.
    """
    # Only the wires at these blocks matter, and there may be many others.
    inside = dict.fromkeys(names)
    wires = tuple(wire for wire in document.wires if wire.source in inside or wire.target in inside)
    document = document.with_changes(wires=wires)
    order = in_order(document, inside)
    count = len(order)
    types = [document.block(name).layer.type_name() for name in order]
    for size in (size for size in range(1, count) if count % size == 0):
        if types != types[:size] * (count // size):
            continue
        segments = [order[start : start + size] for start in range(0, count, size)]
        following = all(
            is_segment(document, segment) and ways_in(document, segment)[0].source == before[-1]
            for before, segment in pairwise(segments)
        )
        if following and is_segment(document, segments[0]) and len({_inner(document, each) for each in segments}) == 1:
            return tuple(segments)
    return (order,)


def _inner(document: Document, names: Segment) -> frozenset[tuple[int, int]]:
    """The wires that lead to blocks of a segment, by place in it; -1 stands for what comes in."""
    places = {name: index for index, name in enumerate(names)}
    return frozenset(
        (places.get(wire.source, -1), places[wire.target]) for wire in document.wires if wire.target in places
    )


def title(document: Document, names: Iterable[str]) -> str:
    """Some blocks as a title, shorter than their types' full names: "Conv-ReLU-MaxPool"."""
    return "-".join(document.block(name).layer.type_name().removesuffix("2D") for name in names)


def fresh_name(document: Document, stem: str) -> str:
    """The next name that neither block nor group has: "dense_1", "dense_2", ..."""
    taken = {block.name for block in document.blocks} | {group.name for group in document.groups}
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def obstacle(document: Document, names: Iterable[str]) -> str:
    """Why some blocks cannot become a group, in a sentence; "" if they can."""
    chosen = tuple(dict.fromkeys(names))
    if INPUT in chosen or OUTPUT in chosen:
        return "The data and the loss belong to no group; select only what lies between them."
    if not chosen:
        return "Select the blocks that are to become a group."
    for name in chosen:
        group = group_of(document, name)
        if group is not None:
            return f"{name} is already in {group.name}; ungroup that first."
    between = between_of(document, chosen)
    if between:
        return f"{between[0]} stands between the selected blocks; select it too."
    if not _hang_together(document, chosen):
        return "The selected blocks are not connected; select blocks that are joined by wires."
    exits = list(dict.fromkeys(wire.source for wire in ways_out(document, chosen)))
    if not exits:
        return f"Nothing leads on from {in_order(document, chosen)[-1]}; a group has one way out."
    if len(exits) > 1:
        return f"{exits[0]} and {exits[1]} both lead out of the selection; a group has one way out."
    entering = ways_in(document, chosen)
    sources = list(dict.fromkeys(wire.source for wire in entering))
    if len(sources) > 1 and len({wire.target for wire in entering}) > 1:
        return f"{sources[0]} and {sources[1]} lead into the selection at two places; a group has one way in."
    return ""


def between_of(document: Document, names: Iterable[str]) -> Segment:
    """The blocks, not among these, that are fed by one of them and lead to another."""
    inside = set(names)
    back = _reached(inside, [(wire.target, wire.source) for wire in document.wires])
    between = back & set(behind(document, inside))
    return in_order(document, (block.name for block in document.blocks if block.name in between))


def behind(document: Document, names: Iterable[str]) -> Segment:
    """All that some blocks lead to, directly or through others, without these themselves."""
    inside = set(names)
    found = _reached(inside, [(wire.source, wire.target) for wire in document.wires]) - inside
    every = (*(block.name for block in document.blocks), OUTPUT)
    return tuple(name for name in every if name in found)


def before(document: Document, names: Iterable[str]) -> frozenset[str]:
    """All that leads to some blocks, directly or through others, without these themselves."""
    inside = set(names)
    return frozenset(_reached(inside, [(wire.target, wire.source) for wire in document.wires]) - inside)


def _reached(starts: set[str], links: Iterable[tuple[str, str]]) -> set[str]:
    """What can be reached over some links, each from one to the other."""
    onward: dict[str, list[str]] = {}
    for source, target in links:
        onward.setdefault(source, []).append(target)
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        for name in onward.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _hang_together(document: Document, names: Iterable[str]) -> bool:
    inside = set(names)
    pairs = [(wire.source, wire.target) for wire in document.wires if {wire.source, wire.target} <= inside]
    start = {next(iter(inside))}
    return start | _reached(start, [*pairs, *((b, a) for a, b in pairs)]) == inside
