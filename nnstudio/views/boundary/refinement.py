"""Refinement: a finer picture of a plane, put together from bands while nothing trains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.training.contours import Contour
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.grid import BandPicture, Grid, GridBand, GridPicture

Array = NDArray[Any]

# Points along each side of the finer picture.
RESOLUTION = 300


class Refinement:
    """Finer picture of the same grid.

    It begins when the coarse picture of a network at rest has arrived, and begins anew with another coarse picture: the
    worker computes that once a moment, so it is the same object as long as nothing has changed.

    At a moment in the past it rests until `begin`: while somebody leads the time slider on, every band would make the
    next moment late.

    Attributes:
        request: the next band; None where none is wanted.
        resting: it would begin, but waits.
    """

    def __init__(self) -> None:
        self.request: GridBand | None = None
        self.resting = False
        self._coarse: GridPicture | None = None
        self._bands: list[BandPicture] = []
        self._picture: GridPicture | None = None
        self._first: GridBand | None = None

    def picture(self, coarse: GridPicture | None) -> GridPicture | None:
        """Finest picture there is of a coarse one."""
        return self._picture if self._picture is not None and self._coarse is coarse else coarse

    def clear(self) -> None:
        """Give up what was begun."""
        self.request, self._coarse, self._picture, self._bands = None, None, None, []
        self.resting, self._first = False, None

    def begin(self) -> None:
        """End the rest."""
        if self.resting:
            self.request, self.resting = self._first, False

    def follow(self, grid: Grid | None, snapshot: Snapshot) -> bool:
        """Take a band from a snapshot, begin, or give up; True where a rest before the first band begins."""
        if grid is None or snapshot.state is RunState.RUNNING:
            self.clear()
            return False
        coarse = snapshot.answers.get(grid)
        if not isinstance(coarse, GridPicture):
            # Another part of the plane: its coarse picture comes first.
            self.request, self.resting = None, False
        elif coarse is not self._coarse:
            self.clear()
            self._coarse = coarse
            levels = tuple(line.level for line in coarse.contours)
            self._first = GridBand(replace(grid, resolution=RESOLUTION, with_contours=False), 0, levels)
            self.resting = snapshot.moment is not None
            self.request = None if self.resting else self._first
        elif self.request is not None and self.request in snapshot.answers:
            self._take(coarse, self.request, snapshot.answers[self.request])
            return False
        else:
            return False
        return self.resting

    def _take(self, coarse: GridPicture, request: GridBand, band: object) -> None:
        if not isinstance(band, BandPicture) or band.side <= coarse.values.shape[1]:
            # There is none, or a network so large that it would be no finer.
            self.request = None
            return
        self._bands.append(band)
        done = band.first + band.values.shape[1]
        if done < band.side:
            self.request = replace(request, first=done)
            return
        units = [band.unit for band in self._bands if band.unit is not None]
        values = np.concatenate([band.values for band in self._bands], axis=1)
        unit = np.concatenate(units) if units else None
        self._picture = replace(coarse, values=values, unit=unit, contours=self._lines(coarse))
        self.request, self._bands = None, []

    def _lines(self, coarse: GridPicture) -> tuple[Contour, ...]:
        """The contours of all bands, by level."""
        pieces: dict[float, list[Array]] = {}
        for band in self._bands:
            for line in band.contours:
                pieces.setdefault(line.level, []).append(line.segments)
        levels = [line.level for line in coarse.contours if line.level in pieces]
        return tuple(Contour(level, np.concatenate(pieces[level])) for level in levels)
