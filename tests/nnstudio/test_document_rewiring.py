"""Reconnecting wires, and their permitted targets."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from engine import layers
from nnstudio.document import edits, grouping, groups, rewiring, wiring
from nnstudio.document.analysis import analyse
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire


def chain(length: int = 5) -> Document:
    document = Document()
    for _ in range(length):
        document = edits.append(document, layers.Dense(2))
    return document


def wire(source: str, target: str) -> Wire:
    return Wire(source=source, target=target)


@pytest.mark.parametrize("seed", range(8))
def test_open_ends_are_those_that_nothing_stands_against(seed: int) -> None:
    dice = random.Random(seed)
    document = chain(6)
    for _ in range(3):
        names = [INPUT, *(block.name for block in document.blocks), OUTPUT]
        source, target = dice.sample(names, 2)
        if not wiring.obstacle(document, source, target):
            document = wiring.connect(document, source, target)
    names = [INPUT, *(block.name for block in document.blocks), OUTPUT]
    for name in names:
        forth = {other for other in names if not wiring.obstacle(document, name, other)}
        back = {other for other in names if not wiring.obstacle(document, other, name)}
        assert rewiring.open_ends(document, name) == forth
        assert rewiring.open_ends(document, name, backwards=True) == back


def test_what_leads_to_a_block_and_what_follows_it_are_apart() -> None:
    document = chain(4)
    assert grouping.before(document, ["dense_3"]) == {INPUT, "dense_1", "dense_2"}
    assert set(grouping.behind(document, ["dense_3"])) == {"dense_4", OUTPUT}


def test_a_wire_into_a_join_leads_into_another_block() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_3")
    after = rewiring.reroute(document, wire("dense_1", "add_1"), "dense_1", "dense_5")
    # The first Add joins nothing any more; a new one does.
    assert [w for w in after.wires if w.source == "dense_1"][-1].target.startswith("add_")
    joins = [block.name for block in after.blocks if wiring.is_merge(after, block.name)]
    assert len(joins) == 1
    assert wire("dense_4", joins[0]) in after.wires
    assert analyse(after).ok


def test_the_start_of_a_wire_comes_from_another_block() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    after = rewiring.reroute(document, wire("dense_1", "add_1"), "dense_2", "add_1")
    assert wire("dense_2", "add_1") in after.wires
    assert wire("dense_1", "add_1") not in after.wires


def test_the_only_wire_into_a_block_leads_into_another_one() -> None:
    document = chain(3)
    after = rewiring.reroute(document, wire("dense_1", "dense_2"), "dense_1", "dense_3")
    (join,) = (block.name for block in after.blocks if wiring.is_merge(after, block.name))
    assert {wire("dense_1", join), wire("dense_2", join), wire(join, "dense_3")} <= set(after.wires)
    # What it lacks is told, with a way out; the rest of the network is as it was.
    problem = analyse(after).problems["dense_2"]
    assert "has no input" in problem.sentence
    assert problem.fix is not None
    cured = edits.apply_fix(after, "dense_2", problem.fix)
    assert set(cured.wires) == {
        wire(INPUT, "dense_1"),
        wire("dense_1", "dense_3"),
        wire("dense_3", OUTPUT),
    }
    assert analyse(cured).ok


def test_the_only_wire_out_of_a_block_comes_from_another_one() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    after = rewiring.reroute(document, wire("dense_3", "add_1"), "dense_2", "add_1")
    assert not any(w.source == "dense_3" for w in after.wires)
    # It stays the first of what is added up.
    assert [w.source for w in after.wires if w.target == "add_1"] == ["dense_2", "dense_1"]
    assert "is not connected" in analyse(after).problems["dense_3"].sentence


def test_what_follows_makes_room_where_blocks_stand_by_hand() -> None:
    document = chain(4)
    for row, name in enumerate([INPUT, *document.chain(), OUTPUT]):
        document = edits.place(document, name, 0, row * 110)
    after = rewiring.reroute(document, wire("dense_2", "dense_3"), "dense_2", "dense_4")
    heights = sorted(edits.position(after, name)[1] for name in (INPUT, *after.by_name, OUTPUT))
    assert min(lower - upper for upper, lower in pairwise(heights)) >= edits.SPACING


def test_the_loss_keeps_a_wire_whose_start_may_come_from_another_block() -> None:
    document = chain(3)
    with pytest.raises(ValueError, match="nothing would be connected to the loss"):
        rewiring.reroute(document, wire("dense_3", OUTPUT), "dense_3", "dense_2")
    after = rewiring.reroute(document, wire("dense_3", OUTPUT), "dense_2", OUTPUT)
    assert [w for w in after.wires if w.target == OUTPUT] == [wire("dense_2", OUTPUT)]
    assert rewiring.new_ends(document, wire("dense_3", OUTPUT)) == frozenset()


@pytest.mark.parametrize("backwards", [False, True])
def test_the_new_ends_of_a_wire_are_those_that_no_detour_speaks_against(backwards: bool) -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    names = [INPUT, *(block.name for block in document.blocks), OUTPUT]
    for known in document.wires:
        pairs = {other: (other, known.target) if backwards else (known.source, other) for other in names}
        free = {other for other, pair in pairs.items() if not rewiring.detour(document, known, *pair)}
        here = known.source if backwards else known.target
        assert rewiring.new_ends(document, known, backwards=backwards) | {here} == free


def test_the_wire_out_of_a_collapsed_group_is_led_elsewhere() -> None:
    document = groups.make(chain(4), "dense_2", "dense_3")
    name = document.groups[0].name
    document = groups.set_collapsed(document, name, True)
    after = rewiring.reroute(document, wire(name, "dense_4"), name, OUTPUT)
    (join,) = (block.name for block in after.blocks if wiring.is_merge(after, block.name))
    assert wire("dense_3", join) in after.wires
    assert wire("dense_3", "dense_4") not in after.wires


def test_a_wire_back_to_where_it_was_changes_nothing() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    assert rewiring.reroute(document, wire("dense_1", "add_1"), "dense_1", "add_1") is document


def test_no_wire_is_led_in_a_circle() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    with pytest.raises(ValueError, match="cannot contain a cycle"):
        rewiring.reroute(document, wire("dense_1", "add_1"), "dense_5", "add_1")
