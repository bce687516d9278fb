"""Losses: values by hand, gradients by differences, extreme numbers, targets of every kind."""

from __future__ import annotations

import numpy as np
import pytest

from engine import DataError, Network, ShapeError, SpecError, gradcheck, layers, losses
from engine.losses import LOSSES, Loss, LossContext


def measured(loss: Loss, output: np.ndarray, target: np.ndarray) -> float:
    """A loss of (N, K) arrays, not fused with anything."""
    return loss.bind(LossContext(np.ascontiguousarray(output.T), target.T.astype(output.dtype), None, None))()


@pytest.mark.parametrize("kind", LOSSES.values(), ids=LOSSES)
def test_every_loss_is_fully_declared(kind: type[Loss]) -> None:
    for text in (kind.title, kind.help, kind.formula, kind.__doc__):
        assert text
    assert LOSSES[kind.model_fields["type"].default] is kind
    assert losses.get(kind.model_fields["type"].default) == kind()


def test_values_by_hand() -> None:
    output, target = np.array([[0.5, 0.25], [0.9, 0.1]]), np.array([[1, 0], [1, 0]])
    assert measured(losses.get("mse"), output, target) == pytest.approx((0.25 + 0.0625 + 0.01 + 0.01) / 4)
    assert measured(losses.get("mae"), output, target) == pytest.approx((0.5 + 0.25 + 0.1 + 0.1) / 4)
    assert measured(losses.Huber(delta=0.2), output, target) == pytest.approx(
        (0.2 * (0.5 - 0.1) + 0.2 * (0.25 - 0.1) + 0.005 + 0.005) / 4
    )
    assert measured(losses.get("hinge"), output, target) == pytest.approx((0.5 + 1.25 + 0.1 + 1.1) / 4)
    assert measured(losses.get("hinge"), output, 2 * target - 1) == pytest.approx((0.5 + 1.25 + 0.1 + 1.1) / 4)
    logs = -np.log([0.5, 0.75, 0.9, 0.9])
    assert measured(losses.get("binary_cross_entropy"), output, target) == pytest.approx(logs.mean())
    shares = np.array([[0.2, 0.8], [0.7, 0.3]])
    expected = -(np.log(0.2) + np.log(0.7)) / 2
    assert measured(losses.get("categorical_cross_entropy"), shares, target) == pytest.approx(expected)


ENDS = {
    "none": [layers.Dense(units=3)],
    "sigmoid": [layers.Dense(units=3), layers.Sigmoid()],
    "softmax": [layers.Dense(units=3), layers.Softmax()],
}
FUSED = [("binary_cross_entropy", "Sigmoid"), ("categorical_cross_entropy", "Softmax")]


# Cross-entropy compares shares, which a plain Dense does not give.
@pytest.mark.parametrize(
    ("name", "end"), [(name, end) for name in LOSSES for end in ENDS if end != "none" or "cross_entropy" not in name]
)
def test_gradients_agree_with_differences(name: str, end: str) -> None:
    network = Network(ENDS[end], (4,), seed=2)
    rng = np.random.default_rng(0)
    # Hinge asks for sides, which shares are not.
    targets = np.eye(3)[[0, 2, 1, 1, 0]] if name == "hinge" else rng.dirichlet(np.ones(3), 5)
    assert gradcheck.check(network, rng.standard_normal((5, 4)), targets, name).worst < 1e-6


@pytest.mark.parametrize(("name", "end"), FUSED)
@pytest.mark.parametrize("picture", [False, True])
def test_fused_equals_unfused(name: str, end: str, picture: bool) -> None:
    # A Reshape that changes nothing stands between the last layer and the loss and keeps them from being fused.
    shape = (3, 2, 2) if picture else (3,)
    body = [layers.Conv2D(filters=3, kernel_size=1)] if picture else [layers.Dense(units=3)]
    fused = Network([*body, layers.REGISTRY[end]()], shape, seed=4, dtype=np.float64)
    apart = Network([*body, layers.REGISTRY[end](), layers.Reshape(shape=shape)], shape, seed=4, dtype=np.float64)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((6, *shape))
    y = np.moveaxis(rng.dirichlet(np.ones(3), (6, *shape[1:])), -1, 1)
    left, gradients = fused.gradients(x, y, name, input_gradient=True)
    right, others = apart.gradients(x, y, name, input_gradient=True)
    assert left == pytest.approx(right, rel=1e-12)
    for key, gradient in gradients.items():
        np.testing.assert_allclose(gradient, others[key], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "end"), FUSED)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fused", [True, False])
