"""Course of one landscape: a plane, finer and finer grids over it, and the run's way across."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.training.contours import Bounds
from nnstudio.training.landscape_grid import SIDES, new_points, refined
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.requests.landscape import (
    SECONDS,
    SECONDS_AT_REST,
    LandscapeGround,
    LandscapePart,
    LandscapePlace,
    LandscapePlane,
    LandscapeSpot,
    LandscapeValues,
    RunPlaces,
)

Array = NDArray[Any]

# So many moments are drawn as a path; of more, every second one is let go.
_MOST_MOMENTS = 2000
_NO_PLACES = RunPlaces(np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros(0))


@dataclass(frozen=True, eq=False)
class LandscapePicture:
    """Losses (side, side) over bounds of a plane, rows from y0 up."""

    ground: LandscapeGround
    bounds: Bounds
    losses: Array

    def nearest(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the point nearest to these coordinates; None outside of the grid."""
        x0, y0, x1, y1 = self.bounds
        last = len(self.losses) - 1
        row, column = round((y - y0) / (y1 - y0) * last), round((x - x0) / (x1 - x0) * last)
        return (row, column) if 0 <= row <= last and 0 <= column <= last else None

    def place(self, row: int, column: int) -> tuple[float, float]:
        """Coordinates of a point of the grid."""
        x0, y0, x1, y1 = self.bounds
        last = len(self.losses) - 1
        return x0 + column / last * (x1 - x0), y0 + row / last * (y1 - y0)


