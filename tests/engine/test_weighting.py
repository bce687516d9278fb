"""Weights of samples and classes, and smoothed labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import DataError, Network, SpecError, Trainer, gradcheck, layers, losses, optimizers
from engine.layers import Layer
from engine.losses import LOSSES

ENDS: dict[str, list[Layer]] = {
    "plain": [layers.Dense(units=3)],
    "sigmoid": [layers.Dense(units=3), layers.Sigmoid()],
    "softmax": [layers.Dense(units=3), layers.Softmax()],
    "softmax apart": [layers.Dense(units=3), layers.Softmax(), layers.Reshape(shape=(3,))],
    "sigmoid apart": [layers.Dense(units=3), layers.Sigmoid(), layers.Reshape(shape=(3,))],
}
RNG = np.random.default_rng(0)
X = RNG.standard_normal((7, 4))
LABELS = np.array([0, 1, 2, 0, 0, 1, 0])
WEIGHTS = np.array([0.5, 3, 1, 0, 2, 0.25, 1])


def network(end: str = "softmax") -> Network:
    return Network(ENDS[end], (4,), seed=1, dtype=np.float64)


def one_step(net: Network, loss: Any, y: np.ndarray = LABELS, **settings: Any) -> tuple[float, np.ndarray]:
    """Loss of all samples as one batch, and the step at a learning rate of 1."""
    weights = settings.pop("sample_weight", None)
    before = net.parameter_vector.copy()
    trainer = Trainer(net, loss, optimizers.SGD(1.0), batch_size=len(X), shuffle=False, seed=0, **settings)
    trainer.load(X, y, sample_weight=weights)
    return trainer.step(), before - net.parameter_vector


@pytest.mark.parametrize(
    ("name", "end"),
    [(name, end) for name in LOSSES for end in ENDS if end != "plain" or "cross_entropy" not in name],
)
def test_the_loss_is_the_weighted_mean(name: str, end: str) -> None:
    net = network(end)
    values, gradients = [], []
    for index in range(len(X)):
        value, gradient = net.gradients(X[index : index + 1], LABELS[index : index + 1], name)
        values.append(value)
        gradients.append(np.concatenate([array.reshape(-1) for array in gradient.values()]))
    loss, step = one_step(net, name, sample_weight=WEIGHTS)
    assert loss == pytest.approx(np.average(values, weights=WEIGHTS), rel=1e-9)
    np.testing.assert_allclose(step, np.average(gradients, axis=0, weights=WEIGHTS), rtol=1e-6, atol=1e-9)


def test_a_weight_of_two_counts_like_two_samples() -> None:
    twice = np.array([0, 0, 1, 2, 3, 3, 4, 5, 6])
    counts = np.bincount(twice)
    left, right = network(), network()
    loss, step = one_step(left, "categorical_cross_entropy", sample_weight=counts)
    value, gradient = right.gradients(X[twice], LABELS[twice], "categorical_cross_entropy")
    assert loss == pytest.approx(value)
    np.testing.assert_allclose(step, np.concatenate([array.reshape(-1) for array in gradient.values()]), atol=1e-12)


def test_weights_of_one_change_nothing_but_the_last_digits() -> None:
    plain, weighted = network(), network()
    assert one_step(plain, "categorical_cross_entropy")[0] == pytest.approx(
        one_step(weighted, "categorical_cross_entropy", class_weight={0: 1, 2: 1})[0]
    )
    np.testing.assert_allclose(plain.parameter_vector, weighted.parameter_vector, rtol=1e-12)


def test_class_weights_are_weights_of_samples() -> None:
    table = np.array([0.5, 2, 1])
    by_class, by_sample = network(), network()
    one_step(by_class, "categorical_cross_entropy", class_weight={0: 0.5, 1: 2}, sample_weight=WEIGHTS)
    one_step(by_sample, "categorical_cross_entropy", sample_weight=WEIGHTS * table[LABELS])
    np.testing.assert_array_equal(by_class.parameter_vector, by_sample.parameter_vector)
    balanced, by_sample = network(), network()
    one_step(balanced, "categorical_cross_entropy", np.eye(3)[LABELS], class_weight="balanced")
    one_step(by_sample, "categorical_cross_entropy", sample_weight=7 / (3 * np.bincount(LABELS)[LABELS]))
    np.testing.assert_allclose(balanced.parameter_vector, by_sample.parameter_vector, rtol=1e-12)


def test_yes_and_no_are_classes_too() -> None:
    def trained(weights: Any) -> float:
        net = Network([layers.Dense(units=1), layers.Sigmoid()], (4,), seed=0)
        trainer = Trainer(net, "binary_cross_entropy", optimizers.SGD(0.1), batch_size=7, seed=0, class_weight=weights)
        trainer.fit(X, LABELS > 0, 20)
        return float(net.predict(X).mean())

    assert trained({1: 20}) > trained(None) > trained({0: 20})


def test_an_epochs_loss_is_weighted_over_all_batches() -> None:
    net = network()
    values = [net.gradients(X[i : i + 1], LABELS[i : i + 1], "categorical_cross_entropy")[0] for i in range(7)]
    still = optimizers.SGD(1e-12)
    trainer = Trainer(net, "categorical_cross_entropy", still, batch_size=2, seed=0)
    history = trainer.fit(X, LABELS, 1, (X, LABELS), sample_weight=WEIGHTS)
    assert history.loss[0] == pytest.approx(np.average(values, weights=WEIGHTS))
    # Validation counts all samples alike.
    assert history.val_loss[0] == pytest.approx(np.mean(values))
    # The next data have no weights.
    assert trainer.fit(X, LABELS, 1).loss[1] == pytest.approx(np.mean(values))


def test_a_batch_without_weight_changes_nothing() -> None:
    net = network()
    trainer = Trainer(net, "categorical_cross_entropy", optimizers.SGD(1.0), batch_size=1, shuffle=False, seed=0)
    trainer.load(X, LABELS, sample_weight=[0, 1, 1, 1, 1, 1, 1])
    before = net.parameter_vector.copy()
    assert trainer.step() == 0
    np.testing.assert_array_equal(net.parameter_vector, before)
    assert trainer.step() > 0


def test_a_resumed_run_weighs_the_same(tmp_path: Path) -> None:
    def trainer() -> Trainer:
        return Trainer(
            network(), "categorical_cross_entropy", batch_size=2, seed=0, class_weight={1: 3.0}, metrics=["f1"]
        )

    through, resumed = trainer(), trainer()
    through.load(X, LABELS, sample_weight=WEIGHTS)
    for _ in range(6):
        through.step()
    through.save(tmp_path / "run.safetensors")
    resumed.resume(tmp_path / "run.safetensors")
    resumed.load(X, LABELS, sample_weight=WEIGHTS)
    assert [through.step() for _ in range(9)] == [resumed.step() for _ in range(9)]
    assert through.history == resumed.history
    with pytest.raises(SpecError, match="different class_weight"):
        Trainer(network(), "categorical_cross_entropy", metrics=["f1"]).restore(through.state())


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        ([1, 2], "shape"),
        (np.ones((7, 1)), "one for each of 7"),
        ([1, 1, -1, 1, 1, 1, 1], "sample 2 has -1"),
        ([1, 1, 1, 1, np.nan, 1, 1], "sample 4 has nan"),
        (np.zeros(7), "all samples weigh 0"),
        (["a"] * 7, "must be numbers"),
    ],
)
def test_sample_weights_that_cannot_be_are_refused(weights: Any, text: str) -> None:
    with pytest.raises(DataError, match=text):
        Trainer(network(), "categorical_cross_entropy").load(X, LABELS, sample_weight=weights)


def test_class_weights_that_cannot_be_are_refused() -> None:
    for weights, text in (
        ({0: -1}, "class 0 weighs -1"),
        ({"a": 1}, "'a' is no class"),
        ({0: "b"}, "weighs 'b'"),
        ([1, 2], "a mapping such as"),
        ("all", "a mapping such as"),
    ):
        with pytest.raises(SpecError, match=text):
            Trainer(network(), class_weight=weights)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="name class 3, but there are only classes 0 to 2"):
        Trainer(network(), "categorical_cross_entropy", class_weight={3: 1}).fit(X, LABELS)
    pictures = Network([layers.Reshape(shape=(2, 2))], (4,), seed=0)
    with pytest.raises(DataError, match="one class for each sample"):
        Trainer(pictures, class_weight={0: 2}).fit(X, X.reshape(7, 2, 2))


def test_smoothed_labels() -> None:
    loss = losses.CategoricalCrossEntropy(smoothing=0.3)
    net = network()
    soft = 0.7 * np.eye(3)[LABELS] + 0.1
    assert net.gradients(X, LABELS, loss)[0] == pytest.approx(net.gradients(X, soft, loss.with_changes(smoothing=0))[0])
    hard = net.gradients(X, LABELS, "categorical_cross_entropy")[0]
    smooth = net.gradients(X, LABELS, loss)[0]
    spread = -np.log(net.predict(X)).mean()
    assert smooth == pytest.approx(0.7 * hard + 0.3 * spread)
    assert gradcheck.check(net, X, LABELS, loss).worst < 1e-6
    result = Trainer(net, loss).evaluate(X, LABELS)
    assert result["accuracy"] == pytest.approx((net.predict(X).argmax(axis=1) == LABELS).mean())
    for share in (-0.1, 1.0):
        with pytest.raises(SpecError, match="smoothing"):
            losses.CategoricalCrossEntropy(smoothing=share)
