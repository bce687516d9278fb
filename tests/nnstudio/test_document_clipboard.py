"""Blocks as text: refusals, and the places of pasted blocks."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine import datasets, layers
from nnstudio.document import clipboard, edits, splicing, wiring
from nnstudio.document.analysis import analyse
from nnstudio.document.clipboard import ClipboardError, Fragment, fragment_of, from_text, to_text
from nnstudio.document.model import Document, Wire
from tests.nnstudio.builders import document_of


def chain(*stack: layers.Layer) -> Document:
    return document_of(*stack, dataset=datasets.XOR())


def network() -> Document:
    return chain(layers.Dense(4), layers.Tanh(), layers.Dense(3), layers.ReLU(), layers.Dense(1))


def residual() -> Document:
    """input -> dense_1 -> tanh_1 -> add_1 -> dense_2, and dense_1 -> add_1."""
    return wiring.connect(chain(layers.Dense(4), layers.Tanh(), layers.Dense(1)), "dense_1", "dense_2")


def paste(document: Document, names: list[str], wire: tuple[str, str]) -> tuple[Document, tuple[str, ...]]:
    fragment = from_text(to_text(document, names))
    return splicing.splice(document, fragment, Wire(source=wire[0], target=wire[1]))


def test_text_and_back_keeps_all_of_a_block() -> None:
    made = edits.set_disabled(chain(layers.Dense(units=7, bias=False), layers.Tanh()), True, "dense_1")
    blocks = tuple(block.with_changes(frozen=True) for block in made.blocks)
    made = made.with_changes(blocks=blocks)
    assert from_text(to_text(made, ["tanh_1", "dense_1"])).blocks == made.blocks
    head = json.loads(to_text(made, ["tanh_1"]))
    assert (head["nnstudio"], head["version"]) == ("blocks", 1)


def test_a_chain_is_pasted_behind_a_block_under_free_names() -> None:
    made, names = paste(network(), ["dense_1", "tanh_1"], ("relu_1", "dense_3"))
    assert names == ("dense_4", "tanh_2")
    assert made.chain() == ("dense_1", "tanh_1", "dense_2", "relu_1", "dense_4", "tanh_2", "dense_3")
    assert made.block("dense_4").layer == made.block("dense_1").layer
    assert analyse(made).ok
    # What comes before stays where it was, and all the rest makes room below it.
    old = network()
    for name in ("input", "dense_1", "tanh_1", "dense_2", "relu_1"):
        assert edits.position(made, name) == edits.position(old, name)
    column = [edits.position(made, name) for name in ("relu_1", "dense_4", "tanh_2", "dense_3", "output")]
    assert {x for x, _ in column} == {0}
    assert [b - a for (_, a), (_, b) in pairwise(column)] == [edits.SPACING] * 4


def test_blocks_that_were_apart_come_one_after_the_other() -> None:
    made, names = paste(network(), ["dense_3", "tanh_1"], ("input", "dense_1"))
    assert names == ("tanh_2", "dense_4")
    assert made.chain()[:3] == ("tanh_2", "dense_4", "dense_1")


def test_a_branch_that_joins_again_stays_one() -> None:
    document = residual()
    made, names = paste(document, ["tanh_1", "add_1"], ("add_1", "dense_2"))
    assert names == ("tanh_2", "add_2")
    new = {(wire.source, wire.target) for wire in made.wires} - {(w.source, w.target) for w in document.wires}
    assert new == {("add_1", "tanh_2"), ("add_1", "add_2"), ("tanh_2", "add_2"), ("add_2", "dense_2")}
    assert analyse(made).ok
    again, _ = paste(made, ["dense_1", "tanh_1", "add_1"], ("add_2", "dense_2"))
    assert analyse(again).ok


def test_inputs_of_a_joining_block_keep_their_order() -> None:
    document = wiring.replace_layer(residual(), "add_1", layers.Concatenate())
    order = [wire.source for wire in document.wires if wire.target == "add_1"]
    made, _ = paste(document, ["dense_1", "tanh_1", "add_1"], ("add_1", "dense_2"))
    twins = {"dense_1": "dense_3", "tanh_1": "tanh_2"}
    assert [wire.source for wire in made.wires if wire.target == "add_2"] == [twins[name] for name in order]


def test_what_cannot_be_spliced_says_why() -> None:
    document = edits.insert(residual(), layers.ReLU(), Wire(source="dense_1", target="add_1"))
    assert "joins branches" in splicing.obstacle(fragment_of(document, ["add_1"]))
    forked = splicing.obstacle(fragment_of(document, ["dense_1", "tanh_1", "relu_1"]))
    assert "end in 2 branches (tanh_1, relu_1)" in forked
    with pytest.raises(ValueError, match="2 branches"):
        paste(document, ["dense_1", "tanh_1", "relu_1"], ("add_1", "dense_2"))
    with pytest.raises(ValueError, match="no block is selected"):
        to_text(document, ["input"])


def test_blocks_placed_by_hand_make_room() -> None:
    document = edits.place(network(), "tanh_1", 50, 230)
    made, names = paste(document, ["dense_1", "tanh_1"], ("tanh_1", "dense_2"))
    heights = [edits.position(made, name)[1] for name in ("tanh_1", *names, "dense_2")]
    assert heights == sorted(heights)
    assert min(b - a for a, b in pairwise(heights)) >= 80
    assert edits.position(made, "dense_1") == edits.position(document, "dense_1")


@pytest.mark.parametrize(
    ("name", "wish"), [("dense_1", "dense_3"), ("hidden", "hidden_1"), ("x" * 40, "x" * 38 + "_1"), ("free", "free")]
)
def test_names_are_made_fresh(name: str, wish: str) -> None:
    assert splicing.free_name({"dense_1", "dense_2", "hidden", "x" * 40}, name) == wish


def test_the_wire_behind_a_selection() -> None:
    document = network()
    for chosen, expected in (
        (["tanh_1"], ("tanh_1", "dense_2")),
        (["relu_1", "dense_1"], ("relu_1", "dense_3")),
        (["output"], ("dense_3", "output")),
        (["input"], ("input", "dense_1")),
        ([], ("dense_3", "output")),
    ):
        wire = splicing.wire_behind(document, chosen)
        assert wire is not None
        assert (wire.source, wire.target) == expected
    assert splicing.wire_behind(document.with_changes(wires=()), ["tanh_1"]) is None


GOOD: dict[str, Any] = json.loads(to_text(network(), ["dense_1", "tanh_1"]))


def test_a_text_written_by_hand_is_read() -> None:
    text = '{"nnstudio": "blocks", "version": 1, "blocks": [{"name": "a", "layer": {"type": "Dense", "units": 3}}]}'
    assert from_text(text).blocks[0].layer == layers.Dense(3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"blocks": []}, "at least 1 item"),
        ({"blocks": [{"name": "a", "layer": {"type": "Den"}}]}, "blocks.0.layer"),
        ({"blocks": [{"name": "a b", "layer": {"type": "Tanh"}}]}, "blocks.0.name"),
        ({"blocks": [{"name": "input", "layer": {"type": "Tanh"}}]}, "stands for an end"),
        ({"blocks": GOOD["blocks"] + GOOD["blocks"]}, 'two blocks are called "dense_1"'),
        ({"blocks": [{"name": "a", "layer": {"type": "Dense", "units": "3"}}]}, "units"),
        ({"wires": [{"source": "dense_1", "target": "nobody"}]}, "nobody"),
        ({"wires": [{"source": "dense_1", "target": "output"}]}, "not part of the copied blocks"),
        ({"wires": [{"source": "dense_1", "target": "tanh_1"}, {"source": "tanh_1", "target": "dense_1"}]}, "cycle"),
        ({"wires": [{"source": "dense_1", "target": "dense_1"}]}, "cycle"),
        ({"wires": [{"source": "dense_1", "target": "tanh_1"}, {"source": "input", "target": "tanh_1"}]}, "1 input"),
        ({"version": 2}, "newer nnstudio"),
        ({"version": "1"}, "version"),
        ({"weights": 3}, "weights"),
    ],
)
def test_bad_blocks_are_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ClipboardError, match=sentence):
        from_text(json.dumps(GOOD | change))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "nothing on the clipboard"),
        ("  \n", "nothing on the clipboard"),
        ("Dear diary,\ntoday", "holds no blocks, but “Dear diary, today”"),
        ('{"a": 1}', "holds no blocks"),
        ("[" * 100_000, "holds no blocks"),
        ("1", "holds no blocks"),
        (" " * 10 + "x" * clipboard.LONGEST, "too long"),
    ],
    ids=lambda value: value[:12],
)
def test_other_text_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ClipboardError, match=sentence) as error:
        from_text(text)
    assert len(str(error.value)) < 250


def test_a_fragment_of_many_blocks_stays_within_the_limit() -> None:
    block = edits.append(Document(), layers.Conv2D()).blocks[0]
    blocks = tuple(block.with_changes(name=f"c{number}") for number in range(1000))
    text = Fragment(blocks=blocks).model_dump_json(indent=2)
    assert len(text) < clipboard.LONGEST
    assert len(from_text(text).blocks) == 1000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def mutated(draw: st.DrawFn, value: Any) -> Any:
    """The value with one part of it, however deep, put in another's place."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: mutated(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], mutated(draw, value[index]), *value[index + 1 :]]
    return draw(JSON)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Copied blocks of which one thing is otherwise."""
    return json.dumps(mutated(draw, GOOD))


@settings(max_examples=150, deadline=None)
@given(damaged() | st.text())
def test_whatever_is_on_the_clipboard_is_read_or_refused_in_a_sentence(text: str) -> None:
    document = network()
    try:
        fragment = from_text(text)
    except ClipboardError:
        return
    if not splicing.obstacle(fragment):
        made, names = splicing.splice(document, fragment, document.wires[2])
        assert Document.model_validate_json(made.model_dump_json(), strict=True) == made
        assert set(names) == {block.name for block in made.blocks} - {block.name for block in document.blocks}