class LandscapeProgress:
    """Landscape in the making, from the answers in snapshots.

    Attributes:
        plane: the request for the plane; None where there is nothing to look at.
        ground: its answer. begun: the step that it goes through. refusal: the reason why there is none.
        picture: the finest grid that is complete.
        path: places of the run's moments. spot: that of the moment on show. step: of that moment.
        version: counts the changes of any of these.
    """

    def __init__(self, frame: Callable[[LandscapeGround], Bounds]) -> None:
        """`frame` tells the bounds of the first grid over a new plane."""
        self._frame = frame
        self._generation = -1
        # The moment of the last snapshot; and whether nothing but the landscape is on the way.
        self._moment: int | None = None
        self._rests = False
        self.plane: LandscapePlane | None = None
        self.version = 0
        self.clear()

    def clear(self) -> None:
        """Give up the plane, and all that was computed over it."""
        self.ground: LandscapeGround | None = None
        self.begun, self.refusal = 0, ""
        self.picture: LandscapePicture | None = None
        self.path = _NO_PLACES
        self.spot: LandscapeSpot | None = None
        self.step = 0
        self._part: LandscapePart | None = None
        self._parts: list[Array] = []
        self._coarse: Array | None = None
        self.version += 1

    def want(self, plane: LandscapePlane | None) -> None:
        """Look at another plane; what was computed over this one is given up."""
        if plane != self.plane:
            self.plane = plane
            self.clear()

    def look(self, bounds: Bounds) -> None:
        """Compute another part of the plane, from coarse to fine; the last picture stays until there is one of it."""
        if self.ground is not None and (self._part is None or self._part.bounds != bounds):
            if self._part is None and self.picture is not None and self.picture.bounds == bounds:
                return
            self._begin(self.ground, bounds)

    def _begin(self, ground: LandscapeGround, bounds: Bounds) -> None:
        self._part, self._parts, self._coarse = LandscapePart(ground, bounds, SIDES[0]), [], None
        self.version += 1

    @property
    def travelled(self) -> Array:
        """Places (N, 2) of the run up to the moment on show."""
        if self.spot is None:
            return self.path.places
        places: Array = np.concatenate([self.path.places[self.path.steps < self.step], [self.spot.place]])
        return places

    @property
    def ahead(self) -> Array:
        """Places (N, 2) of the run from the moment on show on; (0, 2) at the present."""
        later = self.path.places[self.path.steps > self.step]
        if self.spot is None or not len(later):
            return later[:0]
        places: Array = np.concatenate([[self.spot.place], later])
        return places

    @property
    def share(self) -> float:
        """Share of the points that are computed, from 0 to 1."""
        if self._part is None:
            return 1.0 if self.picture is not None else 0.0
        done = 0 if self._part.side == SIDES[0] else (self._part.side // 2 + 1) ** 2
        return (done + sum(map(len, self._parts))) / SIDES[-1] ** 2

    def requests(self) -> frozenset[Request]:
        """Requests for what is missing, and for the place of the run."""
        if self.plane is None:
            return frozenset()
        if self.ground is None:
            # Also after a refusal: a path grows, and the worker asks itself how often it tries.
            return frozenset({self.plane})
        since = int(self.path.steps[-1]) if len(self.path.steps) else -1
        place = LandscapePlace(self.ground, since)
        if self._part is None:
            return frozenset({place})
        return frozenset({place, replace(self._part, seconds=SECONDS_AT_REST if self._rests else SECONDS)})

    def follow(self, snapshot: Snapshot) -> None:
        """Take what a snapshot brings; one that comes twice brings nothing new."""
        moment = None if snapshot.moment is None else snapshot.moment.step
        self._rests = snapshot.state is not RunState.RUNNING and moment == self._moment
        self._moment = moment
        if snapshot.generation != self._generation or snapshot.state is RunState.EMPTY:
            if self.ground is not None or self.refusal:
                self.clear()
            self._generation = snapshot.generation
        found = None if self.plane is None else snapshot.answers.get(self.plane)
        if self.ground is None and found is not None:
            self._take_ground(found, _step_of(snapshot))
        if self.ground is None:
            return
        if self._part is not None and self._part in snapshot.answers:
            self._take_part(self._part, snapshot.answers[self._part])
        for request, answer in snapshot.answers.items():
            if isinstance(request, LandscapePlace) and request.ground is self.ground:
                self._take_spot(answer, snapshot)

    def _take_ground(self, found: object, step: int) -> None:
        if isinstance(found, LandscapeGround):
            self.ground, self.begun, self.path, self.refusal = found, step, found.path, ""
            self._begin(found, self._frame(found))
        elif isinstance(found, Refusal):
            self.refusal = found.sentence or "This network has no loss landscape."
            self.version += 1

    def _take_part(self, part: LandscapePart, found: object) -> None:
        if not isinstance(found, LandscapeValues):
            if isinstance(found, Refusal) and found.sentence:
                self.refusal = found.sentence
            self._part = None
            self.version += 1
            return
        self._parts.append(found.losses)
        done = part.first + len(found.losses)
        self.version += 1
        if done < len(new_points(part.bounds, part.side)):
            self._part = LandscapePart(part.ground, part.bounds, part.side, done)
            return
        self._coarse = refined(self._coarse, part.side, np.concatenate(self._parts))
        self.picture, self._parts = LandscapePicture(part.ground, part.bounds, self._coarse), []
        following = SIDES.index(part.side) + 1
        self._part = LandscapePart(part.ground, part.bounds, SIDES[following]) if following < len(SIDES) else None

    def _take_spot(self, found: object, snapshot: Snapshot) -> None:
        if not isinstance(found, LandscapeSpot) or found is self.spot:
            return
        self.spot, self.step = found, _step_of(snapshot)
        known, new = self.path, found.path
        # A run that was taken back to an earlier step goes another way from there.
        kept = known.steps <= snapshot.step
        fresh = new.steps > (known.steps[kept][-1] if kept.any() else -1)
        self.path = RunPlaces(
            np.append(known.steps[kept], new.steps[fresh]),
            np.concatenate([known.places[kept], new.places[fresh]]),
            np.append(known.distances[kept], new.distances[fresh]),
        )
        if len(self.path.steps) > _MOST_MOMENTS:
            self.path = RunPlaces(self.path.steps[::2], self.path.places[::2], self.path.distances[::2])
        self.version += 1


def _step_of(snapshot: Snapshot) -> int:
    """Step of which the answers tell."""
    return snapshot.step if snapshot.moment is None else snapshot.moment.step
