"""Base of the alarm rules: the evidence they judge, and helpers for what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite

import numpy as np

from engine.errors import Fix
from engine.layers.base import Layer
from nnstudio.document.alarms import Alarm
from nnstudio.document.model import Document
from nnstudio.document.problems import Problem, Severity
from nnstudio.training.checkpoint import Curve
from nnstudio.training.statistics_log import Entry

# Measurements in a row that an alarm takes to be raised, and to be cleared: one odd batch raises none. A run that has
# paused or ended gives no more, and no odd ones.
HELD, HELD_AT_REST = 4, 2
# So many epochs, or steps of a long one, are needed to tell what a network does from how it begins.
_SETTLED_EPOCHS, _SETTLED_STEPS = 1, 1000
# A loss below this share of its first value has been learnt from: small gradients and steps are no fault then.
_LEARNT = 0.5


@dataclass(frozen=True)
class Evidence:
    """Evidence on a run: the last measurements and the curves.

    Attributes:
        document: the one that is trained.
        entries: measurements of the present network and settings, oldest first; they may be of a network from a moment
            before the last edit.
        curves: "loss" and "val_loss", over epochs.
        since: epoch in which network or settings were changed last.
        epochs: epochs of the run.
        learning_rate: that of the next step.
        raised: the alarms that are raised now, by rule and place.
        needed: measurements in a row that it takes to raise or clear an alarm.
        found: alarms of the rules before this one, which may explain what the rule finds.
    """

    document: Document
    entries: Sequence[Entry]
    curves: Mapping[str, Curve] = field(default_factory=dict)
    since: int = 0
    epochs: int = 0
    learning_rate: float = 0.0
    raised: Mapping[tuple[str, str], Alarm] = field(default_factory=dict)
    needed: int = HELD
    found: tuple[Alarm, ...] = ()

    @property
    def newest(self) -> Entry:
        """Last measurement."""
        return self.entries[-1]

    @property
    def recent(self) -> Sequence[Entry]:
        """The measurements that decide; fewer while there are no more."""
        return self.entries[-self.needed :]

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """Layers by the names of their blocks, in the order of the data, as far as they were measured."""
        document = self.document
        measured = self.newest.statistics.blocks
        return {name: document.block(name).layer for name in measured if document.has_block(name)}

    @cached_property
    def last(self) -> str:
        """Last layer that computes anything in inference; "" if there is none."""
        computing = [name for name, layer in self.layers.items() if not layer.passes_through(training=False)]
        return computing[-1] if computing else ""

    @cached_property
    def learning(self) -> list[str]:
        """Blocks with trained weights, in the order of the data."""
        return [name for name in self.newest.statistics.learning if name in self.layers]

    @property
    def settled(self) -> bool:
        """True once the run is beyond its beginning."""
        return self.newest.epoch >= _SETTLED_EPOCHS or self.newest.step >= _SETTLED_STEPS

    @cached_property
    def first_loss(self) -> float:
        """Largest of the first losses on the curves, of training and validation; infinite if there is none."""
        curves = [self.curves[name].y for name in ("loss", "val_loss") if name in self.curves]
        return max((float(y[0]) for y in curves if len(y) and isfinite(y[0])), default=inf)

    @property
    def unlearnt(self) -> bool:
        """True if next to nothing was learnt: the loss is above half its first value in all recent measurements."""
        return self.settled and all(e.statistics.loss > _LEARNT * self.first_loss for e in self.recent)

    def holds(self, rule: str, where: str, values: Sequence[float | None], begin: float, end: float) -> bool:
        """True if an alarm is on: its values have all come up to `begin`, or have not all gone below `end` again.

        Args:
            values: of the measurements that decide; None where there is none.
            begin, end: the two limits of the hysteresis, `end` below `begin`.
        """
        known = [value for value in values if value is not None]
        if (rule, where) in self.raised:
            return len(known) < self.needed or any(value >= end for value in known)
        return len(known) >= self.needed and all(value >= begin for value in known)

    def still(self, rule: str, where: str) -> Iterator[Alarm]:
        """The alarm of this rule and place, if it is raised: there is too little yet to clear it."""
        if (rule, where) in self.raised:
            yield self.raised[rule, where]

    def steady(self, rule: str, found: Mapping[str, float]) -> str:
        """Block at which this alarm stands already, if it is among those found; else that of the largest value."""
        known = (name for name in found if (rule, name) in self.raised)
        return next(known, max(found, key=lambda name: found[name]))

    def explained(self, *rules: str) -> bool:
        """True if an alarm of one of these rules is on already, of which this one would be a mere consequence."""
        return any(alarm.problem.rule in rules for alarm in self.found)

    def after(self, name: str) -> set[str]:
        """Blocks from this one to the loss, in the order of the data."""
        names = list(self.layers)
        return set(names[names.index(name) :]) if name in self.layers else set()


AlarmRule = Callable[[Evidence], Iterator[Alarm]]


def alarm(
    where: str,
    sentence: str,
    fixes: Sequence[Fix | None] = (),
    *,
    blocks: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Alarm:
    """Alarm at a block. Its first fix is the best; None among them is left out."""
    known = tuple(fix for fix in fixes if fix is not None)
    problem = Problem(where, sentence, known[0] if known else None, Severity.WARNING, others=known[1:])
    return Alarm(problem, frozenset(blocks), frozenset(settings))


def rounded(value: float) -> float:
    """Value rounded to one significant digit, so that a sentence does not change with every measurement."""
    return float(f"{value:.0e}")


def power(value: float) -> str:
    """Text of a value to one significant digit: "0.002", "3e-7"."""
    if value == 0:
        return "0"
    text = f"{rounded(value):,g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "\N{MINUS SIGN}")


def mean_of(values: np.ndarray) -> float:
    """Mean of the finite values; infinite if there is none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else inf
