"""Landscape in words and as table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from nnstudio.training.landscape_grid import SIDES
from nnstudio.training.requests.landscape import LandscapeGround, LandscapeSpot, RunPlaces
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.landscape.progress import LandscapePicture
from nnstudio.views.plotting import short

# How near the mouse must be to a moment of the path, as a share of the picture.
_NEAR = 0.02


def axis_names(ground: LandscapeGround) -> tuple[str, str]:
    """Names of the two directions, as a table has them."""
    shares = ground.plane.shares
    if shares is None:
        return "random direction 1", "random direction 2"
    return f"principal direction 1 ({shares[0]:.0%})", f"principal direction 2 ({shares[1]:.0%})"


def short_names(ground: LandscapeGround) -> tuple[str, str]:
    """The same, for axes."""
    shares = ground.plane.shares
    return ("direction 1", "direction 2") if shares is None else (f"PC 1 ({shares[0]:.0%})", f"PC 2 ({shares[1]:.0%})")


def tell_loss(loss: float) -> str:
    """Text of a loss, also of one that is none."""
    if math.isnan(loss):
        return "the loss is not defined here"
    return "the loss is infinite here" if math.isinf(loss) else f"loss {short(loss)}"


def tell_point(picture: LandscapePicture, x: float, y: float) -> str:
    """Coordinates and loss of the point of the grid nearest to a place; "" outside of it."""
    at = picture.nearest(x, y)
    if at is None:
        return ""
    place = picture.place(*at)
    return f"{short(place[0], 3)}, {short(place[1], 3)}\n{tell_loss(float(picture.losses[at]))}"


def tell_moment(picture: LandscapePicture, path: RunPlaces, spot: LandscapeSpot | None, x: float, y: float) -> str:
    """Text of the run's place near these coordinates; "" if there is none."""
    x0, y0, x1, y1 = picture.bounds
    size = np.array([x1 - x0, y1 - y0])
    if spot is not None and np.hypot(*((np.array(spot.place) - (x, y)) / size)) <= _NEAR:
        return f"the run: {tell_loss(spot.loss)}, {short(spot.distance, 3)} off the plane"
    if not len(path.steps):
        return ""
    away = np.hypot(*((path.places - (x, y)) / size).T)
    nearest = int(away.argmin())
    if away[nearest] > _NEAR:
        return ""
    return f"step {int(path.steps[nearest]):,}, {short(float(path.distances[nearest]), 3)} off the plane"


def tell_ground(picture: LandscapePicture, step: int, share: float) -> str:
    """Text of what is drawn around the parameters of a step, and of how much is done."""
    ground = picture.ground
    whole = f"all {ground.total:,}" if ground.samples == ground.total else f"{ground.samples:,} of {ground.total:,}"
    side = len(picture.losses)
    done = "" if share >= 1 else f" · {share:.0%} of {SIDES[-1]} × {SIDES[-1]}"
    return f"Around step {step:,} · loss of {whole} training samples · {side} × {side} points{done}"


def tell_short(picture: LandscapePicture, step: int, share: float) -> str:
    """The same, where there is little room."""
    return f"Around step {step:,} · {picture.ground.samples:,} samples" + ("" if share >= 1 else f" · {share:.0%}")


def table_of(picture: LandscapePicture) -> NumberTable:
    """Table of the grid: a row for each point, with its coordinates and its loss."""

    def rows() -> Iterable[Sequence[object]]:
        x0, y0, x1, y1 = picture.bounds
        columns = np.linspace(x0, x1, len(picture.losses)).tolist()
        for line, y in zip(picture.losses.tolist(), np.linspace(y0, y1, len(picture.losses)).tolist(), strict=True):
            for x, loss in zip(columns, line, strict=True):
                yield x, y, loss

    return NumberTable((*axis_names(picture.ground), "loss"), rows)
