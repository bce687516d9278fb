"""How fast play may go, so that training can be watched."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

# Seconds that a wait takes at least: more steps than the screen has frames are made some at a time.
BEAT = 0.016
# Seconds that are caught up with at most. What a slow step, a validation or a busy machine takes longer is left out,
# or a burst of steps would follow that nobody can watch.
ARREARS = 0.1


class Pace:
    """Tells which steps are due. At first there is no limit. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        # Seconds from one step to the next, 0 for no limit, and when the next one is due.
        self._gap = 0.0
        self._next = 0.0

    @property
    def limited(self) -> bool:
        return self._gap > 0

    def set(self, rate: float | None) -> None:
        """So many steps per second, None for as many as can be; counted from the last step on."""
        now = self._clock()
        last = self._next - self._gap if self._gap else now
        self._gap = 1 / rate if rate else 0.0
        self._next = max(last + self._gap, now)

    def begin(self) -> None:
        """The first step is due at once: whoever presses play sees something happen."""
        self._next = self._clock()

    def due(self) -> int:
        """How many steps are due now."""
        if not self._gap:
            return sys.maxsize
        now = self._clock()
        if now < self._next:
            return 0
        self._next = max(self._next, now - ARREARS)
        return 1 + int((now - self._next) / self._gap)

    def done(self, steps: int) -> None:
        """So many of the steps that were due are done."""
        self._next += steps * self._gap

    def wait(self) -> float:
        """Seconds in which there is nothing to do."""
        if not self._gap:
            return 0.0
        left = self._next - self._clock()
        return max(left, BEAT) if left > 0 else 0.0
