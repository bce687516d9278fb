"""Studies under way, as the tests of sweeps look at them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nnstudio.sweep import living
from nnstudio.sweep.reader import StudyReader
from nnstudio.sweep.results import StudyTable, TrialRow


def table(place: str | Path) -> StudyTable:
    with StudyReader(str(place), "sweep") as reader:
        found = reader.read()
        assert found is not None
        return found


def wait(fits: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not fits():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def running(place: Path, process: int) -> bool:
    """True if this process has a trial under way."""
    if not place.exists():
        return False
    with StudyReader(str(place), "sweep") as reader:
        trials = () if reader.study is None else reader.study.get_trials(deepcopy=False)
        return any(
            trial.state.name == "RUNNING" and trial.params and trial.user_attrs[living.PROCESS]["pid"] == process
            for trial in trials
        )


def trained(lost: TrialRow, found: StudyTable) -> bool:
    """True if the settings of a trial that was cut off, as far as they were chosen, were trained by another."""
    return any(row.over and lost.parameters.items() <= row.parameters.items() for row in found.rows)
