"""Snapshots: all the window shows of training, at one moment between two steps. Immutable.

The window *pulls*: it asks for the next snapshot when it has drawn the last one, and says what its visible views need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nnstudio.training.checkpoint import Curve, Mark
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split


class RunState(Enum):
    """What the trainer is doing."""

    EMPTY = "empty"  # there is nothing to train: the network or the data have a problem
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"  # training itself went wrong, for example diverged; weights are kept


@dataclass(frozen=True)
class StepReport:
    """Tells what a step made by hand has used.

    Attributes:
        step: its number, from 1. place: where it ended, in epochs.
        samples: numbers of the samples in its batch, counted within the training part.
        loss: mean loss of the batch, before the step changed the weights.
        learning_rate: that of this step.
    """

    step: int
    place: float
    samples: tuple[int, ...]
    loss: float
    learning_rate: float


@dataclass(frozen=True)
class Snapshot:
    """All the window shows of training, at one moment between two steps.

    Attributes:
        generation: goes up whenever the data or the network were made anew; what was drawn before is then stale.
        epoch: finished epochs; step: finished steps in all.
        rate: steps per second over the last moments, 0 when not running.
        loss: mean training loss of the newest point, None before the first one of this network.
        curves: "loss", "val_loss" and, per metric, e.g. "accuracy", "val_accuracy".
        stale: names of the curves whose newest value is of another network, the one before an edit.
        answers: by request, for what the window asked; a `Refusal` where there is none. Left out is what comes with a
            later snapshot.
        data: what is loaded, None while loading or if it cannot be.
        learning_rate: that of the next step, as the schedule has it.
        metrics: names of what is measured beside the loss, the one that suits the data ("accuracy", "mae") first.
        message: a sentence for the user: why the state is EMPTY or FAILED, or why training FINISHED early; else "".
        note: what there is to know of a run that was taken up or changed, once; "" for nothing.
        diverged: training failed because numbers grew beyond all bounds.
        renewed: blocks that an edit gave new weights, while others keep what they learnt; until training goes on.
        step_report: the last step, if it was made by hand; None once training runs on or the network changes.
        portion: for how many epochs a run is gone on with when all are done.
        slowed: play waits between steps, so that it can be watched.
        marks: what was changed while it was trained, in the order of their places on the curves.
        restructured: the step after which blocks or wires were changed last in this run; None if they never were.
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
