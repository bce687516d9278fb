"""Epochs of a trainer: data, batches in order, validation, early stopping and history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from engine import metrics
from engine.checks import expect_count, shown
from engine.errors import DataError, SpecError
from engine.source import Source
from engine.training.evaluation import Measure, checked_source, evaluate
from engine.training.history import History
from engine.training.improvement import check_monitor
from engine.training.resumable import Resumable
from engine.types import Array

Batch = tuple[ArrayLike | Source, ArrayLike]


class Epochs(Resumable):
    """Epochs of a `Trainer`, which makes the attributes named here, and the steps."""

    _pause: Callable[[], None] | None
    _last_batch: Array

    def _train(self, chosen: Array) -> float:
        """Train on the samples of these indices, add them to the score, and return their loss."""
        raise NotImplementedError(f"{type(self).__name__} makes no steps")

    @property
    def _measure(self) -> Measure | None:
        """Function that computes the loss of a part of the samples, if it is not the network itself."""
        return None

    def _fetch(self) -> None:
        """Bring the network's numbers up to date, where they lie elsewhere."""

    def _send(self) -> None:
        """Take over numbers that were written to the network, where they lie elsewhere."""

    def step(self) -> float:
        """Train on one mini-batch and return its loss; validate at the end of an epoch.

        Raises DataError if no data were loaded; SpecError if an output lies outside the loss's domain, placed at the
        last layer; DivergedError on NaN or infinity, placed at the layer where they first occurred, and on a loss that
        explodes (`divergence.Guard`), placed at the layer that grew most. The network is then restored to its last good
        state: before this step, or where that was bad already, at the beginning of the last good epoch, and the
        optimiser's state is reset.
        """
        if self._data is None:
            raise DataError("there are no data to train on; call load(x, y) or fit(x, y, epochs) first")
        chosen = self._last_batch = self._walk.batch(self._batch_size)
        loss = self._train(chosen)
        self.steps += 1
        if self._walk.advance(len(chosen)):
            self._finish_epoch()
        return loss

    @property
    def progress(self) -> float:
        """Fraction of the current epoch's samples that are done."""
        return self._walk.progress

    @property
    def last_batch(self) -> Array:
        """Indices of the samples in the last `step`, (n,); empty before the first. A copy."""
        return self._last_batch.copy()

    @property
    def next_batch(self) -> Array:
        """Indices of the samples in the next `step`, (n,); empty before `load`. A copy."""
        return np.empty(0, np.intp) if self._data is None else self._walk.batch(self._batch_size).copy()

    def load(
        self,
        x: ArrayLike | Source,
        y: ArrayLike,
        validation: Batch | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        anew: bool = False,
    ) -> None:
        """Set the data for `step`: samples (N, *input_shape) or a source of them, and targets.

        Weights of the samples, (N,), multiply those of their classes. A new epoch begins, except on the data of a run
        that was just resumed, which goes on in the middle of its epoch; `anew` begins one there too, so that the data
        may be others. Raises DataError, ShapeError; then the data are those from before.
        """
        data = checked_source(self.network, self.loss, x, y)
        names = self._metrics_for(y, data[1])
        samples = len(data[0])
        if samples == 0:
            raise DataError("there are no samples to train on")
        self.network.check_batch(min(samples, self.batch_size))
        weights = self._weigh(data[1], self.class_weight, sample_weight)
        if validation is not None and (not isinstance(validation, (tuple, list)) or len(validation) != 2):
            raise DataError(f"the validation data must be a pair, (samples, targets), found {shown(validation)}")
        held = checked_source(self.network, self.loss, *validation) if validation is not None else None
        if held is not None:
            metrics.check_targets(names, held[1])
        if self.schedule is not None:
            self.schedule.check(validation=held is not None)
        if self.early_stopping is not None:
            check_monitor(self.early_stopping.monitor, "early stopping", validation=held is not None)
        self._check_memory(self.optimizer, samples)
        resumed = self._resumed == self.steps and not anew
        if resumed and len(self._walk.order) != samples:
            raise DataError(
                f"the saved run was trained on {len(self._walk.order)} samples, found {samples}; "
                "load the same data again"
            )
        self._data, self._names, self._validation = data, names, held
        self._own_weights = None if sample_weight is None else np.array(sample_weight, float)
        self._weights = weights
        self._plan = None
        if not resumed:
            self._resumed = None
            self._guard.start(self.loss, data[1])
            self.go_on()
            self._start_epoch()

    def fit(
        self,
        x: ArrayLike | Source,
        y: ArrayLike,
        epochs: int = 1,
        validation: Batch | None = None,
        after_epoch: Callable[[Self], None] | None = None,
        *,
        sample_weight: ArrayLike | None = None,
    ) -> History:
        """Train for `epochs` epochs, or until early stopping.

        `after_epoch(trainer)` is called after each. After `resume`, the epoch under way counts as the first. Raises as
        `load` and `step` do.
        """
        expect_count(epochs, "epochs")
        if after_epoch is not None and not callable(after_epoch):
            raise SpecError(f"after_epoch must be a function that takes the trainer, found {shown(after_epoch)}")
        self.load(x, y, validation, sample_weight=sample_weight)
        end = self.epoch + epochs
        while self.epoch < end and self.history.stopped is None:
            epoch = self.epoch
            while self.epoch == epoch:
                self.step()
            if after_epoch is not None:
                after_epoch(self)
        return self.history

    def evaluate(self, x: ArrayLike | Source, y: ArrayLike) -> dict[str, float]:
        """Mean loss and metrics over samples, or a source of them, in inference mode: {"loss": ...}."""
        samples, targets = checked_source(self.network, self.loss, x, y)
        score = self._new_score(self._metrics_for(y, targets))
        return evaluate(self.network, self.loss, samples, targets, score, self._pause, self._measure)

    def _metrics_for(self, y: ArrayLike, targets: Array) -> tuple[str, ...]:
        """The metrics asked for, or those that suit what was given as targets. Raises DataError if they do not go."""
        if self._metrics is None:
            return metrics.suiting(np.asarray(y), targets)
        metrics.check_targets(self._metrics, targets)
        return self._metrics

    def _finish_epoch(self) -> None:
        result = self._score.result()
        latest = {"loss": result.pop("loss")}
        self.history.loss.append(latest["loss"])
        if self._validation is not None:
            score = self._new_score(self._names)
            judged = evaluate(self.network, self.loss, *self._validation, score, self._pause, self._measure)
            latest["val_loss"] = judged.pop("loss")
            self.history.val_loss.append(latest["val_loss"])
            result.update({f"val_{name}": value for name, value in judged.items()})
        for name, value in result.items():
            self.history.metrics.setdefault(name, []).append(value)
        self.epoch += 1
        self._guard.after_epoch(latest["loss"], self.steps)
        self._update.after_epoch(latest)
        if self._stopper is not None:
            self._fetch()
            self.history.stopped = self._stopper.after_epoch(self.epoch, latest)
            self._send()
        self._start_epoch()
