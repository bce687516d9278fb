"""Probe trace and batch statistics: the worker's numbers against the engine's, and what they cost."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import Network, Trainer, datasets, layers, losses, optimizers
from nnstudio.document import edits
from nnstudio.document.probe import FIRST, OwnSample, Probe, SampleRef
from nnstudio.training.answering import Answering
from nnstudio.training.commands import Pause, Play, SetDocument
from nnstudio.training.messages import RunState
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.batch_statistics import BARS, BatchPicture, BatchStatistics, reference_batch, spread
from nnstudio.training.requests.probe_trace import ProbePicture, ProbeTrace
from nnstudio.training.split import Split
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line, run_of

MSE = losses.get("mse")


def xor() -> tuple[Network, Split]:
    network = Network([layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh()], (2,), seed=0)
    return network, Split(datasets.XOR().load(), None)


def answer(network: Network, split: Split, probe: Probe) -> ProbePicture:
    picture = ProbeTrace(probe, MSE).answer(network, split)
    assert isinstance(picture, ProbePicture)
    return picture


def test_the_trace_of_the_probe_is_the_engine_s() -> None:
    network, split = xor()
    picture = answer(network, split, SampleRef("train", 2))
    x, y = split.train.x[2:3], split.train.y[2:3]
    loss, gradients = network.gradients(x, y, loss="mse")
    assert picture.loss == loss
    np.testing.assert_array_equal(picture.prediction, network.predict(x)[0])
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(picture.trace.parameter_gradients[name], gradient)
        np.testing.assert_array_equal(picture.parameters[name], network.parameters[name])
    np.testing.assert_array_equal(picture.inputs("tanh_1")[0], picture.value("dense_1"))
    np.testing.assert_array_equal(picture.value("tanh_1"), np.tanh(picture.value("dense_1")))


def test_sources_come_before_what_they_feed_in_any_order_of_the_blocks() -> None:
    nodes = {"late": layers.Dense(1), "first": layers.Dense(3), "second": layers.Tanh()}
    edges = [("input", "first"), ("first", "second"), ("second", "late")]
    network = Network.graph(nodes, edges, (2,), seed=0)
    picture = answer(network, Split(datasets.XOR().load(), None), FIRST)
    assert list(picture.sources) == list(picture.layers) == ["first", "second", "late"]


def test_the_answer_outlives_the_next_step() -> None:
    network, split = xor()
    picture = answer(network, split, FIRST)
    before = {name: array.copy() for name, array in picture.parameters.items()}
    trainer = Trainer(network, loss="mse", optimizer=optimizers.SGD(0.5), batch_size=1, seed=0)
    trainer.load(split.train.x, split.train.y)
    trainer.step()
    for name, array in before.items():
        np.testing.assert_array_equal(picture.parameters[name], array)
        assert not np.array_equal(network.parameters[name], array)


def test_values_of_one_s_own_have_no_target_and_no_gradients() -> None:
    network, split = xor()
    picture = answer(network, split, OwnSample((0.25, -0.5)))
    np.testing.assert_array_equal(picture.prediction, network.predict([[0.25, -0.5]])[0])
    assert picture.loss is None
    assert picture.gradient("dense_1") is None


@pytest.mark.parametrize("probe", [SampleRef("validation", 0), SampleRef("train", 4), OwnSample((1.0,))])
def test_a_sample_that_is_not_there_is_refused_in_a_sentence(probe: Probe) -> None:
    network, split = xor()
    found = ProbeTrace(probe, MSE).answer(network, split)
    assert isinstance(found, Refusal)
    assert found.sentence == "The chosen sample is not in these data."


def test_values_by_hand_are_scaled_like_the_data() -> None:
    run = run_of(document_of(layers.Dense(3), dataset=datasets.Iris(), validation=0.2))
    shown = run.split.train.shown[5]
    sample = run.split.sample(OwnSample(tuple(shown.tolist())))
    assert sample is not None
    np.testing.assert_allclose(sample.x[0], run.split.train.x[5], rtol=1e-5)


def test_statistics_count_the_dead_and_the_saturated() -> None:
    network = Network([layers.Dense(4), layers.ReLU(), layers.Dense(4), layers.Tanh(), layers.Dense(1)], (2,), seed=0)
    split = Split(datasets.XOR().load(), None)
    network.parameters["dense_1.weight"][:] = 1
    network.parameters["dense_1.bias"][:] = [-100, -100, -100, 1]
    network.parameters["dense_2.weight"][:] = 0
    network.parameters["dense_2.bias"][:] = [0, 0.5, 5, -5]
    picture = BatchStatistics(MSE).answer(network, split)
    assert picture.samples == 4
    assert picture.blocks["relu_1"].dead == 0.75
    assert picture.blocks["tanh_1"].saturated == 0.5
    assert picture.blocks["dense_1"].dead is picture.blocks["dense_1"].saturated is picture.blocks["relu_1"].saturated
    loss, gradients = network.gradients(split.train.x, split.train.y, loss="mse")
    assert picture.loss == pytest.approx(loss)
    for name, gradient in gradients.items():
        assert picture.parameters[name].gradients.norm == pytest.approx(float(np.linalg.norm(gradient)))
        assert picture.parameters[name].values.norm == pytest.approx(float(np.linalg.norm(network.parameters[name])))


def test_gradients_of_outputs_are_those_of_each_sample_s_own_loss() -> None:
    network, split = xor()
    whole = BatchStatistics(MSE).answer(network, split).blocks["dense_1"].gradients.norm
    each = [answer(network, split, SampleRef("train", i)).gradient("dense_1") for i in range(4)]
    assert whole == pytest.approx(float(np.linalg.norm(np.stack([g for g in each if g is not None]))), rel=1e-5)


def test_a_spread_tells_of_all_numbers() -> None:
    numbers = np.random.default_rng(0).normal(3, 2, (50, 20)).astype(np.float32)
    found = spread(numbers)
    exact = numbers.astype(np.float64)
    assert (found.mean, found.deviation) == pytest.approx((exact.mean(), exact.std()))
    assert (found.minimum, found.maximum) == (exact.min(), exact.max())
    assert found.rms == pytest.approx(math.sqrt(np.mean(exact**2)))
    np.testing.assert_array_equal(found.counts, np.histogram(exact, BARS)[0])


@pytest.mark.parametrize("numbers", [[], [np.nan, np.inf], [2.0, 2.0], [1e-45, 0.0], [1.0, np.nan, 3.0]])
def test_a_spread_bears_any_numbers(numbers: list[float]) -> None:
    found = spread(np.array(numbers, np.float32))
    assert found.counts.sum() == np.isfinite(numbers).sum()
    assert math.isfinite(found.norm)
    assert len(found.edges) == BARS + 1


def test_the_reference_batch_is_fixed_even_and_bounded() -> None:
    assert reference_batch(10, 1).tolist() == list(range(10))
    chosen = reference_batch(1000, 1)
    assert (len(chosen), chosen[0], chosen[-1]) == (256, 0, 999)
    assert set(np.diff(chosen)) <= {3, 4}
    assert len(reference_batch(1000, 10**9)) == 16


def test_all_views_share_one_trace_a_moment() -> None:
    network, split = xor()
    answering = Answering()
    first, second = ProbeTrace(FIRST, MSE), ProbeTrace(FIRST, losses.get("mse"))
    one = answering.answer([first], 1, network, split, {}, running=False)
    two = answering.answer([second], 1, network, split, {}, running=False)
    assert one[first] is two[second]


def test_a_watched_step_tells_what_it_changed_and_changes_no_run() -> None:
    stack = layers.Conv2D(4), layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax()
    document = edits.set_training(
        document_of(*stack, dataset=datasets.Digits()), loss=losses.get("categorical_cross_entropy")
    )
    line, request = Line(), BatchStatistics(document.training.loss)
    line.worker.post(SetDocument(document))
    line.until(lambda snapshot: snapshot.state is RunState.READY)
    line.worker.post(Play())

    def measured(snapshot: object) -> bool:
        found = getattr(snapshot, "answers", {}).get(request)
        return isinstance(found, BatchPicture) and found.parameters["conv2d_1.weight"].update is not None

    snapshot = line.until(measured, request)
    picture = snapshot.answers[request]
    line.worker.post(Pause())
    ratio = picture.parameters["conv2d_1.weight"].update_ratio
    assert ratio is not None
    assert 1e-5 < ratio < 0.5
    # The same steps without anybody watching.
    stopped = line.checkpoint()
    alone = run_of(document)
    for _ in range(stopped.step):
        alone.step_once()
    weights = stopped.weights
    for name, array in alone.network.arrays.items():
        np.testing.assert_array_equal(weights[name], array)
