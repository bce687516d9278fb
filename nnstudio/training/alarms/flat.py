"""Flat loss: nothing is learnt for many epochs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Fix
from nnstudio.document.alarms import Alarm
from nnstudio.document.model import OUTPUT
from nnstudio.training.alarms.base import Evidence, alarm, mean_of, power, rounded
from nnstudio.training.alarms.updates import last_ratio

# Epochs, and share of the run, after which a loss is said to be flat; a plateau at the beginning is common. It counts
# as falling from 1 % on. Prechelt 1998 (Early stopping, but when?) judges strips of epochs, too, not single values.
_EPOCHS, _SHARE, _STEPS = 20, 0.1, 500
_FALL, _FALL_END = 0.01, 0.03
# Steps by more than this share of the weights overshoot rather than creep.
_LARGE = 1e-2


def flat_loss(evidence: Evidence) -> Iterator[Alarm]:
    """The training loss has not fallen for many epochs, and is still above half its first value."""
    curve = evidence.curves.get("loss")
    if curve is None or not evidence.unlearnt or not evidence.learning or evidence.found:
        return
    x, y = curve.x, curve.y
    now = float(x[-1]) if len(x) else 0.0
    window = max(_EPOCHS, _SHARE * evidence.epochs)
    if now - evidence.since < 2 * window or evidence.newest.step < _STEPS:
        yield from evidence.still("flat_loss", OUTPUT)
        return
    late = mean_of(y[x > now - window])
    early = mean_of(y[(x > now - 2 * window) & (x <= now - window)])
    limit = _FALL_END if ("flat_loss", OUTPUT) in evidence.raised else _FALL
    if not abs(early - late) < limit * early:
        return
    yield alarm(
        OUTPUT,
        f"The training loss has been flat for {rounded(2 * window):,.0f} epochs, at {power(late)}: with this learning "
        "rate, or this network, nothing more is learnt.",
        [_rate(evidence)],
        blocks=[*evidence.learning],
        settings=["loss", "optimizer", "schedule", "batch_size", "penalty", "clipping", "class_weight"],
    )


def _rate(evidence: Evidence) -> Fix | None:
    """A learning rate ten times as high where steps are small, else a tenth."""
    optimizer = evidence.document.training.optimizer
    ratios = [last_ratio(evidence, name) for name in evidence.learning]
    large = max((value for value in ratios if value is not None), default=0.0) > _LARGE
    better = rounded(optimizer.learning_rate * (0.1 if large else 10))
    if better > type(optimizer).fastest:
        return None
    word = "Lower" if large else "Raise"
    return Fix(
        f"{word} the learning rate to {better:g}", training={"optimizer": optimizer.with_changes(learning_rate=better)}
    )
