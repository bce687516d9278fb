"""Targets: each loss takes those it declares, and explains others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import DataError, Network, Trainer, gradcheck, layers, losses, metrics
from engine.losses import LOSSES
from engine.targets import Probabilities, Sides

BINARY, CATEGORICAL = "binary_cross_entropy", "categorical_cross_entropy"
ENDS = {BINARY: layers.Sigmoid(), CATEGORICAL: layers.Softmax(), "hinge": layers.Reshape(shape=(-1,))}
X = np.random.default_rng(0).standard_normal((12, 3))


def network(loss: str, outputs: int = 1) -> Network:
    return Network([layers.Dense(outputs), ENDS[loss]], (3,), seed=0)


def spread(values: Any) -> np.ndarray:
    """Twelve targets that take these values in turn."""
    return np.resize(np.asarray(values), (12, *np.shape(values)[1:]))


# Loss, outputs, values of the targets, what the sentence says: the values found, and what to do.
REFUSED: list[tuple[str, int, Any, str]] = [
    (BINARY, 1, [-1, 1], r"takes targets from 0 \(no\) to 1 \(yes\), found -1 and 1\..*with y == 1, or use hinge"),
    (BINARY, 1, [-1.0, 1.0], r"found -1 and 1\..*with y == 1, or use hinge"),
    (BINARY, 1, [1, 2], r"found 1 and 2\. Map 1 and 2 to 0 and 1 with y == 2\."),
    (BINARY, 1, [0, 1, 2], "found 0, 1 and 2. For 3 classes, give the network 3 outputs and use categorical_cross"),
    (BINARY, 1, [0, 255], "found 0 and 255. .*with y == 255"),
    (BINARY, 1, np.array([0, 255], np.uint8), "found 0 and 255. .*with y == 255"),
    (BINARY, 1, [0.0, 0.5, 1.5], "found 0, 0.5 and 1.5. Scale them to 0 to 1 with y / 1.5, or use mse"),
    (BINARY, 1, [1, 2, 3], "give the network 3 outputs, number them from 0 with y - 1 and use categorical_cross"),
    (BINARY, 1, [1234567.0, 1234568.0], "found 1234567 and 1234568. Map .* with y == 1234568"),
    (BINARY, 1, np.array([1.01], np.float16), "found 1.01. Scale them"),
    (BINARY, 1, [-0.2, 0.5, 0.7], "found -0.2, 0.5 and 0.7"),
    (BINARY, 1, [0, 10, 20, 30, 70], "found 5 different values from 0 to 70"),
    (BINARY, 2, [[-1, 1], [1, -1]], r"found -1 and 1\..*or use hinge"),
    (BINARY, 2, [-1, 1], r"found -1 and 1\. Number the classes from 0 on with numpy"),
    (BINARY, 2, [1, 2], r"found 1 and 2\. Let them start from 0 with y - 1"),
    ("hinge", 1, [1, 2], r"takes targets that are 0 and 1, or -1 and 1, found 1 and 2\..*with y == 2"),
    ("hinge", 1, [-1, 0, 1], r"found -1, 0 and 1\. Make each a yes or a no"),
    ("hinge", 1, [0.1, 0.5, 0.9], "found 0.1, 0.5 and 0.9. .*such as y > 0, or use binary_cross_entropy"),
    ("hinge", 1, [2], r"found 2\. Make each a yes or a no with a comparison such as y > 0\."),
    ("hinge", 1, [0, 1, 2, 3, 4], "found 5 different values from 0 to 4. For 5 classes, give the network 5 outputs"),
    (CATEGORICAL, 3, [0, 3], r"labels run from 0 to 3.*3 outputs.*numpy\.unique"),
    (CATEGORICAL, 3, [0, 1, 2, 3], "Give the network 4 outputs"),
    (CATEGORICAL, 3, [1, 2, 3], "found 1, 2 and 3. Let them start from 0 with y - 1"),
    (CATEGORICAL, 3, [-1, 0, 1], "labels run from -1 to 1"),
    (CATEGORICAL, 3, [-1, 0, 1, 2], "and give the network 4 outputs"),
    (CATEGORICAL, 3, [0.5, 1.5], "one number per sample, such as 0.5"),
    (CATEGORICAL, 3, [0.0, 1.0, 2.0], r"give integers with y\.astype\(int\)"),
    (CATEGORICAL, 3, [[0], [2]], r"give them with y\.reshape\(-1\)"),
    (CATEGORICAL, 3, [[0, 0, 0]], r"found \[0, 0, 0\] in row 0, with a sum of 0\. Give every sample a class"),
    (CATEGORICAL, 3, [[0, 1, 0], [1, 1, 0]], r"found \[1, 1, 0\] in row 1, with a sum of 2\..*or binary_cross_entropy"),
    (CATEGORICAL, 3, [[0.2, 0.3, 0.4]], r"with a sum of 0\.9\. Divide each row by its sum"),
    (CATEGORICAL, 3, [[1.5, -0.5, 0]], "found -0.5, 0 and 1.5"),
    (CATEGORICAL, 3, [[-1, 1, -1]], r"found -1 and 1\..*with y == 1, or use hinge"),
    (CATEGORICAL, 3, [[0, 0, 255]], "with a sum of 255"),
    (CATEGORICAL, 1, [0, 1], "a single output. Give the network one output per class"),
]
TAKEN: list[tuple[str, int, Any]] = [
    (BINARY, 1, [0, 1]),
    (BINARY, 1, [False, True]),
    (BINARY, 1, [0.0, 0.25, 1.0]),
    (BINARY, 1, [1]),
    (BINARY, 2, [0, 1]),
    (BINARY, 3, [[0, 0, 0], [1, 1, 0]]),
    ("hinge", 1, [0, 1]),
    ("hinge", 1, [-1, 1]),
    ("hinge", 1, [-1.0]),
    ("hinge", 3, [[-1, 1, -1]]),
    ("hinge", 3, [0, 1, 2]),
    (CATEGORICAL, 3, [0, 2]),
    (CATEGORICAL, 3, [[0, 1, 0]]),
    (CATEGORICAL, 3, [[0.2, 0.3, 0.5]]),
    (CATEGORICAL, 3, np.array([[1 / 3, 1 / 3, 1 / 3]], np.float16)),
    (CATEGORICAL, 3, [[0.333, 0.333, 0.333]]),
    (CATEGORICAL, 3, [[0.33, 0.33, 0.33]]),
    (BINARY, 1, np.array([1.001, -0.0001], np.float16)),
    ("hinge", 1, [1 - 1e-7, 1e-9]),
    ("hinge", 1, np.array([1 + 1e-7, -1 + 1e-7], np.float32)),
]

GOOD = {(loss, outputs): spread(values) for loss, outputs, values in reversed(TAKEN)} | {(CATEGORICAL, 1): np.ones(12)}
DOORS: dict[str, Callable[[Network, str, Any, Any], object]] = {
    "fit": lambda net, loss, y, good: Trainer(net, loss).fit(X, y),
    "load": lambda net, loss, y, good: Trainer(net, loss).load(X, y),
    "validation": lambda net, loss, y, good: Trainer(net, loss).fit(X, good, 1, (X, y)),
    "evaluate": lambda net, loss, y, good: Trainer(net, loss).evaluate(X, y),
    "gradients": lambda net, loss, y, good: net.gradients(X, y, loss),
    "gradcheck": lambda net, loss, y, good: gradcheck.check(net, X, y, loss, samples_per_array=2),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("loss", "outputs", "values", "text"), REFUSED)
def test_targets_that_mean_nothing_to_a_loss_are_refused(
    loss: str, outputs: int, values: Any, text: str, door: str
) -> None:
    net = network(loss, outputs)
    before = net.parameter_vector.copy()
    with pytest.raises(DataError, match=text) as caught:
        DOORS[door](net, loss, spread(values), GOOD[loss, outputs])
    assert len(str(caught.value)) < 300
    np.testing.assert_array_equal(net.parameter_vector, before)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("loss", "outputs", "values"), TAKEN)
def test_targets_of_a_loss_are_taken(loss: str, outputs: int, values: Any, door: str) -> None:
    y = spread(values)
    DOORS[door](network(loss, outputs), loss, y, y)
    assert Trainer(network(loss, outputs), loss).evaluate(X, y)["loss"] >= 0


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize("values", [[-1, 1], [0, 255], [1, 2], [-3.5, 7, 1e6]])
def test_losses_for_numbers_take_any(loss: str, values: Any) -> None:
    rows = losses.get(loss).encode(values, (1,))
    np.testing.assert_array_equal(rows[:, 0], values)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20))
def test_binary_cross_entropy_takes_exactly_what_lies_within_0_and_1(values: list[float]) -> None:
    loss, within = losses.get(BINARY), all(0 <= value <= 1 for value in values)
    if not within and all(-1e-5 < value < 1 + 1e-5 for value in values):
        return
    try:
        rows = loss.encode(values, (1,))
    except DataError:
        assert not within
    else:
        assert within
        np.testing.assert_array_equal(rows[:, 0], values)


def test_what_rounding_left_beyond_a_bound_is_taken_off() -> None:
    rows = losses.get(BINARY).encode([1 + 1e-7, -1e-7, 0.5], (1,))
    assert (rows.min(), rows.max()) == (0, 1)
    rows = losses.get(CATEGORICAL).encode([[1 + 1e-7, -1e-7]], (2,))
    assert (rows.min(), rows.max()) == (0, 1)


def test_the_bad_row_is_named_in_pictures_too() -> None:
    targets = np.zeros((2, 3, 2, 2))
    targets[:, 1] = 1
    losses.get(CATEGORICAL).encode(targets, (3, 2, 2))
    targets[1, :, 1, 0] = (0.5, 0.25, 0.5)
    with pytest.raises(DataError, match=r"found \[0.5, 0.25, 0.5\] in row 1, with a sum of 1.25"):
        losses.get(CATEGORICAL).encode(targets, (3, 2, 2))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_called_so(loss: str, odd: float) -> None:
    for net in (Network([layers.Dense(1), layers.Sigmoid()], (3,)), Network([layers.Dense(2)], (3,))):
        y = np.ones((12, *net.output_shape))
        y[4] = odd
        with pytest.raises(DataError, match="targets hold NaN or infinity, first in sample 4"):
            net.gradients(X, y, loss)


def test_whole_numbers_for_a_single_output_are_no_classes() -> None:
    net = Network([layers.Dense(1)], (3,), seed=0)
    assert set(Trainer(net).evaluate(X, np.arange(12))) == {"loss", "mae"}
    assert set(Trainer(net).fit(X, np.arange(12)).metrics) == {"mae"}
    assert set(Trainer(net).evaluate(X, np.arange(12) % 2)) == {"loss", "accuracy"}
    assert set(Trainer(net, "hinge").evaluate(X, np.arange(12) % 2 * 2 - 1)) == {"loss", "accuracy"}
    wide = Network([layers.Dense(2)], (3,), seed=0)
    assert set(Trainer(wide).evaluate(X, np.arange(24).reshape(12, 2))) == {"loss", "mae"}
    for name in ("accuracy", "f1", "top_2"):
        trainer = Trainer(net, metrics=[name])
        for call in (trainer.load, trainer.evaluate):
            with pytest.raises(DataError, match=f"{name} compares classes.*found 12 different.*use mae or r2"):
                call(X, np.arange(12))
        trainer = Trainer(net)
        trainer.load(X, np.arange(12))
        with pytest.raises(DataError, match="compares classes"):
            trainer.metrics = [name]
        assert trainer.metrics == ("mae",)


def test_a_confusion_matrix_needs_true_classes() -> None:
    said = np.array([[0.2], [0.7], [0.9]])
    for targets in ([0, 1, 1], [0.0, 1.0, 1.0], [[-1], [1], [1]]):
        assert metrics.confusion_matrix(said, targets).tolist() == [[1, 0], [0, 2]]
    assert metrics.confusion_matrix(said, [0, 1, 0]).tolist() == [[1, 1], [0, 1]]
    with pytest.raises(DataError, match=r"0 and 1, or -1 and 1, found 1 and 2; give class labels as integers"):
        metrics.confusion_matrix(said, [1.0, 2.0, 2.0])
    for row in ([0, 0], [1, 1]):
        with pytest.raises(DataError, match=rf"row 1 of the targets names no single class: \[{row[0]}"):
            metrics.confusion_matrix(np.eye(2), [[1, 0], row])


def test_declarations_of_targets_hold_for_no_targets() -> None:
    for loss in LOSSES.values():
        assert loss.targets.flaw(np.empty((0, 3))) is None
        assert loss.targets.expected
    assert Probabilities().flaw(np.array([[0.5]])) is None
    assert Sides().flaw(np.array([[0.5]])) is not None


@pytest.mark.peers
def test_soft_targets_cost_what_torch_says() -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    rng = np.random.default_rng(1)
    soft, rows = rng.random((12, 3)), rng.dirichlet(np.ones(3), 12)
    functions = torch.nn.functional
    for name, targets, theirs in (
        (BINARY, soft, functions.binary_cross_entropy_with_logits),
        (CATEGORICAL, rows, functions.cross_entropy),
    ):
        net = Network([ENDS[name]], (3,), seed=0, dtype=np.float64)
        value, _ = net.gradients(X, targets, name)
        assert value == pytest.approx(float(theirs(torch.tensor(X), torch.tensor(targets))), rel=1e-12)
