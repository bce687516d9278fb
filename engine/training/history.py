"""Training history: one value per epoch and measure, from sums over batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine import metrics
from engine.types import Array


@dataclass
class History:
    """Training history: one value per finished epoch.

    `metrics` has "accuracy", and with validation data "val_accuracy". `stopped` gives the reason if training ended
    early.
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    stopped: str | None = None

    @property
    def newest(self) -> dict[str, float]:
        """Values of the last epoch: "loss", "val_loss", "accuracy", "val_accuracy", ..., as far as there are some."""
        scores = {"loss": self.loss, "val_loss": self.val_loss, **self.metrics}
        return {name: values[-1] for name, values in scores.items() if values}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> History:
        """History from the result of dataclasses.asdict.

        Raises KeyError, TypeError or ValueError if it is something else.
        """
        lists = {name: [float(value) for value in values] for name, values in state["metrics"].items()}
        loss, val_loss = ([float(value) for value in state[name]] for name in ("loss", "val_loss"))
        stopped = state["stopped"]
        return cls(loss, val_loss, lists, stopped if stopped is None else str(stopped))


class Score:
    """Running sums of loss and metrics over batches.

    Args:
        names: of the metrics.
        threshold: a single output above it means class 1.
        scale: factors on outputs and targets, (outputs,), for the metrics of numbers; None for 1.
    """

    def __init__(self, names: Sequence[str], threshold: float, scale: Array | None = None) -> None:
        # As an array: on small batches, converting a float at every comparison would cost more than comparing.
        self._threshold = np.array(threshold, np.float32)
        self._metrics = {name: metrics.get(name) for name in names}
        self._measures = [(name, metric.measure) for name, metric in self._metrics.items()]
        # Differences are all that metrics of numbers measure: a shift would only cost them digits.
        self._scale = None if scale is None or any(metric.of_classes for metric in self._metrics.values()) else scale
        self.samples = 0
        self.weight = 0.0
        self.loss = 0.0
        self.totals: dict[str, Any] = dict.fromkeys(names, 0.0)

    def add(self, loss: float, output: Array, target: Array, weight: float | None = None) -> None:
        """Add a batch: its mean loss, arrays with the batch axis last, and total sample weight."""
        count = output.shape[-1]
        self.samples += count
        weight = count if weight is None else weight
        self.weight += weight
        self.loss += loss * weight
        if self._scale is not None:
            factors = self._scale.reshape(-1, *(1,) * (output.ndim - 1))
            output, target = output * factors, target * factors
        for name, measure in self._measures:
            self.totals[name] += measure(output, target, self._threshold)

    def result(self) -> dict[str, float]:
        """Mean loss ("loss") and metrics over everything added."""
        values = {name: metric.finish(self.totals[name], self.samples) for name, metric in self._metrics.items()}
        return {"loss": self.loss / (self.weight or 1), **values}

    def state(self) -> dict[str, Any]:
        """Sums so far, as JSON-compatible data."""
        totals = {name: np.asarray(total).tolist() for name, total in self.totals.items()}
        return {"samples": self.samples, "weight": self.weight, "loss": self.loss, "totals": totals}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore sums from `state`. Raises LookupError, TypeError or ValueError if malformed."""
        self.samples = int(state["samples"])
        self.weight, self.loss = float(state["weight"]), float(state["loss"])
        totals = {name: np.asarray(state["totals"][name], float) for name in self.totals}
        self.totals = {name: total if total.ndim else float(total) for name, total in totals.items()}
        if self.samples:
            # Sums of another shape give no value.
            self.result()
