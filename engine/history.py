"""What training leaves behind in numbers: one value per epoch, and the sums that lead to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine import metrics
from engine.layers.base import Array


@dataclass
class History:
    """One value per finished epoch. `metrics` has "accuracy", and with validation data "val_accuracy".

    `stopped` says why training ended early, if it did.
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    stopped: str | None = None


class Score:
    """Adds up loss and metrics over batches.

    Args:
        names: of the metrics.
        threshold: a single output above it says yes.
    """

    def __init__(self, names: Sequence[str], threshold: float) -> None:
        # As an array: on small batches, converting a float at every comparison would cost more than comparing.
        self._names, self._threshold = names, np.array(threshold, np.float32)
        self.samples = 0
        self.totals = dict.fromkeys(("loss", *names), 0.0)

    def add(self, loss: float, output: Array, target: Array) -> None:
        count = output.shape[-1]
        self.samples += count
        self.totals["loss"] += loss * count
        for name in self._names:
            self.totals[name] += metrics.METRICS[name](output, target, self._threshold)

    def result(self) -> dict[str, float]:
        return {name: total / max(self.samples, 1) for name, total in self.totals.items()}

    def state(self) -> dict[str, Any]:
        """The sums so far, as JSON-able data."""
        return {"samples": self.samples, "totals": dict(self.totals)}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from sums that `state` gave. Raises KeyError, TypeError or ValueError if they are none."""
        self.samples = int(state["samples"])
        self.totals = {name: float(state["totals"][name]) for name in self.totals}
