"""Lineage of blocks across edits."""

from __future__ import annotations

from engine import layers
from nnstudio.document import edits, replacing
from nnstudio.document.lineage import Lineage, lineage
from nnstudio.document.model import Document, Wire
from tests.nnstudio.builders import document_of


def network() -> Document:
    return document_of(layers.Dense(3), layers.Tanh(), layers.Dense(3), layers.Tanh())


SAME = {name: name for name in ("dense_1", "tanh_1", "dense_2", "tanh_2")}


def test_blocks_keep_their_names_through_most_edits() -> None:
    made = network()
    assert lineage(made, edits.set_field(made, "dense_1", "units", 5)) == SAME
    assert lineage(made, edits.insert(made, layers.ReLU(), made.wires[0])) == SAME
    assert lineage(made, edits.move_into(made, "dense_1", Wire(source="dense_2", target="tanh_2"))) == SAME
    assert lineage(made, edits.set_disabled(made, True, "dense_1")) == SAME
    assert lineage(made, edits.remove(made, "dense_1")) == {k: v for k, v in SAME.items() if k != "dense_1"}


def test_a_renamed_block_is_found_there_and_back() -> None:
    made = network()
    renamed = edits.rename(made, "dense_2", "hidden")
    assert lineage(made, renamed)["hidden"] == "dense_2"
    assert lineage(renamed, made)["dense_2"] == "hidden"


def test_a_replaced_block_is_a_new_one() -> None:
    made = network()
    replaced, _ = replacing.replace(made, "tanh_1", layers.LayerNorm)
    assert set(lineage(made, replaced)) == {"dense_1", "dense_2", "tanh_2"}
    named = edits.rename(made, "tanh_1", "own")
    replaced, _ = replacing.replace(named, "own", layers.LayerNorm)
    assert "own" not in lineage(named, replaced)


def test_one_that_goes_and_one_that_comes_are_not_the_same() -> None:
    made = network()
    without = edits.remove(made, "dense_2")
    with_other = edits.insert(without, layers.Dense(3), without.wires[-1], name="other")
    assert "other" not in lineage(made, with_other)


def test_a_swap_of_names_by_three_renames_is_followed() -> None:
    made = network()
    traced = Lineage(made)
    for old, new in (("dense_1", "x"), ("dense_2", "dense_1"), ("x", "dense_2")):
        made = edits.rename(made, old, new)
        traced.follow(made)
    assert traced.names["dense_1"] == "dense_2"
    assert traced.names["dense_2"] == "dense_1"


def test_a_block_that_was_deleted_and_made_again_is_new_but_undo_brings_the_old_one_back() -> None:
    first = network()
    traced = Lineage(first)
    gone = edits.remove(first, "dense_2")
    traced.follow(gone)
    again = edits.insert(gone, layers.Dense(3), gone.wires[-1])
    assert "dense_2" not in traced.follow(again)
    traced.follow(gone)
    assert traced.follow(first) == SAME
