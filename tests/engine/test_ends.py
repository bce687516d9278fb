"""The end of a network and its loss: outputs that a loss cannot judge are refused, and the message says why first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from engine import DivergedError, EngineError, Network, Remedy, SpecError, gradcheck, layers, losses
from engine.ends import guarded, misfit
from engine.layers import Layer
from engine.optimizers import SGD
from engine.trainer import Trainer

BINARY, CATEGORICAL = "binary_cross_entropy", "categorical_cross_entropy"
RNG = np.random.default_rng(0)
X, LABELS = RNG.standard_normal((48, 4)), np.arange(48) % 3


def refusal(call: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        call()
    return caught.value


def cured(chain: Sequence[Layer], remedy: Remedy) -> list[Layer]:
    """A chain after the change that an error offers."""
    names = Network(list(chain), (4,), seed=0).structure.nodes
    kept = [remedy.replace.get(name, layer) for name, layer in names.items() if name not in remedy.remove]
    return [*kept, *remedy.append]


CASES = {
    "Dense": (CATEGORICAL, [layers.Dense(3)], "dense_1", "the network ends in Dense. Append Softmax."),
    "ReLU": (
        CATEGORICAL,
        [layers.Dense(3), layers.ReLU()],
        "relu_1",
        "the network ends in ReLU. Replace ReLU with Softmax.",
    ),
    "Tanh": (
        CATEGORICAL,
        [layers.Dense(3), layers.Tanh()],
        "tanh_1",
        "the network ends in Tanh. Replace Tanh with Softmax.",
    ),
    "BatchNorm": (
        CATEGORICAL,
        [layers.Dense(3), layers.BatchNorm()],
        "batchnorm_1",
        "the network ends in BatchNorm. Append Softmax.",
    ),
    "Flatten": (
        CATEGORICAL,
        [layers.Dense(3), layers.Flatten()],
        "dense_1",
        "the network ends in Dense. Append Softmax.",
    ),
    "one output": (
        BINARY,
        [layers.Dense(8), layers.ReLU(), layers.Dense(1)],
        "dense_2",
        "the network ends in Dense. Append Sigmoid.",
    ),
    "Dropout": (
        CATEGORICAL,
        [layers.Dense(3), layers.Softmax(), layers.Dropout(0.5)],
        "dropout_1",
        "while training, Dropout changes them right before the loss. Take dropout_1 out.",
    ),
}


@pytest.mark.parametrize(("loss", "chain", "where", "why"), CASES.values(), ids=CASES)
def test_outputs_that_are_no_probabilities_are_refused_with_the_cure(
    loss: str, chain: list[Layer], where: str, why: str
) -> None:
    y = LABELS if loss == CATEGORICAL else LABELS % 2
    network = Network(chain, (4,), seed=1)
    before = network.memory.copy()
    error = refusal(lambda: Trainer(network, loss, SGD(0.1), seed=0).fit(X, y, 30))
    assert error.where == where
    assert str(error).startswith(f"{where}: {losses.get(loss).title} needs outputs between 0 and 1, found ")
    assert str(error).endswith(why)
    assert "learning rate" not in str(error)
    # Nothing was learnt from it, not even by BatchNorm.
    np.testing.assert_array_equal(network.memory, before)
    assert error.remedy is not None
    mended = Network(cured(chain, error.remedy), (4,), seed=1)
    history = Trainer(mended, loss, SGD(0.3), seed=0).fit(X, y, 30)
    assert 0 < history.loss[-1] < history.loss[0]


def test_a_loss_below_zero_is_never_told() -> None:
    # ReLU of 3.53 would be a loss of -ln 3.525 = -1.26.
    network = Network([layers.ReLU()], (2,), seed=0)
    for call in (
        lambda: network.gradients([[3.53, 0]], [0], CATEGORICAL),
        lambda: Trainer(network, CATEGORICAL).evaluate([[3.53, 0]], [0]),
        lambda: gradcheck.check(network, [[3.53, 0]], [0], CATEGORICAL),
    ):
        assert "found 0 to 3.53: the network ends in ReLU" in str(refusal(call))


def test_validation_is_judged_too() -> None:
    network = Network([layers.Dense(3, weight_init="zeros")], (4,), seed=0)
    network.parameters["dense_1.bias"][:] = 1 / 3
    network.frozen = frozenset({"dense_1"})
    network.parameters["dense_1.weight"][:, 0] = 1
    trainer = Trainer(network, CATEGORICAL, batch_size=64, seed=0)
    # The training samples are all zeros, of which a third is made; the validation's are not.
    error = refusal(lambda: trainer.fit(np.zeros((6, 4)), LABELS[:6], validation=(np.ones((3, 4)), LABELS[:3])))
    assert "found 0.333 to 4.33: the network ends in Dense" in str(error)


@pytest.mark.parametrize("loss", [BINARY, CATEGORICAL])
def test_probabilities_count_wherever_they_come_from(loss: str) -> None:
    # A Dense whose outputs are its inputs: probabilities that no layer vouches for.
    network = Network([layers.Dense(2, bias=False)], (2,), seed=0)
    network.parameters["dense_1.weight"][:] = np.eye(2)
    value, gradients = network.gradients([[0.8, 0.2], [0.4, 0.6]], [0, 1], loss, input_gradient=True)
    # Both outputs answer alike, so the mean over outputs is the mean over samples: -(ln 0.8 + ln 0.6) / 2.
    assert value == pytest.approx(0.36698459)
    assert gradients["input"][0, 0] == pytest.approx(-1 / 0.8 / (4 if loss == BINARY else 2))


def test_rounding_is_no_reason_to_refuse_and_no_reason_for_a_loss_below_zero() -> None:
    network = Network([layers.Dense(2, bias=False)], (2,), seed=0)
    network.parameters["dense_1.weight"][:] = np.eye(2)
    value, _ = network.gradients([[1 + 5e-5, -5e-5]], [0], CATEGORICAL)
    assert value == 0
    assert "found -0.001 to 1" in str(refusal(lambda: network.gradients([[1.001, -0.001]], [0], CATEGORICAL)))


@pytest.mark.parametrize("end", ["Sigmoid", "Softmax"])
@pytest.mark.parametrize("after", [[], [layers.Flatten()], [layers.Reshape(shape=(3,))]])
def test_what_the_last_layer_vouches_for_is_not_looked_at(end: str, after: list[Layer]) -> None:
    graph = Network([layers.Dense(3), layers.REGISTRY[end](), *after], (4,), seed=0).structure

    def measure() -> float:
        return 0.0

    for training in (False, True):
        for loss in losses.LOSSES:
            assert guarded(measure, losses.get(loss), graph, np.full((3, 1), 9.0), training=training) is measure


def test_losses_for_any_output_are_not_guarded() -> None:
    graph = Network([layers.Dense(3)], (4,), seed=0).structure
    for name, kind in losses.LOSSES.items():
        promised = guarded(lambda: 0.0, losses.get(name), graph, np.full((3, 1), 9.0), training=True)
        if math.isinf(kind.domain[1]):
            assert promised() == 0
        else:
            with pytest.raises(SpecError, match="needs outputs between 0 and 1, found 9 to 9"):
                promised()


def test_no_samples_are_nothing_to_refuse() -> None:
    network = Network([layers.Dense(3)], (4,), seed=0)
    assert network.gradients(np.empty((0, 4)), np.empty((0, 3)), CATEGORICAL)[0] == 0


def test_a_network_that_leaves_the_probabilities_on_its_way_is_stopped_there() -> None:
    network = Network([layers.Dense(3, weight_init="zeros"), layers.BatchNorm()], (4,), seed=0)
    # BatchNorm of equal numbers gives its shift.
    network.parameters["batchnorm_1.bias"][:] = 1 / 3
    trainer = Trainer(network, CATEGORICAL, SGD(1.0), batch_size=16, seed=0)
    trainer.load(X, LABELS)
    trainer.step()
    after_one = network.memory.copy()
    error = refusal(trainer.step)
    assert "the network ends in BatchNorm. Append Softmax." in str(error)
    assert trainer.steps == 1
    np.testing.assert_array_equal(network.memory, after_one)


def test_training_that_went_off_first_names_an_end_that_does_not_fit() -> None:
    x = np.full((8, 4), 3e38, np.float32) * np.float32([1, -1, 1, -1])
    chain = [layers.Dense(32), layers.Dense(32), layers.Dense(3), layers.Sigmoid()]
    network = Network(chain, (4,), seed=0)
    with pytest.raises(DivergedError) as caught:
        Trainer(network, CATEGORICAL, SGD(1.0), seed=0).fit(x, LABELS[:8], 20)
    sentence = (
        "Categorical cross-entropy is made for networks that end in Softmax, but this one ends in Sigmoid (sigmoid_1). "
        "Replace Sigmoid with Softmax. "
    )
    assert caught.value.message.startswith(sentence)
    # One that ends as it should is told of the learning rate alone.
    network = Network([*chain[:3], layers.Softmax()], (4,), seed=0)
    with pytest.raises(EngineError) as other:
        Trainer(network, CATEGORICAL, SGD(1.0), seed=0).fit(x, LABELS[:8], 20)
    assert "is made for" not in other.value.message
    assert "Use a smaller learning rate" in other.value.message


def test_a_misfit_is_of_the_layer_whose_numbers_the_loss_sees() -> None:
    ends = [layers.Softmax(), layers.Flatten(), layers.Dropout(0.2)]
    graph = Network([layers.Dense(3), *ends], (4,), seed=0).structure
    assert misfit(losses.get(CATEGORICAL), graph) == ""
    assert misfit(losses.get("mse"), graph) == ""
    assert "end in Sigmoid, but this one ends in Softmax (softmax_1)." in misfit(losses.get(BINARY), graph)
