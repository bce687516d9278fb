"""Mathematics: the readable steps against what the engine computes, for every layer, loss and optimiser."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np
import pytest

from engine import Network, layers, losses, optimizers
from engine.layers import REGISTRY, Layer
from engine.losses import LOSSES, Loss
from engine.mathematics import Step, evaluate
from engine.optimizers import OPTIMIZERS, Optimizer
from tests.engine.cases import CASES, Case, each_case

Array = np.ndarray


def check(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def shaken(network: Network) -> Network:
    """The network with random numbers in all arrays, biases and statistics too; variances stay positive."""
    rng = np.random.default_rng(7)
    for name, array in network.arrays.items():
        numbers = rng.standard_normal(array.shape)
        array[...] = np.abs(numbers) + 0.5 if name.endswith("variance") else numbers
    return network


def of_layer(network: Network, arrays: Any, name: str) -> dict[str, Array]:
    return {key: arrays[f"{name}.{key}"] for key in network.parameters_of(name)}


def known_of(network: Network, name: str) -> dict[str, Any]:
    prefix = f"{name}."
    return {key.removeprefix(prefix): array for key, array in network.arrays.items() if key.startswith(prefix)}


@each_case()
def test_every_step_is_what_the_engine_computes(case: Case) -> None:
    network = shaken(case.network(np.float64))
    name: str = next(reversed(network.layers))
    sources = network.structure.sources[name]
    x = case.samples(2)
    targets = np.random.default_rng(5).standard_normal((2, *network.output_shape))
    steps = case.layer.mathematics(*case.inputs)
    for sample in range(2):
        trace = network.trace(x[sample : sample + 1], targets[sample : sample + 1], "mse")
        inputs = tuple(trace.outputs[source][0] for source in sources)
        dy = trace.gradients[name][0]
        found = evaluate(steps, {"x": inputs[0], "inputs": inputs, "dy": dy, **known_of(network, name)})
        check(found["y"], trace.outputs[name][0])
        for key, gradient in of_layer(network, trace.parameter_gradients, name).items():
            check(found[f"d_{key}"], gradient)
        back = ["dx"] if len(sources) == 1 else [f"dx_{number}" for number in range(1, len(sources) + 1)]
        for key, source in zip(back, sources, strict=True):
            check(found[key], trace.gradients[source][0])
        assert {step.name for step in steps} <= set(found)


@each_case(only=lambda case: isinstance(case.layer, layers.BatchNorm))
def test_a_batch_in_training_is_what_the_engine_computes(case: Case) -> None:
    network = shaken(case.network(np.float64))
    x, targets = case.samples(5), np.random.default_rng(5).standard_normal((5, *network.output_shape))
    loss, gradients = network.gradients(x, targets, "mse", training=True, input_gradient=True)
    known = {
        "x": x,
        "weight": known_of(network, "batchnorm_1")["weight"],
        "bias": known_of(network, "batchnorm_1")["bias"],
    }
    steps = case.layer.mathematics(*case.inputs, training=True)
    y = evaluate(steps, known)["y"]
    assert np.mean((y - targets) ** 2) == pytest.approx(loss, rel=1e-9)
    found = evaluate(steps, {**known, "dy": 2 * (y - targets) / y.size})
    check(found["dx"], gradients["input"])
    for key in ("weight", "bias"):
        check(found[f"d_{key}"], gradients[f"batchnorm_1.{key}"])


@each_case(only=lambda case: isinstance(case.layer, layers.Dropout) and case.layer.rate > 0)
def test_a_dropped_sample_is_what_the_engine_computes(case: Case) -> None:
    network = case.network(np.float64)
    x, targets = case.samples(1), np.random.default_rng(5).standard_normal((1, *network.output_shape))
    loss, gradients = network.gradients(x, targets, "mse", training=True, input_gradient=True)
    mask = (gradients["input"][0] != 0).astype(float)
    assert 0 < mask.mean() < 1
    steps = case.layer.mathematics(*case.inputs, training=True)
    y = evaluate(steps, {"x": x[0], "mask": mask})["y"]
    assert np.mean((y - targets[0]) ** 2) == pytest.approx(loss, rel=1e-9)
    found = evaluate(steps, {"x": x[0], "mask": mask, "dy": 2 * (y - targets[0]) / y.size})
    check(found["dx"], gradients["input"][0])


LOSS_CASES = [
    *(pytest.param(kind(), id=name) for name, kind in LOSSES.items()),  # type: ignore[call-arg]
    pytest.param(losses.Huber(delta=0.3), id="huber-0.3"),
    pytest.param(losses.CategoricalCrossEntropy(smoothing=0.2), id="smoothed"),
]


def outputs_for(loss: Loss) -> tuple[Array, Array]:
    """Outputs and targets of one sample that the loss takes."""
    rng = np.random.default_rng(3)
    raw = rng.standard_normal(4)
    if loss.link == "softmax":
        return np.exp(raw) / np.exp(raw).sum(), np.array([0.0, 0.0, 1.0, 0.0])
    if loss.link == "sigmoid":
        return 1 / (1 + np.exp(-raw)), np.array([0.0, 1.0, 1.0, 0.0])
    return raw, np.array([1.0, -1.0, 1.0, -1.0])


@pytest.mark.parametrize("loss", LOSS_CASES)
def test_a_loss_and_its_gradient_are_what_the_engine_computes(loss: Loss) -> None:
    y, t = outputs_for(loss)
    # A network that changes nothing, so that its output is what the loss gets.
    network = Network([layers.Reshape(shape=(4,))], (4,), seed=0, dtype=np.float64)
    value, gradients = network.gradients(y[None], t[None], loss, input_gradient=True)
    found = evaluate(loss.mathematics(), {"y": y, "t": loss.encode(t[None], (4,))[0]})
    assert found["loss"] == pytest.approx(value, rel=1e-9)
    check(found["dy"], gradients["input"][0])


@pytest.mark.parametrize("loss", [case for case in LOSS_CASES if case.values[0].link])  # type: ignore[union-attr]
def test_a_fused_gradient_is_that_at_the_logits(loss: Loss) -> None:
    y, t = outputs_for(loss)
    layer: Layer = layers.Sigmoid() if loss.link == "sigmoid" else layers.Softmax()
    z = np.log(y / (1 - y)) if loss.link == "sigmoid" else np.log(y)
    network = Network([layer], (4,), seed=0, dtype=np.float64)
    value, gradients = network.gradients(z[None], t[None], loss, input_gradient=True)
    found = evaluate(loss.mathematics(), {"y": y, "t": t})
    assert found["loss"] == pytest.approx(value, rel=1e-9)
    check(found["dz"], gradients["input"][0])
    # By the chain rule through the layer, step by step, it is the same.
    through = evaluate(layer.mathematics((4,)), {"x": z, "dy": found["dy"]})
    np.testing.assert_allclose(through["dx"], found["dz"], rtol=1e-7)


UPDATES = [
    *(pytest.param(kind(), id=name) for name, kind in OPTIMIZERS.items()),  # type: ignore[call-arg]
    pytest.param(optimizers.SGD(learning_rate=0.1, momentum=0.9), id="momentum"),
    pytest.param(optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True), id="nesterov"),
    pytest.param(optimizers.AdamW(learning_rate=0.01, weight_decay=0.3, beta1=0.7), id="adamw-0.3"),
]


@pytest.mark.parametrize("optimizer", UPDATES)
def test_an_update_is_what_the_engine_does(optimizer: Optimizer) -> None:
    rng = np.random.default_rng(0)
    w, g = rng.standard_normal(20), np.empty(20)
    _, step = optimizer.start(w, g)
    steps = optimizer.mathematics()
    kept: dict[str, Any] = {each.name: np.zeros(20) for each in steps}
    kept["w"] = w.copy()
    for number in range(1, 6):
        g[...] = rng.standard_normal(20)
        found = evaluate(steps, {**kept, "g": g.copy(), "learning_rate": optimizer.learning_rate, "step": number})
        kept = {each.name: found[each.name] for each in steps}
        step()
        check(kept["w"], w)


def all_steps() -> list[Any]:
    found = [(case.name, case.layer.mathematics(*case.inputs)) for case in CASES]
    found += [
        (f"{case.name}-training", case.layer.mathematics(*case.inputs, training=True))
        for case in CASES
        if case.layer.mixes_samples or isinstance(case.layer, layers.Dropout)
    ]
    found += [(str(case.id), case.values[0].mathematics()) for case in (*LOSS_CASES, *UPDATES)]  # type: ignore[union-attr]
    return [pytest.param(steps, id=name) for name, steps in found]


@pytest.mark.parametrize("steps", all_steps())
def test_every_step_can_be_read(steps: tuple[Step, ...]) -> None:
    for step in steps:
        assert step.sentence[0].isupper(), step.name
        assert step.sentence.endswith(".")
        assert step.formula.count("{") == step.formula.count("}")
        assert len(re.findall(r"\\left\W", step.formula)) == len(re.findall(r"\\right\W", step.formula))
        tree = ast.parse(step.source)
        assert isinstance(tree.body[0], ast.FunctionDef), step.source
        assert "Array" not in step.source, step.source
        assert len(step.source.splitlines()) <= 8, step.source
        assert set(step.needs) == {argument.arg for argument in tree.body[0].args.args}


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY)
def test_every_layer_explains_itself_in_its_own_class(kind: type[Layer]) -> None:
    assert "mathematics" in vars(kind)


@pytest.mark.parametrize("kind", [*LOSSES.values(), *OPTIMIZERS.values()], ids=[*LOSSES, *OPTIMIZERS])
def test_every_loss_and_optimiser_explains_itself(kind: type[Loss | Optimizer]) -> None:
    assert kind().mathematics()  # type: ignore[call-arg]
