"""Branches: wires that bypass blocks, join, and are removed again."""

from __future__ import annotations

import pytest

from engine import datasets, layers
from engine.errors import SpecError
from engine.layers.base import Layer
from nnstudio.document import edits, wiring
from nnstudio.document.analysis import analyse
from nnstudio.document.model import Document, Wire
from nnstudio.training.build import build
from tests.nnstudio.builders import document_of


def stack(*blocks: Layer) -> Document:
    return document_of(*blocks, dataset=datasets.Gaussians(clouds=2))


@pytest.fixture
def chain() -> Document:
    return stack(layers.Dense(8), layers.Tanh(), layers.Dense(8), layers.Tanh(), layers.Dense(2))


def wires_into(document: Document, name: str) -> list[str]:
    return [wire.source for wire in document.wires if wire.target == name]


def test_a_wire_around_some_blocks_joins_through_an_add(chain: Document) -> None:
    document = wiring.connect(chain, "tanh_1", "dense_3")
    assert wires_into(document, "add_1") == ["tanh_2", "tanh_1"]
    assert wires_into(document, "dense_3") == ["add_1"]
    assert document.chain() == ("dense_1", "tanh_1", "dense_2", "tanh_2", "add_1", "dense_3")
    assert analyse(document).ok
    assert build(document).structure.sources["add_1"] == ("tanh_2", "tanh_1")


def test_a_joining_block_takes_more_wires(chain: Document) -> None:
    document = wiring.connect(wiring.connect(chain, "tanh_1", "dense_3"), "dense_1", "add_1")
    assert wires_into(document, "add_1") == ["tanh_2", "tanh_1", "dense_1"]
    assert analyse(document).ok


def test_a_wire_to_the_loss_joins_in_front_of_it(chain: Document) -> None:
    document = wiring.connect(edits.set_field(chain, "dense_3", "units", 8), "tanh_1", "output")
    assert wires_into(document, "output") == ["add_1"]


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("output", "dense_1", "loss"),
        ("dense_1", "input", "data"),
        ("dense_1", "dense_1", "itself"),
        ("dense_3", "dense_1", "cycle"),
        ("dense_1", "tanh_1", "already"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(chain: Document, source: str, target: str, words: str) -> None:
    assert words in wiring.obstacle(chain, source, target)
    with pytest.raises(ValueError, match=words):
        wiring.connect(chain, source, target)


def test_taking_the_wire_out_takes_the_add_out(chain: Document) -> None:
    document = wiring.connect(chain, "tanh_1", "dense_3")
    assert wiring.disconnect(document, Wire(source="tanh_1", target="add_1")).wires == chain.wires
    around = wiring.disconnect(document, Wire(source="tanh_2", target="add_1"))
    assert wires_into(around, "dense_3") == ["tanh_1"]
    with pytest.raises(ValueError, match="would have no input"):
        wiring.disconnect(chain, Wire(source="tanh_1", target="dense_2"))


def test_a_block_that_nothing_feeds_takes_the_wire_as_it_is(chain: Document) -> None:
    loose = chain.with_changes(wires=tuple(wire for wire in chain.wires if wire.target != "dense_2"))
    assert wiring.connect(loose, "dense_1", "dense_2").wires[-1] == Wire(source="dense_1", target="dense_2")


def test_removing_what_lies_between_removes_the_join(chain: Document) -> None:
    document = edits.remove(wiring.connect(chain, "tanh_1", "dense_3"), "dense_2", "tanh_2")
    assert document.chain() == ("dense_1", "tanh_1", "dense_3")
    assert analyse(document).ok


def test_shapes_that_do_not_fit_are_told_at_the_join(chain: Document) -> None:
    document = wiring.connect(edits.set_field(chain, "dense_1", "units", 5), "tanh_1", "dense_3")
    assert "same shape" in analyse(document).problems["add_1"].sentence
    cured = wiring.replace_layer(document, "add_1", layers.Concatenate())
    assert analyse(cured).reports["add_1"].output == (13,)
    assert analyse(cured).ok


def test_a_block_put_on_a_branch_stands_beside_the_chain(chain: Document) -> None:
    document = wiring.connect(chain, "tanh_1", "dense_3")
    document = edits.tidy(edits.insert(document, layers.Dense(8), Wire(source="tanh_1", target="add_1")))
    places = {name: edits.position(document, name) for name in ("input", "output", *(b.name for b in document.blocks))}
    assert len(set(places.values())) == len(places)
    assert places["dense_4"][0] > places["dense_2"][0] == places["add_1"][0]
    assert places["tanh_1"][1] < places["dense_4"][1] == places["dense_2"][1] < places["add_1"][1]


@pytest.mark.parametrize("kind", [layers.Add, layers.Concatenate, layers.Multiply])
def test_a_join_with_one_input_asks_for_another_and_the_rest_is_understood(kind: type[layers.Add]) -> None:
    document = edits.append(edits.append(Document(), layers.Dense(4)), layers.Dense(4))
    document = edits.insert(document, kind(), Wire(source="dense_2", target="output"))
    name = document.blocks[-1].name
    analysis = analyse(document)
    assert "Connect another one" in analysis.problems[name].sentence
    assert analysis.reports["dense_2"].output == (4,)
    with pytest.raises(SpecError, match="Connect another one"):
        build(document)
    assert name not in analyse(wiring.connect(document, "dense_1", name)).problems
