"""Several answers of yes or no for each sample: loss, metrics, data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import DataError, Network, ShapeError, Trainer, gradcheck, layers, losses, metrics, optimizers
from engine.data import Data, NpzFile, Preparation, TableFile
from engine.data.steps import LabelNoise, ScaleTargets
from engine.losses import LOSSES
from engine.types import Array

RNG = np.random.default_rng(3)
X = RNG.normal(size=(64, 5)).astype(np.float32)
# Three labels of which each follows from the inputs, and which come in all combinations.
Y = (X @ RNG.normal(size=(5, 3)) > 0).astype(np.float32)


def network(*end: layers.Layer) -> Network:
    return Network([layers.Dense(8), layers.Tanh(), layers.Dense(3), *end], (5,), seed=0)


class TestLoss:
    @pytest.mark.parametrize(
        "end", [(layers.Sigmoid(),), (layers.Sigmoid(), layers.Dropout(0.0))], ids=["fused", "apart"]
    )
    def test_gradients(self, end: tuple[layers.Layer, ...]) -> None:
        assert gradcheck.check(network(*end), X[:6], Y[:6], "binary_cross_entropy").worst < 1e-6

    def test_it_is_the_mean_over_samples_and_labels(self) -> None:
        net = network(layers.Sigmoid())
        p = net.predict(X).astype(np.float64)
        expected = -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).mean()
        assert Trainer(net, "binary_cross_entropy").evaluate(X, Y)["loss"] == pytest.approx(expected, rel=1e-5)

    def test_fused_it_is_exact_far_from_the_answer(self) -> None:
        net = Network([layers.Dense(2), layers.Sigmoid()], (2,), seed=0)
        net.parameters["dense_1.weight"][...] = np.diag([200.0, 200.0])
        # Right and wrong by 200 logits each.
        value, gradients = net.gradients([[1, 1]], [[1, 0]], "binary_cross_entropy", input_gradient=True)
        assert value == pytest.approx(100.0)
        np.testing.assert_allclose(gradients["dense_1.bias"], [0, 0.5])

    def test_it_is_pytorchs(self) -> None:
        torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
        net = network(layers.Sigmoid())
        value, gradients = net.gradients(X, Y, "binary_cross_entropy")
        weights = {name: torch.tensor(array.copy(), requires_grad=True) for name, array in net.parameters.items()}
        hidden = torch.tanh(torch.tensor(X) @ weights["dense_1.weight"] + weights["dense_1.bias"])
        logits = hidden @ weights["dense_2.weight"] + weights["dense_2.bias"]
        loss = torch.nn.BCEWithLogitsLoss()(logits, torch.tensor(Y))
        loss.backward()
        assert value == pytest.approx(loss.item(), rel=1e-6)
        for name, weight in weights.items():
            np.testing.assert_allclose(gradients[name], weight.grad.numpy(), atol=1e-7)

    def test_targets_other_than_probabilities_are_refused(self) -> None:
        with pytest.raises(DataError, match="takes targets from 0"):
            network(layers.Sigmoid()).gradients(X, 2 * Y, "binary_cross_entropy")

    def test_the_outputs_are_as_many_as_the_labels(self) -> None:
        bce = losses.BinaryCrossEntropy()
        bce.check((3,), task="multi_label", classes=0, targets=3)
        with pytest.raises(ShapeError, match="data have 3 yes-or-no targets: Binary cross-entropy needs 3") as caught:
            bce.check((8,), task="multi_label", classes=0, targets=3)
        assert caught.value.wanted == (3,)
        with pytest.raises(ShapeError, match="picks one class, but these data have several yes-or-no targets") as other:
            losses.CategoricalCrossEntropy().check((3,), task="multi_label", classes=0, targets=3)
        assert other.value.fix is not None
        assert other.value.fix.training == {"loss": bce}
        with pytest.raises(ShapeError, match="have numbers as targets"):
            bce.check((3,), task="regression", classes=0, targets=3)

    def test_one_loss_is_usual(self) -> None:
        assert [name for name, kind in LOSSES.items() if kind.is_usual("multi_label", 0)] == ["binary_cross_entropy"]


class TestMetrics:
    OUTPUT = np.array([[0.9, 0.2, 0.6], [0.4, 0.1, 0.8], [0.7, 0.6, 0.9]])
    TARGET = np.array([[1, 0, 1], [1, 0, 1], [0, 1, 0]])

    def measured(self, name: str) -> float:
        metric = metrics.get(name)
        # Over two batches, as they add up.
        total = sum(
            metric.measure(self.OUTPUT[part].T, self.TARGET[part].T, np.array(0.5))
            for part in (slice(0, 2), slice(2, 3))
        )
        return metric.finish(total, 3)

    def test_binary_accuracy_is_the_mean_over_labels(self) -> None:
        assert self.measured("binary_accuracy") == pytest.approx(((self.OUTPUT > 0.5) == self.TARGET).mean())

    def test_exact_match_asks_for_all_of_them(self) -> None:
        assert self.measured("exact_match") == pytest.approx(1 / 3)

    @pytest.mark.parametrize(
        ("y", "names"),
        [
            (TARGET, ("binary_accuracy",)),
            (TARGET.astype(np.float32), ("binary_accuracy",)),
            (np.eye(3)[[0, 1, 2, 2]], ("accuracy",)),
            (np.array([0, 1, 1]), ("accuracy",)),
            (np.array([[0.0], [1.0]]), ("accuracy",)),
            (np.array([[0.5, 1.0], [1.0, 0.0]]), ("mae",)),
        ],
    )
    def test_what_suits_targets(self, y: Array, names: tuple[str, ...]) -> None:
        assert metrics.fitting(y) == names

    def test_numbers_are_no_answers(self) -> None:
        with pytest.raises(DataError, match="exact_match compares yes and no"):
            Trainer(network(), "mse", metrics=["exact_match"]).evaluate(X, 3 * Y)

    def test_training_learns_all_labels(self) -> None:
        net = network(layers.Sigmoid())
        trainer = Trainer(
            net, "binary_cross_entropy", optimizers.Adam(0.03), 8, seed=0, metrics=["binary_accuracy", "exact_match"]
        )
        history = trainer.fit(X, Y, epochs=60)
        assert history.metrics["exact_match"][-1] > 0.95
        assert history.metrics["binary_accuracy"][-1] >= history.metrics["exact_match"][-1]


class TestData:
    def test_arrays(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", x=X, y=Y)
        data = NpzFile(path=str(tmp_path / "a.npz")).load()
        assert (data.task, data.signature.learns, data.signature.targets) == ("regression", "multi_label", 3)
        known = Preparation.fit(data)
        assert known.signature.learns == "multi_label"
        assert Preparation.model_validate_json(known.model_dump_json()) == known

    @pytest.mark.parametrize("yes", [("yes", "no"), ("1", "0")])
    def test_tables(self, tmp_path: Path, yes: tuple[str, str]) -> None:
        rows = ["a,b,sport,music,film"]
        rows += [f"{x[0]:.3f},{x[1]:.3f},{','.join(yes[int(no)] for no in 1 - y)}" for x, y in zip(X, Y, strict=True)]
        (tmp_path / "a.csv").write_text("\n".join(rows))
        table = TableFile(path=str(tmp_path / "a.csv")).with_roles(["sport", "music", "film"]).settled()
        data = table.load()
        assert "multi-label: sport, music, film" in table.reading()
        assert data.signature.learns == "multi_label"
        np.testing.assert_array_equal(data.y, Y)

    def test_numbers_and_single_answers_are_none(self) -> None:
        assert Data(X, Y + 0.5, "regression").signature.learns == "regression"
        assert Data(X, Y[:, :1], "regression").signature.learns == "regression"

    def test_scaled_targets_are_numbers(self) -> None:
        known = Preparation.fit(Data(X, Y, "regression"), steps=(ScaleTargets(),))
        assert known.signature.learns == "regression"
        assert known.multi_label

    def test_noise_turns_labels_over(self) -> None:
        noisy = LabelNoise(amount=0.2).resample(Data(X, Y, "regression"))
        assert noisy.multi_label
        assert 0.1 < (noisy.y != Y).mean() < 0.3
