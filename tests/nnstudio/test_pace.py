"""Training paced for watching, with a clock that only waiting advances."""

from __future__ import annotations

from concurrent.futures import Future
from queue import Empty

import numpy as np
import pytest

from engine import datasets, layers, losses
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.training.build import read_data
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import (
    Command,
    GetCheckpoint,
    Pause,
    Play,
    Quit,
    RequestSnapshot,
    SetDocument,
    SetSpeed,
    Steps,
)
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.pace import ARREARS, BEAT, FULL, WATCHING, Pace, Tempo, growth
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_shelf import Run
from nnstudio.training.worker import Worker
from tests.nnstudio.builders import document_of


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Script(Clock):
    """A clock, and in the place of the worker's queue: commands are there when their time has come.

    Attributes:
        waits: how long the worker was ready to wait, each time. looks: how often it looked without waiting.
    """

    def __init__(self, *commands: tuple[float, Command]) -> None:
        super().__init__()
        self._commands = [(self.now + at, command) for at, command in commands]
        self.waits: list[float | None] = []
        self.looks = 0

    def get(self, timeout: float | None = None) -> Command:
        self.waits.append(timeout)
        at, command = self._commands[0]
        if timeout is not None and at > self.now + timeout:
            self.now += timeout
            raise Empty
        self.now = max(self.now, at)
        self._commands.pop(0)
        return command

    def get_nowait(self) -> Command:
        self.looks += 1
        # A worker that never waits would never come to an end here: at a fault, it stops to train.
        assert self.looks != 20_000
        if self.empty():
            raise Empty
        return self._commands.pop(0)[1]

    def empty(self) -> bool:
        return self._commands[0][0] > self.now if self._commands else True


def xor() -> Document:
    made = document_of(layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh())
    made = edits.set_data(made, dataset=datasets.XOR(), validation=0.0)
    return edits.set_training(made, loss=losses.MeanSquaredError(), batch_size=1, epochs=10_000_000)


def played(
    *commands: tuple[float, Command], document: Document | None = None
) -> tuple[Script, list[tuple[float, Snapshot]]]:
    """What a worker does with these commands, in this thread; the snapshots come with the seconds since the start."""
    script = Script((0.0, SetDocument(document or xor())), *commands)
    answers: list[tuple[float, Snapshot]] = []
    worker = Worker(lambda snapshot: answers.append((script.now - 100, snapshot)))
    worker._queue = script  # type: ignore[assignment]
    worker._pace = Pace(script)
    worker.run()
    return script, answers


def collected() -> tuple[GetCheckpoint, Future[tuple[Checkpoint, tuple[Run, ...]]]]:
    result: Future[tuple[Checkpoint, tuple[Run, ...]]] = Future()
    return GetCheckpoint(result), result


@pytest.mark.parametrize("rate", [1, 10, 100, 1000])
def test_play_keeps_to_the_rate_and_waits_in_between(rate: int) -> None:
    collect, result = collected()
    seconds = 10.5
    script, _ = played((0, SetSpeed(Tempo(rate))), (0, Play()), (seconds, collect), (seconds, Quit()))
    # The first step comes at once; the last ones may still be waited for.
    assert seconds * rate - BEAT * rate <= result.result(0)[0].step <= seconds * rate + 1
    # It waits once for each step or, where these come faster than frames, once for each frame; never in vain.
    assert len(script.waits) <= min(seconds * rate, seconds / BEAT) + 3
    assert script.looks <= 3 * len(script.waits)


def test_whoever_plays_sees_something_at_once() -> None:
    _, answers = played((0, SetSpeed(Tempo(1))), (0.2, Play()), (0.2, RequestSnapshot()), (0.3, Pause()), (0.3, Quit()))
    assert [(round(at, 3), s.step, s.state) for at, s in answers] == [(0.2, 1, RunState.RUNNING)]


def test_commands_are_answered_while_it_waits() -> None:
    collect, result = collected()
    _, answers = played(
        (0, SetSpeed(Tempo(1))),
        (0, Play()),
        (1.5, collect),
        (1.6, RequestSnapshot()),
        (1.7, SetDocument(edits.set_training(xor(), batch_size=2))),
        (1.71, RequestSnapshot()),
        (1.8, Pause()),
        (1.81, RequestSnapshot()),
        (9, Quit()),
    )
    assert result.result(0)[0].step == 2
    seen = [(round(at, 3), s.step, s.state) for at, s in answers]
    assert seen == [(1.6, 2, RunState.RUNNING), (1.71, 2, RunState.RUNNING), (1.81, 2, RunState.PAUSED)]


