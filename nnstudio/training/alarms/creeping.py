"""Updates that are too small: steps that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import Evidence, alarm, power
from nnstudio.training.alarms.updates import USUAL, better_rate, last_ratio, magnitude

# Orders of magnitude below 1. Sound networks come down there, too, but only once they have learnt.
_BEGIN, _END = 6.0, 5.0
# A schedule that has brought the rate below this share of its first value means steps to be small.
_ENDING = 0.1


def updates_too_small(evidence: Evidence) -> Iterator[Alarm]:
    """Steps change no weights by more than a millionth of their size, though the loss has hardly fallen."""
    optimizer = evidence.document.training.optimizer
    if evidence.learning_rate < _ENDING * optimizer.learning_rate or not evidence.unlearnt:
        return
    if evidence.explained("dead_units", "saturated_units", "vanishing_gradients") or not evidence.learning:
        return
    known = {name: last_ratio(evidence, name) for name in evidence.learning}
    found = {name: value for name, value in known.items() if value is not None}
    if not found:
        return
    largest = evidence.steady("updates_too_small", found)
    values: list[float | None] = []
    for entry in evidence.recent:
        every = [
            value for name in evidence.learning if (value := magnitude(entry.statistics.update_ratio(name))) is not None
        ]
        values.append(-max(every) if every else None)
    if evidence.holds("updates_too_small", largest, values, _BEGIN, _END):
        now = f"only {power(found[largest])}" if found[largest] else "nothing that counts: 0"
        yield alarm(
            largest,
            f"Each step changes the weights by {now} of their size, and those of other layers by no more; about "
            f"{USUAL:g} is usual. The learning rate is too low.",
            [better_rate(evidence, found[largest])],
            blocks=[largest],
            settings=["optimizer", "schedule"],
        )
