"""Moments of a run: the parameters it had at some of its steps, within a bound of memory."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.training.checkpoint import TrainerState
from nnstudio.document.model import TrainingSettings

Array = NDArray[Any]

# Bytes that the moments of a run may take, unless it is set.
LIMIT = 256 << 20
# At first a moment is kept at every step, later after every 128th part of the steps so far: dense where a network
# changes most, and never more than some 1,500 in a million steps. Where room is short, the part is doubled.
_DENSITY = 128.0
_LEAST_DENSITY = 1 / 64
# Of so many moments, one has the trainer's state too.
_WITH_STATE = 8
# What a trainer's state calls the order of the samples, which moments of one epoch share.
_ORDER = "order"


@dataclass(frozen=True, eq=False)
class Moment:
    """Moment of a run, between two steps.

    Attributes:
        step: finished steps. epoch: finished epochs. place: progress in epochs.
        vector: the network's state vector, (n,) float32, read-only.
        settings: with which the run was trained then.
        state: the trainer's own; None where it was not kept.
    """

    step: int
    epoch: int
    place: float
    vector: Array
    settings: TrainingSettings
    state: TrainerState | None = None

    @property
    def arrays(self) -> tuple[Array, ...]:
        """All arrays, some of which it may share with its neighbours."""
        return (self.vector, *(self.state.arrays.values() if self.state is not None else ()))


@dataclass(frozen=True)
class MomentLog:
    """Moments of a network, the oldest first.

    Attributes:
        structure: of the network they belong to, see `identity_keys.structure_key`.
        moments: in the order of their steps.
    """

    structure: object = None
    moments: tuple[Moment, ...] = ()

    @cached_property
    def nbytes(self) -> int:
        """Bytes of all arrays, each counted once."""
        return total_bytes(self.moments)

    def until(self, step: int) -> MomentLog:
        """The moments up to a step."""
        return replace(self, moments=tuple(moment for moment in self.moments if moment.step <= step))

    def within(self, limit: int) -> MomentLog:
        """As many of the moments as fit into so many bytes, evenly thinned; none where not even two do."""
        moments, density = self.moments, _DENSITY
        while moments and total_bytes(moments) > limit:
            density /= 2
            moments = tuple(_thinned(self.moments, density)) if density >= _LEAST_DENSITY else ()
        return replace(self, moments=moments)


@dataclass(frozen=True, eq=False)
class MomentSummary:
    """Summary of a run's moments for the window.

    Attributes:
        steps: (n,) int64, increasing. places: (n,) float64, in epochs. epochs: (n,) int64, finished then.
        exact: (n,) bool, from where training can go on as it did then, bit for bit.
        nbytes: the memory they take; limit: what they may take.
        settings: those of each moment.
    """

    steps: Array = field(default_factory=lambda: np.empty(0, np.int64))
    places: Array = field(default_factory=lambda: np.empty(0))
    epochs: Array = field(default_factory=lambda: np.empty(0, np.int64))
    exact: Array = field(default_factory=lambda: np.empty(0, bool))
    nbytes: int = 0
    limit: int = LIMIT
    settings: tuple[TrainingSettings, ...] = ()

    def index(self, step: int) -> int:
        """Index of the moment nearest to a step. There must be one."""
        after = int(np.searchsorted(self.steps, step))
        if after == 0:
            return 0
        if after == len(self.steps):
            return after - 1
        return after if self.steps[after] - step < step - self.steps[after - 1] else after - 1

    def index_at(self, place: float) -> int:
        """Index of the moment nearest to a place in epochs. There must be one."""
        return int(np.abs(self.places - place).argmin())


class MomentBook:
    """Moments of the run under way: kept when they are due, thinned when they take too much room.

    Args:
        structure: of the run's network. size: of its state vector.
        known: moments from before, which are taken over if they are of this network.

    Attributes:
        structure: of the network; an edit of names alone changes it.
        limit: bytes that they may take.
        due: the step at which the next moment is to be kept. The run looks at it after every step.
    """

    def __init__(self, structure: object, size: int, known: MomentLog, limit: int = LIMIT) -> None:
        self.structure = structure
        self.limit = limit
        fits = known.structure == structure and all(moment.vector.shape == (size,) for moment in known.moments)
        self._moments = list(known.moments) if fits else []
        self._density = _DENSITY
        self._summary: MomentSummary | None = None
        self._size = _Size(self._moments)
        self.due = 0
        self._fit()
        self._plan()

    def add(self, moment: Moment) -> None:
        """Keep a moment. One of an earlier step than those there are goes in their place."""
        while self._moments and self._moments[-1].step >= moment.step:
            self._size.remove(self._moments.pop())
        moment = self._sharing(moment)
        self._moments.append(moment)
        self._size.add(moment)
        self._summary = None
        self._fit()
        self._plan()

    def wants_state(self) -> bool:
        """True if the next moment should have the trainer's state."""
        return all(moment.state is None for moment in self._moments[-_WITH_STATE + 1 :])

    def at(self, step: int) -> Moment | None:
        """Moment of exactly this step; None if it was not kept."""
        place = bisect_right(self._moments, step, key=lambda moment: moment.step)
        found = self._moments[place - 1] if place else None
        return found if found is not None and found.step == step else None

    def nearest(self, step: int) -> Moment | None:
        """Moment nearest to a step; None if there are none."""
        return self._moments[self.summary.index(step)] if self._moments else None

    def set_limit(self, limit: int) -> None:
        """Allow so many bytes from here on."""
        self.limit, self._summary = limit, None
        self._fit()
        self._plan()

    @property
    def log(self) -> MomentLog:
        """All moments, as they are now."""
        return MomentLog(self.structure, tuple(self._moments))

    @property
    def summary(self) -> MomentSummary:
        """Summary for the window; the same object as long as nothing changes."""
        if self._summary is None:
            moments = self._moments
            self._summary = MomentSummary(
                np.array([moment.step for moment in moments], np.int64),
                np.array([moment.place for moment in moments], np.float64),
                np.array([moment.epoch for moment in moments], np.int64),
                np.array([moment.state is not None for moment in moments], bool),
                self._size.total,
                self.limit,
                tuple(moment.settings for moment in moments),
            )
        return self._summary

    def _sharing(self, moment: Moment) -> Moment:
        """The moment, sharing with the last one the order of the samples, which lasts for an epoch."""
        last = next((other.state for other in reversed(self._moments) if other.state is not None), None)
        state = moment.state
        if state is None or last is None or _ORDER not in state.arrays or _ORDER not in last.arrays:
            return moment
        if not np.array_equal(state.arrays[_ORDER], last.arrays[_ORDER]):
            return moment
        arrays = {**state.arrays, _ORDER: last.arrays[_ORDER]}
        return replace(moment, state=TrainerState(state.info, arrays))

    def _fit(self) -> None:
        while self._moments and self._size.total > self.limit:
            self._density /= 2
            self._moments = list(_thinned(self._moments, self._density)) if self._density >= _LEAST_DENSITY else []
            self._size = _Size(self._moments)
            self._summary = None

    def _plan(self) -> None:
        if self._density < _LEAST_DENSITY:
            # Not even a few fit: they would be copied for nothing.
            self.due = 1 << 62
        elif self._moments:
            self.due = _next(self._moments[-1].step, self._density)