def test_views_that_have_drawn_get_each_step_when_it_is_made() -> None:
    asks = [(at, RequestSnapshot()) for at in (0.05, 0.1, 1.1, 2.1)]
    _, answers = played((0, SetSpeed(Tempo(1))), (0, Play()), *asks, (4.1, Quit()))
    # The first is answered when it comes, each later one when there is something new.
    assert [(round(at, 2), s.step) for at, s in answers] == [(0.05, 1), (1.0, 2), (2.0, 3), (3.0, 4)]


def test_the_speed_changes_while_it_trains() -> None:
    first, slow = collected()
    second, fast = collected()
    third, again = collected()
    played(
        (0, SetSpeed(Tempo(1))),
        (0, Play()),
        (3.5, first),
        (3.5, SetSpeed(Tempo(100))),
        (4.5, second),
        (4.5, SetSpeed(Tempo(1))),
        (7.5, third),
        (7.5, Quit()),
    )
    steps = [future.result(0)[0].step for future in (slow, fast, again)]
    assert steps[0] == 4
    assert 97 <= steps[1] - steps[0] <= 102
    assert steps[2] - steps[1] in (3, 4)


def test_to_turn_the_speed_to_and_fro_holds_no_step_up() -> None:
    collect, result = collected()
    turns = [(0.3 * turn, SetSpeed(Tempo((10, 1)[turn % 2]))) for turn in range(1, 40)]
    played((0, SetSpeed(Tempo(1))), (0, Play()), *turns, (12, collect), (12, Quit()))
    assert result.result(0)[0].step > 12


def test_the_same_seed_gives_the_same_weights_at_every_speed() -> None:
    collect, result = collected()
    played(
        (0, SetSpeed(Tempo(10))), (0, Play()), (3, SetSpeed(Tempo(1000))), (3.5, Pause()), (3.5, collect), (3.5, Quit())
    )
    slowed = result.result(0)[0]
    document = xor()
    through = TrainingRun(document, read_data(document.data))
    for _ in range(slowed.step):
        through.step_once()
    assert slowed.step > 400
    for name, array in through.checkpoint().weights.items():
        assert np.array_equal(array, slowed.weights[name])


def test_single_steps_and_epochs_are_not_slowed() -> None:
    collect, result = collected()
    script, answers = played(
        (0, SetSpeed(Tempo(1))),
        (0, Steps(5)),
        (0, Steps(epoch=True)),
        (0.01, collect),
        (0.01, RequestSnapshot()),
        (0.02, Quit()),
    )
    assert (result.result(0)[0].step, result.result(0)[0].epoch) == (8, 2)
    assert answers[0][1].state is RunState.PAUSED
    # Nothing was waited for but commands.
    assert set(script.waits) == {None}


def test_after_an_epoch_at_once_play_is_slow_again() -> None:
    collect, result = collected()
    played((0, SetSpeed(Tempo(1))), (0, Steps(epoch=True)), (1, Play()), (3.5, collect), (3.5, Quit()))
    assert result.result(0)[0].step == 4 + 3


def test_without_a_limit_the_clock_is_not_asked() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert (pace.limited, pace.wait()) == (False, 0.0)
    assert pace.due() > 10**9
    pace.set(Tempo(10))
    assert (pace.limited, pace.due()) == (True, 0)
    pace.set(FULL)
    assert (pace.limited, pace.wait()) == (False, 0.0)


def test_what_a_long_break_has_missed_is_not_caught_up_with() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.set(Tempo(1000))
    pace.begin()
    clock.now += 60
    due = pace.due()
    pace.done(due)
    # A step more where the quotient was rounded down.
    more = pace.due()
    pace.done(more)
    assert due + more <= 1000 * ARREARS + 1
    assert pace.due() == 0
    assert 0 < pace.wait() <= BEAT
    # A network that is slower than the rate trains as fast as it can.
    pace.set(Tempo(10))
    pace.begin()
    for _ in range(20):
        assert pace.due() in (1, 2)
        pace.done(1)
        clock.now += 0.5
        assert pace.wait() == 0.0


def watched(epochs: int) -> Document:
    return edits.set_training(xor(), epochs=epochs)


@pytest.mark.parametrize("epochs", [26, 200, 10_000])
def test_a_run_that_is_watched_takes_ten_seconds_however_long_it_is(epochs: int) -> None:
    times = (0.35, 0.95, 5, 9.7, 10.1)
    collects = [(at, *collected()) for at in times]
    script, _ = played(
        (0, SetSpeed(WATCHING)),
        (0, Play()),
        *((at, command) for at, command, _ in collects),
        (10.2, Quit()),
        document=watched(epochs),
    )
    steps = [result.result(0)[0].step for _, _, result in collects]
    # At first they are made one by one, so that each can be seen; all are made in the end, and not before.
    assert steps[0] in (4, 5)
    assert 10 <= steps[1] <= 15
    assert steps[2] < 4 * epochs / 2
    assert steps[3] < steps[4] == 4 * epochs
    # Once a frame at most it looks whether some are due; it never spins.
    assert len(script.waits) <= 10.2 / BEAT + 20


