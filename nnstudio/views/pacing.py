"""Pacing of views: which of them are drawn in a frame while training runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nnstudio.training.session import FRAME_MS

# Largest share of the time that drawing all views takes; the trainer has the rest.
SHARE = 0.15
# Seconds of drawing after which no further view is drawn in a frame.
BUDGET = 0.006
# Seconds from one frame to the next.
FRAME = FRAME_MS / 1000
# Part of the newest time in the mean of the times a drawing took.
_NEW = 0.2


class DrawingPace:
    """Experience with the drawing of one view, painting included; `clock` returns seconds.

    Attributes:
        min_interval: seconds between two drawings, at least.
        begun: when it was last drawn. seconds: the time that takes, on the average of late.
        views: how many shared the time when it was last looked at.
    """

    def __init__(self, min_interval: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self.min_interval = min_interval
        self.begun = float("-inf")
        self.seconds = 0.0
        self.views = 0
        self.clock = clock

    @property
    def pause(self) -> float:
        """Seconds from one drawing to the next, at least."""
        return max(self.min_interval, self.seconds * self.views / SHARE)

    def is_near(self) -> bool:
        """True if the next drawing is due before another frame has passed."""
        return self.clock() - self.begun >= self.pause - FRAME

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Time a drawing."""
        self.begun = self.clock()
        yield
        # Not where it was refused by an error: that tells nothing of the next.
        taken = self.clock() - self.begun
        self.seconds += (taken - self.seconds) * (_NEW if self.seconds else 1.0)


@dataclass(frozen=True)
class Turn:
    """Turn of the views in one frame.

    Attributes:
        begun: when the frame began. views: how many share the time; 0 where nothing is left out.
    """

    begun: float = 0.0
    views: int = 0

    def has_come(self, pace: DrawingPace) -> bool:
        """True if a view is to be drawn in this frame.

        A view that takes long is drawn less often, so that all of them together keep within their share of the time.
        One that does not fit into this frame waits for the next, where whoever has waited longest comes first.
        """
        now, pace.views = pace.clock(), self.views
        if now - pace.begun < pace.pause:
            return False
        spent = now - self.begun
        return not self.views or spent + pace.seconds <= BUDGET or spent < BUDGET / 6


# Everything is drawn, as often as it wants to be.
ALWAYS = Turn()
