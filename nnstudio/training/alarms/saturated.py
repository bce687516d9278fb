"""Saturated units: activations that stand at an end of their range."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Fix
from engine.layers import BatchNorm, ReLU
from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import Evidence, alarm

# Share of saturated outputs. There the slope of a tanh is below a tenth (Glorot and Bengio 2010, section 3). A network
# that has learnt may well be saturated; that is no fault, so the loss is looked at as well.
_BEGIN, _END = 0.7, 0.5
# Sentences give shares in steps of this.
_STEP = 0.05


def saturated_units(evidence: Evidence) -> Iterator[Alarm]:
    """Most outputs of a hidden activation lie at the ends of its range, while the loss has hardly fallen."""
    if not evidence.unlearnt or evidence.explained("updates_too_large", "vanishing_gradients"):
        return
    for name, share in saturated(evidence):
        told = round(share / _STEP) * _STEP
        batches = evidence.document.training.batch_size > 1
        yield alarm(
            name,
            f"{told:.0%} of the outputs are saturated, at an end of the range of {evidence.layers[name].title}. Hardly "
            "any gradient gets through, so the layers before it learn very slowly.",
            [
                Fix("Insert BatchNorm before it", insert=(BatchNorm(),)) if batches else None,
                Fix("Use ReLU", replace={name: ReLU()}),
            ],
            blocks=[name],
        )


def saturated(evidence: Evidence) -> Iterator[tuple[str, float]]:
    """Hidden activations most of whose outputs are saturated, with the share of these."""
    for name in evidence.layers:
        blocks = [entry.statistics.blocks.get(name) for entry in evidence.recent]
        shares = [block.saturated if block is not None else None for block in blocks]
        share = shares[-1]
        # The output of a classifier is sure of its answer where it is saturated.
        if name == evidence.last or share is None:
            continue
        if evidence.holds("saturated_units", name, shares, _BEGIN, _END):
            yield name, share