def test_a_short_run_is_not_drawn_out() -> None:
    collect, result = collected()
    played((0, SetSpeed(WATCHING)), (0, Play()), (1.95, collect), (1.95, Quit()), document=watched(5))
    # Twenty steps, ten a second.
    assert result.result(0)[0].step == 20


def test_a_watched_run_goes_on_at_its_place_after_a_pause() -> None:
    first, before = collected()
    second, paused = collected()
    third, after = collected()
    fourth, through = collected()
    played((0, SetSpeed(WATCHING)), (0, Play()), (6.5, fourth), (6.5, Quit()), document=watched(10_000))
    played(
        (0, SetSpeed(WATCHING)),
        (0, Play()),
        (6, Pause()),
        (6, first),
        (99, second),
        (99, Play()),
        (99.5, third),
        (99.5, Quit()),
        document=watched(10_000),
    )
    assert before.result(0)[0].step == paused.result(0)[0].step
    assert after.result(0)[0].step == pytest.approx(through.result(0)[0].step, rel=0.05)


def test_the_rest_of_a_run_is_finished_at_full_speed_and_the_speed_stays() -> None:
    collect, result = collected()
    again, later = collected()
    longer = watched(1000)
    _, answers = played(
        (0, SetSpeed(Tempo(1))),
        (0, Play()),
        (1.2, RequestSnapshot()),
        (1.5, Play(full=True)),
        (1.501, collect),
        (2, SetDocument(edits.set_training(longer, epochs=2000))),
        (2, Play()),
        (4.5, again),
        (4.5, Quit()),
        document=longer,
    )
    assert answers[0][1].slowed
    assert result.result(0)[0].step == 4000
    assert later.result(0)[0].step == 4003


def test_a_speed_that_is_chosen_ends_the_hurry() -> None:
    collect, result = collected()
    played(
        (0, Play(full=True)), (0, SetSpeed(Tempo(10))), (1.05, collect), (1.05, Quit()), document=watched(10_000_000)
    )
    assert result.result(0)[0].step <= 12


def test_what_begins_to_learn_anew_is_watched_from_its_beginning() -> None:
    document = watched(1000)
    run = TrainingRun(document, read_data(document.data))
    assert run.course == (0, 4000)
    for _ in range(1234):
        run.step_once()
    assert run.course == (1234, 4000)
    # Another rate is a turn in the same course; another network begins one, with what is left of the run.
    slower = edits.set_training(document, optimizer=document.training.optimizer.with_changes(learning_rate=0.05))
    run.update(slower)
    assert run.course == (1234, 4000)
    run.update(edits.set_field(slower, "dense_1", "units", 4))
    done, steps = run.course
    assert done == 0
    assert steps in range(4000 - 1234, 4000 - 1234 + 4)
    while not run.finished:
        run.step_once()
    run.update(edits.set_training(run.document, epochs=2000))
    assert run.course == (0, 4000)


@pytest.mark.parametrize("steps", [101, 150, 1_000, 64_000, 10**9, 10**15])
def test_growth_makes_all_steps_in_time(steps: int) -> None:
    k = growth(10.0, 10.0, steps)
    assert 10.0 / k * np.expm1(10.0 * k) == pytest.approx(steps, rel=1e-6)


def test_what_a_steady_rate_makes_in_time_needs_no_growth() -> None:
    assert growth(10.0, 10.0, 100) == growth(10.0, 10.0, 1) == growth(10.0, 10.0, 0) == 0.0


def test_a_machine_that_is_slower_than_the_course_is_never_made_to_wait() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.set(WATCHING)
    pace.begin()
    done, waited = 0, 0.0
    while done < 5000:
        pace.follow(done, 5000)
        due = min(pace.due(), 50)
        done += due
        pace.done(due)
        clock.now += 0.02 * due
        waited += pace.wait()
        clock.now += pace.wait()
    # Fifty steps a second are all it can: the wait is over once the course asks for more.
    assert waited < 3
    assert clock.now - 100 == pytest.approx(100 + waited, rel=0.01)


def test_a_run_makes_no_more_steps_than_it_is_asked_for() -> None:
    document = xor()
    run = TrainingRun(document, read_data(document.data))
    for most in (1, 2, 7, 500):
        before = run.step
        run.advance(60, run.target, lambda: False, most)
        assert run.step - before == most