def test_extreme_logits_give_no_nan(name: str, end: str, dtype: type[np.floating], fused: bool) -> None:
    chain = [layers.REGISTRY[end]()] + ([] if fused else [layers.Reshape(shape=(3,))])
    network = Network(chain, (3,), seed=0, dtype=dtype)
    logits = np.array([[1e4, -1e4, 0], [-1e4, -1e4, 1e4], [1e4, 1e4, 1e4], [0, 0, 0]])
    for targets in (np.eye(3)[[0, 2, 1, 1]], np.eye(3)[[1, 0, 2, 0]]):
        value, gradients = network.gradients(logits, targets, name, input_gradient=True)
        assert np.isfinite(value)
        assert value >= 0
        assert np.isfinite(gradients["input"]).all()


def test_a_fused_loss_keeps_the_size_of_a_gross_mistake() -> None:
    network = Network([layers.Sigmoid()], (1,), seed=0)
    value, gradients = network.gradients([[-200.0]], [[1]], "binary_cross_entropy", input_gradient=True)
    assert value == pytest.approx(200)
    assert gradients["input"][0, 0] == pytest.approx(-1)
    network = Network([layers.Softmax()], (2,), seed=0)
    value, gradients = network.gradients([[-100.0, 100.0]], [0], "categorical_cross_entropy", input_gradient=True)
    assert value == pytest.approx(200)
    np.testing.assert_allclose(gradients["input"][0], [-1, 1])


@pytest.mark.parametrize("name", LOSSES)
def test_no_samples_cost_nothing(name: str) -> None:
    network = Network([layers.Dense(units=2), layers.Sigmoid()], (3,), seed=0)
    value, gradients = network.gradients(np.empty((0, 3)), np.empty((0, 2)), name)
    assert value == 0
    assert all(not gradient.any() for gradient in gradients.values())


def test_labels_become_rows() -> None:
    loss = losses.get("categorical_cross_entropy")
    np.testing.assert_array_equal(loss.encode([2, 0], (3,)), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(loss.encode(np.array([True, False]), (2,)), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(losses.get("mse").encode([1, 0], (1,)), [[1], [0]])
    np.testing.assert_array_equal(losses.get("mse").encode([0.5, 2.5], (1,)), [[0.5], [2.5]])
    network = Network([layers.Dense(units=3), layers.Softmax()], (2,), seed=0)
    rows = np.ones((2, 2))
    left, right = network.gradients(rows, [2, 1], loss), network.gradients(rows, [[0, 0, 1], [0, 1, 0]], loss)
    assert left[0] == right[0]


@pytest.mark.parametrize(
    ("targets", "shape", "text"),
    [
        ([3, 0], (3,), "run from 0 to 3, but the network has 3 outputs"),
        ([-1, 0], (3,), "run from -1 to 0"),
        ([[1, 2], [3, 4]], (3,), "do not fit the network's output 3"),
        ([1, 2], (2, 2), "one number per class"),
        ([0.5, 1.5], (3,), "do not fit"),
        (1.0, (1,), "do not fit"),
        (["a", "b"], (1,), "must be numbers"),
        ([[1], [2, 3]], (1,), "must be numbers"),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets: object, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(DataError, match=text):
        losses.get("mse").encode(targets, shape)


def test_the_output_is_checked_against_the_data() -> None:
    crossing = losses.get("categorical_cross_entropy")
    crossing.check((10,), task="classification", classes=10, targets=0)
    with pytest.raises(ShapeError, match=r"gives 8, but the data have 10 classes.*needs 10") as caught:
        crossing.check((8,), task="classification", classes=10, targets=0)
    assert caught.value.wanted == (10,)
    with pytest.raises(ShapeError, match="numbers as targets"):
        crossing.check((1,), task="regression", classes=0, targets=1)
    for shape in ((1,), (2,)):
        losses.get("binary_cross_entropy").check(shape, task="classification", classes=2, targets=0)
    losses.get("mse").check((3,), task="regression", classes=0, targets=3)
    with pytest.raises(ShapeError, match="3 target number"):
        losses.get("mse").check((2,), task="regression", classes=0, targets=3)


def test_an_unknown_loss_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match="no loss 'rmse'; choose one of mse, mae"):
        losses.get("rmse")


def test_smoothing_spreads_a_share_over_all_classes() -> None:
    network = Network([layers.Softmax()], (4,), seed=0, dtype=np.float64)
    x, y = np.array([[0.3, -1.2, 2.0, 0.1]]), np.array([2])
    shares = network.predict(x)[0]
    # Of one, 0.2 are spread over four classes: 0.05 for each, and 0.8 more for the right one.
    targets = np.array([0.05, 0.05, 0.85, 0.05])
    value, gradients = network.gradients(x, y, losses.CategoricalCrossEntropy(smoothing=0.2), input_gradient=True)
    assert value == pytest.approx(-(targets * np.log(shares)).sum())
    np.testing.assert_allclose(gradients["input"][0], shares - targets, rtol=1e-12)
