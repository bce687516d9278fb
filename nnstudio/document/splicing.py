"""Insert several blocks into a wire at once, keeping the network connected. Pure functions, like all edits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nnstudio.document import edits, grouping, room
from nnstudio.document.clipboard import Fragment, sorted_by_flow
from nnstudio.document.layout import FOOT, HEAD, overlap, run_down, straighten
from nnstudio.document.model import INPUT, OUTPUT, Document, Group, Wire
from nnstudio.document.places import place_all

_LONGEST_NAME = 40


def obstacle(fragment: Fragment) -> str:
    """Reason why these blocks cannot be inserted into a wire, in a sentence; "" if they can."""
    for block in fragment.blocks:
        least = block.layer.inputs[0]
        found = sum(wire.target == block.name for wire in fragment.wires)
        if least > 1 and found < least:
            return f"{block.name} joins branches that were not copied; select a block of each of them as well."
    for piece in _pieces(fragment):
        ends = _exits(fragment, piece)
        if len(ends) > 1:
            return f"These blocks end in {len(ends)} branches ({', '.join(ends)}); select what joins them as well."
    return ""


def splice(document: Document, fragment: Fragment, wire: Wire) -> tuple[Document, tuple[str, ...]]:
    """Insert blocks into a wire under free names.

    Pieces that no wire connects follow each other. Returns the document and the names of the blocks in it. Raises
    ValueError with the reason that `obstacle` gives.
    """
    reason = obstacle(fragment)
    if reason:
        raise ValueError(reason)
    meant = grouping.wires_of(document, wire)
    wire = meant[0]
    names: dict[str, str] = {}
    taken = {INPUT, OUTPUT, *document.by_name, *(group.name for group in document.groups)}
    for block in fragment.blocks:
        names[block.name] = free_name(taken, block.name)
        taken.add(names[block.name])
    source, segment = wire.source, list[Wire]()
    for piece in _pieces(fragment):
        fed = [known for known in fragment.wires if known.target in piece]
        entries = {name for name in piece if all(known.target != name for known in fed)}
        pairs = [(INPUT, name) for name in piece if name in entries] + [(known.source, known.target) for known in fed]
        segment += [Wire(source=source if start == INPUT else names[start], target=names[end]) for start, end in pairs]
        source = names[_exits(fragment, piece)[0]]
    segment.append(Wire(source=source, target=wire.target))
    added = [block.with_changes(name=names[block.name]) for block in fragment.blocks]
    wires: list[Wire] = []
    for known in document.wires:
        if known == wire:
            wires += segment
        else:
            # Wires that are drawn as one go through the blocks together.
            along = known in meant and known.source == wire.source
            wires.append(Wire(source=source, target=known.target) if along else known)
    spliced = document.with_changes(blocks=(*document.blocks, *added), wires=tuple(wires))
    made = tuple(names.values())
    spliced = edits.join_group(spliced, wire, *made)
    for group in fragment.groups:
        # Within a group there are no others.
        if grouping.group_of(spliced, names[group.blocks[0]]) is None:
            blocks = tuple(names[name] for name in group.blocks)
            copy = Group(name=free_name(taken, group.name), blocks=blocks, collapsed=group.collapsed)
            taken.add(copy.name)
            spliced = spliced.with_changes(groups=(*spliced.groups, copy))
    pieces = [[names[name] for name in piece] for piece in _pieces(fragment)]
    return room.insert_at(_arranged(spliced, pieces), made, grouping.drawn_wire(document, wire)), made


def wire_behind(document: Document, names: Iterable[str]) -> Wire | None:
    """Wire that leaves the last of some blocks, or the one that reaches the loss."""
    chosen = {name for each in names for name in grouping.blocks_of(document, each) or (each,)}
    if OUTPUT not in chosen:
        order = [INPUT, *(sorted_by_flow([block.name for block in document.blocks], document.wires) or ())]
        # A wire that stays among them is not behind them.
        for name in reversed([name for name in order if name in chosen]):
            leaving = [wire for wire in document.wires if wire.source == name and wire.target not in chosen]
            if leaving:
                return leaving[0]
    return next((wire for wire in document.wires if wire.target == OUTPUT), None)


def free_name(taken: set[str], wish: str) -> str:
    """The wished name if it is free, else the next numbered one: "dense_2"."""
    stem, number, name = re.sub(r"_\d+$", "", wish), 1, wish
    while name in taken:
        ending = f"_{number}"
        name = stem[: _LONGEST_NAME - len(ending)] + ending
        number += 1
    return name


def _pieces(fragment: Fragment) -> list[list[str]]:
    """The names of blocks that hang together by wires, piece by piece, in the order of the data."""
    pieces: list[list[str]] = []
    home: dict[str, list[str]] = {}
    for block in fragment.blocks:
        home[block.name] = [block.name]
        pieces.append(home[block.name])
    for wire in fragment.wires:
        if wire.source == INPUT or home[wire.source] is home[wire.target]:
            continue
        into, other = home[wire.source], home[wire.target]
        if pieces.index(other) < pieces.index(into):
            into, other = other, into
        into.extend(other)
        home.update(dict.fromkeys(other, into))
        pieces = [piece for piece in pieces if piece is not other]
    order = {block.name: index for index, block in enumerate(fragment.blocks)}
    return [sorted(piece, key=order.__getitem__) for piece in pieces]


def _exits(fragment: Fragment, piece: Sequence[str]) -> list[str]:
    sending = {wire.source for wire in fragment.wires}
    return [name for name in piece if name not in sending]


def _arranged(document: Document, pieces: list[list[str]]) -> Document:
    """Places new blocks to each other: each piece as it was copied, if that runs down, and below the one before it."""
    bottom = 0.0
    for piece in pieces:
        if overlap(document, piece) or not run_down(document, piece):
            document = straighten(document, piece)
        shown = tuple(dict.fromkeys(grouping.stand_in(document, name) for name in piece))
        places = {name: edits.position(document, name) for name in shown}
        left, top = places[shown[0]][0], min(y for _, y in places.values())
        document = place_all(document, {name: (x - left, bottom + y - top) for name, (x, y) in places.items()})
        framed = any(not group.collapsed and group.blocks[0] in piece for group in document.groups)
        bottom += max(y for _, y in places.values()) - top + edits.SPACING + framed * (HEAD + FOOT)
    return document
