"""Alarms: networks made sick on purpose raise the right one, sound ones none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers, schedules
from engine.layers.base import Layer
from engine.regularisation import Clipping
from nnstudio.document import edits
from nnstudio.document.alarms import kept
from nnstudio.document.model import Document, Wire
from nnstudio.document.problems import Severity
from nnstudio.project import templates
from nnstudio.training.alarm_monitor import AlarmMonitor
from nnstudio.training.alarms.base import power
from nnstudio.training.messages import RunState
from nnstudio.training.requests.batch_statistics import BatchStatistics
from tests.nnstudio.alarm_support import Watched, steps_of, watched
from tests.nnstudio.builders import document_of

BCE = losses.BinaryCrossEntropy()
MOONS = datasets.Moons()
LOOKS = 40


def document(stack: list[Layer], *, epochs: int = 50, data: Any = None, **training: Any) -> Document:
    made = document_of(*stack, **(data or {"dataset": MOONS}))
    return edits.set_training(made, **{"loss": BCE, "epochs": epochs, **training})


def deep(*hidden: Layer, init: str = "auto", units: int = 8) -> list[Layer]:
    stack = [layer for each in hidden for layer in (layers.Dense(units, weight_init=init), each)]
    return [*stack, layers.Dense(1), layers.Sigmoid()]


def sgd(rate: float) -> optimizers.SGD:
    return optimizers.SGD(learning_rate=rate)


@dataclass(frozen=True)
class Sick:
    """A network with one sickness: the alarm's rule, its block, a part of its sentence, and the titles of its cures."""

    rule: str
    where: str
    stack: list[Layer]
    says: str
    cures: tuple[str, ...]
    training: dict[str, Any] = field(default_factory=dict)
    # Set before the first step, by full names.
    parameters: dict[str, float] = field(default_factory=dict)


TANHS = deep(layers.Tanh(), layers.Tanh())
SICK = {
    "dead": Sick(
        "dead_units",
        "relu_1",
        deep(layers.ReLU()),
        "All units are dead: 0 for all 160 samples measured.",
        ("Use LeakyReLU",),
        parameters={"dense_1.bias": -100.0},
    ),
    "saturated": Sick(
        "saturated_units",
        "tanh_1",
        deep(layers.Tanh()),
        "100% of the outputs are saturated",
        ("Insert BatchNorm before it", "Use ReLU"),
        parameters={"dense_1.bias": 30.0},
    ),
    "fading": Sick(
        "vanishing_gradients",
        "dense_1",
        deep(*[layers.Sigmoid()] * 20),
        "of the gradient at dense_21 reaches this layer",
        ("Use ReLU between the layers", "Insert BatchNorm after it"),
    ),
    "exploding": Sick(
        "exploding_gradients",
        "dense_1",
        deep(*[layers.ReLU()] * 12, init="normal", units=16),
        "times that at dense_13: it explodes",
        ("Clip gradients to norm 1", "Use the usual initial weights from the next reset on"),
        {"optimizer": sgd(1e-6)},
    ),
    "wild, SGD": Sick(
        "updates_too_large", "dense_3", TANHS, "The learning rate is too high.", (), {"optimizer": sgd(10)}
    ),
    "wild, Adam": Sick(
        "updates_too_large",
        "dense_3",
        TANHS,
        "about 0.001 is usual. The learning rate is too high.",
        ("Set the learning rate to 0.001",),
        {"optimizer": optimizers.Adam(learning_rate=10)},
    ),
    "creeping": Sick(
        "updates_too_small",
        "dense_2",
        TANHS,
        "The learning rate is too low.",
        ("Set the learning rate to 0.001",),
        {"optimizer": optimizers.Adam(learning_rate=1e-9)},
    ),
    "flat": Sick(
        "flat_loss",
        "output",
        [layers.Dense(1), layers.Sigmoid()],
        "The training loss has been flat for 40 epochs, at 0.7",
        ("Lower the learning rate to 0.001",),
        {"data": {"dataset": datasets.Circles()}, "epochs": 100, "optimizer": optimizers.Adam(learning_rate=0.01)},
    ),
    "by heart": Sick(
        "overfitting",
        "output",
        deep(layers.ReLU(), layers.ReLU(), units=64),
        "the network learns its samples by heart",
        ("Turn on early stopping", "Add L2 regularisation", "Put Dropout after relu_2"),
        {
            "data": {"dataset": datasets.Moons(noise=0.6), "validation": 0.5},
            "epochs": 300,
            "optimizer": optimizers.Adam(learning_rate=0.01),
        },
    ),
}


