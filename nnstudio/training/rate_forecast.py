"""Learning-rate forecast, made before training starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Signature
from nnstudio.document.model import Document
from nnstudio.document.training_checks import steps_per_epoch

Array = NDArray[Any]


@dataclass(frozen=True)
class Forecast:
    """Learning-rate forecast over a run: `epochs` and `rates`, (n,) each.

    Attributes:
        open: the schedule also depends on losses, which are not known in advance.
    """

    epochs: Array
    rates: Array
    open: bool


def forecast(document: Document, signature: Signature, epochs: int, points: int = 240) -> Forecast:
    """Forecast the learning rate over a number of epochs.

    Computed at every step, or at `points` evenly spaced steps.
    """
    settings = document.training
    rate = settings.optimizer.learning_rate
    per_epoch = steps_per_epoch(document, signature)
    steps = np.unique(np.linspace(0, max(per_epoch * epochs - 1, 0), points).round().astype(np.int64))
    if settings.schedule is None:
        rates = np.full(len(steps), rate)
    else:
        course = settings.schedule.start()
        rates = np.array([rate * course.factor(step, step // per_epoch) for step in steps.tolist()])
    return Forecast(steps / per_epoch, rates, hasattr(settings.schedule, "monitor"))
