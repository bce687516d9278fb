"""Step rate: the measured speed of training."""

from __future__ import annotations

import math
import time


class Rate:
    """Steps per second over about the last half second."""

    def __init__(self) -> None:
        self.value = 0.0
        self.clear()

    def clear(self) -> None:
        self._since, self._steps = time.perf_counter(), 0

    def forget(self) -> None:
        """What was measured holds no longer. It is measured anew from the next step on, which may come at any time."""
        self.value = 0.0
        self._since = math.inf

    def add(self, steps: int) -> None:
        if self._since == math.inf:
            self.clear()
            return
        self._steps += steps
        passed = time.perf_counter() - self._since
        if passed >= 0.5 or (self.value == 0.0 and passed > 0.05):
            self.value = self._steps / passed
            self.clear()
