"""Traversal of a document in data-flow order."""

from __future__ import annotations

from nnstudio.document.model import INPUT, OUTPUT, Document

_last: list[tuple[Document, list[str]]] = []


def network_order(document: Document) -> list[str]:
    """Ends and blocks in data-flow order, with branches where the data reach them.

    The list is cached by document; it must not be changed.
    """
    if not _last or _last[0][0] is not document:
        _last[:] = [(document, _network_order(document))]
    return _last[0][1]


def _network_order(document: Document) -> list[str]:
    following: dict[str, list[str]] = {}
    for wire in document.wires:
        following.setdefault(wire.source, []).append(wire.target)
    # A dict keeps the order in which names come in, and finds them at once.
    order: dict[str, None] = {}
    waiting = [INPUT]
    while waiting:
        name = waiting.pop()
        if name not in order and name != OUTPUT:
            order[name] = None
            # The last one in is the first one out: the chain is followed before its branches.
            waiting += reversed(following.get(name, []))
    order.update(dict.fromkeys(block.name for block in document.blocks))
    return [*order, OUTPUT]
