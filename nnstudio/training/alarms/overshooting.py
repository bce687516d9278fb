"""Updates that are too large: steps that overshoot."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import Evidence, alarm, power
from nnstudio.training.alarms.updates import USUAL, better_rate, magnitude

# Orders of magnitude above the usual ratio: thirty and ten times. Sound networks begin there, and are below ten times
# after an epoch. Single steps differ, so it is the mean of the orders that counts, over so many times the measurements
# that other alarms take.
_BEGIN, _END, _LONGER = 1.5, 1.0, 2


def updates_too_large(evidence: Evidence) -> Iterator[Alarm]:
    """Steps change the weights of a layer by some hundredths of their size and more, beyond the first epoch."""
    if evidence.explained("exploding_gradients") or not evidence.settled:
        return
    found: dict[str, float] = {}
    count = _LONGER * evidence.needed
    for name in evidence.learning:
        known = [
            order
            for entry in evidence.entries[-count:]
            if (order := magnitude(entry.statistics.update_ratio(name))) is not None
        ]
        mean = sum(known) / len(known) - log10(USUAL) if known else None
        if (
            evidence.holds("updates_too_large", name, [mean] * (len(known) // _LONGER), _BEGIN, _END)
            and mean is not None
        ):
            found[name] = USUAL * 10**mean
    if found:
        worst = evidence.steady("updates_too_large", found)
        yield alarm(
            worst,
            f"Each step changes the weights by {power(found[worst])} of their size; about {USUAL:g} is usual. "
            "The learning rate is too high.",
            [better_rate(evidence, found[worst])],
            blocks=[worst],
            settings=["optimizer", "schedule"],
        )
