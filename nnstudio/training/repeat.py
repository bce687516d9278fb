"""Repeats of a run with other seeds, one after the other."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from engine.errors import EngineError
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint, RunOrigin
from nnstudio.training.curve_listener import CurveListener
from nnstudio.training.messages import RepeatProgress
from nnstudio.training.moments import LIMIT
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_shelf import Run
from nnstudio.training.split import Split


class Repeat:
    """Repeats of a document's run, trained from their first weights to their last epoch.

    Args:
        document: with the settings of all repeats. split: its data.
        seeds: one for each repeat.
        moment_limit: bytes that the moments of each may take.
        pause: called by the trainer between the parts of a long validation.
        listener: told of each point of the curves.
    """

    def __init__(
        self,
        document: Document,
        split: Split,
        seeds: Sequence[int],
        moment_limit: int = LIMIT,
        pause: Callable[[], None] | None = None,
        listener: CurveListener | None = None,
    ) -> None:
        self._listener = listener
        self._document, self._split, self._seeds = document, split, list(seeds)
        self._moment_limit = moment_limit // max(len(self._seeds), 1)
        self._pause = pause
        self._done = 0
        self._run: TrainingRun | None = None

    @property
    def finished(self) -> bool:
        """True if all repeats have ended."""
        return self._done == len(self._seeds)

    @property
    def name(self) -> str:
        """Name of the run under way; "" between two of them."""
        return "" if self._run is None else self._run.origin.id

    @property
    def progress(self) -> RepeatProgress:
        """Progress so far."""
        run, seed = self._run, self._seeds[min(self._done, len(self._seeds) - 1)]
        done, total = (0, 1) if run is None else run.course
        return RepeatProgress(self._done, len(self._seeds), seed, done / max(total, 1))

    def advance(self, seconds: float, interrupted: Callable[[], bool], name: Callable[[], str]) -> Run | None:
        """Train for a while; a run that has ended meanwhile. `name` gives a run its own. Raises EngineError.

        A run that diverges ends there, and the next one begins. One that has not finished a single step is not kept.
        """
        if self._run is None:
            self._run = self._begin(name())
        run, diverged = self._run, False
        try:
            run.advance(seconds, run.target, interrupted, sys.maxsize)
        except EngineError:
            run.marks.add(run.place, "Diverged")
            diverged = True
        if not (run.finished or diverged):
            return None
        self._run = None
        self._done += 1
        if not run.step:
            # It has learnt nothing that could be kept.
            return None
        return Run(run.document.with_changes(runs=()), run.checkpoint(), run.scores)

    def _begin(self, name: str) -> TrainingRun:
        document = edits.set_training(self._document, seed=self._seeds[self._done])
        made = Checkpoint(preparation=self._split.preparation, run=RunOrigin(name, time.time()))
        run = TrainingRun(document, self._split, self._pause, made, moment_limit=self._moment_limit)
        run.listener = self._listener
        return run

    def listen(self, listener: CurveListener | None) -> None:
        """Tell another listener from here on."""
        self._listener = listener
        if self._run is not None:
            self._run.listener = listener