class _Size:
    """Bytes of the arrays of moments, each counted once however many share it."""

    def __init__(self, moments: Iterable[Moment]) -> None:
        self.total = 0
        self._counts: dict[int, int] = {}
        for moment in moments:
            self.add(moment)

    def add(self, moment: Moment) -> None:
        for array in moment.arrays:
            count = self._counts.get(id(array), 0)
            self._counts[id(array)] = count + 1
            self.total += 0 if count else array.nbytes

    def remove(self, moment: Moment) -> None:
        for array in moment.arrays:
            self._counts[id(array)] -= 1
            if not self._counts[id(array)]:
                del self._counts[id(array)]
                self.total -= array.nbytes


def total_bytes(moments: Iterable[Moment]) -> int:
    """Bytes of the arrays of moments, each counted once."""
    return _Size(moments).total


def split_vector(network: NetworkLike, vector: Array) -> Mapping[str, Array]:
    """Arrays of a network, by full names, as copies from a state vector of it."""
    with showing(network, vector):
        return {name: np.array(array) for name, array in network.arrays.items()}


@contextmanager
def showing(network: NetworkLike, vector: Array) -> Iterator[None]:
    """Context in which a network has the parameters of another moment; afterwards its own again, bit for bit."""
    own = network.state_vector.copy()
    try:
        network.take_vector(vector)
        yield
    finally:
        network.take_vector(own)


def _next(step: int, density: float) -> int:
    return step + max(1, math.ceil(step / density))


def _thinned(moments: Sequence[Moment], density: float) -> Sequence[Moment]:
    """The first moment, and of each stretch between two that are due one; one with a state where there is any."""
    kept: list[Moment] = []
    due = 0
    for moment in moments:
        if moment.step >= due:
            kept.append(moment)
            due = _next(moment.step, density)
        elif kept[-1].state is None and moment.state is not None and len(kept) > 1:
            kept[-1] = moment
    return kept
