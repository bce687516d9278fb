"""Parity with PyTorch: outputs, gradients and steps, in single precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Network, ShapeError, layers, optimizers
from engine.layers import REGISTRY, Layer
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from tests.engine.cases import Case, each_case

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
twins: Any = pytest.importorskip("tests.engine.torch_twin")
comparison: Any = pytest.importorskip("tests.engine.torch_comparison")
TOLERANCE, compare, relative_error = comparison.TOLERANCE, comparison.compare, comparison.relative_error

pytestmark = [
    pytest.mark.peers,
    # PyTorch says that it pads a copy where the kernel is even; that is its business.
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning"),
]
torch.set_num_threads(1)


def test_every_loss_and_optimiser_has_its_twin() -> None:
    assert set(twins.LOSSES) == set(LOSSES)
    assert set(twins.OPTIMIZERS) == set(OPTIMIZERS)


@each_case()
def test_layers(case: Case) -> None:
    network = case.network()
    targets = np.random.default_rng(5).standard_normal((4, *network.output_shape))
    compare(network, case.samples(4), targets)


@pytest.mark.parametrize("bias", ["per_filter", "per_position", "none"])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("dilation", [1, 2, (1, 2)])
@pytest.mark.parametrize("padding", ["valid", "same", "full", 0, 1, 3])
@pytest.mark.parametrize("stride", [1, 2, (3, 1)])
@pytest.mark.parametrize("kernel_size", [1, 3, (2, 4)])
def test_convolution(kernel_size: Any, stride: Any, padding: Any, dilation: Any, groups: int, bias: Any) -> None:
    layer = layers.Conv2D(
        filters=4,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        bias=bias,
        bias_init="normal",
    )
    case = Case(layer, ((4, 9, 10),))
    network = case.network()
    compare(network, case.samples(3), np.random.default_rng(5).standard_normal((3, *network.output_shape)))


@pytest.mark.parametrize("kind", ["MaxPool2D", "AvgPool2D"])
@pytest.mark.parametrize("pool_size", [1, 2, 3, (2, 3), (4, 1)])
@pytest.mark.parametrize("stride", [None, 1, 2, (3, 1), 5])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling(kind: str, pool_size: Any, stride: Any, padding: Any) -> None:
    case = Case(REGISTRY[kind](pool_size=pool_size, stride=stride, padding=padding), ((2, 9, 10),))
    network = case.network()
    # Whole numbers make ties, as black areas of pictures do.
    samples = np.random.default_rng(0).integers(0, 3, (3, 2, 9, 10)).astype(np.float32)
    compare(network, samples, np.random.default_rng(5).standard_normal((3, *network.output_shape)))


ENDS: list[list[Layer]] = [[], [layers.Sigmoid()], [layers.Softmax()], [layers.Sigmoid(), layers.Reshape(shape=(3,))]]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: "-".join(layer.type_name() for layer in end))
@pytest.mark.parametrize("kind", ["rows", "pictures"])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss: str, kind: str, end: list[Layer]) -> None:
    rng = np.random.default_rng(3)
    if kind == "rows":
        network = Network([layers.Dense(units=3), *end], (4,), seed=1)
        x, y = rng.standard_normal((6, 4)), np.eye(3)[rng.integers(0, 3, 6)]
    else:
        end = [layers.Reshape(shape=(3, 5, 5)) if layer.type_name() == "Reshape" else layer for layer in end]
        network = Network([layers.Conv2D(filters=3, kernel_size=1), *end], (2, 5, 5), seed=1)
        x = rng.standard_normal((6, 2, 5, 5))
        y = np.moveaxis(np.eye(3)[rng.integers(0, 3, (6, 5, 5))], -1, 1)
    if "cross_entropy" in loss and not end:
        # Cross-entropy compares shares; these are the plainest layers that give some.
        network = Network(
            [*network.layers.values(), layers.Softplus(), layers.Softmax(), layers.Softmax()], x.shape[1:], seed=1
        )
    compare(network, x, y, loss)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "categorical_cross_entropy"])
def test_extreme_logits(loss: str) -> None:
    network = Network([layers.Sigmoid() if loss.startswith("binary") else layers.Softmax()], (3,), seed=1)
    logits = np.array([[1e4, -1e4, 0], [-1e4, -1e4, 1e4], [1e4, 1e4, 1e4], [30, -20, 0.5], [0, 0, 0]])
    for targets in (np.eye(3)[[0, 2, 1, 1, 2]], np.eye(3)[[1, 0, 2, 0, 1]]):
        compare(network, logits, targets, loss, tolerance=1e-5)


def test_class_labels_mean_what_pytorch_means() -> None:
    network = Network([layers.Dense(units=5), layers.Softmax()], (4,), seed=1)
    rng = np.random.default_rng(3)
    x, labels = rng.standard_normal((7, 4)).astype(np.float32), rng.integers(0, 5, 7)
    logits = twins.TorchNetwork(network)(torch.tensor(x), stop_before="softmax_1")
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(labels)).item()
    assert network.gradients(x, labels, "categorical_cross_entropy")[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(learning_rate=0.1),
        optimizers.SGD(learning_rate=0.05, momentum=0.9),
        optimizers.SGD(learning_rate=0.05, momentum=0.8, nesterov=True),
        optimizers.RMSprop(learning_rate=0.003),
        optimizers.RMSprop(learning_rate=0.003, rho=0.8, epsilon=1e-4),
        optimizers.Adagrad(learning_rate=0.1),
        optimizers.AdamW(learning_rate=0.01, weight_decay=0.5),
        optimizers.Adam(learning_rate=0.01),
        optimizers.Adam(learning_rate=0.01, beta1=0.5, beta2=0.9, epsilon=1e-3),
    ],
    ids=repr,
)
def test_optimizers_step_for_step(optimizer: optimizers.Optimizer) -> None:
    network = Network([layers.Dense(units=8), layers.Tanh(), layers.Dense(units=2)], (3,), seed=1, dtype=np.float64)
    twin = twins.TorchNetwork(network)
    stepper = twin.optimizer(optimizer)
    _, step = optimizer.start(network.parameter_vector, network.gradient_vector)
    rng = np.random.default_rng(2)
    for _ in range(50):
        x, y = rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
        network.gradients(x, y)
        step()
        stepper.zero_grad()
        twin.loss(torch.tensor(x), torch.tensor(y), "mse").backward()
        stepper.step()
        for name, array in network.parameters.items():
            np.testing.assert_allclose(array, twin.array(name), rtol=1e-5, atol=1e-7)


SIZES = st.integers(1, 3)


@st.composite
def picture_chains(draw: st.DrawFn) -> tuple[tuple[int, int, int], list[Layer]]:
    """A random chain of convolutions, poolings and activations over a small picture, and what follows it."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(5, 9)), draw(st.integers(5, 9)))
    chain: list[Layer] = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["conv", "pool", "activation"]))
        if kind == "conv":
            chain.append(
                layers.Conv2D(
                    filters=draw(st.integers(1, 4)),
                    kernel_size=(draw(SIZES), draw(SIZES)),
                    stride=(draw(SIZES), draw(SIZES)),
                    padding=draw(st.sampled_from(["same", "full", 1, 2])),
                    dilation=(draw(st.integers(1, 2)), draw(st.integers(1, 2))),
                    bias=draw(st.sampled_from(["per_filter", "per_position", "none"])),
                    bias_init="normal",
                )
            )
        elif kind == "pool":
            pool = draw(st.sampled_from([layers.MaxPool2D, layers.AvgPool2D]))
            chain.append(pool(pool_size=(draw(SIZES), draw(SIZES)), stride=draw(st.none() | SIZES), padding="same"))
        else:
            chain.append(REGISTRY[draw(st.sampled_from(["Tanh", "GELU", "SiLU", "Sigmoid", "Softplus", "ELU"]))]())
    if draw(st.booleans()):
        chain += [layers.Flatten(), layers.Dense(units=draw(st.integers(1, 4)))]
    return shape, chain


