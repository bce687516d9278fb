"""Statistics log: a run over time, in bounded room, without what was undone."""

from __future__ import annotations

import numpy as np

from engine import losses
from nnstudio.training.checkpoint import RunOrigin
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.batch_statistics import BatchPicture, BatchStatistics
from nnstudio.training.statistics_log import MOST_ENTRIES, StatisticsLog

REQUEST = BatchStatistics(losses.get("mse"))


def at(step: int, *, measured: bool = True, run: RunOrigin | None = None) -> Snapshot:
    picture = BatchPicture({}, {}, frozenset(), float(step), 4)
    answers = {REQUEST: picture} if measured else {}
    return Snapshot(1, RunState.RUNNING, step=step, answers=answers, run=run or RunOrigin())


def steps(log: StatisticsLog) -> list[int]:
    assert all(entry.statistics.loss == entry.step for entry in log.entries)
    return [entry.step for entry in log.entries]


def test_each_measurement_is_kept_once() -> None:
    log, snapshot = StatisticsLog(), at(3)
    assert log.take(snapshot)
    assert not log.take(snapshot)
    assert not log.take(at(4, measured=False))
    assert log.take(at(5))
    assert steps(log) == [3, 5]


def test_a_reset_takes_back_what_came_later() -> None:
    log = StatisticsLog()
    for step in range(0, 50, 10):
        log.take(at(step))
    assert log.take(at(20, measured=False))
    assert steps(log) == [0, 10, 20]


def test_a_branch_keeps_what_it_goes_on_from_and_another_run_begins_anew() -> None:
    log = StatisticsLog()
    for step in range(0, 50, 10):
        log.take(at(step, run=RunOrigin("run-1")))
    log.take(at(21, run=RunOrigin("run-2", parent="run-1", step=20)))
    assert steps(log) == [0, 10, 20, 21]
    log.take(at(90, run=RunOrigin("run-3")))
    assert steps(log) == [90]


def test_a_long_run_keeps_its_whole_length_and_its_newest_entry() -> None:
    log = StatisticsLog()
    for step in range(0, 100_000, 7):
        log.take(at(step))
        assert log.newest is not None
        assert log.newest.step == step
        assert len(log.entries) <= MOST_ENTRIES
    found = steps(log)
    assert found == sorted(set(found))
    assert found[0] == 0
    assert len(found) > MOST_ENTRIES // 4
    assert np.diff(found).max() < 100_000 / 40
