"""Snapshots: all the window shows of training, at one moment between two steps. Immutable.

The window *pulls*: it asks for the next snapshot when it has drawn the last one, and says what its visible views need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nnstudio.training.checkpoint import Curve, Mark, RunOrigin
from nnstudio.training.moments import Moment, MomentSummary
from nnstudio.training.requests.base import Request
from nnstudio.training.run_shelf import Run
from nnstudio.training.split import Split


class RunState(Enum):
    """State of a run."""

    EMPTY = "empty"  # there is nothing to train: the network or the data have a problem
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"  # training itself went wrong, for example diverged; weights are kept


@dataclass(frozen=True)
class StepReport:
    """Report on a manual step.

    Attributes:
        step: its number, from 1. place: where it ended, in epochs.
        samples: indices of the samples in its batch, within the training part.
        loss: mean loss of the batch, before the step changed the weights.
        learning_rate: that of this step.
    """

    step: int
    place: float
    samples: tuple[int, ...]
    loss: float
    learning_rate: float


@dataclass(frozen=True)
class RepeatProgress:
    """Progress of repeats.

    Attributes:
        done: how many have ended. count: how many there are in all.
        seed: that of the one under way. share: of its steps, how many are done, from 0 to 1.
    """

    done: int
    count: int
    seed: int
    share: float


@dataclass(frozen=True)
class Snapshot:
    """Snapshot of training between two steps: everything the window shows of it.

    Attributes:
        generation: increases whenever the data or the network were made anew; what was drawn before is then stale.
        epoch: finished epochs; step: finished steps in all.
        rate: steps per second over the last moments, 0 when not running.
        loss: mean training loss of the newest point, None before the first one of this network.
        curves: "loss", "val_loss" and, per metric, e.g. "accuracy", "val_accuracy".
        stale: names of the curves whose newest value is of another network, the one before an edit.
        answers: by request, for what the window asked; a `Refusal` where there is none. Missing ones come with a later
            snapshot.
        data: the loaded data, None while loading or if they cannot be.
        learning_rate: that of the next step, with the schedule applied.
        metrics: names of the metrics, the usual one for the data ("accuracy", "mae") first.
        message: a sentence for the user: why the state is EMPTY or FAILED, or why training FINISHED early; else "".
        note: remark on a run that was resumed or changed, once; "" for nothing.
        diverged: training failed because numbers grew beyond all bounds.
        renewed: blocks that an edit gave new weights, while others kept theirs; until training goes on.
        step_report: the last step, if it was manual; None once training runs on or the network changes.
        portion: by how many epochs a run is extended when all are done.
        slowed: play waits between steps, so that it can be watched.
        marks: the changes made during training, in the order of their places on the curves.
        restructured: the step after which blocks or wires were changed last in this run; None if they never were.
        moment: the earlier moment at which the answers are computed; None for the present, of which all else tells.
        history: the moments that were kept of this run's network.
        runs: the project's runs that are over. run: which run this is. seconds: how long it was trained.
        repeat: progress of the repeats with other seeds; None if there are none.
    """

    generation: int
    state: RunState
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    rate: float = 0.0
    learning_rate: float = 0.0
    loss: float | None = None
    curves: Mapping[str, Curve] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    answers: Mapping[Request, Any] = field(default_factory=dict)
    data: Split | None = None
    metrics: tuple[str, ...] = ()
    message: str = ""
    note: str = ""
    diverged: bool = False
    renewed: frozenset[str] = frozenset()
    step_report: StepReport | None = None
    portion: int = 0
    slowed: bool = False
    marks: tuple[Mark, ...] = ()
    restructured: int | None = None
    moment: Moment | None = None
    history: MomentSummary = field(default_factory=MomentSummary)
    runs: tuple[Run, ...] = ()
    run: RunOrigin = field(default_factory=RunOrigin)
    seconds: float = 0.0
    repeat: RepeatProgress | None = None
