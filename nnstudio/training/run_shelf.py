"""Kept runs of a project, within a bound of memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from nnstudio.document.model import MOST_RUNS, Document
from nnstudio.training.checkpoint import Checkpoint, RunOrigin
from nnstudio.training.moments import LIMIT, total_bytes


@dataclass(frozen=True, eq=False)
class Run:
    """Run of a project as it ended.

    Attributes:
        document: as it was trained last. checkpoint: weights, curves, moments and the trainer's state at the end.
        scores: the newest loss and metrics of its network, by the names of their curves.
    """

    document: Document
    checkpoint: Checkpoint
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def origin(self) -> RunOrigin:
        """Its own name, and from where it went on."""
        return self.checkpoint.run

    @property
    def id(self) -> str:
        """Name within the project: "run-3"."""
        return self.checkpoint.run.id

    @property
    def number(self) -> int:
        """Number within the project, from 1."""
        return number_of(self.id)

    def with_moments(self, limit: int) -> Run:
        """The run with as many of its moments as take so many bytes."""
        made = self.checkpoint
        return replace(self, checkpoint=replace(made, moments=made.moments.within(limit)))


class RunShelf:
    """Runs that are over, in the order of their numbers."""

    def __init__(self, runs: Iterable[Run] = (), limit: int = LIMIT) -> None:
        self._runs = {run.id: run for run in sorted(runs, key=lambda run: run.number)}
        self._limit = limit
        self._shown: tuple[Run, ...] | None = None

    def __contains__(self, run: str) -> bool:
        return run in self._runs

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs; the same object as long as nothing changes."""
        if self._shown is None:
            self._shown = tuple(self._runs.values())
        return self._shown

    def get(self, run: str) -> Run | None:
        """Run of this name."""
        return self._runs.get(run)

    def next_number(self, *others: str) -> int:
        """Number for a new run, beyond those here and of the `others`."""
        return 1 + max((number_of(name) for name in (*self._runs, *others) if name), default=0)

    def add(self, run: Run, labelled: Collection[str] = ()) -> None:
        """Keep a run. Where there is no room, older ones lose their moments, or go if they bear no label."""
        self._runs[run.id] = run
        self._runs = dict(sorted(self._runs.items(), key=lambda item: number_of(item[0])))
        while len(self._runs) > MOST_RUNS:
            oldest = next((name for name in self._runs if name not in labelled), next(iter(self._runs)))
            del self._runs[oldest]
        self._fit(run.id)
        self._shown = None

    def remove(self, run: str) -> None:
        """Let go of a run, which is trained on."""
        if self._runs.pop(run, None) is not None:
            self._shown = None

    def set_limit(self, limit: int) -> None:
        """Allow the moments so many bytes from here on."""
        self._limit = limit
        self._fit("")
        self._shown = None

    def _fit(self, newest: str) -> None:
        for name in [*(name for name in self._runs if name != newest), newest]:
            if total_bytes(moment for run in self._runs.values() for moment in run.checkpoint.moments.moments) <= (
                self._limit
            ):
                return
            if name in self._runs:
                self._runs[name] = self._runs[name].with_moments(0)


def number_of(run: str) -> int:
    """Number in the name of a run, "run-3"."""
    return int(run.partition("-")[2] or 0)
