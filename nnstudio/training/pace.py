"""Pace: limit the speed of training so that it can be watched."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

# Seconds that a wait takes at least: more steps than the screen has frames are made some at a time.
BEAT = 0.016
# Seconds that are caught up with at most. What a slow step, a validation or a busy machine takes longer is left out,
# or a burst of steps would follow that nobody can watch.
ARREARS = 0.1


@dataclass(frozen=True)
class Tempo:
    """Speed of play.

    Attributes:
        rate: initial steps per second; infinite for no limit.
        seconds: duration of a whole run: the rate grows until the last step is made by then. None for a steady rate.
    """

    rate: float = math.inf
    seconds: float | None = None


FULL = Tempo()
# Ten steps a second can be told apart, and of a run of any length most of what is to be seen comes early.
WATCHING = Tempo(10.0, 10.0)


class Pace:
    """Pacing of training steps; `clock` returns seconds.

    Initially there is no limit. The rate is rate(s) = r + k s after s steps. So s(t) = (r / k) (exp(k t) - 1), which
    gives every factor in the number of steps the same time once s is large beside r / k; k = 0 is a steady rate, s(t) =
    r t. As the rate depends on s alone, a run that was paused goes on at its place in that course.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._tempo = FULL
        # k, and the rate now; how many steps there are in all, as far as k holds for them.
        self._growth, self._rate = 0.0, math.inf
        self._steps = 0
        # When the last step was due, and when the next one is.
        self._last = self._next = 0.0

    @property
    def limited(self) -> bool:
        """True if play is slowed."""
        return self._tempo.rate < math.inf

    def set(self, tempo: Tempo) -> None:
        """Set the speed, counted from the last step."""
        now = self._clock()
        last = self._last if self.limited else now
        self._tempo, self._steps = tempo, 0
        self._growth, self._rate = 0.0, tempo.rate
        self._last, self._next = last, max(last + self._time(1), now)

    def follow(self, done: int, steps: int) -> None:
        """Report that `done` of the run's `steps` are made, before `due` where the rate grows."""
        if self._tempo.seconds is None or not self.limited:
            return
        if steps != self._steps:
            self._steps, self._growth = steps, growth(self._tempo.rate, self._tempo.seconds, steps)
        self._rate = self._tempo.rate + self._growth * done
        # Steps that were made by hand, or a run that was made longer, must not leave a long wait behind.
        self._next = min(self._next, max(self._last + self._time(1), self._clock()))

    def begin(self) -> None:
        """Make the first step due at once, so that play reacts immediately."""
        self._next = self._clock()
        self._last = self._next - self._time(1)

    def due(self) -> int:
        """Number of steps due now."""
        if not self.limited:
            return sys.maxsize
        now = self._clock()
        if now < self._next:
            return 0
        self._next = max(self._next, now - ARREARS)
        return 1 + self._count(now - self._next)

    def done(self, steps: int) -> None:
        """Report that so many of the due steps are done."""
        if steps and self.limited:
            self._last = self._next + self._time(steps - 1)
            self._next += self._time(steps)
            self._rate += self._growth * steps

    def wait(self) -> float:
        """Seconds until the next step is due."""
        if not self.limited:
            return 0.0
        left = self._next - self._clock()
        return max(left, BEAT) if left > 0 else 0.0

    def _time(self, steps: int) -> float:
        """Seconds that so many steps take from now on."""
        if not self._growth:
            return steps / self._rate
        return math.log1p(self._growth * steps / self._rate) / self._growth

    def _count(self, seconds: float) -> int:
        """Number of whole steps due within so many seconds."""
        if not self._growth:
            return int(seconds * self._rate)
        return int(math.expm1(self._growth * seconds) * self._rate / self._growth)


def growth(rate: float, seconds: float, steps: int) -> float:
    """Growth k for which (rate / k) (exp(k seconds) - 1) equals `steps`; 0 if none is needed.

    Found by bisection: the left side grows with k.
    """
    if steps <= rate * seconds:
        return 0.0
    low, high = 0.0, 1.0
    while rate / high * math.expm1(high * seconds) < steps:
        low, high = high, 2 * high
    for _ in range(50):
        middle = (low + high) / 2
        if rate / middle * math.expm1(middle * seconds) < steps:
            low = middle
        else:
            high = middle
    return high
