"""Leading wires elsewhere, and where a wire may end."""

from __future__ import annotations

import random

import pytest

from engine import layers
from nnstudio.document import edits, grouping, rewiring, wiring
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


def test_the_last_wire_into_a_block_stays() -> None:
    with pytest.raises(ValueError, match="nothing would lead into dense_2"):
        rewiring.reroute(chain(), wire("dense_1", "dense_2"), "dense_1", "dense_3")


def test_the_last_wire_out_of_a_block_stays() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    with pytest.raises(ValueError, match="dense_3 would lead nowhere"):
        rewiring.reroute(document, wire("dense_3", "add_1"), "dense_2", "add_1")


def test_a_wire_back_to_where_it_was_changes_nothing() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    assert rewiring.reroute(document, wire("dense_1", "add_1"), "dense_1", "add_1") is document


def test_no_wire_is_led_in_a_circle() -> None:
    document = wiring.connect(chain(), "dense_1", "dense_4")
    with pytest.raises(ValueError, match="runs in no circle"):
        rewiring.reroute(document, wire("dense_1", "add_1"), "dense_5", "add_1")
