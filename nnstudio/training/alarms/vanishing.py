"""Vanishing gradients: next to nothing of the gradient reaches the first layers."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

from engine.errors import Fix
from engine.layers import BatchNorm, ReLU
from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import Evidence, alarm, power
from nnstudio.training.alarms.saturated import saturated
from nnstudio.training.statistics_log import Entry

# Orders of magnitude by which the gradient falls between the last layer with weights and another one. In sound networks
# the gradients of all layers are of like size (Glorot and Bengio 2010, section 4.2); two orders are still common there.
_BEGIN, _END = 3.0, 2.0
# Share of it beyond which a few saturated activations are the reason, and are told instead.
_MAINLY = 0.5


def decades(entry: Entry, name: str, last: str) -> float | None:
    """Orders of magnitude by which the gradient's norm falls from the output of `last` to that of `name`.

    Negative where it grows; None where there is no gradient to compare with.
    """
    blocks = entry.statistics.blocks
    if name not in blocks or last not in blocks:
        return None
    here, there = blocks[name].gradients.norm, blocks[last].gradients.norm
    if there == 0:
        return None
    return log10(there / here) if here > 0 else 99.0


def _lost(evidence: Evidence, name: str) -> float:
    """Orders of magnitude that the gradient loses in one activation, on its way back through it."""
    names = list(evidence.newest.statistics.blocks)
    return max(decades(evidence.newest, names[names.index(name) - 1], name) or 0.0, 0.0)


def vanishing_gradients(evidence: Evidence) -> Iterator[Alarm]:
    """The gradient of the first layers is a tiny share of that of the last one, and the loss has hardly fallen."""
    if not evidence.unlearnt or evidence.explained("updates_too_large", "dead_units") or not evidence.learning:
        return
    last = evidence.learning[-1]
    slow = [
        name
        for name in evidence.learning[:-1]
        if evidence.holds("vanishing_gradients", name, [decades(e, name, last) for e in evidence.recent], _BEGIN, _END)
    ]
    if not slow:
        return
    first = slow[0]
    fall = decades(evidence.newest, first, last) or 0.0
    if sum(_lost(evidence, name) for name, _ in saturated(evidence)) > _MAINLY * fall:
        return
    share = 10.0**-fall
    others = len(slow) - 1
    they = f"it and {others} more layers hardly learn" if others > 1 else "it hardly learns"
    fading = [
        name
        for name in evidence.after(first)
        if evidence.layers[name].category == "Activation"
        and evidence.layers[name].steepness < 1
        and name != evidence.last
    ]
    batches = evidence.document.training.batch_size > 1
    yield alarm(
        first,
        f"Only {power(share)} of the gradient at {last} reaches this layer, so {they}.",
        [
            Fix("Use ReLU between the layers", replace={name: ReLU() for name in fading}) if fading else None,
            Fix("Insert BatchNorm after it", append=(BatchNorm(),)) if batches else None,
        ],
        blocks=[first, *fading],
    )
