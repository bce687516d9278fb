"""Receptive field of a layer's output on the input image."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """What one number looks at, along the rows and the columns of a picture; of a whole stack: its receptive field.

    Attributes:
        extent: from the first pixel it looks at to the last.
        step: from where it looks to where its neighbour looks, in pixels; less than 1 where pictures grow.
    """

    extent: tuple[float, float] = (1, 1)
    step: tuple[float, float] = (1, 1)

    def behind(self, before: Reach) -> Reach:
        """This layer's reach behind others, in pixels of what these look at.

        Each further pixel that a window covers lies a step of the stack before it apart (Araujo, Norris and Sim 2019,
        "Computing Receptive Fields of Convolutional Neural Networks", equation 2).
        """
        if self == POINT:
            return before
        (height, width), (down, across) = before.extent, before.step
        return Reach(
            (height + (self.extent[0] - 1) * down, width + (self.extent[1] - 1) * across),
            (down * self.step[0], across * self.step[1]),
        )

    @property
    def pixels(self) -> tuple[int, int]:
        """The extent in whole pixels."""
        return math.ceil(self.extent[0]), math.ceil(self.extent[1])


POINT = Reach()


def widest(*reaches: Reach | None) -> Reach | None:
    """What a number looks at that is made of several: as far as the widest of them. None looks at everything."""
    if len(reaches) == 1:
        return reaches[0]
    known = [reach for reach in reaches if reach is not None]
    if len(known) < len(reaches):
        return None
    rows, columns = (max(reach.extent[axis] for reach in known) for axis in (0, 1))
    down, across = (max(reach.step[axis] for reach in known) for axis in (0, 1))
    return Reach((rows, columns), (down, across))
