"""Queries on groups: their blocks, their drawing, and their repeating pattern. No edits here.

Blocks and groups share their names: wherever a block is meant by its name, a group may be meant by its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nnstudio.document.model import INPUT, OUTPUT, Document, Group, Wire

Segment = tuple[str, ...]


def group_of(document: Document, name: str) -> Group | None:
    """Group that holds a block, if any."""
    return next((group for group in document.groups if name in group.blocks), None)


def stand_in(document: Document, name: str) -> str:
    """Name drawn for a block: its own, or that of its collapsed group."""
    group = group_of(document, name)
    return group.name if group is not None and group.collapsed else name


def blocks_of(document: Document, *names: str) -> tuple[str, ...]:
    """Blocks named directly or by their groups. The two ends and unknown names are left out."""
    found: dict[str, None] = {}
    for name in names:
        if document.has_group(name):
            found.update(dict.fromkeys(document.group(name).blocks))
        elif document.has_block(name):
            found[name] = None
    return tuple(found)


def drawn(document: Document) -> Document:
    """Document as drawn: each collapsed group is one block, in its first block's place.

    The result only serves to look at blocks, places and wires: the layers of such blocks mean nothing. Without
    collapsed groups it is the same object.
    """
    collapsed = [group for group in document.groups if group.collapsed]
    if not collapsed:
        return document
    titles = {name: group.name for group in collapsed for name in group.blocks}
    own = wires_at(document, collapsed)
    first = {in_order(document, group.blocks, own[group.name])[0] for group in collapsed}
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
    """Wires of the document drawn as this one, whose ends may be groups. Raises ValueError if there is none."""
    sources, targets = (
        set(document.group(name).blocks) if document.has_group(name) else {name} for name in (wire.source, wire.target)
    )
    found = tuple(known for known in document.wires if known.source in sources and known.target in targets)
    if not found:
        raise ValueError(f"no wire from {wire.source} to {wire.target}")
    return found


def drawn_wire(document: Document, wire: Wire) -> Wire:
    """Drawn wire that stands for a wire of the document.

    A wire within a collapsed group is not drawn and stands for itself.
    """
    source, target = stand_in(document, wire.source), stand_in(document, wire.target)
    return Wire(source=source, target=target) if source != target else wire


def wires_at(document: Document, groups: Iterable[Group]) -> dict[str, list[Wire]]:
    """Wires at the blocks of each group, by its name."""
    groups = tuple(groups)
    found: dict[str, list[Wire]] = {group.name: [] for group in groups}
    holding = {name: group.name for group in groups for name in group.blocks}
    for wire in document.wires:
        for name in {holding.get(wire.source), holding.get(wire.target)} - {None}:
            found[str(name)].append(wire)
    return found


def in_order(document: Document, names: Iterable[str], wires: Iterable[Wire] | None = None) -> Segment:
    """Blocks in data-flow order; among branches, by the order of their wires.

    `wires` are those at these blocks, where they are known.
    """
    inside = dict.fromkeys(names)
    targets: dict[str, list[str]] = {name: [] for name in inside}
    fed: set[str] = set()
    for wire in document.wires if wires is None else wires:
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
    """Wires that lead into some blocks from outside."""
    inside = set(names)
    return [wire for wire in document.wires if wire.target in inside and wire.source not in inside]


def ways_out(document: Document, names: Iterable[str]) -> list[Wire]:
    """Wires that lead out of some blocks."""
    inside = set(names)
    return [wire for wire in document.wires if wire.source in inside and wire.target not in inside]


def is_segment(document: Document, names: Segment) -> bool:
    """True if some blocks have one source outside, and one last block feeds all targets.

    Such blocks can be copied, moved and removed like a single one.
    """
    sources = {wire.source for wire in ways_in(document, names)}
    return len(sources) == 1 and {wire.source for wire in ways_out(document, names)} == {names[-1]}


def repeats(document: Document, names: Iterable[str], wires: Iterable[Wire] | None = None) -> tuple[Segment, ...]:
    """Repetitions of the shortest layer pattern that makes up some blocks.

    Returns one segment per repetition. Settings may differ between them; types and inner wires may not. `wires` are
    those at these blocks, where they are known.
    """
    wires = document.wires if wires is None else tuple(wires)
    order = in_order(document, names, wires)
    count, inside = len(order), set(order)
    types = [document.block(name).layer.type_name() for name in order]
    # By block: there may be many segments, and many wires elsewhere.
    sources: dict[str, list[str]] = {name: [] for name in order}
    targets: dict[str, list[str]] = {name: [] for name in order}
    for wire in wires:
        if wire.target in inside:
            sources[wire.target].append(wire.source)
        if wire.source in inside:
            targets[wire.source].append(wire.target)
    for size in (size for size in range(1, count) if count % size == 0):
        if types != types[:size] * (count // size):
            continue
        segments = [order[start : start + size] for start in range(0, count, size)]
        inner = {_inner(each, sources) for each in segments}
        if len(inner) > 1:
            continue
        feeding = [_feeding(each, sources, targets) for each in segments]
        if feeding[0] and feeding[1:] == [before[-1] for before in segments[:-1]]:
            return tuple(segments)
    return (order,)


def _feeding(names: Segment, sources: Mapping[str, list[str]], targets: Mapping[str, list[str]]) -> str:
    """Block that feeds a segment (see `is_segment`); "" where the blocks are none."""
    inside = set(names)
    entering = {source for name in names for source in sources[name] if source not in inside}
    leaving = {name for name in names if any(target not in inside for target in targets[name])}
    return entering.pop() if len(entering) == 1 and leaving == {names[-1]} else ""


def _inner(names: Segment, sources: Mapping[str, list[str]]) -> frozenset[tuple[int, int]]:
    """The wires that lead to blocks of a segment, by place in it; -1 stands for what comes in."""
    places = {name: index for index, name in enumerate(names)}
    return frozenset((places.get(source, -1), place) for name, place in places.items() for source in sources[name])


def title(document: Document, names: Iterable[str]) -> str:
    """Short title of some blocks from their layer types: "Conv-ReLU-MaxPool"."""
    return "-".join(document.block(name).layer.type_name().removesuffix("2D") for name in names)


def fresh_name(document: Document, stem: str) -> str:
    """Next name that neither block nor group has: "dense_1", "dense_2","""
    taken = {block.name for block in document.blocks} | {group.name for group in document.groups}
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def obstacle(document: Document, names: Iterable[str]) -> str:
    """Reason why some blocks cannot become a group, in a sentence; "" if they can."""
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
    """Blocks outside a set that are fed by it and lead back into it."""
    inside = set(names)
    back = _reached(inside, [(wire.target, wire.source) for wire in document.wires])
    between = back & set(behind(document, inside))
    return in_order(document, (block.name for block in document.blocks if block.name in between))


def behind(document: Document, names: Iterable[str]) -> Segment:
    """All blocks downstream of some blocks, without these themselves."""
    inside = set(names)
    found = _reached(inside, [(wire.source, wire.target) for wire in document.wires]) - inside
    every = (*(block.name for block in document.blocks), OUTPUT)
    return tuple(name for name in every if name in found)


def before(document: Document, names: Iterable[str]) -> frozenset[str]:
    """All blocks upstream of some blocks, without these themselves."""
    inside = set(names)
    return frozenset(_reached(inside, [(wire.target, wire.source) for wire in document.wires]) - inside)


def _reached(starts: set[str], links: Iterable[tuple[str, str]]) -> set[str]:
    """Nodes that can be reached over some links, each from one to the other."""
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
