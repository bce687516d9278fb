"""Early stopping: end training once a loss no longer falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from engine.declared import Declared
from engine.training.improvement import Monitor, Watch
from engine.types import Array


class EarlyStopping(Declared):
    """Early stopping: ends training when a loss stops falling (Prechelt 1998).

    Optionally it restores the best weights.
    """

    title: ClassVar[str] = "Early stopping"
    help: ClassVar[str] = "Stops training when the loss stops improving, and restores the best weights."

    patience: int = Field(10, ge=1, le=1_000_000, title="Patience", description="Epochs in a row without improvement.")
    min_delta: float = Field(
        0.0, ge=0, title="Minimum improvement", description="How much lower a loss must be to count as an improvement."
    )
    monitor: Monitor = Field("val_loss", title="Monitor", description="Loss that is monitored.")
    restore_best: bool = Field(
        True,
        title="Restore best weights",
        description="Restores the weights of the best epoch when training is stopped.",
    )


class Stopper:
    """Running early stopping.

    Args:
        settings: the criterion.
        memory: all numbers of the network (see Network.state_vector), which it writes back when it stops.
    """

    def __init__(self, settings: EarlyStopping, memory: Array) -> None:
        self._settings, self._memory = settings, memory
        self._watch = Watch()
        self._epoch = 0
        # A copy of the best; only made where it will be wanted.
        self.best: Array | None = memory.copy() if settings.restore_best else None

    def after_epoch(self, epoch: int, losses: Mapping[str, float]) -> str | None:
        """Record an epoch's losses. Returns the reason, as a sentence, when it is time to stop."""
        settings, watch = self._settings, self._watch
        if watch.see(losses[settings.monitor], settings.min_delta):
            self._epoch = epoch
            if self.best is not None:
                np.copyto(self.best, self._memory)
        if watch.waited < settings.patience:
            return None
        if not self._epoch:
            return f"stopped after epoch {epoch}: {settings.monitor} was never finite"
        reason = f"stopped after epoch {epoch}: {settings.monitor} was best in epoch {self._epoch} ({watch.best:.4g})"
        if self.best is None:
            return reason
        np.copyto(self._memory, self.best)
        return f"{reason}, whose weights were restored"

    def state(self) -> dict[str, Any]:
        """State besides `best`, JSON-compatible."""
        return {"best_epoch": self._epoch, **asdict(self._watch)}

    def restore(self, state: Mapping[str, Any], best: Array | None) -> None:
        """Restore a state. Raises KeyError, TypeError or ValueError if it is malformed."""
        watch, epoch = Watch(float(state["best"]), int(state["waited"])), int(state["best_epoch"])
        self._watch, self._epoch = watch, epoch
        if self.best is not None and best is not None:
            np.copyto(self.best, best)
