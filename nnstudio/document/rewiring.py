"""Edits that reconnect wires, and the targets a wire may have. Pure functions, like all edits."""

from __future__ import annotations

from nnstudio.document import edits, grouping, ports, wiring
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.places import keep_groups


def open_ends(document: Document, name: str, *, backwards: bool = False) -> frozenset[str]:
    """All blocks that a wire from a block may lead to, or, backwards, come from.

    These are the ones for which `wiring.obstacle` gives no reason. Collapsed groups stand for their blocks, as on the
    canvas. One pass over the document replaces a call of `obstacle` for each pair.
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
    """All blocks to which the end (or, backwards, the start) of a drawn wire may move.

    The present one is among them.
    """
    if hold(document, wire, backwards=backwards):
        return frozenset()
    (taken,) = grouping.wires_of(document, wire)
    held = taken.target if backwards else taken.source
    return open_ends(without(document, wire), held, backwards=backwards)


def detour(document: Document, wire: Wire, source: str, target: str) -> str:
    """Reason why a wire cannot lead from `source` to `target` instead; "" if it can."""
    if (source, target) == (wire.source, wire.target):
        return ""
    reason = hold(document, wire, backwards=source != wire.source)
    return reason or wiring.obstacle(without(document, wire), *_meant(document, wire, source, target))


def reroute(document: Document, wire: Wire, source: str, target: str) -> Document:
    """Reconnect a wire from `source` to `target`.

    A block that loses its only wire stays where it is, with a problem. An input of a merge block keeps its position.
    Raises ValueError with the reason that `detour` gives.
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
    """Document without a wire whose end hangs at the mouse; for display only."""
    taken = set(grouping.wires_of(document, wire))
    return document.with_changes(wires=tuple(known for known in document.wires if known not in taken))


def hold(document: Document, wire: Wire, *, backwards: bool) -> str:
    """Reason why the end (or, backwards, the start) of a wire cannot move; "" if it can."""
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
