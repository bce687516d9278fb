"""Wires that are led elsewhere, and where a wire may end. Pure functions, like all edits."""

from __future__ import annotations

from nnstudio.document import edits, grouping, ports, wiring
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.places import keep_groups


def open_ends(document: Document, name: str, *, backwards: bool = False) -> frozenset[str]:
    """All that a wire from a block may lead to, or, backwards, come from: what `wiring.obstacle` has nothing against.

    Collapsed groups stand for their blocks, as on the canvas. Asks once for the whole document what `obstacle` would
    ask for each pair.
    """
    own = wiring.entries(document, name) if backwards else wiring.exits(document, name)
    if len(own) != 1 or own[0] == (INPUT if backwards else OUTPUT):
        return frozenset()
    here = own[0]
    if backwards:
        # Nothing that is fed by this block may feed it.
        barred = set(grouping.behind(document, [here]))
        barred |= {wire.source for wire in document.wires if wire.target == here} | {OUTPUT}
    else:
        barred = set(grouping.before(document, [here]))
        barred |= {wire.target for wire in document.wires if wire.source == here} | {INPUT}
    barred.add(here)
    shown = grouping.drawn(document)
    found = set()
    for other in (INPUT, OUTPUT, *(block.name for block in shown.blocks)):
        far = wiring.exits(document, other) if backwards else wiring.entries(document, other)
        if len(far) == 1 and far[0] not in barred:
            found.add(other)
    return frozenset(found)


def new_ends(document: Document, wire: Wire, *, backwards: bool = False) -> frozenset[str]:
    """All that the end of a drawn wire, or, backwards, its start, may be led to, where it is now among them."""
    if hold(document, wire, backwards=backwards):
        return frozenset()
    (taken,) = grouping.wires_of(document, wire)
    held = taken.target if backwards else taken.source
    return open_ends(without(document, wire), held, backwards=backwards)


def detour(document: Document, wire: Wire, source: str, target: str) -> str:
    """Why a wire cannot be led from `source` to `target` instead, in a sentence; "" if it can."""
    if (source, target) == (wire.source, wire.target):
        return ""
    reason = hold(document, wire, backwards=source != wire.source)
    return reason or wiring.obstacle(without(document, wire), *_meant(document, wire, source, target))


def reroute(document: Document, wire: Wire, source: str, target: str) -> Document:
    """Leads a wire from `source` to `target` instead. Raises ValueError where `detour` names a reason.

    A block that loses its only wire so stays where it is, and what it lacks is one of its problems. An input of a block
    that joins several keeps its place among them.
    """
    if (source, target) == (wire.source, wire.target):
        return document
    reason = detour(document, wire, source, target)
    if reason:
        raise ValueError(reason)
    joins = edits.joining(document)
    after = wiring.connect(keep_groups(document, without(document, wire)), *_meant(document, wire, source, target))
    (taken,) = grouping.wires_of(document, wire)
    if target == wire.target and wiring.is_merge(after, taken.target):
        place = [known for known in document.wires if known.target == taken.target].index(taken) + 1
        after = ports.reorder(after, after.wires[-1], place)
    return edits.settle(after, joins)


def without(document: Document, wire: Wire) -> Document:
    """The document as it is while one end of a wire hangs at the mouse; good for looking at only."""
    taken = set(grouping.wires_of(document, wire))
    return document.with_changes(wires=tuple(known for known in document.wires if known not in taken))


def hold(document: Document, wire: Wire, *, backwards: bool) -> str:
    """Why the end of a wire, or, backwards, its start, must stay where it is; "" if it need not."""
    taken = grouping.wires_of(document, wire)
    if len(taken) > 1:
        group = wire.source if document.has_group(wire.source) else wire.target
        return f"This line stands for {len(taken)} wires; expand {group} to move one of them."
    if not backwards and wire.target == OUTPUT:
        return "This wire stays: without it, nothing would be connected to the loss. Move its start instead."
    return ""


def _meant(document: Document, wire: Wire, source: str, target: str) -> tuple[str, str]:
    """The ends of a wire that is led elsewhere. The end that stays is a block, also where its group is drawn for it:
    without the wire, nothing would tell which one."""
    (taken,) = grouping.wires_of(document, wire)
    return taken.source if source == wire.source else source, taken.target if target == wire.target else target
