"""`Network.trace`: outputs and gradients of every layer, against prediction, gradients and finite differences."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from engine import DataError, Network, ShapeError, SpecError, Trace, Trainer, layers, losses
from engine.graph import INPUT
from tests.engine.cases import Case, each_case
from tests.engine.trace_support import Array, probed, problem, randomised, same


def compare_with_differences(network: Network, x: Array, y: Array, loss: str, most: int = 8) -> None:
    """Of each layer, up to `most` numbers of the output are moved and the loss is looked at."""
    exact = network.copy(np.float64)
    trace, twin = exact.trace(x, y, loss), probed(network, len(x))
    rng = np.random.default_rng(0)
    for name, analytic in trace.gradients.items():
        offset = np.moveaxis(twin.arrays[f"probe {name}.offset"], -1, 0)
        assert analytic.shape == offset.shape == trace.outputs[name].shape
        for index in rng.permutation(offset.size)[:most]:
            place, found = np.unravel_index(index, offset.shape), []
            for step in (1e-5, -1e-5):
                offset[place] = step
                found.append(twin.gradients(x, y, loss)[0])
            offset[place] = 0
            assert analytic[place] == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-4, abs=1e-8), name


@each_case()
def test_every_layer(case: Case) -> None:
    network, x = randomised(case.network()), case.samples(2)
    y = np.random.default_rng(1).random((2, *network.output_shape))
    trace = network.trace(x, y, "mse")
    np.testing.assert_array_equal(trace.outputs[network.structure.output], network.predict(x))
    value, expected = network.gradients(x, y, "mse", input_gradient=True)
    assert trace.loss == value
    same({**trace.parameter_gradients, INPUT: trace.gradients[INPUT]}, expected)
    # With or without targets, the outputs are the same.
    same(network.trace(x).outputs, trace.outputs)
    compare_with_differences(network, x, y, "mse", most=4)


PAIRS = [
    ("branched", "categorical_cross_entropy"),
    ("branched", "mse"),
    ("residual", "binary_cross_entropy"),
    ("residual", "mae"),
    ("residual", "hinge"),
    ("plain", "huber"),
]


@pytest.mark.parametrize(("name", "loss"), PAIRS)
@pytest.mark.parametrize("samples", [1, 3])
def test_gradients_of_whole_networks(name: str, loss: str, samples: int) -> None:
    network, x, y = problem(name, samples)
    if loss == "hinge":
        y = (y > 0.5).astype(float)
    trace = network.trace(x, y, loss)
    assert [*trace.outputs] == [*trace.gradients] == [INPUT, *network.layers]
    np.testing.assert_array_equal(trace.outputs[INPUT], x.astype(np.float32))
    np.testing.assert_array_equal(trace.outputs[network.structure.output], network.predict(x))
    value, expected = network.gradients(x, y, loss, input_gradient=True)
    assert trace.loss == value
    same({**trace.parameter_gradients, INPUT: trace.gradients[INPUT]}, expected)
    compare_with_differences(network, x, y, loss)


@pytest.mark.parametrize(
    ("last", "loss"),
    [(layers.Sigmoid(), losses.BinaryCrossEntropy()), (layers.Softmax(), losses.get("categorical_cross_entropy"))],
)
def test_the_gradient_at_a_fused_end_is_that_of_the_output(last: layers.Layer, loss: losses.Loss) -> None:
    network = Network([layers.Dense(3), last], (2,), seed=0, dtype=np.float64)
    x, y = np.random.default_rng(0).standard_normal((4, 2)), np.eye(3)[[0, 2, 1, 1]]
    trace = network.trace(x, y, loss)
    p, z = trace.outputs[f"{last.type_name().lower()}_1"], trace.gradients["dense_1"]
    if loss.link == "sigmoid":
        expected = (p - y) / (p * (1 - p)) / p.size
        np.testing.assert_allclose(z, (p - y) / p.size, rtol=1e-12)
    else:
        expected = -y / p / len(p)
        np.testing.assert_allclose(z, (p - y) / len(p), rtol=1e-12)
    np.testing.assert_allclose(trace.gradients[f"{last.type_name().lower()}_1"], expected, rtol=1e-12)


def test_smoothed_targets_count_at_a_fused_end() -> None:
    network = Network([layers.Dense(3), layers.Softmax()], (2,), seed=0, dtype=np.float64)
    x, y = np.ones((1, 2)), np.array([[1.0, 0, 0]])
    trace = network.trace(x, y, losses.CategoricalCrossEntropy(smoothing=0.3))
    np.testing.assert_allclose(trace.gradients["softmax_1"], -np.array([[0.8, 0.1, 0.1]]) / network.predict(x))


def test_what_is_certain_has_a_finite_gradient() -> None:
    """A sigmoid that rounds to 1 where the target is 0."""
    network = Network([layers.Dense(1), layers.Sigmoid()], (1,), seed=0)
    network.parameter_vector[...] = 0, 200
    trace = network.trace(np.zeros((1, 1)), np.zeros((1, 1)), "binary_cross_entropy")
    assert trace.outputs["sigmoid_1"] == 1
    assert trace.gradients["dense_1"] == 1
    assert np.isfinite(trace.gradients["sigmoid_1"])


def test_nothing_is_updated() -> None:
    network, x, y = problem("branched")
    network.gradient_vector[...] = 7
    before = network.state_vector.copy(), network.rng.bit_generator.state, network.frozen
    for targets in (None, y):
        network.trace(x, targets, None if targets is None else "categorical_cross_entropy")
        np.testing.assert_array_equal(network.state_vector, before[0])
        assert (network.rng.bit_generator.state, network.frozen) == before[1:]
        assert (network.gradient_vector == 7).all()


def test_training_goes_on_as_if_it_had_not_been_asked() -> None:
    courses = []
    for asks in (False, True):
        network, x, y = problem("branched", 8)
        trainer = Trainer(network, "categorical_cross_entropy", batch_size=4, seed=1)
        trainer.load(x, y)
        for _ in range(6):
            trainer.step()
            if asks:
                network.trace(x[:4], y[:4], "categorical_cross_entropy")
        courses.append(network.state_vector.copy())
    np.testing.assert_array_equal(*courses)


def test_it_outlives_the_next_step_and_cannot_be_written_to() -> None:
    network, x, y = problem("plain", 4)
    trace = network.trace(x, y)
    arrays = [*trace.outputs.values(), *trace.gradients.values(), *trace.parameter_gradients.values()]
    copies = [array.copy() for array in arrays]
    network.parameter_vector[...] += 1
    network.trace(-x, y)
    network.gradients(-x, y)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
        assert array.flags.owndata
        assert not array.flags.writeable
        assert array.flags.c_contiguous
        assert array.dtype == network.dtype
    with pytest.raises(FrozenInstanceError):
        trace.loss = 0.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        trace.outputs["dense_1"] = arrays[0]  # type: ignore[index]


def test_frozen_layers_have_gradients_too() -> None:
    network, x, y = problem("branched")
    free = network.trace(x, y, "categorical_cross_entropy")
    network.freeze("conv", "norm")
    frozen = network.trace(x, y, "categorical_cross_entropy")
    same(frozen.gradients, free.gradients)
    same(frozen.parameter_gradients, free.parameter_gradients)
    assert np.abs(frozen.parameter_gradients["conv.weight"]).max() > 0


def test_dropout_lets_through_and_batch_norm_takes_what_it_remembers() -> None:
    network, x, _ = problem("branched")
    outputs = network.trace(x).outputs
    np.testing.assert_array_equal(outputs["drop"], outputs["norm"])
    mean, variance, weight, bias = (
        network.arrays[f"norm.{key}"][:, None, None] for key in ("mean", "variance", "weight", "bias")
    )
    expected = (outputs["relu"] - mean) / np.sqrt(variance + layers.BatchNorm().epsilon) * weight + bias
    np.testing.assert_allclose(outputs["norm"], expected, rtol=1e-4, atol=1e-5)


def test_what_training_overwrites_in_place_is_kept() -> None:
    """ReLU would write over the convolution's output, and its gradient over that of its output."""
    network = Network([layers.Dense(6), layers.ReLU(), layers.Dense(1)], (3,), seed=0)
    x, y = np.random.default_rng(0).standard_normal((5, 3)), np.zeros((5, 1))
    trace = network.trace(x, y)
    before, after = trace.outputs["dense_1"], trace.outputs["relu_1"]
    assert (before < 0).any()
    np.testing.assert_array_equal(after, np.maximum(before, 0))
    assert (trace.gradients["relu_1"] != 0).all()
    np.testing.assert_array_equal(trace.gradients["dense_1"], np.where(before > 0, trace.gradients["relu_1"], 0))


