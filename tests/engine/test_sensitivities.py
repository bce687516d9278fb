"""`Network.sensitivities` and `Network.activations`: gradients of a score, and single layers' outputs."""

from __future__ import annotations

import numpy as np
import pytest

from engine import DataError, Network, ShapeError, SpecError, Trainer, layers
from engine.graph import INPUT
from tests.engine.cases import Case, each_case
from tests.engine.trace_support import NETWORKS, Array, probed, problem, randomised, same


def compare_with_differences(network: Network, x: Array, weights: Array, of: str, most: int = 6) -> None:
    """Of each layer, up to `most` numbers of the output are moved and the score is looked at."""
    exact = network.copy(np.float64)
    trace, twin = exact.sensitivities(x, weights, of), probed(network, len(x))
    assert trace.loss == pytest.approx(float(np.sum(exact.trace(x).outputs[of] * weights)))
    rng = np.random.default_rng(0)
    for name, analytic in trace.gradients.items():
        offset = np.moveaxis(twin.arrays[f"probe {name}.offset"], -1, 0)
        assert analytic.shape == offset.shape == trace.outputs[name].shape
        for index in rng.permutation(offset.size)[:most]:
            place, found = np.unravel_index(index, offset.shape), []
            for step in (1e-5, -1e-5):
                offset[place] = step
                found.append(float(np.sum(twin.trace(x).outputs[f"probe {of}"] * weights)))
            offset[place] = 0
            assert analytic[place] == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-4, abs=1e-7), name


@each_case()
def test_every_layer(case: Case) -> None:
    network, x = randomised(case.network()), case.samples(2)
    output = network.structure.output
    weights = np.random.default_rng(1).standard_normal((2, *network.output_shape))
    trace = network.sensitivities(x, weights)
    np.testing.assert_array_equal(trace.outputs[output], network.predict(x))
    np.testing.assert_array_equal(trace.gradients[output], weights.astype(np.float32))
    compare_with_differences(network, x, weights, output, most=4)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("samples", [1, 3])
def test_any_layer_may_give_the_score(name: str, samples: int) -> None:
    network, x, _ = problem(name, samples)
    for of in network.layers:
        weights = np.random.default_rng(2).standard_normal((samples, *network.shapes[of]))
        trace = network.sensitivities(x, weights, of)
        assert next(iter(trace.gradients)) == INPUT
        assert [*trace.gradients] == [each for each in trace.outputs if each in trace.gradients]
        assert not trace.parameter_gradients
        compare_with_differences(network, x, weights, of)


def test_the_logits_come_before_a_last_output_function() -> None:
    for last, expected in ((layers.Softmax(), "dense_1"), (layers.Sigmoid(), "dense_1"), (layers.Tanh(), "tanh_1")):
        assert Network([layers.Dense(3), last], (2,), seed=0).structure.logits == expected
    # Nothing is before it but the data.
    assert Network([layers.Softmax()], (2,), seed=0).structure.logits == "softmax_1"


def test_the_gradient_of_a_logit_is_the_weights() -> None:
    network = Network([layers.Dense(3), layers.Softmax()], (4,), seed=0, dtype=np.float64)
    x = np.random.default_rng(0).standard_normal((5, 4))
    trace = network.sensitivities(x, [0, 1, 0], "dense_1")
    np.testing.assert_allclose(trace.gradients[INPUT], np.tile(network.parameters["dense_1.weight"][:, 1], (5, 1)))
    assert [*trace.gradients] == [INPUT, "dense_1"]
    assert trace.loss == pytest.approx(float(trace.outputs["dense_1"][:, 1].sum()))
    # One sample's gradient does not depend on how many others there are.
    np.testing.assert_array_equal(
        network.sensitivities(x[:1], [0, 1, 0], "dense_1").gradients[INPUT][0], trace.gradients[INPUT][0]
    )


def test_nothing_is_updated_and_training_goes_on_as_if_it_had_not_been_asked() -> None:
    courses = []
    for asks in (False, True):
        network, x, y = problem("branched", 8)
        trainer = Trainer(network, "categorical_cross_entropy", batch_size=4, seed=1)
        trainer.load(x, y)
        for _ in range(6):
            trainer.step()
            if asks:
                before = network.gradient_vector.copy()
                network.sensitivities(x[:4], [1, 0, 0], "dense")
                network.activations(x, "norm")
                np.testing.assert_array_equal(network.gradient_vector, before)
        courses.append(network.state_vector.copy())
    np.testing.assert_array_equal(*courses)


@pytest.mark.parametrize("name", NETWORKS)
def test_activations_are_those_of_the_trace(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, x, _ = problem(name, 7)
    expected = network.trace(x).outputs
    same(network.activations(x, *network.layers), {each: expected[each] for each in network.layers})
    # In parts, as large batches are computed.
    monkeypatch.setattr(Network, "chunk", 3)
    for each in network.layers:
        np.testing.assert_allclose(network.activations(x, each)[each], expected[each], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(network.predict(x), expected[network.structure.output], rtol=1e-5, atol=1e-6)
    assert network.activations(x) == {}
    first = next(iter(network.layers))
    assert network.activations(x[:0], first)[first].shape == (0, *network.shapes[first])


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x, _ = problem("branched")
    with pytest.raises(SpecError, match="there is no layer 'dens'"):
        network.sensitivities(x, [1, 0, 0], "dens")
    with pytest.raises(SpecError, match="there is no layer 'dens'"):
        network.activations(x, "dens")
    with pytest.raises(
        ShapeError, match=r"must have the shape \(3, 3\), or \(3,\) for all samples alike; found \(2,\)"
    ):
        network.sensitivities(x, [1, 0])
    with pytest.raises(DataError, match="must be numbers"):
        network.sensitivities(x, ["a", "b", "c"])
    with pytest.raises(DataError, match="NaN or infinity"):
        network.sensitivities(x, [1, np.nan, 0])
    monkeypatch.setattr("engine.memory_budget.memory_limit", lambda: 10_000)
    with pytest.raises(DataError, match="Hand in fewer samples"):
        network.sensitivities(np.zeros((100, 2, 4, 5)), [1, 0, 0])
    with pytest.raises(DataError, match="Hand in fewer samples"):
        network.activations(np.zeros((100, 2, 4, 5)), "conv")
