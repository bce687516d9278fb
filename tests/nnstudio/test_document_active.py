"""Disabled blocks: the network without them."""

from __future__ import annotations

import numpy as np
import pytest

from engine import SpecError, datasets, gradcheck, layers
from nnstudio.document import edits, wiring
from nnstudio.document.active_graph import active
from nnstudio.document.analysis import analyse, graph_of
from nnstudio.document.model import Document, Wire
from nnstudio.project import templates
from nnstudio.project.project_file import Project, ProjectError, from_bytes, to_bytes
from nnstudio.training.build import build
from nnstudio.training.checkpoint import Checkpoint
from tests.nnstudio.builders import document_of


def chain(*stack: layers.Layer) -> Document:
    return document_of(*stack, dataset=datasets.XOR())


def residual() -> Document:
    """input -> dense_1 -> tanh_1 -> add_1 -> dense_2, and dense_1 -> relu_1 -> add_1."""
    made = chain(layers.Dense(4), layers.Tanh(), layers.Dense(1))
    made = wiring.connect(made, "dense_1", "dense_2")
    return edits.insert(made, layers.ReLU(), Wire(source="dense_1", target="add_1"))


def test_a_disabled_block_is_left_out_and_its_wires_become_one() -> None:
    made = edits.set_disabled(chain(layers.Dense(4), layers.Dropout(), layers.Dense(1)), True, "dropout_1")
    assert graph_of(made).edges == [("input", "dense_1"), ("dense_1", "dense_2")]
    report = analyse(made).reports["dropout_1"]
    assert (report.inputs, report.output, report.parameters) == (((4,),), (4,), 0)
    assert analyse(made).ok
    assert analyse(made).idle == {"dropout_1"}


def test_shapes_and_parameters_are_those_without_it() -> None:
    made = chain(layers.Dense(4), layers.Tanh(), layers.Dense(1))
    off = edits.set_disabled(made, True, "dense_1")
    assert analyse(off).reports["dense_1"].output == (2,)
    assert analyse(off).parameters == 3
    assert edits.set_disabled(off, False, "dense_1") == made
    assert edits.set_disabled(made, False, "dense_1") is made


def test_several_in_a_row_pass_what_comes_into_the_first() -> None:
    made = edits.set_disabled(chain(layers.Dense(4), layers.Tanh(), layers.Dense(1)), True, "dense_1", "tanh_1")
    assert graph_of(made).edges == [("input", "dense_2")]
    assert active(made).passing == {"dense_1": "input", "tanh_1": "input"}


def test_all_disabled_is_a_problem_that_says_so() -> None:
    made = edits.set_disabled(chain(layers.Dense(1)), True, "dense_1")
    assert "All blocks are disabled" in analyse(made).hindrance
    assert not analyse(made).empty
    with pytest.raises(SpecError, match="All blocks are disabled"):
        build(made)


def test_a_disabled_join_passes_its_first_input_and_what_feeds_only_the_others_rests() -> None:
    made = edits.set_disabled(residual(), True, "add_1")
    assert graph_of(made).edges == [("input", "dense_1"), ("dense_1", "tanh_1"), ("tanh_1", "dense_2")]
    analysis = analyse(made)
    assert analysis.ok
    assert analysis.idle == {"add_1", "relu_1"}
    assert analysis.reports["add_1"].output == (4,)
    # What leads nowhere without anything being disabled stays a mistake.
    stray = edits.set_disabled(residual(), True, "tanh_1")
    block = stray.block("relu_1").with_changes(name="stray")
    stray = stray.with_changes(
        blocks=(*stray.blocks, block), wires=(*stray.wires, Wire(source="dense_1", target="stray"))
    )
    assert set(analyse(stray).problems) == {"stray"}
    assert analyse(edits.set_disabled(stray, True, "stray")).ok


def test_a_branch_without_blocks_may_join_twice_and_learns_right() -> None:
    made = edits.set_disabled(residual(), True, "tanh_1", "relu_1")
    assert graph_of(made).sources["add_1"] == ("dense_1", "dense_1")
    network = build(made)
    x = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)
    plain = build(edits.remove(made, "tanh_1", "relu_1"))
    assert list(plain.layers) == ["dense_1", "dense_2"]
    for name in plain.parameters:
        plain.parameters[name][...] = network.parameters[name]
    plain.parameters["dense_1.weight"][...] *= 2
    plain.parameters["dense_1.bias"][...] *= 2
    np.testing.assert_allclose(network.predict(x), plain.predict(x), rtol=1e-5)
    gradcheck.check(network, x, np.ones((5, 1), np.float32), loss="mse")


def test_a_block_moved_onto_another_wire_stays_disabled_and_frozen() -> None:
    made = edits.set_disabled(chain(layers.Dense(4), layers.Tanh(), layers.Dense(1)), True, "tanh_1")
    blocks = tuple(b.with_changes(frozen=b.name == "tanh_1") for b in made.blocks)
    made = made.with_changes(blocks=blocks)
    moved = edits.move_into(made, "tanh_1", Wire(source="input", target="dense_1"))
    assert moved.block("tanh_1").disabled
    assert moved.block("tanh_1").frozen


def test_a_project_keeps_the_weights_of_a_disabled_block() -> None:
    made = templates.load("xor").document
    weights = dict(build(made).arrays)
    off = edits.set_disabled(made, True, "dense_1")
    kept = {name: array for name, array in weights.items() if name.startswith("dense_1")}
    kept |= dict(build(off).arrays)
    assert set(Project(off, Checkpoint(kept)).fitted().checkpoint.weights) == set(kept)
    loaded = from_bytes(to_bytes(Project(off, Checkpoint(kept))), "a")
    np.testing.assert_array_equal(loaded.checkpoint.weights["dense_1.weight"], weights["dense_1.weight"])
    # They may as well be missing.
    assert from_bytes(to_bytes(Project(off, Checkpoint(dict(build(off).arrays)))), "a").document == off
    with pytest.raises(ProjectError, match=r"no weights 'tanh_1\.extra'"):
        to_bytes(Project(made, Checkpoint(weights | {"tanh_1.extra": weights["dense_1.bias"]})))
