"""Step rate: the measured speed of training."""

from __future__ import annotations

import math
import time


class Rate:
    """Steps per second, measured over about the last half second."""

    def __init__(self) -> None:
        self.value = 0.0
        self.clear()

    def clear(self) -> None:
        """Reset to zero."""
        self._since, self._steps = time.perf_counter(), 0

    def forget(self) -> None:
        """Discard the measurement, and start again at the next step."""
        self.value = 0.0
        self._since = math.inf

    def add(self, steps: int) -> None:
        """Record finished steps."""
        if self._since == math.inf:
            self.clear()
            return
        self._steps += steps
        passed = time.perf_counter() - self._since
        if passed >= 0.5 or (self.value == 0.0 and passed > 0.05):
            self.value = self._steps / passed
            self.clear()