def run_of(sick: Sick) -> Watched:
    made = watched(document(sick.stack, **sick.training))
    for name, value in sick.parameters.items():
        made.run.network.parameters[name][:] = value
    return made.train(steps_of(made.document, made.run), LOOKS)


@pytest.mark.parametrize("name", SICK)
def test_a_sick_network_raises_its_alarm_alone(name: str) -> None:
    sick = SICK[name]
    run = run_of(sick)
    assert set(run.seen) == {(sick.rule, sick.where)}
    assert run.keys == set(run.seen)
    problem = run.verdict.alarms[0].problem
    assert sick.says in problem.sentence
    assert problem.severity is Severity.WARNING
    if sick.cures:
        assert tuple(fix.title for fix in problem.fixes) == sick.cures
    for fix in problem.fixes:
        # Each cure can be had, and ends the alarm: what follows is measured anew.
        cured = edits.apply_fix(run.document, problem.where, fix)
        assert cured != run.document
        assert kept(run.verdict.alarms, run.document, cured) == ()


@pytest.mark.parametrize("name", [template.name for template in templates.TEMPLATES])
def test_a_sound_network_raises_none_to_its_end(name: str) -> None:
    made = watched(templates.load(name).document)
    made.train(steps_of(made.document, made.run), LOOKS)
    assert made.run.epoch == made.document.training.epochs
    assert not made.seen
    assert made.verdict.measured == {block.name for block in made.document.blocks}


def test_the_cure_of_dead_units_brings_them_back_to_life() -> None:
    run = run_of(SICK["dead"])
    problem = run.verdict.alarms[0].problem
    assert problem.fix is not None
    cured = edits.apply_fix(run.document, problem.where, problem.fix)
    run.run.update(cured, None, {block.name: block.name for block in cured.blocks})
    assert isinstance(run.run.network.layers["relu_1"], layers.LeakyReLU)
    run.document, run.generation = cured, 2
    run.run.target = 10_000
    assert not run.train(4000, LOOKS).keys
    assert run.run.loss is not None
    assert run.run.loss < run.run.curves.curves()["loss"].y[0] / 2


def test_gradients_that_are_clipped_do_no_harm() -> None:
    sick = SICK["exploding"]
    made = document(sick.stack, **sick.training)
    run = watched(edits.set_training(made, clipping=Clipping(norm=1.0)))
    run.train(steps_of(run.document, run.run), LOOKS)
    assert not {rule for rule, _ in run.seen if rule == "exploding_gradients"}


def test_an_alarm_takes_several_measurements_and_ends_only_well_below() -> None:
    """Of eight units, six dead raise it; five, between the two limits, neither raise nor end it; none ends it."""
    run = watched(document(deep(layers.ReLU()), optimizer=sgd(1e-9)))
    bias = run.run.network.parameters["dense_1.bias"]

    def look_with(dead: int) -> set[tuple[str, str]]:
        bias[:] = np.where(np.arange(8) < dead, -100.0, 1.0)
        run.run.step_watched()
        run.look()
        return {key for key in run.keys if key[0] == "dead_units"}

    here = {("dead_units", "relu_1")}
    assert [look_with(5) for _ in range(8)] == [set()] * 8
    assert [look_with(6) for _ in range(4)] == [set(), set(), set(), here]
    assert "75% of the units are dead" in run.verdict.alarms[0].problem.sentence
    assert [look_with(5) for _ in range(8)] == [here] * 8
    assert [look_with(0) for _ in range(4)] == [here, here, here, set()]
    # One odd measurement raises nothing.
    assert [look_with(dead) for dead in (8, 0, 8, 0, 8)] == [set()] * 5


def test_a_rate_that_a_schedule_has_brought_to_nothing_is_no_fault() -> None:
    training = {"optimizer": optimizers.Adam(learning_rate=1e-9), "schedule": schedules.Exponential(gamma=0.5)}
    run = watched(document(TANHS, **training))
    run.train(steps_of(run.document, run.run), LOOKS)
    assert not {key for key in run.seen if key[0] == "updates_too_small"}


