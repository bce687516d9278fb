"""Training of one trial, from first weights to last epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from engine.errors import DivergedError
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint, RunOrigin
from nnstudio.training.moments import LIMIT
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_shelf import Run
from nnstudio.training.split import Split

# A trial reports at most so often: each report is written to the disk.
_MOST_REPORTS: Final = 30
# Seconds of training between two looks at whether it is to go on.
_SLICE: Final = 0.1


class StoppedError(Exception):
    """Signal that a trial was cut off because the sweep is to end."""


class PrunedError(Exception):
    """Signal that a trial does worse than others, and is given up."""


def train_trial(
    document: Document,
    split: Split,
    measure: str,
    report: Callable[[float, int], bool],
    alive: Callable[[float], bool],
    moment_limit: int = LIMIT,
) -> tuple[Run, float]:
    """Run of a document, trained to its last epoch, and its measure at the end.

    The same document and data give the same run, whenever and wherever it is trained.

    Args:
        measure: curve by which the trial is judged.
        report: called with the measure and the epoch now and then; True if the trial is to be given up.
        alive: called every tenth of a second with the trained share; False if the trial is to be cut off.
        moment_limit: bytes that the moments of the run may take.

    Raises EngineError if the network cannot be trained, DivergedError if it diverges, PrunedError or StoppedError.
    """
    made = Checkpoint(preparation=split.preparation, run=RunOrigin("run-1"))
    run = TrainingRun(document, split, None, made, moment_limit=moment_limit)
    every = math.ceil(run.target / _MOST_REPORTS)
    while not run.finished:
        due = min(run.target, (run.epoch // every + 1) * every)
        while run.epoch < due and not run.finished:
            run.advance(_SLICE, due, _never)
            if not alive(run.course[0] / max(run.course[1], 1)):
                raise StoppedError
        if not run.finished and report(_value(run, measure), run.epoch):
            raise PrunedError
    return Run(run.document.with_changes(runs=()), run.checkpoint(), run.scores), _value(run, measure)


def _never() -> bool:
    return False


def _value(run: TrainingRun, measure: str) -> float:
    value = run.scores.get(measure, math.nan)
    if not math.isfinite(value):
        raise DivergedError(f"the {measure} is {value} after epoch {run.epoch}; choose smaller learning rates")
    return value
