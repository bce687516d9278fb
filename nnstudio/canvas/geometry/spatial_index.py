"""Spatial index of blocks: vertical strips, each sorted by height.

Blocks mostly stand in columns and wires look along them, so a question touches two or three strips and little in them.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH

Place = tuple[float, float]

_HALF_WIDTH, _HALF_HEIGHT = BLOCK_WIDTH / 2, BLOCK_HEIGHT / 2
_STRIP = 320.0


class Strips:
    """Spatial index of block centres by name, built once for many queries."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        strips: dict[int, list[tuple[float, float, str]]] = {}
        for name, (x, y) in places.items():
            strips.setdefault(int(x // _STRIP), []).append((y, x, name))
        for strip in strips.values():
            strip.sort()
        # For every strip the heights, to be searched, and who stands there.
        self._strips = {number: ([y for y, _, _ in strip], strip) for number, strip in strips.items()}

    def reaching(
        self, left: float, top: float, right: float, bottom: float, without: Collection[str] = ()
    ) -> list[str]:
        """Blocks that overlap a rectangle, strip by strip from left, each from the top."""
        left, right = left - _HALF_WIDTH, right + _HALF_WIDTH
        top, bottom = top - _HALF_HEIGHT, bottom + _HALF_HEIGHT
        found: list[str] = []
        for number in range(math.floor(left / _STRIP), math.floor(right / _STRIP) + 1):
            if number in self._strips:
                heights, strip = self._strips[number]
                first, last = bisect_right(heights, top), bisect_left(heights, bottom)
                if first < last:
                    found += [name for _, x, name in strip[first:last] if left < x < right and name not in without]
        return found
