"""Rules of thumb: each fires only where it should, and its fix works."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers
from engine.data import Dataset
from engine.data.steps import ScaleInputs, ScaleTargets
from engine.layers.base import Layer
from nnstudio.document import edits, wiring
from nnstudio.document.analysis import analyse
from nnstudio.document.model import INPUT, OUTPUT, ClassWeight, Document
from nnstudio.document.problems import Problem, Severity, count
from nnstudio.document.rules import RULES
from nnstudio.project import templates
from tests.nnstudio.builders import document_of

BCE, CCE, MSE = losses.BinaryCrossEntropy(), losses.CategoricalCrossEntropy(), losses.MeanSquaredError()
DIGITS = datasets.Digits()
MOONS = datasets.Moons()


def document(stack: list[Layer], dataset: Dataset, loss: losses.Loss, **training: Any) -> Document:
    made = document_of(*stack, dataset=dataset)
    return edits.set_training(made, loss=loss, **training)


def remarks(made: Document) -> tuple[Problem, ...]:
    analysis = analyse(made)
    assert analysis.ok, analysis.hindrance
    return analysis.remarks


@dataclass(frozen=True)
class Flaw:
    """A network with just one flaw: where it is told, a part of the sentence, and how bad it is."""

    rule: str
    stack: list[Layer]
    dataset: Dataset
    loss: losses.Loss
    where: str
    says: str
    severity: Severity = Severity.WARNING
    training: dict[str, Any] = field(default_factory=dict)
    # What is told of the network once the fix is applied, where it is only one step on the way.
    leaves: str = ""


def deep(*hidden: Layer, last: tuple[Layer, ...] = (layers.Dense(1), layers.Sigmoid())) -> list[Layer]:
    return [layer for activation in hidden for layer in (layers.Dense(8), activation)] + list(last)


ROW = [layers.Flatten(), layers.Dense(16), layers.ReLU()]
SHARES = [layers.Dense(10), layers.Softmax()]
WARNING, HINT = Severity.WARNING, Severity.HINT

FLAWS = [
    Flaw("missing_output_function", [*ROW, layers.Dense(10)], DIGITS, CCE, "dense_2", "as Softmax gives them"),
    Flaw("missing_output_function", deep(layers.ReLU(), last=(layers.Dense(1),)), MOONS, BCE, "dense_2", "Sigmoid"),
    Flaw(
        "missing_output_function",
        deep(layers.ReLU(), last=(layers.Dense(1), layers.Tanh())),
        MOONS,
        BCE,
        "tanh_1",
        "the network ends in Tanh",
    ),
    Flaw(
        "other_output_function", [*ROW, layers.Dense(10), layers.Sigmoid()], DIGITS, CCE, "sigmoid_1", "goes with Soft"
    ),
    Flaw("other_output_function", [*ROW, *SHARES], DIGITS, BCE, "softmax_1", "these add up to 1"),
    Flaw(
        "lone_share", deep(layers.ReLU(), last=(layers.Dense(1), layers.Softmax())), MOONS, BCE, "softmax_1", "always 1"
    ),
    Flaw("squeezed_twice", [*ROW, *SHARES, layers.Softmax()], DIGITS, CCE, "softmax_1", "Softmax of Softmax"),
    Flaw(
        "squeezed_twice",
        [*ROW, layers.Dense(10), layers.Tanh(), layers.Softmax()],
        DIGITS,
        CCE,
        "tanh_1",
        "between -1 and 1, so the Softmax",
    ),
    Flaw(
        "squeezed_twice",
        deep(layers.ReLU(), last=(layers.Dense(1), layers.ReLU(), layers.Sigmoid())),
        MOONS,
        BCE,
        "relu_2",
        "never outputs less than 0.5",
    ),
    Flaw(
        "shares_between_layers",
        [layers.Flatten(), layers.Dense(16), layers.Softmax(), *SHARES],
        DIGITS,
        CCE,
        "softmax_1",
        "compete",
        HINT,
    ),
    Flaw(
        "goal_out_of_reach",
        deep(layers.ReLU(), last=(layers.Dense(1), layers.Sigmoid())),
        MOONS,
        losses.Hinge(),
        "sigmoid_1",
        "hinge expects run from -1 to 1, but Sigmoid gives only values between 0 and 1",
    ),
    Flaw(
        "goal_out_of_reach",
        deep(layers.Tanh(), last=(layers.Dense(1), layers.ReLU())),
        datasets.Hills(),
        MSE,
        "relu_1",
        "The targets run from -1 to 1, but ReLU gives only values from 0 upwards",
    ),
    Flaw(
        "noise_at_the_end",
        [*ROW, layers.Dense(10), layers.Dropout(), layers.Softmax()],
        DIGITS,
        CCE,
        "dropout_1",
        "removes outputs",
    ),
    Flaw("noise_at_the_end", [*ROW, *SHARES, layers.Dropout()], DIGITS, CCE, "dropout_1", "removes outputs"),
    Flaw("loss_for_numbers", [*ROW, *SHARES], DIGITS, MSE, OUTPUT, "categorical cross-entropy", HINT),
    Flaw(
        "loss_for_numbers",
        deep(layers.ReLU(), last=(layers.Dense(1),)),
        MOONS,
        losses.Huber(),
        OUTPUT,
        "binary cross-entropy",
        HINT,
        leaves="as Sigmoid gives them",
    ),
    Flaw(
        "missing_activation",
        [layers.Flatten(), layers.Dense(16), *SHARES],
        DIGITS,
        CCE,
        "dense_2",
        "Nothing non-linear stands between dense_1",
    ),
    Flaw(
        "missing_activation",
        [layers.Conv2D(4), layers.AvgPool2D(), layers.BatchNorm(), layers.Dropout(), layers.Flatten(), *SHARES],
        DIGITS,
        CCE,
        "dense_1",
        "Nothing non-linear stands between conv2d_1",
    ),
    Flaw("fading_gradients", deep(*[layers.Sigmoid()] * 3), MOONS, BCE, "sigmoid_1", "3 saturating activations", HINT),
    Flaw("fading_gradients", deep(*[layers.Tanh()] * 10), MOONS, BCE, "tanh_1", "10 saturating activations", HINT),
    Flaw(
        "alike_at_the_start",
        [layers.Dense(8, weight_init="ones"), layers.ReLU(), layers.Dense(1), layers.Sigmoid()],
        MOONS,
        BCE,
        "dense_1",
        "initialised to ones",
    ),
    Flaw("opposed_data", deep(layers.Tanh(), layers.Tanh()), datasets.Spirals(), BCE, "dense_1", "odd function", HINT),
    Flaw(
        "far_larger_than_the_data",
        deep(layers.ReLU(), last=(layers.Dense(4096), layers.ReLU(), layers.Dense(512), layers.ReLU(), *deep()[-2:])),
        MOONS,
        BCE,
        "dense_3",
        "2,097,664 parameters for 160 training samples",
        HINT,
    ),
    Flaw(
        "lost_lines",
        [layers.Conv2D(4, 2), layers.ReLU(), layers.MaxPool2D(2), layers.Flatten(), *SHARES],
        DIGITS,
        CCE,
        "maxpool2d_1",
        "divide 7x7 pixels evenly: the last 1 row and 1 column of every image are never used",
        HINT,
    ),
    Flaw(
        "batch_of_one",
        [layers.Conv2D(4), layers.BatchNorm(), layers.ReLU(), layers.Flatten(), *SHARES],
        DIGITS,
        CCE,
        "batchnorm_1",
        "a single image",
        HINT,
        training={"batch_size": 1},
    ),
    Flaw(
        "batch_larger_than_data",
        deep(layers.ReLU()),
        datasets.Moons(samples=100),
        BCE,
        OUTPUT,
        "81 samples, but only 80",
        training={"batch_size": 81},
    ),
    Flaw(
        "class_left_out",
        [layers.Flatten(), layers.Dense(16), layers.ReLU(), *SHARES],
        DIGITS,
        CCE,
        OUTPUT,
        "The class 3 weighs 0",
        training={
            "class_weight": "by_hand",
            "class_weights": (ClassWeight(name="3", weight=0), ClassWeight(name="ten", weight=0)),
        },
    ),
    Flaw(
        "rate_too_high",
        deep(layers.ReLU()),
        MOONS,
        BCE,
        OUTPUT,
        "0.5 is high for Adam",
        training={"optimizer": optimizers.Adam(learning_rate=0.5, beta1=0.8)},
    ),
]


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: f"{flaw.rule}-{flaw.where}")
def test_a_flaw_is_told_and_its_cure_mends_it(flaw: Flaw) -> None:
    made = document(flaw.stack, flaw.dataset, flaw.loss, **flaw.training)
    (found,) = remarks(made)
    assert (found.where, found.severity) == (flaw.where, flaw.severity)
    assert flaw.says in found.sentence
    assert found.fix is not None
    assert found.fix.title
    left = remarks(edits.apply_fix(made, found.where, found.fix))
    assert len(left) == bool(flaw.leaves)
    assert all(flaw.leaves in problem.sentence for problem in left)


@pytest.mark.parametrize(
    "stack",
    [
        [layers.Flatten(), layers.Dense(16), layers.BatchNorm(), layers.ReLU(), *SHARES],
        [
            layers.Conv2D(4),
            layers.GlobalAvgPool2D(),
            layers.Reshape((4, 1, 1)),
            layers.BatchNorm(),
            layers.Flatten(),
            *SHARES,
        ],
    ],
    ids=["row", "pictures of one pixel"],
)
def test_one_number_for_each_channel_of_a_batch_is_an_error(stack: list[Layer]) -> None:
    made = document(stack, DIGITS, CCE, batch_size=1)
    (error,) = analyse(made).problems.values()
    assert error.where == "batchnorm_1"
    assert "all of its outputs become 0" in error.sentence
    assert error.fix is not None
    assert analyse(edits.apply_fix(made, error.where, error.fix)).ok
    # What is frozen, or off, compares nothing.
    assert analyse(edits.set_frozen(made, True, "batchnorm_1")).ok
    assert analyse(edits.set_disabled(made, True, "batchnorm_1")).ok
    assert analyse(edits.set_training(made, batch_size=2)).ok


def test_every_rule_is_tested_and_told() -> None:
    elsewhere = {"nothing_learns", "huge_inputs", "unscaled_targets"}
    assert {rule.__name__ for rule in RULES} == {flaw.rule for flaw in FLAWS} | elsewhere
    assert all(rule.__doc__ for rule in RULES)


SOUND = {
    "cross-entropy behind Softmax that is laid out in another way": ([*ROW, *SHARES, layers.Flatten()], DIGITS, CCE),
    "two classes as shares": (deep(layers.ReLU(), last=(layers.Dense(2), layers.Softmax())), MOONS, CCE),
    "each class for itself": ([*ROW, layers.Dense(10), layers.Sigmoid()], DIGITS, BCE),
    "squared error with Tanh": (deep(layers.Tanh(), last=(layers.Dense(1), layers.Tanh())), MOONS, MSE),
    "hinge without an end": (deep(layers.ReLU(), last=(layers.Dense(1),)), MOONS, losses.Hinge()),
    "hinge with Tanh": (deep(layers.ReLU(), last=(layers.Dense(1), layers.Tanh())), MOONS, losses.Hinge()),
    "heights behind Tanh": (deep(layers.Tanh(), last=(layers.Dense(1), layers.Tanh())), datasets.Hills(), MSE),
    "dropout that a layer can bear": ([*ROW, layers.Dropout(), *SHARES], DIGITS, CCE),
    "a single Dense": ([layers.Dense(1)], datasets.Plane(), MSE),
    "a single Dense that starts at zero": ([layers.Dense(1, weight_init="zeros")], datasets.Plane(), MSE),
    "two Sigmoids": (deep(layers.Sigmoid(), layers.Sigmoid()), MOONS, BCE),
    "many Sigmoids, normalised": (
        [
            *[each for _ in range(4) for each in (layers.Dense(8), layers.BatchNorm(), layers.Sigmoid())],
            *(layers.Dense(1), layers.Sigmoid()),
        ],
        MOONS,
        BCE,
    ),
    "many of ReLU": (deep(*[layers.ReLU()] * 12), MOONS, BCE),
    "spirals with ReLU": (deep(layers.ReLU(), layers.ReLU()), datasets.Spirals(), BCE),
    "three spirals": (
        deep(layers.Tanh(), layers.Tanh(), last=(layers.Dense(3), layers.Softmax())),
        datasets.Spirals(arms=3),
        CCE,
    ),
    "spirals with biases": (
        [layers.Dense(8, bias_init="normal"), layers.Tanh(), *deep(layers.Tanh())],
        datasets.Spirals(),
        BCE,
    ),
    "windows that come out even": ([layers.MaxPool2D(2), layers.Flatten(), *SHARES], DIGITS, CCE),
    "channels weighed apart": (
        [layers.Conv2D(4), layers.GlobalAvgPool2D(), layers.ReLU(), *SHARES],
        DIGITS,
        CCE,
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_said_of(name: str) -> None:
    assert remarks(document(*SOUND[name])) == ()


def test_a_way_around_saves_the_gradient() -> None:
    made = document(deep(*[layers.Sigmoid()] * 3), MOONS, BCE)
    assert len(remarks(made)) == 1
    around = wiring.connect(made, "dense_1", "dense_4")
    assert remarks(around) == ()


def test_a_disabled_activation_that_is_missed_is_offered_to_be_switched_on() -> None:
    made = document([*ROW, *SHARES], DIGITS, CCE)
    off = edits.set_disabled(made, True, "relu_1")
    (found,) = remarks(off)
    assert found.where == "dense_2"
    assert "Enable relu_1." in found.sentence
    assert found.fix is not None
    assert edits.apply_fix(off, "dense_2", found.fix) == made


def test_a_disabled_block_that_nothing_misses_is_no_problem() -> None:
    made = document([*ROW, layers.Dropout(), *SHARES], DIGITS, CCE)
    assert remarks(edits.set_disabled(made, True, "dropout_1")) == ()


def test_frozen_layers_learn_nothing() -> None:
    made = document([*ROW, *SHARES], DIGITS, CCE)
    some = made.with_changes(blocks=tuple(b.with_changes(frozen=b.name != "dense_1") for b in made.blocks))
    assert remarks(some) == ()
    none = made.with_changes(blocks=tuple(b.with_changes(frozen=True) for b in made.blocks))
    (found,) = remarks(none)
    assert (found.where, found.sentence) == (
        OUTPUT,
        "All layers with parameters are frozen, so training changes nothing.",
    )


class TestHugeInputs:
    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        path = tmp_path / "measured.csv"
        path.write_text("weight,height,kind\n" + "".join(f"{1000 + 50 * i},{i},{i % 2}\n" for i in range(40)))
        return path

    def test_a_table_is_standardised(self, table: Path) -> None:
        stack = deep(layers.ReLU())
        assert remarks(document(stack, datasets.TableFile(path=str(table)), BCE)) == ()
        made = document(stack, datasets.TableFile(path=str(table), standardize=False), BCE)
        (found,) = remarks(made)
        assert (found.where, found.severity) == (INPUT, WARNING)
        assert "2,950" in found.sentence
        assert found.fix is not None
        fixed = edits.apply_fix(made, INPUT, found.fix)
        assert fixed.data.dataset == datasets.TableFile(path=str(table))
        assert remarks(fixed) == ()

    def test_other_data_are_scaled_by_a_step(self, tmp_path: Path) -> None:
        path = tmp_path / "measured.npz"
        np.savez(path, x=np.arange(80.0).reshape(40, 2) * -10, y=np.arange(40) % 2)
        made = document(deep(layers.ReLU()), datasets.NpzFile(path=str(path)), BCE)
        (found,) = remarks(made)
        assert "790" in found.sentence
        assert found.fix is not None
        fixed = edits.apply_fix(made, INPUT, found.fix)
        assert fixed.data.steps == (ScaleInputs(),)
        assert remarks(fixed) == ()

    def test_pictures_get_one_scale(self, tmp_path: Path) -> None:
        path = tmp_path / "pictures.npz"
        x = np.random.default_rng(0).integers(0, 256, (40, 1, 4, 4), np.uint8).astype(np.float32)
        np.savez(path, x=x, y=np.arange(40) % 2)
        made = document([layers.Flatten(), *deep(layers.ReLU())], datasets.NpzFile(path=str(path)), BCE)
        (found,) = remarks(made)
        assert found.fix is not None
        assert edits.apply_fix(made, INPUT, found.fix).data.steps == (ScaleInputs(method="min_max", per="all"),)


class TestUnscaledTargets:
    @pytest.fixture
    def prices(self, tmp_path: Path) -> Path:
        path = tmp_path / "prices.csv"
        path.write_text("area,price\n" + "".join(f"{30 + i},{100_000 + 2000.5 * i}\n" for i in range(60)))
        return path

    def test_prices_that_are_not_scaled_are_told_and_the_cure_scales_them(self, prices: Path) -> None:
        stack = deep(layers.ReLU(), last=(layers.Dense(1),))
        made = document(stack, datasets.TableFile(path=str(prices)), MSE)
        (found,) = remarks(made)
        assert (found.where, found.severity) == (INPUT, WARNING)
        assert "218,030" in found.sentence
        assert found.fix is not None
        fixed = edits.apply_fix(made, INPUT, found.fix)
        assert fixed.data.steps == (ScaleTargets(),)
        assert remarks(fixed) == ()

    def test_a_step_that_is_off_is_switched_on_again(self, prices: Path) -> None:
        stack = deep(layers.ReLU(), last=(layers.Dense(1),))
        off = ScaleTargets(method="robust", enabled=False)
        made = edits.set_data(document(stack, datasets.TableFile(path=str(prices)), MSE), steps=(off,))
        (found,) = remarks(made)
        assert found.fix is not None
        assert edits.apply_fix(made, INPUT, found.fix).data.steps == (ScaleTargets(method="robust"),)


def test_targets_of_a_file_are_known(tmp_path: Path) -> None:
    path = tmp_path / "heights.npz"
    np.savez(path, x=np.random.default_rng(0).random((40, 2)), y=np.linspace(-3, 8, 40))
    (found,) = remarks(
        document(deep(layers.ReLU(), last=(layers.Dense(1), layers.Tanh())), datasets.NpzFile(path=str(path)), MSE)
    )
    assert "run from -3 to 8" in found.sentence


@pytest.mark.parametrize("name", [template.name for template in templates.TEMPLATES])
def test_nothing_is_said_of_templates(name: str, tmp_path: Path) -> None:
    document = templates.load(name).document
    assert remarks(document) == ()
    larger = document.data.dataset.larger()
    if larger is not None:
        # Nor of what takes the place of their data, here or not yet here.
        assert analyse(edits.choose_data(document, larger.located(str(tmp_path)))).remarks == ()


def test_blocks_that_are_wrong_get_no_remarks_beside() -> None:
    made = document([layers.Conv2D(4), layers.ReLU(), layers.Dense(10)], DIGITS, CCE)
    analysis = analyse(made)
    assert list(analysis.problems) == ["dense_1"]
    assert analysis.remarks == ()
    assert analysis.findings[0].severity is Severity.ERROR


def test_cross_entropy_on_numbers_can_be_swapped() -> None:
    made = document(deep(layers.Tanh(), last=(layers.Dense(1),)), datasets.Hills(), CCE)
    (problem,) = analyse(made).problems.values()
    assert problem.fix is not None
    fixed = edits.apply_fix(made, problem.where, problem.fix)
    assert fixed.training.loss == MSE
    assert remarks(fixed) == ()


def test_a_batch_that_holds_all_of_a_few_samples_is_nothing_to_warn_of() -> None:
    assert remarks(document(deep(layers.Tanh()), datasets.XOR(), BCE, batch_size=16)) == ()
    # Of 40 points, 8 are held back: from 32 on, it is worth a word.
    (told,) = remarks(document(deep(layers.Tanh()), datasets.Moons(samples=40), BCE, batch_size=64))
    assert "64 samples, but only 32" in told.sentence


def test_counts_in_words() -> None:
    def some(*severities: Severity) -> list[Problem]:
        return [Problem("a", "b", severity=severity) for severity in severities]

    assert count([]) == ""
    assert count(some(HINT, Severity.ERROR, HINT)) == "1 error, 2 hints"
    assert count(some(WARNING)) == "1 warning"


def test_windows_that_stand_apart_by_design_lose_nothing_at_the_end() -> None:
    document = document_of(layers.Conv2D(4, 1, stride=2), layers.Flatten(), layers.Dense(10), dataset=datasets.Digits())
    assert not any("come out even" in each.sentence for each in analyse(document).remarks)
