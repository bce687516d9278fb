"""Answers to the views: separate, cheapest first, in budget, never fatal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import pairwise
from queue import Queue
from typing import Any, ClassVar

import pytest

from engine import DataError, Network
from nnstudio.document.model import Document
from nnstudio.faults import log
from nnstudio.project import templates
from nnstudio.training.answering import Answering
from nnstudio.training.build import build, read_data
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import GetCheckpoint, Pause, Play, Quit, RequestSnapshot, SetDocument, Steps
from nnstudio.training.current_run import CurrentRun
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.requests.confusion import Confusion
from nnstudio.training.requests.grid import Grid
from nnstudio.training.requests.weights import Weights
from nnstudio.training.run_shelf import Run
from nnstudio.training.snapshots import Snapshots
from nnstudio.training.split import Split
from nnstudio.training.worker import Worker


class Clock:
    """A clock that stands still until an answer takes its time."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


CLOCK = Clock()


@dataclass(frozen=True)
class Timed(Request):
    """Takes so many seconds of the clock above, and declares such a cost."""

    name: str
    seconds: float = 0.0
    declared: float = 0.0
    order: ClassVar[list[str]] = []

    def answer(self, network: Network, split: Split) -> str:  # type: ignore[override]
        CLOCK.now += self.seconds
        self.order.append(self.name)
        return self.name

    def cost(self, network: Network, split: Split) -> float:  # type: ignore[override]
        return self.declared


@dataclass(frozen=True)
class Faulty(Request):
    """Raises an error of this kind."""

    error: type[BaseException]
    times: ClassVar[list[int]] = []

    def answer(self, network: Network, split: Split) -> Any:  # type: ignore[override]
        self.times.append(1)
        raise self.error("this one is broken")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    CLOCK.now = 100.0
    Timed.order.clear()
    Faulty.times.clear()
    monkeypatch.setattr(log, "_times", {})


@pytest.fixture
def xor() -> Document:
    return templates.load("xor").document


class Asker:
    """Asks for answers as the worker does."""

    def __init__(self, document: Document) -> None:
        self.answering = Answering(CLOCK)
        self.network, self.split = build(document), read_data(document.data)
        self.moment = 0

    def __call__(self, *requests: Request, running: bool = False) -> dict[Request, Any]:
        return self.answering.answer(requests, self.moment, self.network, self.split, {}, running=running)


