"""Update ratio: steps far too large or far too small for the weights."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

from engine.errors import Fix
from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import Evidence, alarm, alarm_rule, power, rounded, weights
from nnstudio.training.statistics_log import Entry

# A step that changes weights by a thousandth of their size is about right (Karpathy, Stanford CS231n, Neural networks
# part 3, "Ratio of weights:updates"). Sound networks begin with up to 0.03, and end with 1e-6 once they have learnt.
_USUAL = 1e-3
_LARGE, _LARGE_END = log10(0.2), log10(0.1)
_SMALL, _SMALL_END = 6.0, 5.0
# A schedule that has brought the rate below this share of its first value means steps to be small.
_ENDING = 0.1


def ratio(entry: Entry, evidence: Evidence, name: str) -> float | None:
    """Norm of the last step's change of a block's weights over their own; None where no step was watched."""
    statistics = entry.statistics
    known = [statistics.parameters[full].update_ratio for full in weights(statistics, evidence, name)]
    return max((value for value in known if value is not None), default=None)


def _magnitude(value: float | None) -> float | None:
    return None if value is None else log10(max(value, 1e-30))


@alarm_rule
def updates_too_large(evidence: Evidence) -> Iterator[Alarm]:
    """Steps change the weights of a layer by a fifth of their size and more."""
    if evidence.explained("exploding_gradients"):
        return
    found: dict[str, float] = {}
    for name in evidence.learning:
        values = [_magnitude(ratio(entry, evidence, name)) for entry in evidence.recent]
        now = ratio(evidence.newest, evidence, name)
        if now is not None and evidence.holds("updates_too_large", name, values, _LARGE, _LARGE_END):
            found[name] = now
    if found:
        worst = evidence.steady("updates_too_large", found)
        yield alarm(
            worst,
            f"Each step changes the weights by {power(found[worst])} of their size; about {_USUAL:g} is usual. "
            "The learning rate is too high.",
            [_rate(evidence, found[worst])],
            blocks=[worst],
            settings=["optimizer", "schedule"],
        )


@alarm_rule
def updates_too_small(evidence: Evidence) -> Iterator[Alarm]:
    """Steps change no weights by more than a millionth of their size, though the loss has hardly fallen."""
    optimizer = evidence.document.training.optimizer
    if evidence.learning_rate < _ENDING * optimizer.learning_rate or not evidence.unlearnt:
        return
    if evidence.explained("dead_units", "saturated_units", "vanishing_gradients") or not evidence.learning:
        return
    known = {name: ratio(evidence.newest, evidence, name) for name in evidence.learning}
    found = {name: value for name, value in known.items() if value is not None}
    if not found:
        return
    largest = evidence.steady("updates_too_small", found)
    values: list[float | None] = []
    for entry in evidence.recent:
        every = [value for name in evidence.learning if (value := _magnitude(ratio(entry, evidence, name))) is not None]
        values.append(-max(every) if every else None)
    if evidence.holds("updates_too_small", largest, values, _SMALL, _SMALL_END):
        yield alarm(
            largest,
            f"Each step changes the weights by only {power(found[largest])} of their size"
            f"{', and those of other layers by less' if len(found) > 1 else ''}; about {_USUAL:g} is usual. "
            "The learning rate is too low.",
            [_rate(evidence, found[largest])],
            blocks=[largest],
            settings=["optimizer", "schedule"],
        )


def _rate(evidence: Evidence, now: float) -> Fix | None:
    """Another learning rate: the optimiser's usual one if that lies on the right side, else the one that would do."""
    optimizer = evidence.document.training.optimizer
    rate, usual = optimizer.learning_rate, type(optimizer).model_fields["learning_rate"].default
    wanted = rate * _USUAL / max(now, 1e-30)
    too_high = wanted < rate
    better = usual if isinstance(usual, float) and (usual < rate) == too_high and usual != rate else rounded(wanted)
    if better == rate or not 0 < better < 1e3:
        return None
    changed = optimizer.with_changes(learning_rate=better)
    return Fix(f"Set the learning rate to {better:g}", training={"optimizer": changed})
