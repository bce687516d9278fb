"""Network: prediction, parameters, gradients, description, files."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import engine
from engine import DataError, Network, ShapeError, SpecError, layers


def small(seed: int = 0) -> Network:
    return Network([layers.Dense(units=3), layers.Tanh(), layers.Dense(units=2)], (4,), seed=seed)


def picture(seed: int = 0) -> Network:
    return Network(
        [
            layers.Conv2D(filters=4, kernel_size=3),
            layers.ReLU(),
            layers.MaxPool2D(),
            layers.Flatten(),
            layers.Dense(units=3),
            layers.Softmax(),
        ],
        (2, 8, 8),
        seed=seed,
    )


@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_predicts_any_number_of_samples(count: int) -> None:
    network = picture()
    rows = np.random.default_rng(0).standard_normal((count, 2, 8, 8))
    result = network.predict(rows)
    assert result.shape == (count, 3)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.sum(axis=1), 1, rtol=1e-5)


def test_predicts_by_parts_what_it_predicts_at_once() -> None:
    network = small()
    count = network.chunk * 2 + 3
    rows = np.random.default_rng(0).standard_normal((count, 4)).astype(np.float32)
    whole = network.predict(rows)
    assert len(whole) == count
    np.testing.assert_allclose(whole[-5:], network.predict(rows[-5:]), rtol=1e-5, atol=1e-7)


def test_a_result_is_the_callers_own() -> None:
    network = small()
    first = network.predict(np.ones((2, 4)))
    kept = first.copy()
    network.predict(np.zeros((2, 4)))
    np.testing.assert_array_equal(first, kept)


def test_predict_follows_the_formula() -> None:
    network = small()
    p, x = network.parameters, np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    hidden = np.tanh(x @ p["dense_1.weight"] + p["dense_1.bias"])
    expected = hidden @ p["dense_2.weight"] + p["dense_2.bias"]
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("samples", "kind", "text"),
    [
        (np.zeros((2, 5)), ShapeError, r"\(N, 4\), but found an array of shape \(2, 5\)"),
        (np.zeros(4), ShapeError, r"one sample alone is x\[None\]"),
        (3.0, ShapeError, "shape"),
        ([["a", "b", "c", "d"]], DataError, "must be numbers"),
        ([[1, 2, 3, 4], [1, 2]], DataError, "must be numbers"),
    ],
)
def test_samples_that_do_not_fit_are_refused(samples: object, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        small().predict(samples)


def test_parameters_are_named_views() -> None:
    network = small()
    assert list(network.parameters) == ["dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"]
    assert network.parameters["dense_1.weight"].shape == (4, 3)
    assert network.parameter_count == network.parameter_vector.size == 4 * 3 + 3 + 3 * 2 + 2
    before = network.predict(np.ones((1, 4)))
    network.parameters["dense_2.bias"][...] += 1
    np.testing.assert_allclose(network.predict(np.ones((1, 4))), before + 1, rtol=1e-6)
    network.parameter_vector[...] = 0
    assert not any(array.any() for array in network.parameters.values())
    with pytest.raises(TypeError):
        network.parameters["dense_1.weight"] = np.zeros((4, 3))  # type: ignore[index]
    assert list(network.parameters_of("dense_2")) == ["weight", "bias"]
    assert dict(network.parameters_of("tanh_1")) == {}
    assert list(network.layers) == ["dense_1", "tanh_1", "dense_2"]


def test_gradients_change_nothing() -> None:
    network = picture()
    kept = network.parameter_vector.copy()
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((5, 2, 8, 8)), rng.integers(0, 3, 5)
    value, gradients = network.gradients(x, y, "categorical_cross_entropy")
    np.testing.assert_array_equal(network.parameter_vector, kept)
    assert value > 0
    assert {name: g.shape for name, g in gradients.items()} == {n: p.shape for n, p in network.parameters.items()}
    again, others = network.gradients(x, y, "categorical_cross_entropy")
    assert again == value
    for name, gradient in gradients.items():
        assert gradient.any()
        np.testing.assert_array_equal(gradient, others[name])
        assert not np.shares_memory(gradient, network.gradient_vector)
    assert network.gradients(x, y, "categorical_cross_entropy", input_gradient=True)[1]["input"].shape == x.shape


def test_gradients_of_samples_and_targets_that_do_not_match_are_refused() -> None:
    with pytest.raises(DataError, match="2 samples but 3 targets"):
        small().gradients(np.zeros((2, 4)), np.zeros((3, 2)))


def test_a_network_without_parameters_works() -> None:
    network = Network([layers.Flatten(), layers.ReLU()], (2, 2), seed=0)
    assert network.parameter_count == 0
    assert dict(network.parameters) == {}
    value, gradients = network.gradients(np.ones((1, 2, 2)), np.zeros((1, 4)), input_gradient=True)
    assert value == 1
    np.testing.assert_allclose(gradients["input"], np.full((1, 2, 2), 0.5))
    assert network.gradients(np.ones((1, 2, 2)), np.zeros((1, 4)))[1] == {}


def test_the_values_of_every_layer_can_be_kept() -> None:
    network = picture()
    x = np.random.default_rng(0).standard_normal((3, 2, 8, 8)).astype(np.float32)
    plan = network.plan(3, keep=True)
    plan.input_rows[...] = x
    plan.run_forward()
    conv, rectified = plan.values["conv2d_1"], plan.values["relu_1"]
    assert conv.shape == (4, 6, 6, 3)
    assert (conv < 0).any()
    np.testing.assert_array_equal(np.maximum(conv, 0), rectified)
    np.testing.assert_array_equal(np.moveaxis(plan.output, -1, 0), network.predict(x))


def test_releasing_plans_loses_nothing() -> None:
    network = picture()
    x = np.ones((2, 2, 8, 8))
    before = network.predict(x)
    network.release()
    np.testing.assert_array_equal(network.predict(x), before)


def test_a_copy_stands_on_its_own() -> None:
    network = small()
    twin = network.copy()
    twin.parameter_vector += 1
    assert not np.shares_memory(twin.parameter_vector, network.parameter_vector)
    assert network.copy(np.float64).parameter_vector.dtype == np.float64
    np.testing.assert_array_equal(network.copy().parameter_vector, network.parameter_vector)


def test_parameters_that_fit_are_taken_over() -> None:
    network, other = small(0), small(1)
    kept = network.parameters["dense_2.weight"].copy()
    source = {"dense_1.weight": other.parameters["dense_1.weight"], "dense_2.bias": np.ones(9), "head.bias": np.ones(1)}
    report = network.take_parameters(source)
    assert report.matched == ("dense_1.weight",)
    assert report.missing == ("dense_1.bias", "dense_2.weight")
    assert list(report.misfits) == ["dense_2.bias"]
    assert report.misfits["dense_2.bias"] == ((9,), network.parameters["dense_2.bias"].shape)
    assert report.left_over == ("head.bias",)
    assert report.missed == ["dense_1.bias", "dense_2.weight", "dense_2.bias"]
    for text in ("copied: 1 of 4", "missing: dense_1.bias, dense_2.weight", "dense_2.bias (9 there", "head.bias"):
        assert text in str(report)
    np.testing.assert_array_equal(network.parameters["dense_1.weight"], other.parameters["dense_1.weight"])
    np.testing.assert_array_equal(network.parameters["dense_2.weight"], kept)
    assert str(network.take_parameters(other.arrays)) == "copied: 4 of 4"


def test_the_summary_is_a_table() -> None:
    lines = picture().summary().splitlines()
    assert lines[0].split() == ["name", "type", "output", "shape", "parameters"]
    assert lines[2].split() == ["input", "2x8x8"]
    assert lines[3].split() == ["conv2d_1", "Conv2D", "4x6x6", "76"]
    assert lines[4].split() == ["relu_1", "ReLU", "4x6x6"]
    assert lines[-1] == f"187 parameters, {4 * 2 * 9 * 36 + 36 * 3:,} multiply-adds per sample"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["Dense", "Tanh", "ReLU", "Dropout", "Softmax"]), min_size=1, max_size=6), st.data())
def test_any_chain_of_vector_layers_comes_back_from_its_description(names: list[str], data: st.DataObject) -> None:
    chain = [
        layers.Dense(units=data.draw(st.integers(1, 9))) if name == "Dense" else layers.REGISTRY[name]()
        for name in names
    ]
    network = Network(chain, (3,), seed=data.draw(st.integers(0, 2**31)))
    twin = Network.from_spec(json.loads(json.dumps(network.spec())))
    assert twin.spec() == network.spec()
    np.testing.assert_array_equal(twin.parameter_vector, network.parameter_vector)


GOOD = small().spec()
NODE = GOOD["nodes"][0]


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({}, "lacks 'nodes'"),
        ({**GOOD, "nodes": 3}, "not the description"),
        ({**GOOD, "nodes": [3]}, "not the description"),
        ({**GOOD, "nodes": [{"type": "Dense", "units": 3}]}, "lacks 'name'"),
        ({**GOOD, "nodes": [NODE, NODE]}, r"nodes\.1: the name 'dense_1'"),
        ({**GOOD, "nodes": [{**NODE, "name": 3}]}, "is not a string"),
        ({**GOOD, "nodes": [{**NODE, "name": ["x"]}]}, "is not a string"),
        ({**GOOD, "nodes": [{**NODE, "units": 0}]}, r"units.*greater than or equal to 1, found 0"),
        ({**GOOD, "nodes": [{**NODE, "units": "many"}]}, r"units.*found 'many'"),
        ({**GOOD, "nodes": [{**NODE, "type": "Dence"}]}, "Dence"),
        ({**GOOD, "edges": [["input"]]}, "not the description"),
        ({**GOOD, "edges": [["input", "ghost"]]}, "ghost"),
        ({**GOOD, "edges": 1}, "not the description"),
        ({**GOOD, "input_shape": 5}, "input shape"),
        ({**GOOD, "input_shape": []}, "input shape"),
        ({**GOOD, "input_shape": [0]}, "input shape"),
        ({**GOOD, "input_shape": [1.5]}, "input shape"),
        ({**GOOD, "input_shape": [True]}, "input shape"),
        ({**GOOD, "input_shape": [10**6, 10**6]}, "too large"),
        ({**GOOD, "seed": -3}, "seed"),
        ({**GOOD, "seed": "x"}, "seed"),
        (3, "the description of a network must be a mapping"),
        (None, "the description of a network must be a mapping"),
        ([], "the description of a network must be a mapping"),
    ],
)
def test_bad_descriptions_are_refused(spec: object, text: str) -> None:
    with pytest.raises(engine.EngineError, match=text):
        Network.from_spec(spec)


def test_a_network_too_large_for_a_computer_is_refused() -> None:
    wide = [layers.Dense(units=65536), layers.Dense(units=65536)]
    with pytest.raises(SpecError, match=r"4,295,163,904 parameters.*at most"):
        Network(wide, (1,))


def test_files(tmp_path: Path) -> None:
    network = picture(seed=5)
    path = tmp_path / "net.safetensors"
    network.save(path)
    assert set(load_file(path)) == set(network.parameters)
    loaded = Network.load(str(path))
    assert loaded.seed == 5
    np.testing.assert_array_equal(loaded.parameter_vector, network.parameter_vector)
    bare = tmp_path / "bare.safetensors"
    save_file({"a": np.ones(3)}, bare)
    with pytest.raises(DataError, match="holds tensors but no network"):
        Network.load(bare)
    with pytest.raises(DataError, match=r"nothing\.safetensors cannot be read"):
        Network.load(tmp_path / "nothing.safetensors")
    noise = tmp_path / "noise.safetensors"
    noise.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00noise!!!")
    with pytest.raises(DataError, match="cannot be read"):
        Network.load(noise)
    for text, kind in (("{", SpecError), ("[" * 100_000, SpecError), ("{}", SpecError), ("3", SpecError)):
        save_file({"a": np.ones(3)}, bare, metadata={"nnstudio": text})
        with pytest.raises(kind):
            Network.load(bare)
    save_file({"dense_1.weight": np.ones((4, 3), np.float32)}, bare, metadata={"nnstudio": json.dumps(GOOD)})
    with pytest.raises(DataError, match=r"has no matching weights for dense_1\.bias"):
        Network.load(bare)


def test_a_file_with_weights_that_are_no_numbers_is_refused(tmp_path: Path) -> None:
    network = small()
    network.parameter_vector[3] = math.nan
    network.save(tmp_path / "net.safetensors")
    with pytest.raises(DataError, match=r"dense_1\.weight holds NaN or infinity"):
        Network.load(tmp_path / "net.safetensors")


@pytest.mark.parametrize("chain", [[3], ["Dense"], [layers.Dense], [None]])
def test_things_that_are_no_layers_are_refused(chain: list[object]) -> None:
    with pytest.raises(SpecError, match="made of layers"):
        Network(chain, (2,))


def test_an_empty_network_is_refused() -> None:
    with pytest.raises(SpecError, match="at least one layer"):
        Network([], (2,))


@pytest.mark.parametrize("dtype", [np.int32, np.float16, complex, "x"])
def test_numbers_are_of_32_or_64_bits(dtype: type) -> None:
    with pytest.raises(SpecError, match=r"numpy\.float32 or numpy\.float64"):
        Network([layers.Dense(1)], (2,), dtype=dtype)


def test_samples_that_are_no_32_bit_numbers() -> None:
    network = small()
    shape = (1, *network.input_shape)
    with pytest.raises(DataError, match="found complex ones"):
        network.predict(np.ones(shape, complex))
    assert np.isinf(network.rows(np.full(shape, 1e300))).all()


def test_where_no_file_can_be_written(tmp_path: Path) -> None:
    network = small()
    for place in (tmp_path, tmp_path / "none" / "net.safetensors"):
        with pytest.raises(DataError, match="cannot be written"):
            network.save(place)
    pipe = tmp_path / "pipe"
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        with pytest.raises(DataError, match="a folder or a device"):
            network.save(pipe)
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    network.save(link)
    assert link.is_symlink()
    Network.load(target)
    assert not list(tmp_path.glob("*.part"))
