"""Training without a window: runs, and a worker with the window's end of the line to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Queue

from nnstudio.document.model import Document
from nnstudio.training.build import read_data
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import GetCheckpoint, RequestSnapshot
from nnstudio.training.messages import Snapshot
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_shelf import Run
from nnstudio.training.worker import Worker


class Line:
    """A worker and the window's end of the line to it."""

    def __init__(self) -> None:
        self.snapshots: Queue[Snapshot] = Queue()
        self.worker = Worker(self.snapshots.put)
        self.worker.start()

    def next(self, *requests: object) -> Snapshot:
        """Asks, and waits for the answer."""
        self.worker.post(RequestSnapshot(frozenset(requests)))  # type: ignore[arg-type]
        return self.snapshots.get(timeout=10)

    def until(self, fits: Callable[[Snapshot], bool], *requests: object) -> Snapshot:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            snapshot = self.next(*requests)
            if fits(snapshot):
                return snapshot
        raise AssertionError("the awaited snapshot never came")

    def checkpoint(self) -> Checkpoint:
        return self.collected()[0]

    def runs(self) -> tuple[Run, ...]:
        return self.collected()[1]

    def collected(self) -> tuple[Checkpoint, tuple[Run, ...]]:
        result: Future[tuple[Checkpoint, tuple[Run, ...]]] = Future()
        self.worker.post(GetCheckpoint(result))
        return result.result(timeout=10)


def run_of(made: Document, checkpoint: Checkpoint | None = None) -> TrainingRun:
    return TrainingRun(made, read_data(made.data), checkpoint=checkpoint)
