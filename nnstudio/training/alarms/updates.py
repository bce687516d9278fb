"""Update ratio: steps in proportion to the weights, and the learning rate that would suit them."""

from __future__ import annotations

from math import log10

from engine.errors import Fix
from nnstudio.training.alarms.base import Evidence, rounded

# A step that changes weights by a thousandth of their size is about right (Karpathy, Stanford CS231n, Neural networks
# part 3, "Ratio of weights:updates").
USUAL = 1e-3


def last_ratio(evidence: Evidence, name: str) -> float | None:
    """Newest known update ratio of a block among the recent measurements; a pause measures none."""
    known = (entry.statistics.update_ratio(name) for entry in reversed(evidence.recent))
    return next((value for value in known if value is not None), None)


def magnitude(value: float | None) -> float | None:
    """Decimal logarithm of a ratio."""
    return None if value is None else log10(max(value, 1e-30))


def better_rate(evidence: Evidence, now: float) -> Fix | None:
    """Another learning rate: the optimiser's usual one if that lies on the right side, else the one that would do."""
    optimizer = evidence.document.training.optimizer
    rate, usual = optimizer.learning_rate, type(optimizer).model_fields["learning_rate"].default
    wanted = rate * USUAL / max(now, 1e-30)
    too_high = wanted < rate
    better = usual if isinstance(usual, float) and (usual < rate) == too_high and usual != rate else rounded(wanted)
    if better == rate or not 0 < better < 1e3:
        return None
    changed = optimizer.with_changes(learning_rate=better)
    return Fix(f"Set the learning rate to {better:g}", training={"optimizer": changed})
