"""Room for new blocks: no edit rearranges the layout, nothing overlaps."""

from __future__ import annotations

from itertools import combinations, pairwise

import hypothesis.strategies as st
from hypothesis import given, settings

from engine import layers
from nnstudio.document import clipboard, edits, grouping, groups, rewiring, splicing, wiring
from nnstudio.document.layout import COLUMN_SPACING, SPACING, tidy
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.places import place_all
from tests.nnstudio.layout_support import Places, graphs, line, network, places

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


def moved_between(before: Document, after: Document) -> Places:
    """How far each thing has moved, for those that have."""
    old, new = places(before), places(after)
    ways = {name: (new[name][0] - x, new[name][1] - y) for name, (x, y) in old.items() if name in new}
    return {name: way for name, way in ways.items() if way != (0, 0)}


def test_a_block_on_a_wire_around_others_gets_a_lane_beside_them() -> None:
    around = tidy(network(*pairwise([INPUT, "a", "b", "c", "d", OUTPUT]), ("a", "d")))
    after = edits.insert(around, layers.ReLU(), between("a", "d"))
    assert places(after)["relu_1"] == (COLUMN_SPACING, places(around)["b"][1])
    assert moved_between(around, after) == {}
    # A second one stands below the first, and there is room for it already.
    again = edits.insert(after, layers.ReLU(), between("relu_1", "d"))
    assert places(again)["relu_2"] == (COLUMN_SPACING, places(around)["c"][1])
    assert moved_between(after, again) == {}
    # A third one is one too many: what joins the branches moves down, with what follows.
    third = edits.insert(again, layers.ReLU(), between("relu_2", "d"))
    assert moved_between(again, third) == {"d": (0, SPACING), OUTPUT: (0, SPACING)}


def test_a_lane_between_columns_is_made_by_moving_those_that_come_after() -> None:
    units = [[f"{letter}{number}" for letter in "abcdef"] for number in range(4)]
    chain = pairwise([INPUT, *(name for unit in units for name in unit), OUTPUT])
    folded = tidy(network(*chain, *((unit[0], unit[-2]) for unit in units)))
    columns = sorted({x for x, _ in places(folded).values()})
    assert len(columns) > 2
    unit = next(unit for unit in units if places(folded)[unit[0]][0] == columns[1])
    # At the left is no room either.
    left = edits.insert(folded, layers.ReLU(), between(units[0][0], units[0][-2]))
    after = edits.insert(left, layers.ReLU(), between(unit[0], unit[-2]))
    x = places(left)[unit[0]][0]
    assert abs(places(after)["relu_2"][0] - x) == COLUMN_SPACING
    assert not overlaps(places(after))
    assert all(way == (COLUMN_SPACING, 0) for way in moved_between(left, after).values())


def test_the_wire_to_the_next_column_takes_blocks_below_its_source() -> None:
    folded = tidy(line(9))
    last = next(wire for wire in folded.wires if places(folded)[wire.target][0] > 0)
    after = edits.insert(folded, layers.ReLU(), last)
    x, y = places(folded)[last.source]
    assert places(after)["relu_1"] == (x, y + SPACING)
    assert moved_between(folded, after) == {}
    above = edits.insert(folded, layers.ReLU(), between(INPUT, "b0"))
    assert set(moved_between(folded, above)) == {n for n, (x, _) in places(folded).items() if x == 0 and n != INPUT}


def test_a_hole_takes_the_movement_up() -> None:
    document = edits.remove(tidy(network(*pairwise([INPUT, *"abcd", OUTPUT]))), "c")
    after = edits.insert(document, layers.ReLU(), between(INPUT, "a"))
    assert moved_between(document, after) == {"a": (0, SPACING), "b": (0, SPACING)}


def test_what_is_no_part_of_the_way_moves_only_if_it_is_stood_on() -> None:
    document = network((INPUT, "a"), ("a", OUTPUT), (INPUT, "side"))
    where = {INPUT: (0, 0), "a": (0, 88), OUTPUT: (0, 176), "side": (60, 340), "far": (400, 88)}
    document = place_all(document, {name: place for name, place in where.items() if name != "far"})
    once = edits.insert(document, layers.ReLU(), between(INPUT, "a"))
    assert set(moved_between(document, once)) == {"a", OUTPUT}
    twice = edits.insert(once, layers.ReLU(), between(INPUT, "relu_1"))
    assert set(moved_between(once, twice)) == {"relu_1", "a", OUTPUT, "side"}


def test_within_a_collapsed_group_nothing_that_is_seen_moves() -> None:
    document = groups.make(tidy(line(3)), "b0", "b1")
    collapsed = groups.set_collapsed(document, "group_1", True)
    after = edits.insert(collapsed, layers.ReLU(), between("b0", "b1"))
    assert moved_between(collapsed, after) == {}
    # What was put in out of sight has its room when it is seen.
    shown = groups.set_collapsed(after, "group_1", False)
    assert not overlaps(places(shown))
    assert moved_between(document, shown) == dict.fromkeys(("b1", "b2", OUTPUT), (0, SPACING))
    # Without its first block, it stays where it is.
    assert moved_between(after, edits.remove(after, "b0")) == {}


def test_a_pasted_piece_keeps_its_shape_if_it_runs_down_and_else_becomes_one_column() -> None:
    folded = tidy(line(9))
    last = next(wire for wire in folded.wires if places(folded)[wire.target][0] > 0)
    names = (last.source, last.target)
    for name in names:
        folded = wiring.replace_layer(folded, name, layers.Tanh())
    made, (first, second) = splicing.splice(folded, clipboard.fragment_of(folded, names), between(INPUT, "b0"))
    assert [places(made)[name] for name in (INPUT, first, second, "b0")] == [(0, SPACING * row) for row in range(4)]
    branched = tidy(network((INPUT, "a"), ("a", "b"), ("b", "c"), ("a", "side"), ("side", "c"), ("c", OUTPUT)))
    for name in ("a", "b", "side"):
        branched = wiring.replace_layer(branched, name, layers.Tanh())
    fragment = clipboard.fragment_of(branched, ["a", "b", "side", "c"])
    made, names = splicing.splice(branched, fragment, between("c", OUTPUT))  # type: ignore[assignment]
    old, new = places(branched), places(made)
    for name, copy in zip((block.name for block in fragment.blocks), names, strict=True):
        assert (new[copy][0] - old[name][0], new[copy][1] - old[name][1]) == (0, 3 * SPACING)
    assert not overlaps(new)


def test_a_group_that_goes_elsewhere_finds_room_there() -> None:
    document = groups.make(stacked(line(6)), "b1", "b2")
    after = groups.move_into(document, "group_1", between("b4", "b5"))
    assert not overlaps(places(after))
    column = [places(after)[name] for name in (INPUT, "b0", "b3", "b4", "b1", "b2", "b5", OUTPUT)]
    assert column == sorted(column, key=lambda place: place[1])
    assert moved_between(document, after).keys() == {"b1", "b2", "b5", OUTPUT}
