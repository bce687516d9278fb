"""Listener to the curves of a run while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class CurvePoint:
    """Point of a run's curves.

    Attributes:
        step: of the run, from 1. place: in epochs.
        learning_rate: that of this step.
        loss: mean of the steps since the last point.
        epoch: where an epoch ends, its loss and metrics by the names of their curves: "loss", "val_loss", "accuracy",
            "val_accuracy", ...; else empty.
    """

    step: int
    place: float
    learning_rate: float
    loss: float
    epoch: Mapping[str, float] = field(default_factory=dict)


class CurveListener(Protocol):
    """Listener to the curves of runs. It is called between two steps, in the thread that trains, and raises nothing."""

    def add(self, run: str, point: CurvePoint, /) -> None:
        """Take a point of the run with this name ("run-3")."""

    def close(self) -> None:
        """Let go of what it holds; it is called no more."""