def test_one_that_raises_is_refused_and_the_others_are_answered(
    xor: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    ask, faulty = Asker(xor), Faulty(ZeroDivisionError)
    answers = ask(faulty, Timed("a"), Weights("dense_1"))
    assert answers[Timed("a")] == "a"
    assert answers[Weights("dense_1")].parameters["weight"].shape == (2, 3)
    assert "fault in the program (ZeroDivisionError)" in answers[faulty].sentence
    assert "ZeroDivisionError: this one is broken" in capsys.readouterr().err


def test_what_the_engine_refuses_is_told_in_its_words(xor: Document, capsys: pytest.CaptureFixture[str]) -> None:
    answers = Asker(xor)(Faulty(DataError), Faulty(MemoryError))
    assert answers[Faulty(DataError)] == Refusal("this one is broken.")
    assert "not enough memory" in answers[Faulty(MemoryError)].sentence
    assert capsys.readouterr().err == ""


def test_nothing_is_computed_twice_at_one_moment(xor: Document) -> None:
    ask = Asker(xor)
    assert ask(Timed("a")) == ask(Timed("a")) == {Timed("a"): "a"}
    assert ask(Timed("a"), Timed("b")) == {Timed("a"): "a", Timed("b"): "b"}
    assert Timed.order == ["a", "b"]
    ask.moment = 1
    ask(Timed("a"))
    assert Timed.order == ["a", "b", "a"]


def test_the_cheapest_come_first_and_the_rest_with_the_next_snapshot(xor: Document) -> None:
    ask = Asker(xor)
    dear, cheap, middle = Timed("dear", 0.2, 3e9), Timed("cheap", 0.02, 1e6), Timed("middle", 0.02, 1e9)
    assert set(ask(dear, cheap, middle)) == {cheap, middle}
    assert ask.answering.pending
    assert set(ask(dear, cheap, middle)) == {cheap, middle, dear}
    assert not ask.answering.pending
    assert Timed.order == ["cheap", "middle", "dear"]
    # From here on the time counts that they took, not what they declare.
    ask.moment = 1
    ask(Timed("dear", 0.2, 3e9), cheap, middle)
    assert Timed.order[3:] == ["cheap", "middle"]


def test_nobody_waits_for_ever_behind_cheaper_ones(xor: Document) -> None:
    ask, many = Asker(xor), [Timed(f"cheap {index}", 0.02, 1.0) for index in range(6)]
    last = Timed("last", 0.03, 1e9)
    for moment in range(5):
        ask.moment = moment
        if last in ask(*many, last):
            break
    else:
        raise AssertionError("the dearest was never answered")


def test_a_request_gets_its_share_of_the_time_and_no_more(xor: Document) -> None:
    ask, slow = Asker(xor), Timed("slow", 0.1)
    begin = CLOCK.now
    for moment in range(2000):
        ask.moment = moment
        ask(slow, running=True)
        CLOCK.now += 0.008
    share = 0.1 * len(Timed.order) / (CLOCK.now - begin)
    assert 0.15 < share < 0.26
    # At rest everything is answered at once.
    ask.moment = -1
    assert ask(slow) == {slow: "slow"}


def test_all_together_leave_training_half_of_the_time(xor: Document) -> None:
    ask, slow = Asker(xor), [Timed(f"slow {index}", 0.02) for index in range(12)]
    begin = CLOCK.now
    for moment in range(3000):
        ask.moment = moment
        ask(*slow, running=True)
        CLOCK.now += 0.008
    assert 0.3 < 0.02 * len(Timed.order) / (CLOCK.now - begin) < 0.52
    assert {name: Timed.order.count(name) for name in Timed.order}.keys() == {each.name for each in slow}


def test_a_request_says_how_often_it_is_answered_at_most(xor: Document) -> None:
    ask = Asker(templates.load("spiral").document)
    seen = 0
    for moment in range(200):
        ask.moment = moment
        seen += Confusion(0.5) in ask(Confusion(0.5), running=True)
        CLOCK.now += 0.01
    assert seen == 200 * 0.01 / Confusion.min_interval


def test_one_that_fails_is_tried_again_ever_more_seldom(xor: Document) -> None:
    ask, faulty = Asker(xor), Faulty(ZeroDivisionError)
    for moment in range(1000):
        ask.moment = moment
        ask(faulty, running=True)
        CLOCK.now += 0.1
    assert 5 <= len(Faulty.times) <= 8


class Line:
    """A worker, and the window's end of the line to it."""

    def __init__(self) -> None:
        self.snapshots: Queue[Snapshot] = Queue()
        self.worker = Worker(self.snapshots.put)
        self.worker.start()

    def next(self, *requests: Request) -> Snapshot:
        self.worker.post(RequestSnapshot(frozenset(requests)))
        return self.snapshots.get(timeout=10)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.worker.post(Quit())
    made.worker.join(timeout=10)
    assert not made.worker.is_alive()


def test_a_faulty_request_stops_no_run_and_holds_up_no_snapshot(line: Line, xor: Document) -> None:
    faulty, grid = Faulty(ZeroDivisionError), Grid((0.0, 0.0, 1.0, 1.0), 5)
    line.worker.post(SetDocument(xor))
    line.worker.post(Play())
    steps = []
    for _ in range(20):
        snapshot = line.next(faulty, grid)
        assert snapshot.state is RunState.RUNNING
        assert "fault in the program" in snapshot.answers[faulty].sentence if faulty in snapshot.answers else True
        steps.append(snapshot.step)
        time.sleep(0.005)
    assert steps == sorted(steps)
    assert steps[-1] > steps[0]
    line.worker.post(Pause())
    rest = line.next(faulty, grid)
    while rest.state is not RunState.PAUSED:
        rest = line.next(faulty, grid)
    assert rest.answers[grid].values.shape == (1, 5, 5)
    assert "fault in the program" in rest.answers[faulty].sentence
    line.worker.post(Steps(1))
    assert line.next(faulty).step == rest.step + 1


def test_what_a_snapshot_leaves_out_comes_with_the_next_though_nothing_is_new(line: Line, xor: Document) -> None:
    @dataclass(frozen=True)
    class Slow(Request):
        number: int

        def answer(self, network: Network, split: Split) -> int:  # type: ignore[override]
            time.sleep(0.04)
            return self.number

    requests = {Slow(number) for number in range(3)}
    line.worker.post(SetDocument(xor))
    seen: set[Request] = set()
    for _ in range(3):
        seen |= line.next(*requests).answers.keys()
    assert seen == requests


def test_a_snapshot_that_cannot_be_made_is_told_instead_of_freezing_the_window(
    line: Line, xor: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Snapshot:
        raise KeyError("curves")

    line.worker.post(SetDocument(xor))
    assert line.next().state is RunState.READY
    with monkeypatch.context() as patched:
        patched.setattr(Snapshots, "make", broken)
        line.worker.post(Steps(1))
        told = line.next()
    assert told.state is RunState.FAILED
    assert "fault in the program" in told.message
    line.worker.post(Steps(1))
    assert line.next().step == 2


def test_whoever_waits_for_a_checkpoint_that_cannot_be_made_is_told(
    line: Line, xor: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Checkpoint:
        raise KeyError("weights")

    monkeypatch.setattr(CurrentRun, "checkpoint", broken)
    line.worker.post(SetDocument(xor))
    result: Future[tuple[Checkpoint, tuple[Run, ...]]] = Future()
    line.worker.post(GetCheckpoint(result))
    with pytest.raises(KeyError):
        result.result(timeout=10)


def test_a_step_by_hand_that_ends_an_epoch_is_told(line: Line) -> None:
    # Between the parts of a validation the window may have its snapshot, from before the step is done.
    document = templates.load("spiral").document
    line.worker.post(SetDocument(document))
    per_epoch = line.next().data
    assert per_epoch is not None
    assert per_epoch.validation is not None
    steps = -(-len(per_epoch.train) // document.training.batch_size)
    line.worker.post(Steps(steps - 1))
    assert line.next().step == steps - 1
    line.worker.post(RequestSnapshot(frozenset()))
    line.worker.post(Steps(1))
    seen = [line.snapshots.get(timeout=10).step]
    while seen[-1] < steps:
        line.worker.post(RequestSnapshot(frozenset()))
        seen.append(line.snapshots.get(timeout=10).step)
    assert seen[-1] == steps


def test_answers_are_those_of_the_moment(line: Line, xor: Document) -> None:
    line.worker.post(SetDocument(xor))
    weights = [line.next(Weights("dense_1")).answers[Weights("dense_1")].parameters["bias"]]
    for _ in range(3):
        line.worker.post(Steps(1))
        weights.append(line.next(Weights("dense_1")).answers[Weights("dense_1")].parameters["bias"])
    assert all((before != after).any() for before, after in pairwise(weights))


def test_what_nobody_wants_any_more_is_let_go(xor: Document) -> None:
    """A fine picture comes in many parts; kept for as long as nothing trains, they would fill the memory."""
    ask = Asker(xor)
    ask(Timed("whole"), Timed("part 1"))
    ask(Timed("whole"), Timed("part 2"))
    assert ask(Timed("whole")) == {Timed("whole"): "whole"}
    # Computed once, as long as it is wanted.
    assert sorted(Timed.order) == ["part 1", "part 2", "whole"]
    ask(Timed("part 1"))
    assert Timed.order.count("part 1") == 2