@settings(max_examples=60, deadline=None)
@given(picture_chains(), st.integers(0, 5), st.integers(0, 1000))
def test_random_chains(drawn: tuple[tuple[int, int, int], list[Layer]], count: int, seed: int) -> None:
    shape, chain = drawn
    try:
        network = Network(chain, shape, seed=seed)
    except ShapeError:
        # A kernel larger than what is left of the picture; its refusal has a test of its own.
        return
    rng = np.random.default_rng(seed)
    # Numbers that are all different: no pooling window has two largest ones, where rounding would choose.
    samples = rng.permutation(max(count, 1) * math.prod(shape)).reshape(max(count, 1), *shape)[:count] / 20 - 2
    if count:
        # The gradients of a long chain may be as small as what rounding has left of larger numbers.
        compare(network, samples, rng.standard_normal((count, *network.output_shape)), least=0.03)
    else:
        assert network.predict(samples).shape == (0, *network.output_shape)


@pytest.mark.parametrize("shape", [(5,), (5, 4, 3)])
def test_batch_norm_while_training(shape: tuple[int, ...]) -> None:
    network = Network([layers.BatchNorm(momentum=0.2, epsilon=1e-3)], shape, seed=0)
    rng = np.random.default_rng(0)
    weight, bias = rng.standard_normal((2, 5)).astype(np.float32)
    network.parameters["batchnorm_1.weight"][...] = weight
    network.parameters["batchnorm_1.bias"][...] = bias
    kind = torch.nn.BatchNorm1d if len(shape) == 1 else torch.nn.BatchNorm2d
    twin = kind(5, eps=1e-3, momentum=0.2)
    twin.weight.data[...], twin.bias.data[...] = torch.tensor(weight), torch.tensor(bias)
    plan = network.plan(6, training=True)
    for _ in range(3):
        x, y = rng.normal(1, 2, (2, 6, *shape)).astype(np.float32)
        samples = torch.tensor(x, requires_grad=True)
        twin.zero_grad()
        torch.nn.functional.mse_loss(twin(samples), torch.tensor(y)).backward()
        _, gradients = network.gradients(x, y, training=True, input_gradient=True)
        assert relative_error(gradients["input"], samples.grad) < TOLERANCE
        assert relative_error(gradients["batchnorm_1.weight"], twin.weight.grad) < TOLERANCE
        assert relative_error(gradients["batchnorm_1.bias"], twin.bias.grad) < TOLERANCE
        plan.input_rows[...] = x
        plan.run_forward()
        assert relative_error(network.arrays["batchnorm_1.mean"], twin.running_mean) < TOLERANCE
        assert relative_error(network.arrays["batchnorm_1.variance"], twin.running_var) < TOLERANCE
