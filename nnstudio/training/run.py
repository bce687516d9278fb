"""A network at work on its data: what survives an edit, what starts anew, and the curves. Knows no Qt and no thread."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from engine import Network, Trainer, metrics
from nnstudio.document.compile import build, trainer_for
from nnstudio.document.model import Document
from nnstudio.training.curves import CurveBook
from nnstudio.training.messages import Checkpoint, Split

# An epoch of at least twice as many steps gets this many points on the loss curve; shorter ones get one.
POINTS_PER_EPOCH = 20
# How long a burst of steps between two looks at the clock should take, in seconds.
_BURST = 0.002


class TrainingRun:
    """Trains the network of a document, step by step.

    Attributes:
        network: the network itself. split: its data.
        epoch, step: what was trained so far, also before the last edit.
        target: the epoch at which training ends.

    Raises EngineError if the document cannot be trained.
    """

    def __init__(self, document: Document, split: Split, pause: Callable[[], None] | None = None) -> None:
        self._pause = pause
        self.split = split
        self.network: Network = build(document)
        self.curves = CurveBook()
        self.epoch = self.step = 0
        self.target = document.training.epochs
        # How far the loss curve goes, in epochs.
        self._reached = 0.0
        self._burst = 1
        self._start(document)

    def _start(self, document: Document) -> None:
        """A new trainer for the network as it is."""
        self._document = document
        # Else every batch size that a spin box passes would leave its arrays behind.
        self.network.release()
        self._trainer: Trainer = trainer_for(document, self.network, pause=self._pause)
        train, held = self.split.train, self.split.validation
        self._trainer.load(train.x, train.y, None if held is None else (held.x, held.y))
        steps = math.ceil(len(train) / self._trainer.batch_size)
        self._epoch_steps = steps
        self._tick_steps = steps // POINTS_PER_EPOCH if steps >= 2 * POINTS_PER_EPOCH else steps + 1
        self._tick_count, self._tick_sum = 0, 0.0
        self._in_epoch = 0

    @property
    def metric(self) -> str:
        """Name of the metric that suits the data: "accuracy" or "mae"."""
        return metrics.fitting(self.split.train.y)[0]

    @property
    def learning_rate(self) -> float:
        return self._trainer.learning_rate

    @property
    def finished(self) -> bool:
        return self.epoch >= self.target

    @property
    def document(self) -> Document:
        """What is being trained: the last document that could be."""
        return self._document

    def update(self, document: Document, earlier: Checkpoint | None = None) -> None:
        """Takes over changed blocks, wires or training settings. Weights that still fit are kept, and the curves too.

        `earlier` is what the new network had learnt when it was last seen; it serves where the present weights do not
        fit. Raises EngineError; then the run is as it was.
        """
        old, new = self._document, document
        # A run that was asked to go on past its first target keeps what is left of it.
        if new.training.epochs != old.training.epochs:
            self.target = new.training.epochs
        if network_key(old) != network_key(new):
            network = build(new)
            if earlier is not None:
                network.take_parameters(earlier.weights)
            network.take_parameters(self.network.arrays)
            self.network = network
            self._start(new)
            return
        rate = new.training.optimizer.learning_rate
        same = old.training.optimizer.with_changes(learning_rate=rate) == new.training.optimizer
        if same and _trainer_key(old) == _trainer_key(new):
            self._document = new
            self._trainer.learning_rate = rate
            return
        self._start(new)

    def advance(self, seconds: float, until: int, interrupted: Callable[[], bool]) -> None:
        """Trains until so much time is over, epoch `until` is done, or somebody interrupts. Raises DivergedError."""
        deadline = time.perf_counter() + seconds
        while self.epoch < until:
            begin = time.perf_counter()
            for _ in range(self._burst):
                self.step_once()
                if self.epoch >= until:
                    return
            now = time.perf_counter()
            # The clock and the queue are looked at rarely enough to cost nothing, and often enough to be heard.
            self._burst = max(1, min(1024, int(self._burst * min(2.0, _BURST / max(now - begin, 1e-6)))))
            if now >= deadline or interrupted():
                return

    def step_once(self) -> None:
        """One mini-batch. Raises DivergedError."""
        trainer = self._trainer
        epoch = trainer.epoch
        self._tick_sum += trainer.step()
        self._tick_count += 1
        self._in_epoch += 1
        self.step += 1
        if trainer.epoch != epoch:
            self._end_epoch()
        elif self._tick_count >= self._tick_steps:
            self._tick()

    def _tick(self) -> None:
        mean = self._tick_sum / self._tick_count
        # A new trainer begins its epoch anew; on the curve there is no way back.
        self._reached = max(self._reached, self.epoch + self._in_epoch / self._epoch_steps)
        self.curves.add("loss", self._reached, mean)
        self._tick_count, self._tick_sum = 0, 0.0

    def _end_epoch(self) -> None:
        self._tick()
        self._in_epoch = 0
        self.epoch += 1
        history = self._trainer.history
        for name, values in (("val_loss", history.val_loss), *history.metrics.items()):
            if values:
                self.curves.add(name, float(self.epoch), values[-1])
                # The curves are bounded; the trainer's own lists would grow with every epoch for ever.
                values.clear()
        history.loss.clear()

    def checkpoint(self) -> Checkpoint:
        """Copies of all that training has made."""
        if self.step == 0:
            return Checkpoint()
        weights = {name: np.array(array) for name, array in self.network.arrays.items()}
        return Checkpoint(weights, self.curves.curves(), self.epoch, self.step)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Goes on from a checkpoint; weights that do not fit stay as they are. The target moves on where needed."""
        self.network.take_parameters(checkpoint.weights)
        self.curves = CurveBook(checkpoint.curves)
        self.epoch, self.step = checkpoint.epoch, checkpoint.step
        self._reached = float(self.epoch)
        self.target = max(self.target, self.epoch)

    def extend(self) -> None:
        """Sets the target as many epochs on as the settings name."""
        self.target = self.epoch + self._document.training.epochs


def network_key(document: Document) -> tuple[object, ...]:
    """Equal for documents that make the same network."""
    return tuple((block.name, block.layer, block.disabled) for block in document.blocks), document.wires


def run_key(document: Document) -> tuple[object, ...]:
    """Equal for documents between which training may go on; where it changes, training starts anew."""
    return document.data, document.training.seed


def _trainer_key(document: Document) -> tuple[object, ...]:
    """What makes a new trainer necessary, beside the optimiser."""
    training = document.training
    return training.loss, training.batch_size, training.shuffle
