"""Whole training runs against PyTorch's, with equal weights and batch order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Network, Trainer, datasets, layers, losses, optimizers, schedules
from engine.layers import Layer
from engine.regularisation import Clipping, Penalty

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
twins: Any = pytest.importorskip("tests.engine.torch_twin")
pytestmark = pytest.mark.peers
torch.set_num_threads(1)

ROWS: list[Layer] = [
    layers.Flatten(),
    layers.Dense(units=64),
    layers.ReLU(),
    layers.Dense(units=32),
    layers.ReLU(),
    layers.Dense(units=10),
    layers.Softmax(),
]
PICTURES: list[Layer] = [
    layers.Conv2D(filters=8, kernel_size=3),
    layers.ReLU(),
    layers.MaxPool2D(),
    layers.Conv2D(filters=12, kernel_size=3, padding="same"),
    layers.Tanh(),
    layers.Flatten(),
    layers.Dense(units=10),
    layers.Softmax(),
]


@pytest.mark.parametrize(
    ("chain", "optimizer"),
    [
        (ROWS, optimizers.SGD(0.1)),
        (ROWS, optimizers.Adam(0.002)),
        (PICTURES, optimizers.SGD(0.02, momentum=0.9)),
        (PICTURES, optimizers.Adam(0.002)),
    ],
    ids=["dense-SGD", "dense-Adam", "convolution-momentum", "convolution-Adam"],
)
def test_digits(chain: list[Layer], optimizer: optimizers.Optimizer) -> None:
    digits = datasets.Digits().load()
    x, labels = digits.x, digits.y.astype(np.int64)
    network = Network(chain, x.shape[1:], seed=3)
    twin = twins.TorchNetwork(network)
    stepper = twin.optimizer(optimizer)
    trainer = Trainer(network, "categorical_cross_entropy", optimizer, batch_size=32, seed=0)
    trainer.load(x, labels)
    samples, targets = torch.tensor(x), torch.eye(10)[torch.tensor(labels)]
    for epoch in range(10):
        order = torch.tensor(trainer.state().arrays["order"])
        while trainer.epoch == epoch:
            trainer.step()
        total = 0.0
        for start in range(0, len(x), 32):
            chosen = order[start : start + 32]
            stepper.zero_grad()
            loss = twin.loss(samples[chosen], targets[chosen], "categorical_cross_entropy")
            loss.backward()
            stepper.step()
            total += loss.item() * len(chosen)
        assert trainer.history.loss[epoch] == pytest.approx(total / len(x), rel=0.01), f"epoch {epoch + 1}"
    # A comparison of networks that learnt nothing would be worth nothing.
    assert trainer.history.metrics["accuracy"][-1] > 0.95


Loss = Callable[[Any, Any], Any]


def run_both(
    trainer: Trainer,
    stepper: Any,
    twin: Any,
    loss: Loss,
    after: Callable[[], None] = lambda: None,
    tolerance: float = 1e-8,
) -> None:
    """Twenty steps of both on whole batches; the parameters must be the same after each."""
    rng = np.random.default_rng(1)
    x, labels = rng.standard_normal((12, 4)), rng.integers(0, 3, 12)
    trainer.load(x, labels)
    for _ in range(20):
        value = trainer.step()
        stepper.zero_grad()
        expected = loss(twin(torch.tensor(x), stop_before="softmax_1"), torch.tensor(labels))
        expected.backward()
        after()
        stepper.step()
        assert value == pytest.approx(expected.item(), rel=1e-5)
        for name, array in trainer.network.parameters.items():
            np.testing.assert_allclose(array, twin.array(name), rtol=1e-5, atol=tolerance)


def classifier() -> Network:
    chain = [layers.Dense(units=6), layers.Tanh(), layers.Dense(units=3), layers.Softmax()]
    return Network(chain, (4,), seed=0, dtype=np.float64)


def trainer_of(network: Network, loss: Any = "categorical_cross_entropy", **settings: Any) -> Trainer:
    optimizer = settings.pop("optimizer", optimizers.SGD(0.5))
    return Trainer(network, loss, optimizer, batch_size=12, shuffle=False, seed=0, **settings)


def test_clipping_and_penalties() -> None:
    network = classifier()
    twin = twins.TorchNetwork(network)
    weights = list(twin.parameters.values())
    stepper = torch.optim.SGD(weights, 0.5, momentum=0.9, weight_decay=0.03)
    trainer = trainer_of(
        network,
        optimizer=optimizers.SGD(0.5, momentum=0.9),
        clipping=Clipping(value=0.1, norm=0.2),
        penalty=Penalty(l2=0.03, biases=True),
    )

    def clip() -> None:
        torch.nn.utils.clip_grad_value_(weights, 0.1)
        torch.nn.utils.clip_grad_norm_(weights, 0.2)

    # PyTorch divides by the length plus 1e-6.
    run_both(trainer, stepper, twin, torch.nn.functional.cross_entropy, clip, tolerance=1e-5)


def test_class_weights() -> None:
    network = classifier()
    twin = twins.TorchNetwork(network)
    stepper = torch.optim.SGD(twin.parameters.values(), 0.5)
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor([0.5, 3.0, 1.0], dtype=torch.float64))
    run_both(trainer_of(network, class_weight={0: 0.5, 1: 3}), stepper, twin, loss)


def test_smoothed_labels() -> None:
    network = classifier()
    twin = twins.TorchNetwork(network)
    stepper = torch.optim.SGD(twin.parameters.values(), 0.5)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.2)
    run_both(trainer_of(network, losses.CategoricalCrossEntropy(smoothing=0.2)), stepper, twin, loss)


def test_a_schedule_at_work() -> None:
    network = classifier()
    twin = twins.TorchNetwork(network)
    stepper = torch.optim.SGD(twin.parameters.values(), 0.5, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(stepper, 0.5, 21, cycle_momentum=False)
    made = False

    def follow() -> None:
        nonlocal made
        if made:
            scheduler.step()
        made = True

    trainer = trainer_of(network, optimizer=optimizers.SGD(0.5, momentum=0.9), schedule=schedules.OneCycle(total=21))
    run_both(trainer, stepper, twin, torch.nn.functional.cross_entropy, follow)