def test_no_samples() -> None:
    network, x, y = problem("branched")
    trace = network.trace(x[:0])
    assert trace.outputs["conv"].shape == (0, 2, 4, 5)
    assert isinstance(trace, Trace)
    assert not trace.gradients
    assert not trace.parameter_gradients
    assert trace.loss is None
    # Nothing to learn from, as `gradients` says too.
    trace = network.trace(x[:0], y[:0], "categorical_cross_entropy")
    value, expected = network.gradients(x[:0], y[:0], "categorical_cross_entropy")
    assert trace.loss == value
    same(trace.parameter_gradients, expected)
    assert trace.gradients["soft"].shape == (0, 3)


def test_large_batches_are_traced_like_small_ones() -> None:
    """Parts that run side by side, and the order in which the data lie, change no bit of what comes out."""
    network = randomised(Network([layers.Conv2D(filters=8), layers.ReLU(), layers.BatchNorm()], (3, 40, 40), seed=0))
    x = np.random.default_rng(0).standard_normal((12, 3, 40, 40))
    trace = network.trace(x)
    np.testing.assert_array_equal(trace.outputs["batchnorm_1"], network.predict(x))


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x, y = problem("branched")
    with pytest.raises(ShapeError, match="takes samples of shape"):
        network.trace(x[0])
    with pytest.raises(DataError, match="found 3 samples but 2 targets"):
        network.trace(x, y[:2], "categorical_cross_entropy")
    with pytest.raises(SpecError, match="there is no loss 'l2'"):
        network.trace(x, y, "l2")
    with pytest.raises(SpecError, match="needs outputs from 0 to 1"):
        Network([layers.Dense(2)], (1,), seed=0).trace([[9.0]], [[0.0, 1.0]], "binary_cross_entropy")
    monkeypatch.setattr("engine.memory_budget.memory_limit", lambda: 10_000)
    with pytest.raises(DataError, match="Hand in fewer samples"):
        network.trace(np.zeros((100, 2, 4, 5)))
