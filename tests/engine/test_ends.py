"""Output check: cross-entropy refuses outputs that are not probabilities, with a fix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine import DivergedError, Network, SpecError, Trainer, gradcheck, layers, optimizers
from engine.layers import Layer
from engine.losses import LOSSES

BINARY, CATEGORICAL = "binary_cross_entropy", "categorical_cross_entropy"
WANTED = {BINARY: "Sigmoid", CATEGORICAL: "Softmax"}
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((40, 4)), RNG.integers(0, 3, 40)

# How a network may end without giving probabilities, and how the fix begins.
WRONG: dict[str, tuple[list[Layer], str]] = {
    "nothing": ([], "Append"),
    "ReLU": ([layers.ReLU()], "Replace ReLU with"),
    "Tanh": ([layers.Tanh()], "Replace Tanh with"),
    "Softplus": ([layers.Softplus()], "Replace Softplus with"),
    "BatchNorm": ([layers.BatchNorm()], "Append"),
    "Dropout": ([layers.Dropout(0.5)], "Append"),
    "a scaled Sigmoid": ([layers.Sigmoid(), layers.Dense(3)], "Append"),
}


def network(*end: Layer, seed: int = 0) -> Network:
    return Network([layers.Dense(8), layers.Tanh(), layers.Dense(3), *end], (4,), seed=seed)


@pytest.mark.parametrize("loss", WANTED)
@pytest.mark.parametrize("end", WRONG)
def test_outputs_that_are_no_probabilities_are_refused(loss: str, end: str) -> None:
    tail, fix = WRONG[end]
    net = network(*tail)
    last = next(name for name in reversed(net.layers) if not name.startswith("dropout"))  # type: ignore[var-annotated]
    text = rf"{net.layers[last].type_name()} gave .* to .*\. {fix} {WANTED[loss]}\.$"
    before = net.state_vector.copy()
    for judge in (
        lambda: Trainer(net, loss, optimizers.SGD(0.1), seed=0).fit(X, Y, 20),
        lambda: Trainer(net, loss).evaluate(X, Y),
        lambda: net.gradients(3 * X, Y, loss),
        lambda: gradcheck.check(net, 3 * X, Y, loss),
    ):
        with pytest.raises(SpecError, match=text) as caught:
            judge()
        assert caught.value.where == last
        fix = caught.value.fix  # type: ignore[assignment]
        assert fix is not None
        wanted = (*fix.append, *fix.replace.values())  # type: ignore[attr-defined]
        assert [layer.type_name() for layer in wanted] == [WANTED[loss]]
    if end != "ReLU":
        # Nothing was learnt or remembered of the first batch, which was refused (behind ReLU, a later one is).
        np.testing.assert_array_equal(net.state_vector, before)


@pytest.mark.parametrize("loss", WANTED)
@pytest.mark.parametrize("end", WRONG)
def test_the_cure_works(loss: str, end: str) -> None:
    tail, fix = WRONG[end]
    wanted = layers.REGISTRY[WANTED[loss]]()
    chain = [*tail[:-1], wanted] if fix.startswith("Replace") else [*tail, wanted]
    history = Trainer(network(*chain), loss, optimizers.Adam(0.02), seed=0).fit(X, Y, 40)
    assert 0 < history.loss[-1] < history.loss[0]


def split(*, end: dict[str, Layer], edges: list[tuple[str, str]]) -> Network:
    nodes: dict[str, Layer] = {name: layers.Dense(3) for name in ("left", "right")}
    nodes |= {"first": layers.Sigmoid(), "second": layers.Sigmoid()}
    wires = [("input", "left"), ("input", "right"), ("left", "first"), ("right", "second")]
    return Network.graph({**nodes, **end}, [*wires, ("first", "join"), ("second", "join"), *edges], (4,), seed=0)


def test_a_network_may_end_in_whatever_makes_probabilities() -> None:
    product = split(end={"join": layers.Multiply()}, edges=[])
    history = Trainer(product, BINARY, optimizers.SGD(0.5), seed=0).fit(X, Y, 30)
    assert 0 < history.loss[-1] < history.loss[0]
    mean = split(end={"join": layers.Add(), "half": layers.Dense(3, bias=False)}, edges=[("join", "half")])
    weight = mean.parameters["half.weight"]
    weight[...] = np.eye(3) / 2
    mean.freeze("half")
    assert Trainer(mean, BINARY, optimizers.SGD(0.1), seed=0).fit(X, Y, 5).loss[-1] > 0
    weight[...] = np.eye(3)
    with pytest.raises(SpecError, match=r"half: .*Dense gave .* to 1\.\d+\. Append Sigmoid"):
        Trainer(mean, BINARY).evaluate(X, Y)


def test_a_refusal_while_training_leaves_what_layers_remember() -> None:
    net = network(layers.BatchNorm(), layers.ReLU())
    before = net.state_vector.copy()
    trainer = Trainer(net, BINARY, seed=0)
    trainer.load(X, Y)
    for _ in range(2):
        with pytest.raises(SpecError, match="Replace ReLU with Sigmoid"):
            trainer.step()
    np.testing.assert_array_equal(net.state_vector, before)
    assert trainer.steps == 0


def test_a_layer_that_only_disturbs_while_training_is_named() -> None:
    net = network(layers.Softmax(), layers.Dropout(0.9))
    assert Trainer(net, BINARY).evaluate(X, Y)["loss"] > 0
    text = r"needs outputs from 0 to 1, but Dropout gave 0 to .* while training\. Take dropout_1 out"
    with pytest.raises(SpecError, match=text) as caught:
        Trainer(net, BINARY, seed=0).fit(X, Y)
    assert caught.value.fix is not None
    assert caught.value.fix.remove == ("dropout_1",)


def test_what_rounding_leaves_above_1_is_no_fault_and_costs_nothing() -> None:
    net = Network([layers.Reshape(shape=(3,))], (3,))
    x = np.array([[1 + 5e-5, 0.0, 0.0]], np.float32)
    assert net.gradients(x, [0], CATEGORICAL)[0] == 0
    with pytest.raises(SpecError, match="needs outputs from 0 to 1"):
        net.gradients(np.array([[1.001, 0, 0]]), [0], CATEGORICAL)


def test_divergence_says_first_that_the_end_does_not_fit_the_loss() -> None:
    # Outputs of exactly 0 for the right class: all lies within 0 and 1, but the gradient is beyond what numbers hold.
    net = Network([layers.Dense(3), layers.ReLU()], (4,), seed=0)
    net.parameters["dense_1.weight"][...] = 0
    net.parameters["dense_1.bias"][...] = 1e-45
    with pytest.raises(DivergedError) as caught:
        Trainer(net, CATEGORICAL, seed=0).fit(X, Y)
    sentence = "Categorical cross-entropy is made for networks that end in Softmax, but this one ends in ReLU (relu_1)."
    assert caught.value.message.startswith(f"{sentence} Replace ReLU with Softmax. ")
    fused = Network([layers.Dense(3), layers.Softmax()], (4,), seed=0)
    with pytest.raises(DivergedError) as caught:
        Trainer(fused, CATEGORICAL, optimizers.SGD(100), seed=0).fit(1e37 * X, Y, 50)
    assert "is made for" not in caught.value.message


@pytest.mark.parametrize("end", [layers.Sigmoid(), layers.Softmax()])
@pytest.mark.parametrize("loss", WANTED)
def test_ends_that_promise_probabilities_are_not_looked_at(
    loss: str, end: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("engine.output_check._outside", never)
    plan = network(end, layers.Flatten()).plan(4, loss=LOSSES[loss]())  # type: ignore[call-arg]
    assert "measure_checked" not in getattr(plan._measure, "__name__", "")
    for kind in LOSSES.values():
        assert (kind.domain == (-math.inf, math.inf)) == (kind.link is None)
