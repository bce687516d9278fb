"""Overfitting: the validation loss rises while the training loss falls."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.errors import Fix
from engine.layers import Dropout
from engine.regularisation import Penalty
from engine.training.early_stopping import EarlyStopping
from nnstudio.document.alarms import Alarm
from nnstudio.document.model import OUTPUT
from nnstudio.training.alarms.base import Evidence, alarm, mean_of, power
from nnstudio.training.checkpoint import Curve

# Share of what the validation loss had gained since the beginning that is lost again. Losses of single epochs jump up
# and down (Prechelt 1998, Early stopping, but when?), so means over some epochs are compared. The bundled spirals come
# to 0.15 while all but one of their unseen points stay right.
_BEGIN, _END = 0.25, 0.15
# Epochs since the lowest validation loss; the mean is taken over half as many.
_EPOCHS = 10
_L2 = 1e-3


def overfitting(evidence: Evidence) -> Iterator[Alarm]:
    """A quarter of what was gained in validation loss is lost again, while the training loss has fallen on."""
    training, validation = evidence.curves.get("loss"), evidence.curves.get("val_loss")
    if training is None or validation is None or evidence.found:
        return
    x, y = (array[validation.x > evidence.since] for array in (validation.x, validation.y))
    if len(y) < 2 * _EPOCHS or not np.isfinite(y).all():
        yield from evidence.still("overfitting", OUTPUT)
        return
    half = _EPOCHS // 2
    smooth = np.convolve(y, np.full(half, 1 / half), "valid")
    best = int(smooth.argmin())
    low, high, at = float(smooth[best]), float(smooth[-1]), float(x[best + half - 1])
    gained = max(evidence.first_loss - low, 0.0)
    limit = _END if ("overfitting", OUTPUT) in evidence.raised else _BEGIN
    if float(x[-1]) - at < _EPOCHS or high - low <= limit * gained or high - low <= limit * low:
        return
    then, now = (mean_of(_around(training, place)) for place in (at, float(x[-1])))
    if not now < then:
        return
    settings = evidence.document.training
    yield alarm(
        OUTPUT,
        f"Since epoch {at:,.0f} the validation loss has risen from {power(low)} to {power(high)}, while the training "
        "loss fell: the network learns its samples by heart.",
        [
            Fix("Turn on early stopping", training={"early_stopping": EarlyStopping()})
            if settings.early_stopping is None
            else None,
            Fix("Add L2 regularisation", training={"penalty": Penalty(l2=_L2)}) if settings.penalty is None else None,
            _dropout(evidence),
        ],
        blocks=[*evidence.layers],
        settings=["early_stopping", "penalty", "loss", "optimizer", "schedule"],
    )


def _dropout(evidence: Evidence) -> Fix | None:
    """Dropout in front of the last block with weights; None where there is one already, or nothing before it."""
    document = evidence.document
    if len(evidence.learning) < 2 or any(isinstance(layer, Dropout) for layer in evidence.layers.values()):
        return None
    sources = [wire.source for wire in document.wires if wire.target == evidence.learning[-1]]
    return Fix(f"Put Dropout after {sources[0]}", append=(Dropout(),), block=sources[0]) if len(sources) == 1 else None


def _around(curve: Curve, place: float) -> np.ndarray:
    """Values of a curve in the epochs up to a place."""
    return curve.y[(curve.x > place - _EPOCHS / 2) & (curve.x <= place)]
