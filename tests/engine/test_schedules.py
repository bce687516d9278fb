"""Learning-rate schedules: their curves, and their effect in a trainer."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from engine import Network, SpecError, Trainer, layers, optimizers, schedules
from engine.declared import describe
from engine.schedules import SCHEDULES, Schedule


def trainer(schedule: Schedule | None, **settings: object) -> Trainer:
    net = Network([layers.Dense(units=4), layers.Tanh(), layers.Dense(units=1)], (2,), seed=0)
    return Trainer(net, optimizer=optimizers.SGD(0.5), batch_size=5, seed=0, schedule=schedule, **settings)


def samples(count: int = 20) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).uniform(-1, 1, (count, 2)).astype(np.float32)
    return x, x[:, :1] * x[:, 1:]


@pytest.mark.parametrize("kind", SCHEDULES.values(), ids=SCHEDULES)
def test_every_schedule_is_fully_declared(kind: type[Schedule]) -> None:
    for text in (kind.title, kind.help, kind.formula, kind.__doc__):
        assert text
    assert SCHEDULES[kind.model_fields["type"].default] is kind
    for field in describe(kind):
        assert field.title
        assert field.help


def test_factors_by_hand() -> None:
    step = schedules.Step(every=3, gamma=0.1)
    assert [step.factor(time) for time in (0, 2, 3, 6)] == pytest.approx([1, 1, 0.1, 0.01])
    assert schedules.Exponential(gamma=0.9).factor(3) == pytest.approx(0.729)
    cosine = schedules.Cosine(total=10, end=0.2)
    assert [cosine.factor(time) for time in (0, 5, 10, 99)] == pytest.approx([1, 0.6, 0.2, 0.2])
    cycle = schedules.OneCycle(total=101, rising=0.5, start_share=0.1, end_share=0.01)
    assert [cycle.factor(time) for time in (0, 100, 5000)] == pytest.approx([0.1, 0.01, 0.01])
    assert max(range(200), key=cycle.factor) in (49, 50)
    assert all(
        0 < schedules.OneCycle(total=2, rising=share).factor(time) <= 1 for share in (0.1, 0.9) for time in (0, 1)
    )
    assert schedules.Constant().factor(1000) == 1


def test_the_warm_up_rises_in_a_straight_line() -> None:
    course = schedules.Step(every=1, gamma=0.5, warmup=4).start()
    assert [course.factor(steps, 0) for steps in range(6)] == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])
    assert course.factor(1, 2) == pytest.approx(0.5 * 0.25)


@pytest.mark.parametrize("unit", ["epoch", "step"])
def test_a_trainer_follows_it(unit: str) -> None:
    it = trainer(schedules.Exponential(gamma=0.5, unit=unit))
    it.load(*samples())
    for step in range(8):
        time = step if unit == "step" else step // 4
        assert it.current_rate == pytest.approx(0.5 * 0.5**time)
        before = it.network.parameter_vector.copy()
        it.step()
        # Plain gradient descent: the step is the rate times the gradient.
        np.testing.assert_allclose(
            before - it.network.parameter_vector, 0.5 * 0.5**time * it.network.gradient_vector, atol=1e-6
        )
    assert it.learning_rate == 0.5


def test_the_rate_set_by_hand_is_the_one_the_schedule_starts_from() -> None:
    it = trainer(schedules.Step(every=1, gamma=0.1))
    it.fit(*samples(), epochs=2)
    assert it.current_rate == pytest.approx(0.005)
    it.learning_rate = 3.0
    assert (it.learning_rate, it.current_rate) == (3.0, pytest.approx(0.03))


def test_a_constant_schedule_changes_nothing() -> None:
    plain, constant = trainer(None), trainer(schedules.Constant())
    assert plain.fit(*samples(), epochs=3) == constant.fit(*samples(), epochs=3)
    np.testing.assert_array_equal(plain.network.parameter_vector, constant.network.parameter_vector)


def test_plateaus_are_cut_by_hand() -> None:
    course = schedules.Plateau(patience=2, gamma=0.5, min_delta=0.1, minimum=0.2, monitor="loss").start()
    levels = []
    for loss in (1.0, 0.8, 0.75, 0.72, 0.5, 0.5, 0.5, 0.5, 0.5, math.nan, math.nan):
        course.after_epoch({"loss": loss})
        levels.append(course.factor(0, 0))
    assert levels == pytest.approx([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2])


def test_a_plateau_needs_what_it_watches() -> None:
    with pytest.raises(SpecError, match=r"monitors val_loss.*no validation data"):
        trainer(schedules.Plateau()).fit(*samples())
    trainer(schedules.Plateau(monitor="loss")).fit(*samples())
    trainer(schedules.Plateau()).fit(*samples(), validation=samples(5))


@pytest.mark.parametrize("kind", SCHEDULES.values(), ids=SCHEDULES)
def test_a_resumed_run_follows_it_too(kind: type[Schedule], tmp_path: Path) -> None:
    schedule = kind(warmup=3)  # type: ignore[call-arg]
    if isinstance(schedule, schedules.Plateau):
        schedule = schedule.with_changes(patience=1, min_delta=1.0)
    through = trainer(schedule)
    kept = tmp_path / "run.safetensors"
    through.fit(*samples(), 5, samples(5), after_epoch=lambda it: it.save(kept) if it.epoch == 3 else None)
    resumed = trainer(schedule)
    resumed.resume(kept)
    resumed.fit(*samples(), epochs=2, validation=samples(5))
    np.testing.assert_array_equal(through.network.parameter_vector, resumed.network.parameter_vector)
    with pytest.raises(SpecError, match="a different schedule"):
        trainer(None).restore(through.state())


@pytest.mark.parametrize("unit", ["epoch", "step"])
def test_it_counts_on_from_what_was_trained_before(unit: str, tmp_path: Path) -> None:
    schedule = schedules.Exponential(gamma=0.9, unit=unit)
    through, later = trainer(schedule), trainer(schedule, start=(2, 8))
    for it in (through, later):
        it.load(*samples())
    for _ in range(8):
        through.step()
    # An epoch has four steps.
    for _ in range(6):
        assert later.current_rate == pytest.approx(through.current_rate)
        assert (later.epoch, later.steps) == (through.epoch, through.steps)
        through.step()
        later.step()
    later.save(tmp_path / "run.safetensors")
    again = trainer(schedule)
    again.resume(tmp_path / "run.safetensors")
    assert again.current_rate == later.current_rate
