"""Places of blocks on the canvas. A group stands where its first block does, and takes the others along."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from nnstudio.document import grouping
from nnstudio.document.model import FARTHEST, INPUT, OUTPUT, Document, End

Place = tuple[float, float]


def position(document: Document, name: str) -> Place:
    """Centre of a block, of a group's first block, or of one of the two ends, in scene units."""
    if name in (INPUT, OUTPUT):
        end: End = getattr(document, name)
        return end.x, end.y
    if document.has_group(name):
        name = grouping.in_order(document, document.group(name).blocks)[0]
    block = document.block(name)
    return block.x, block.y


def place(document: Document, name: str, x: float, y: float) -> Document:
    """Move a block, a group, or one of the two ends. Wires stay as they are."""
    return place_all(document, {name: (x, y)})


def place_all(document: Document, places: Mapping[str, Place]) -> Document:
    """Move several blocks at once. Raises KeyError for a name that nothing has."""
    groups = {group.name: group for group in document.groups}
    wanted: dict[str, Place] = {}
    for name, (x, y) in places.items():
        if name not in groups:
            wanted[name] = _rounded(x, y)
            continue
        x0, y0 = position(document, name)
        for member in groups[name].blocks:
            block = document.block(member)
            wanted[member] = _rounded(block.x + x - x0, block.y + y - y0)
    unknown = [name for name in wanted if name not in (INPUT, OUTPUT) and not document.has_block(name)]
    if unknown:
        raise KeyError(min(unknown))
    changes: dict[str, object] = {}
    for name in (INPUT, OUTPUT):
        x, y = wanted.get(name, position(document, name))
        if (x, y) != position(document, name):
            changes[name] = End(x=x, y=y)
    moved = {
        name: place
        for name, place in wanted.items()
        if document.has_block(name) and (document.block(name).x, document.block(name).y) != place
    }
    if moved:
        changes["blocks"] = tuple(
            [block.moved_to(*moved[block.name]) if block.name in moved else block for block in document.blocks]
        )
    return document.with_changes(**changes) if changes else document


def keep_groups(before: Document, after: Document) -> Document:
    """Keep collapsed groups where they were drawn before an edit.

    Their first block, which gives a group its place, may be another one now.
    """
    stays = {
        group.name: position(before, group.name)
        for group in after.groups
        if group.collapsed and before.has_group(group.name)
    }
    return place_all(after, stays) if stays else after


@lru_cache(8192)
def _rounded(x: float, y: float) -> Place:
    """As it is kept: in tenths, and on the canvas."""
    # Adding zero turns -0.0, which equals 0.0 but is written differently, into 0.0.
    x, y = (round(min(max(place, -FARTHEST), FARTHEST), 1) + 0.0 for place in (x, y))
    return x, y
