"""Room for new blocks: nothing is laid out anew by an edit, and nothing comes to stand on anything else."""

from __future__ import annotations

from itertools import combinations

import hypothesis.strategies as st
from hypothesis import given, settings

from engine import layers
from nnstudio.document import clipboard, edits, grouping, groups, rewiring, splicing, wiring
from nnstudio.document.layout import tidy
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.places import place_all
from tests.nnstudio.test_document_layout import Places, graphs, places

# As large as they are drawn.
WIDTH, HEIGHT = 240.0, 54.0


def overlaps(drawn: Places) -> set[frozenset[str]]:
    return {
        frozenset((a, b))
        for (a, (x0, y0)), (b, (x1, y1)) in combinations(drawn.items(), 2)
        if abs(x0 - x1) < WIDTH and abs(y0 - y1) < HEIGHT
    }


def between(source: str, target: str) -> Wire:
    return Wire(source=source, target=target)


def drawn_wires(document: Document) -> tuple[Wire, ...]:
    return grouping.drawn(document).wires


def inserted(document: Document, data: st.DataObject) -> Document:
    wires = (*drawn_wires(document), *document.wires)
    return edits.insert(document, layers.Tanh(), data.draw(st.sampled_from(wires)))


def removed(document: Document, data: st.DataObject) -> Document:
    names = [*(block.name for block in document.blocks), *(group.name for group in document.groups)]
    return edits.remove(document, data.draw(st.sampled_from(names))) if names else document


def pasted(document: Document, data: st.DataObject) -> Document:
    order = grouping.in_order(document, (block.name for block in document.blocks))
    if not order:
        return document
    start = data.draw(st.integers(0, len(order) - 1))
    fragment = clipboard.fragment_of(document, order[start : start + data.draw(st.integers(1, 7))])
    if splicing.obstacle(fragment):
        return document
    return splicing.splice(document, fragment, data.draw(st.sampled_from(drawn_wires(document))))[0]


def connected(document: Document, data: st.DataObject) -> Document:
    names = [INPUT, *(block.name for block in document.blocks), OUTPUT]
    source, target = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    return document if wiring.obstacle(document, source, target) else wiring.connect(document, source, target)


def rerouted(document: Document, data: st.DataObject) -> Document:
    wire = data.draw(st.sampled_from(drawn_wires(document)))
    ends = rewiring.new_ends(document, wire)
    return rewiring.reroute(document, wire, wire.source, data.draw(st.sampled_from(sorted(ends)))) if ends else document


def moved(document: Document, data: st.DataObject) -> Document:
    names = [block.name for block in document.blocks]
    wire = data.draw(st.sampled_from(drawn_wires(document)))
    try:
        if document.groups and data.draw(st.booleans()):
            return groups.move_into(document, data.draw(st.sampled_from(document.groups)).name, wire)
        return edits.move_into(document, data.draw(st.sampled_from(names)), wire) if names else document
    except ValueError:
        # Taking it out takes the wire along, or the group cannot stand elsewhere.
        return document


def grouped(document: Document, data: st.DataObject) -> Document:
    order = grouping.in_order(document, (block.name for block in document.blocks))
    if document.groups and data.draw(st.booleans()):
        group = data.draw(st.sampled_from(document.groups))
        if data.draw(st.booleans()) and not groups.repeat_obstacle(document, group.name):
            return groups.set_repeat(document, group.name, data.draw(st.integers(1, 3)))
        return groups.set_collapsed(document, group.name, not group.collapsed)
    names = order[data.draw(st.integers(0, len(order))) :][: data.draw(st.integers(1, 5))]
    return document if grouping.obstacle(document, names) else groups.make(document, *names)


def stacked(document: Document) -> Document:
    """By hand in one column, with more room than is needed."""
    shown = grouping.drawn(document)
    order = [INPUT, *grouping.in_order(shown, (block.name for block in shown.blocks)), OUTPUT]
    return place_all(document, {name: (30, 150 * row) for row, name in enumerate(order)})


EDITS = (inserted, inserted, removed, pasted, connected, rerouted, moved, grouped)


@given(graphs(), st.booleans(), st.data())
@settings(deadline=None, max_examples=250)
def test_no_edit_puts_a_block_on_another_one(document: Document, folded: bool, data: st.DataObject) -> None:
    document = tidy(document) if folded else stacked(document)
    for _ in range(data.draw(st.integers(1, 8))):
        if not document.wires:
            return
        edit = data.draw(st.sampled_from(EDITS))
        before, document = document, edit(document, data)
        assert overlaps(places(document)) <= overlaps(places(before)), edit.__name__


@given(graphs(), st.booleans(), st.data())
@settings(deadline=None, max_examples=250)
def test_what_comes_before_an_insertion_keeps_its_place_and_no_column_is_left(
    document: Document, folded: bool, data: st.DataObject
) -> None:
    document = tidy(document) if folded else stacked(document)
    for _ in range(data.draw(st.integers(1, 6))):
        before, document = document, inserted(document, data)
        shown, old, new = grouping.drawn(document), places(before), places(document)
        name = grouping.stand_in(document, document.blocks[-1].name)
        for earlier in grouping.before(shown, [name]):
            assert new[earlier] == old[earlier]
        ways = {(new[each][0] - old[each][0], new[each][1] - old[each][1]) for each in old} - {(0.0, 0.0)}
        # Down, or aside where a lane was missing; all by the same way.
        assert len({way for way in ways if way[1]}) <= 1
        assert all(x >= 0 and y >= -0.1 for x, y in ways)
