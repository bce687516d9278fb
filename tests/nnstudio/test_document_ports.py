"""Ports: ends of wires, and the order of a block's inputs."""

from __future__ import annotations

import pytest

from engine import datasets, layers
from nnstudio.document import edits, groups, ports, wiring
from nnstudio.document.active_graph import active
from nnstudio.document.analysis import graph_of
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.ports import Port


def wire(source: str, target: str) -> Wire:
    return Wire(source=source, target=target)


@pytest.fixture
def joined() -> Document:
    """Three branches of different width, which Concatenate puts side by side."""
    document = edits.set_data(Document(), dataset=datasets.Gaussians(clouds=2))
    for units in (2, 3, 4):
        document = edits.append(document, layers.Dense(units))
    document = edits.append(document, layers.Concatenate())
    document = wiring.connect(document, "dense_1", "concatenate_1")
    document = wiring.connect(document, "dense_2", "concatenate_1")
    return edits.append(document, layers.Dense(1))


def sources(document: Document) -> list[str]:
    return [known.source for known in document.wires if known.target == "concatenate_1"]


def test_a_block_has_a_port_for_each_input_and_one_for_its_output(joined: Document) -> None:
    assert ports.ports_of(joined, INPUT) == (Port(INPUT, "out"),)
    assert ports.ports_of(joined, OUTPUT) == (Port(OUTPUT, "in", wire("dense_4", OUTPUT)),)
    assert ports.ports_of(joined, "dense_2") == (
        Port("dense_2", "in", wire("dense_1", "dense_2")),
        Port("dense_2", "out"),
    )
    assert ports.ports_of(joined, "concatenate_1") == (
        *(Port("concatenate_1", "in", wire(source, "concatenate_1")) for source in ("dense_3", "dense_1", "dense_2")),
        Port("concatenate_1", "in"),
        Port("concatenate_1", "out"),
    )


def test_what_nothing_leads_into_has_a_free_input() -> None:
    document = edits.append(Document(), layers.Dense(1))
    bare = document.with_changes(wires=())
    assert ports.ports_of(bare, "dense_1") == (Port("dense_1", "in"), Port("dense_1", "out"))


def test_a_collapsed_group_has_the_ports_of_what_it_stands_for(joined: Document) -> None:
    document = groups.set_collapsed(groups.make(joined, "concatenate_1", "dense_4"), "group_1", True)
    first, *_, free, out = ports.ports_of(document, "group_1")
    assert (first.wire, free, out) == (wire("dense_3", "group_1"), Port("group_1", "in"), Port("group_1", "out"))
    assert ports.number_of(document, wire("dense_2", "group_1")) == 3
    assert ports.wires_at(document, out) == (wire("group_1", OUTPUT),)


@pytest.mark.parametrize(
    ("source", "place", "order"),
    [
        ("dense_1", 1, ["dense_1", "dense_3", "dense_2"]),
        ("dense_3", 3, ["dense_1", "dense_2", "dense_3"]),
        ("dense_2", 2, ["dense_3", "dense_2", "dense_1"]),
        ("dense_2", 3, ["dense_3", "dense_1", "dense_2"]),
    ],
)
def test_an_input_goes_to_another_place(joined: Document, source: str, place: int, order: list[str]) -> None:
    assert sources(joined) == ["dense_3", "dense_1", "dense_2"]
    after = ports.reorder(joined, wire(source, "concatenate_1"), place)
    assert sources(after) == order
    assert ports.number_of(after, wire(source, "concatenate_1")) == place
    # The chain, which the layout follows, is the same; so is all else.
    assert after.chain() == joined.chain()
    assert edits.tidy(after).blocks == edits.tidy(joined).blocks
    assert sorted(map(str, after.wires)) == sorted(map(str, joined.wires))


def test_the_engine_takes_the_inputs_in_that_order(joined: Document) -> None:
    after = ports.reorder(joined, wire("dense_2", "concatenate_1"), 1)
    assert graph_of(after).sources["concatenate_1"] == ("dense_2", "dense_3", "dense_1")


@pytest.mark.parametrize("place", [0, 4])
def test_there_is_no_place_beyond_the_inputs(joined: Document, place: int) -> None:
    with pytest.raises(ValueError, match="no input"):
        ports.reorder(joined, wire("dense_1", "concatenate_1"), place)


def test_the_order_matters_where_inputs_stand_side_by_side_or_the_first_one_passes() -> None:
    document = edits.append(edits.append(Document(), layers.Dense(2)), layers.Dense(2))
    document = wiring.connect(document, INPUT, "dense_2")
    assert not ports.in_order(document, "add_1")
    assert not ports.in_order(document, "dense_1")
    off = edits.set_disabled(document, True, "add_1")
    assert ports.in_order(off, "add_1")
    other = ports.reorder(off, wire(INPUT, "add_1"), 1)
    assert active(off).passing["add_1"] == "dense_1"
    assert active(other).passing["add_1"] == INPUT
    assert ports.in_order(edits.append(document, layers.Concatenate()), "concatenate_1")
