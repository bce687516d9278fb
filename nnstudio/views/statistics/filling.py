"""Filling of a statistics log: what nobody measured of a run, measured afterwards from its kept moments."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np

from engine.losses import Loss
from nnstudio.training.messages import Snapshot
from nnstudio.training.moments import MomentSummary
from nnstudio.training.requests.batch_statistics import BatchPicture
from nnstudio.training.requests.moment_statistics import MomentStatistics
from nnstudio.training.statistics_log import Entry

# A run is divided into so many stretches, each of which is to have a measurement.
_STRETCHES = 64
# How far from all others a measurement may lie, in stretches, before one is made near it.
_APART = 0.75
# Steps of one request, of which as many are measured as fit into a moment.
_TOGETHER = 16


class Filling:
    """Measurements of the moments of one run."""

    def __init__(self) -> None:
        self._known: dict[int, BatchPicture | None] = {}
        self._run = ""
        # The steps that are wanted of this history, besides those in the log when they were looked for.
        self._history: MomentSummary | None = None
        self._log_size = -1
        self._wanted: tuple[int, ...] = ()

    def clear(self) -> None:
        """Forget all, for another project."""
        self._known.clear()
        self._history, self._wanted = None, ()

    def request(self, loss: Loss) -> MomentStatistics | None:
        """Request for what is missing; None where nothing is."""
        return MomentStatistics(loss, self._wanted[:_TOGETHER]) if self._wanted else None

    def take(self, snapshot: Snapshot, measured: Sequence[Entry]) -> bool:
        """Add what a snapshot has, and look what is still missing beside the log. True if there is more to draw."""
        known = len(self._known)
        if snapshot.run.id != self._run:
            self._run = snapshot.run.id
            self.clear()
        for request, answer in snapshot.answers.items():
            if isinstance(request, MomentStatistics) and isinstance(answer, dict):
                self._known.update(answer)
        if any(step > snapshot.step for step in self._known):
            self._known = {step: picture for step, picture in self._known.items() if step <= snapshot.step}
        changed = len(self._known) != known
        if changed or snapshot.history is not self._history or len(measured) != self._log_size:
            self._history, self._log_size = snapshot.history, len(measured)
            self._wanted = _missing(snapshot.history.steps, [entry.step for entry in measured], self._known)
        return changed

    def merged(self, measured: Sequence[Entry]) -> list[Entry]:
        """Measurements of the log, and those made afterwards where it has none, in the order of their steps."""
        entries = list(measured)
        steps = {entry.step for entry in entries}
        for step, picture in self._known.items():
            if picture is not None and step not in steps:
                insort(entries, Entry(step, 0, picture, afterwards=True), key=lambda entry: entry.step)
        return entries


def _missing(kept: np.ndarray, measured: Sequence[int], known: dict[int, BatchPicture | None]) -> tuple[int, ...]:
    """Steps of the kept moments that are to be measured, coarse ones first; those that were tried are known."""
    if len(kept) < 2:
        return ()
    first, last = int(kept[0]), int(kept[-1])
    apart = _APART * (last - first) / _STRETCHES
    there = sorted({*measured, *known})
    wanted: list[int] = []
    for share in _HALVING:
        target = first + share * (last - first)
        place = int(np.abs(kept - target).argmin())
        step = int(kept[place])
        near = bisect_left(there, step)
        if all(abs(step - other) > apart for other in there[max(near - 1, 0) : near + 1]):
            insort(there, step)
            wanted.append(step)
    return tuple(wanted)


def _halving() -> tuple[float, ...]:
    """Shares from 0 to 1, the ends first, then always the middles between those before."""
    shares, count = [0.0, 1.0], 1
    while count < _STRETCHES:
        shares += [(2 * place + 1) / (2 * count) for place in range(count)]
        count *= 2
    return tuple(shares)


_HALVING = _halving()
