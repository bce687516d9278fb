"""Receptive field of a layer's output on the input image."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """Receptive field of one number along rows and columns of an image.

    Attributes:
        extent: from the first to the last pixel of the field.
        step: distance between the fields of two neighbours, in pixels; less than 1 where images grow.
    """

    extent: tuple[float, float] = (1, 1)
    step: tuple[float, float] = (1, 1)

    def behind(self, before: Reach) -> Reach:
        """Receptive field of this layer after others, in pixels of their input.

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
        """Extent in whole pixels, (rows, columns)."""
        return math.ceil(self.extent[0]), math.ceil(self.extent[1])


POINT = Reach()


def widest(*reaches: Reach | None) -> Reach | None:
    """Receptive field of a merged number: the widest of its inputs'. None stands for the whole input."""
    if len(reaches) == 1:
        return reaches[0]
    known = [reach for reach in reaches if reach is not None]
    if len(known) < len(reaches):
        return None
    rows, columns = (max(reach.extent[axis] for reach in known) for axis in (0, 1))
    down, across = (max(reach.step[axis] for reach in known) for axis in (0, 1))
    return Reach((rows, columns), (down, across))
