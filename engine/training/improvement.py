"""Track whether a measured value improves from epoch to epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from engine.errors import SpecError

Monitor = Literal["val_loss", "loss"]


@dataclass
class Watch:
    """Tracker of the best value so far.

    Attributes:
        best: the smallest value so far.
        waited: how many values in a row were no better.
    """

    best: float = math.inf
    waited: int = 0

    def see(self, value: float, min_delta: float) -> bool:
        """Record a value; True if it improves on the best by more than `min_delta`."""
        better = value < self.best - min_delta
        self.best, self.waited = (value, 0) if better else (self.best, self.waited + 1)
        return better


def check_monitor(monitor: Monitor, who: str, *, validation: bool) -> None:
    """Check that the monitored loss will be measured. Raises SpecError."""
    if monitor == "val_loss" and not validation:
        raise SpecError(f'{who} monitors val_loss, but there are no validation data; give some, or set monitor="loss"')
