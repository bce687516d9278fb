"""Document as a value: looked up by name, compared, copied and written."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from engine import layers
from nnstudio.document import edits
from nnstudio.document.model import Document, TrainingSettings, Wire


def test_blocks_are_found_by_name_in_every_copy() -> None:
    first = edits.append(Document(), layers.Dense(3))
    assert first.block("dense_1") is first.blocks[0]
    second = edits.append(first, layers.Tanh())
    assert second.has_block("tanh_1")
    assert not first.has_block("tanh_1")
    changed = edits.set_field(second, "dense_1", "units", 5)
    assert changed.block("dense_1").layer == layers.Dense(5)
    with pytest.raises(KeyError):
        edits.remove(second, "tanh_1").block("tanh_1")


def test_what_was_looked_up_is_no_part_of_the_value() -> None:
    plain, asked = (edits.append(Document(), layers.Dense(3)).model_copy() for _ in range(2))
    assert asked.has_block("dense_1")
    assert plain == asked
    assert hash(plain) == hash(asked)
    assert plain.model_dump_json() == asked.model_dump_json()


def test_the_chain_ends_where_it_comes_back() -> None:
    document = edits.append(edits.append(Document(), layers.Dense(3)), layers.Tanh())
    assert document.chain() == ("dense_1", "tanh_1")
    wires = tuple(wire._replace(target="dense_1") if wire.source == "tanh_1" else wire for wire in document.wires)
    assert document.with_changes(wires=wires).chain() == ("dense_1", "tanh_1")


def test_wires_are_equal_if_their_ends_are() -> None:
    one, same = Wire(source="a", target="b"), Wire(source="a", target="b")
    assert one == same
    assert hash(one) == hash(same)
    assert one != Wire(source="b", target="a")
    assert one != Wire(source="a", target="c")


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        ({"source": "a"}, "wires.0.target"),
        ({"source": "a", "target": "b", "port": 2}, "wires.0.port"),
        ({"source": "a b", "target": "b"}, "wires.0.source"),
        (Wire(source="a b", target="b"), "wires.0.source"),
        (["a", "b"], "wires.0"),
    ],
)
def test_a_document_refuses_a_wire_that_is_none(wire: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Document.model_validate({"wires": [wire]})
    assert ".".join(map(str, caught.value.errors()[0]["loc"])) == said


def test_weights_of_classes_are_a_value() -> None:
    document = Document()
    one = edits.set_class_weight(edits.set_class_weight(document, "b", 2.0), "a", 0.5)
    other = edits.set_class_weight(edits.set_class_weight(document, "a", 0.5), "b", 2.0)
    assert one == other
    assert [entry.name for entry in one.training.class_weights] == ["a", "b"]
    assert (one.training.weight_of("a"), one.training.weight_of("c")) == (0.5, 1.0)
    # A weight of 1 is none of its own, so that there is a way back to where it began.
    assert edits.set_class_weight(edits.set_class_weight(one, "a", 1), "b", 1) == document


@pytest.mark.parametrize("weight", [-0.1, 2e6, float("nan"), float("inf")])
def test_a_class_cannot_weigh_anything(weight: float) -> None:
    with pytest.raises(ValidationError):
        edits.set_class_weight(Document(), "a", weight)


def test_a_class_weighs_once() -> None:
    twice = [{"name": "a", "weight": 2.0}, {"name": "a", "weight": 3.0}]
    with pytest.raises(ValidationError, match='holds the class "a" twice'):
        TrainingSettings.model_validate({"class_weights": twice})


def test_a_file_from_before_there_were_weights_by_hand_opens() -> None:
    written = json.loads(Document().model_dump_json())
    del written["training"]["class_weights"]
    assert Document.model_validate_json(json.dumps(written), strict=True) == Document()
