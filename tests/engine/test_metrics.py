"""Metrics: by hand, over batches, and against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import DataError, Network, SpecError, Trainer, layers, metrics, optimizers
from engine.metrics import METRICS, confusion_matrix
from engine.training.history import Score

NAMES = [*METRICS, "top_2", "top_3"]


def measured(name: str, output: np.ndarray, target: np.ndarray, batch: int = 4, threshold: float = 0.5) -> float:
    """A metric of (N, ...) arrays, added up batch by batch."""
    score = Score([name], threshold)
    for start in range(0, len(output), batch):
        parts = (np.moveaxis(array[start : start + batch], 0, -1) for array in (output, target))
        score.add(0.0, *parts)
    return score.result()[name]


def guesses(count: int = 57, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Outputs that are right more often than not, and labels. The last class never occurs."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes - 1, count)
    return (rng.standard_normal((count, classes)) + 1.5 * np.eye(classes)[labels]).astype(np.float32), labels


def test_values_by_hand() -> None:
    output = np.eye(3)[[0, 0, 1, 2]]
    target = np.eye(3)[[0, 1, 1, 1]]
    assert measured("accuracy", output, target) == pytest.approx(2 / 4)
    assert measured("precision", output, target) == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert measured("recall", output, target) == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert measured("f1", output, target) == pytest.approx((2 / 3 + 2 / 4 + 0) / 3)
    numbers, truth = np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [3.0], [5.0]])
    assert measured("r2", numbers, truth) == pytest.approx(1 - 2 / 8)
    assert measured("mae", numbers, truth) == pytest.approx(2 / 3)


def test_r2_of_targets_that_are_all_the_same() -> None:
    same = np.full((5, 1), 0.1, np.float32)
    assert measured("r2", same, same) == 1
    assert measured("r2", same + 1, same) == 0


def test_of_equal_outputs_the_first_counts() -> None:
    output = np.zeros((3, 4))
    target = np.eye(4)[[0, 1, 3]]
    assert [measured(f"top_{k}", output, target) for k in (1, 2, 4)] == pytest.approx([1 / 3, 2 / 3, 1])
    output, labels = guesses()
    assert measured("top_1", output, np.eye(4)[labels]) == measured("accuracy", output, np.eye(4)[labels])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1,), (4,), (4, 2, 3)])
def test_batches_add_up(name: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    output = rng.standard_normal((30, *shape)).astype(np.float32)
    target = np.moveaxis(np.eye(shape[0])[rng.integers(0, shape[0], (30, *shape[1:]))], -1, 1).astype(np.float32)
    if shape == (1,):
        target = rng.integers(0, 2, (30, 1)).astype(np.float32)
    assert measured(name, output, target, batch=7) == pytest.approx(measured(name, output, target, batch=30), rel=1e-6)
    assert Score([name], 0.5).result() == {"loss": 0.0, name: 0.0}


@pytest.mark.parametrize("name", NAMES)
def test_they_can_be_stopped_halfway(name: str) -> None:
    output, labels = guesses()
    target = np.eye(4)[labels]
    through, first = Score([name], 0.5), Score([name], 0.5)
    for score in (through, first):
        score.add(0.3, output[:20].T, target[:20].T, weight=2.5)
    second = Score([name], 0.5)
    second.restore(first.state())
    for score in (through, second):
        score.add(0.7, output[20:].T, target[20:].T)
    assert second.result() == through.result()
    assert through.result()["loss"] == pytest.approx((0.3 * 2.5 + 0.7 * 37) / 39.5)


def test_a_trainer_reports_them() -> None:
    x, labels = guesses()
    net = Network([layers.Dense(units=4), layers.Softmax()], (4,), seed=0)
    names = ["accuracy", "precision", "recall", "f1", "top_2"]
    trainer = Trainer(net, "categorical_cross_entropy", optimizers.Adam(0.05), batch_size=8, seed=0, metrics=names)
    history = trainer.fit(x, labels, 10, validation=(x, labels))
    assert set(history.metrics) == {*names, *(f"val_{name}" for name in names)}
    result = trainer.evaluate(x, labels)
    matrix = confusion_matrix(net.predict(x), labels)
    assert matrix.sum() == len(x)
    assert result["accuracy"] == pytest.approx(np.trace(matrix) / len(x))
    assert result["top_2"] >= result["accuracy"] > 0.6
    assert history.metrics["val_f1"][-1] == pytest.approx(result["f1"])


def test_a_confusion_matrix_by_hand() -> None:
    assert confusion_matrix([0, 2, 2, 1], [0, 1, 2, 1]).tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert confusion_matrix(np.array([[0.2], [0.9], [0.6]]), [0, 1, 0]).tolist() == [[1, 1], [0, 1]]
    assert confusion_matrix(np.array([[0.2], [-0.9]]), np.array([1.0, -1.0]), threshold=0).tolist() == [[1, 0], [0, 1]]
    assert confusion_matrix(np.eye(3)[[1]], np.eye(3)[[0]]).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert confusion_matrix([], np.array([], int)).tolist() == [[0, 0], [0, 0]]
    for bad, text in (([0, 1], "2 predictions but 1"), ([-1], "0 or more"), (np.zeros((1, 2, 2)), "shape")):
        with pytest.raises(DataError, match=text):
            confusion_matrix(bad, [0])


@pytest.mark.parametrize("name", ["top_0", "top_", "top_x", "F1", "top_-1"])
def test_unknown_ones_are_refused_by_name(name: str) -> None:
    with pytest.raises(SpecError, match=f"no metric '{name}'; choose from accuracy, mae, .*top_5"):
        metrics.get(name)


@pytest.mark.peers
@pytest.mark.parametrize("classes", [2, 4])
def test_they_mean_what_scikit_learn_means(classes: int) -> None:
    theirs: Any = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed (extra 'peers')")
    rng = np.random.default_rng(3)
    labels = rng.integers(0, classes, 80)
    output = (rng.standard_normal((80, classes)) + np.eye(classes)[labels]).astype(np.float32)
    target, said = np.eye(classes)[labels], output.argmax(axis=1)
    for name in ("precision", "recall", "f1"):
        expected = getattr(theirs, f"{name}_score")(labels, said, average="macro", zero_division=0)
        assert measured(name, output, target) == pytest.approx(expected)
    np.testing.assert_array_equal(confusion_matrix(output, labels), theirs.confusion_matrix(labels, said))
    if classes > 2:
        assert measured("top_2", output, target) == pytest.approx(theirs.top_k_accuracy_score(labels, output, k=2))
    truth = rng.normal(5, 2, (80, 3))
    guess = truth + rng.standard_normal((80, 3))
    assert measured("r2", guess, truth) == pytest.approx(theirs.r2_score(truth, guess))


def test_they_may_change_between_two_steps() -> None:
    net = Network([layers.Dense(units=3), layers.Softmax()], (2,), seed=0)
    it = Trainer(net, "categorical_cross_entropy", batch_size=4, seed=0)
    x, y = np.random.default_rng(0).normal(size=(10, 2)), np.arange(10) % 3
    it.load(x, y, (x, y))
    assert it.metrics == ("accuracy",)
    assert it.progress == 0
    it.step()
    assert it.progress == pytest.approx(0.4)
    it.metrics = ("accuracy", "f1")
    with pytest.raises(SpecError, match="no metric"):
        it.metrics = ("fame",)
    for _ in range(5):
        it.step()
    lengths = {name: len(values) for name, values in it.history.metrics.items()}
    assert lengths == {"accuracy": 2, "f1": 1, "val_accuracy": 2, "val_f1": 2}


class TestTargetScale:
    """Errors in the units of the source, where the network learns scaled targets."""

    def trainers(self) -> tuple[Trainer, Trainer]:
        made = [Trainer(Network([layers.Dense(2)], (3,), seed=0), "mse", seed=0, metrics=("mae", "r2")) for _ in "ab"]
        return made[0], made[1]

    def test_mae_is_in_their_units_and_the_rest_as_before(self) -> None:
        rng = np.random.default_rng(0)
        x, y = rng.normal(0, 1, (40, 3)), rng.normal(0, 1, (40, 2))
        plain, scaled = self.trainers()
        scaled.target_scale = [10.0, 1000.0]
        for trainer in (plain, scaled):
            trainer.fit(x, y, epochs=3, validation=(x[:10], y[:10]))
        np.testing.assert_array_equal(plain.network.parameter_vector, scaled.network.parameter_vector)
        assert scaled.history.loss == plain.history.loss
        np.testing.assert_allclose(scaled.history.metrics["r2"], plain.history.metrics["r2"], rtol=1e-5)
        off = np.abs(scaled.network.predict(x) - y) * [10, 1000]
        assert scaled.evaluate(x, y)["mae"] == pytest.approx(off.mean(), rel=1e-5)
        assert scaled.history.metrics["val_mae"][-1] == pytest.approx(off[:10].mean(), rel=1e-5)

    @pytest.mark.parametrize("scale", [[1.0], [1.0, 0.0], [1.0, float("nan")], [1.0, 2.0, 3.0]])
    def test_it_takes_a_positive_number_for_each_output(self, scale: list[float]) -> None:
        trainer, _ = self.trainers()
        with pytest.raises(SpecError, match="takes 2 positive numbers"):
            trainer.target_scale = scale
