"""The document as a value: looked up by name, compared, copied and written."""

from __future__ import annotations

import pytest

from engine import layers
from nnstudio.document import edits
from nnstudio.document.model import Document, Wire


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
    wires = tuple(
        wire.model_copy(update={"target": "dense_1"}) if wire.source == "tanh_1" else wire for wire in document.wires
    )
    assert document.model_copy(update={"wires": wires}).chain() == ("dense_1", "tanh_1")


def test_wires_are_equal_if_their_ends_are() -> None:
    one, same = Wire(source="a", target="b"), Wire(source="a", target="b")
    assert one == same
    assert hash(one) == hash(same)
    assert one != Wire(source="b", target="a")
    assert one != Wire(source="a", target="c")
    assert one != ("a", "b")