def test_a_network_that_has_learnt_may_be_saturated_and_stand_still() -> None:
    run = watched(templates.load("iris").document).train(3000, 10)
    request = BatchStatistics(run.document.training.loss)
    # The same network with its hidden units pressed to the ends of their range, which changes its answers little.
    for name in ("dense_1.weight", "dense_1.bias"):
        run.run.network.parameters[name][:] *= 50
    picture = request.answer(run.run.network, run.run.split)
    saturated = picture.blocks["tanh_1"].saturated
    assert saturated is not None
    assert saturated > 0.7
    assert picture.loss < run.run.curves.curves()["loss"].y[0] / 2
    for _ in range(6):
        run.look()
    assert not run.keys


def test_at_rest_two_measurements_are_enough() -> None:
    run = watched(document(deep(layers.ReLU())))
    run.run.network.parameters["dense_1.bias"][:] = -100
    for _ in range(20):
        run.run.step_once()
    run.run.step_watched()
    assert not run.look(RunState.PAUSED).alarms
    run.run.step_watched()
    assert {alarm.key for alarm in run.look(RunState.PAUSED).alarms} == {("dead_units", "relu_1")}


def test_a_verdict_stands_for_a_second_while_training_runs() -> None:
    now = [0.0]
    run = watched(document(deep(layers.ReLU())))
    run.monitor = AlarmMonitor(lambda: now[0])
    run.run.network.parameters["dense_1.bias"][:] = -100
    for _ in range(20):
        run.run.step_once()
    for moment, alarms in ((0.0, 0), (0.3, 0), (0.6, 0), (0.9, 0), (1.2, 1), (1.3, 1), (2.5, 1)):
        now[0] = moment
        run.run.step_watched()
        before = run.verdict
        after = run.look()
        assert len(after.alarms) == alarms
        if moment in (1.3, 2.5):
            # The very same objects, so that nobody draws them again.
            assert after.alarms is before.alarms


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.0234, "0.02"), (987.0, "1,000"), (3.7e-9, "4e−9"), (2.2e13, "2e13")]
)
def test_figures_are_rounded_to_one_digit(value: float, text: str) -> None:
    assert power(value) == text


def test_a_reset_ends_all_alarms() -> None:
    run = run_of(SICK["dead"])
    assert run.keys
    fresh = watched(run.document)
    run.run, run.generation = fresh.run, 2
    run.run.step_watched()
    assert not run.look().alarms
    assert not run.verdict.measured


def test_an_edit_elsewhere_leaves_an_alarm_on_until_it_is_measured_anew() -> None:
    run = run_of(SICK["dead"])
    other = edits.set_training(run.document, batch_size=8)
    assert kept(run.verdict.alarms, run.document, other) == run.verdict.alarms
    run.run.update(other, None, {block.name: block.name for block in other.blocks})
    run.document, run.run.target = other, 10_000
    run.generation = 2
    run.run.step_watched()
    # What follows an edit is another generation, and too few measurements to judge by.
    assert {alarm.key for alarm in run.look().alarms} == {("dead_units", "relu_1")}
    assert run.train(200, LOOKS).keys == {("dead_units", "relu_1")}


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: edits.set_disabled(d, True, "relu_1"),
        lambda d: edits.remove(d, "relu_1"),
        lambda d: edits.insert(d, layers.BatchNorm(), Wire("dense_1", "relu_1")),
        lambda d: edits.set_data(d, dataset=datasets.Circles()),
        lambda d: edits.set_training(d, seed=3),
    ],
)
def test_an_edit_of_its_block_or_another_run_ends_an_alarm(edit: Any) -> None:
    run = run_of(SICK["dead"])
    assert kept(run.verdict.alarms, run.document, edit(run.document)) == ()


def test_moving_a_block_ends_no_alarm() -> None:
    run = run_of(SICK["dead"])
    moved = edits.place(run.document, "relu_1", 500.0, 500.0)
    assert moved != run.document
    assert kept(run.verdict.alarms, run.document, moved) == run.verdict.alarms


def test_dropout_is_put_where_overfitting_offers_it() -> None:
    run = run_of(SICK["by heart"])
    (alarm,) = run.verdict.alarms
    fix = next(fix for fix in alarm.problem.fixes if fix.append)
    mended = edits.apply_fix(run.document, alarm.problem.where, fix)
    assert mended.chain()[-4:] == ("relu_2", "dropout_1", *run.document.chain()[-2:])
    # There is one now, so that none is offered any more.
    again = run_of(replace(SICK["by heart"], stack=[mended.block(name).layer for name in mended.chain()]))
    assert not any(fix.append for alarm in again.verdict.alarms for fix in alarm.problem.fixes)
