"""Copies of values with changed fields: unknown fields and bad values are refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from engine import layers
from nnstudio.document import edits
from nnstudio.document.model import Block, Document, TrainingSettings, Wire
from nnstudio.document.value import Value

BLOCK = Block(name="dense_1", layer=layers.Dense(3))


def subclasses(cls: type[Value]) -> list[type[Value]]:
    return [found for each in cls.__subclasses__() for found in (each, *subclasses(each))]


@pytest.mark.parametrize("kind", subclasses(Value))
def test_every_field_of_every_value_can_be_changed(kind: type[Value]) -> None:
    made = kind.model_construct(**{name: field.get_default() for name, field in kind.model_fields.items()})
    for name in kind.model_fields:
        with pytest.raises(ValidationError) as caught:
            made.with_changes(**{name: object()})
        assert caught.value.errors()[0]["loc"][0] == name
    with pytest.raises(ValidationError, match="Extra inputs"):
        made.with_changes(**{"": 90.0})


def test_a_copy_has_the_changed_fields_and_all_others() -> None:
    moved = BLOCK.with_changes(x=5, frozen=True)
    assert moved == Block(name="dense_1", layer=layers.Dense(3), x=5.0, frozen=True)
    assert moved.model_dump(exclude_unset=True) == Block(
        name="dense_1", layer=layers.Dense(3), x=5.0, frozen=True
    ).model_dump(exclude_unset=True)
    assert isinstance(moved.x, float)
    assert Block(name="dense_1", layer=layers.Dense(3)) == BLOCK
    assert BLOCK.with_changes() == BLOCK


def test_parts_that_are_values_already_are_taken_as_they_are() -> None:
    document = Document().with_changes(blocks=(BLOCK,))
    assert document.block("dense_1") is BLOCK
    assert document.with_changes(blocks=()).by_name == {}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"hidden": True}, ("hidden",)),
        ({"x": "left"}, ("x",)),
        ({"x": float("nan")}, ("x",)),
        ({"y": 2e6}, ("y",)),
        ({"name": "1st"}, ("name",)),
        ({"name": "x" * 41}, ("name",)),
        ({"layer": None}, ("layer",)),
        ({"layer": {"type": "Nothing"}}, ("layer",)),
    ],
)
def test_a_block_refuses_what_no_file_could_hold(changes: dict[str, object], where: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        BLOCK.with_changes(**changes)
    assert caught.value.errors()[0]["loc"] == where


@pytest.mark.parametrize("wires", [(("input", "output"),), ({"source": "input", "target": "output"},), None])
def test_wires_of_a_changed_document_are_wires(wires: object) -> None:
    with pytest.raises(ValidationError):
        Document().with_changes(wires=wires)


def test_settings_are_checked_by_the_types_of_their_fields() -> None:
    settings = TrainingSettings()
    assert settings.with_changes(metrics=["accuracy"]).metrics == ("accuracy",)
    for name, value in (("metrics", ("nothing",)), ("batch_size", 0), ("schedule", 3), ("class_weight", "twice")):
        with pytest.raises(ValidationError):
            settings.with_changes(**{name: value})


def test_a_document_on_its_way_may_name_blocks_that_are_not_there_yet() -> None:
    document = edits.append(Document(), layers.Dense(3))
    early = document.with_changes(wires=(Wire("input", "later"), Wire("later", "output")))
    with pytest.raises(ValidationError, match='no "later" is there'):
        Document.model_validate(early.model_dump())
