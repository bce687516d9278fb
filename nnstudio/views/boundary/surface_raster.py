"""Shaded surface over a square, drawn by a floating horizon."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Height of the box in relation to its sides, which are 1 long.
HEIGHT = 0.62
# Half of the square's diagonal: the nearest and the farthest that it can be.
_REACH = math.sqrt(0.5)
_INFINITE = np.float32(np.inf)
# Meshes of a net along each side, by which the eye sees the shape.
_MESHES = 8
_NET_SHADE, _UNDER_SHADE = 0.82, 0.72
_LOWEST, _HIGHEST = 4.0, 88.0


@dataclass(frozen=True)
class Camera:
    """Direction of sight onto the box, without perspective.

    Attributes:
        azimuth: turn about the upright axis, in degrees. elevation: angle from above the floor, in degrees.
        zoom: how much larger than it fits.
    """

    azimuth: float = -32.0
    elevation: float = 30.0
    zoom: float = 1.0

    def turned(self, across: float, up: float) -> Self:
        """Camera turned by so many degrees; it stays above the floor."""
        elevation = min(max(self.elevation + up, _LOWEST), _HIGHEST)
        return replace(self, azimuth=(self.azimuth + across + 180) % 360 - 180, elevation=elevation)

    def zoomed(self, factor: float) -> Self:
        """Camera that shows the box larger by a factor, within limits."""
        return replace(self, zoom=min(max(self.zoom * factor, 0.5), 4.0))

    def project(self, points: Array) -> Array:
        """Points (N, 3) of the box -> (N, 3): to the right, down, and away from the eye.

        Coordinates of the box are from -0.5 to 0.5 along the sides, and up to HEIGHT / 2 upwards.
        """
        return np.stack(self.seen(*points.T), axis=1)

    def seen(self, u: Any, v: Any, w: Any) -> tuple[Any, Any, Any]:
        """One point of the box, or arrays of them, as `project` gives it."""
        sin_a, cos_a, sin_e, cos_e = self.angles()
        away = u * sin_a + v * cos_a
        return u * cos_a - v * sin_a, -(w * cos_e + away * sin_e), away

    def angles(self) -> tuple[float, float, float, float]:
        """Sine and cosine of azimuth and elevation."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return math.sin(azimuth), math.cos(azimuth), math.sin(elevation), math.cos(elevation)


@dataclass(frozen=True, eq=False)
class Raster:
    """Picture of the surface, and what each pixel shows.

    Attributes:
        pixels: (height, width) uint32, 0xAARRGGBB; 0 where nothing is.
        texels, steps: (width, height), the piece of the surface, and how far back it is.
        side: pieces along each side of the surface. depths: how far from the eye each step back is.
    """

    pixels: Array
    texels: Array
    steps: Array
    side: int
    depths: Array

    def place(self, x: int, y: int) -> tuple[float, float] | None:
        """Coordinates on the square, from 0 to 1, that a pixel shows; None where nothing is."""
        if not self._shows(x, y):
            return None
        row, column = divmod(int(self.texels[x, y]), self.side)
        return column / (self.side - 1), row / (self.side - 1)

    def hides(self, x: int, y: int, away: float) -> bool:
        """True if the surface stands before a thing that far from the eye, as `Camera.project` gives it."""
        return self._shows(x, y) and bool(self.depths[self.steps[x, y]] < away - 2 * (self.depths[1] - self.depths[0]))

    def _shows(self, x: int, y: int) -> bool:
        height, width = self.pixels.shape
        return 0 <= x < width and 0 <= y < height and bool(self.pixels[y, x])


class SurfaceRaster:
    """Renderer of heights over a square.

    Along each column of the screen, the line of sight sweeps the surface from the near edge to the far one. What is
    covered up to there is everything between the lowest and the highest row so far: a pixel shows the surface where one
    of these two horizons first passes it. The upper horizon shows the top side, the lower one the underside.
    """

    def __init__(self, side: int, steps: int) -> None:
        """`side` pieces of the surface along each of its sides, and so many steps along each line of sight."""
        self._side = side
        self._depths = np.linspace(-_REACH, _REACH, steps).astype(np.float32)
        self._heights = np.zeros((side, side), np.float32)
        self._colours = np.zeros(2 * side * side, np.uint32)
        self._view: _View | None = None

    def set_surface(self, heights: Array, rgba: Array) -> None:
        """Take heights (side, side) in coordinates of the box, and colours (side, side, 4) uint8."""
        shaded = rgba[..., :3].astype(np.float32) * _shading(heights)[..., None]
        fine = _spread(np.concatenate([heights.astype(np.float32)[..., None], shaded], axis=-1), self._side)
        self._heights = np.ascontiguousarray(fine[..., 0])
        colours = fine[..., 1:]
        lines = np.rint(np.linspace(0, self._side - 1, _MESHES + 1)).astype(np.intp)
        colours[lines] *= _NET_SHADE
        colours[:, lines] *= _NET_SHADE
        np.clip(colours, 0, 255, out=colours)
        self._colours = np.concatenate([_packed(colours), _packed(colours * _UNDER_SHADE)])

    def draw(self, camera: Camera, width: int, height: int, scale: float, middle: float) -> Raster:
        """Draw the surface into so many pixels.

        A side of the box takes `scale` of them, and its centre is in the middle from left to right, at the row `middle`
        from above.
        """
        view = self._view
        if view is None or view.key != (camera, width, height, scale, middle):
            view = self._view = _View.of(camera, width, height, scale, middle, self._side, self._depths)
        rows = view.base - view.steep * self._heights.ravel()[view.texels]
        # Before the surface begins, neither horizon covers anything; behind its end, they stay as they are.
        tops = _limited(np.ceil(np.minimum.accumulate(np.where(view.inside, rows, _INFINITE), axis=1)), height)
        bottoms = _limited(np.floor(np.maximum.accumulate(np.where(view.inside, rows, -_INFINITE), axis=1)) + 1, height)
        # How many steps towards the back either horizon needs before it passes a row.
        most = len(self._depths)
        rising = most - np.cumsum(_counted(tops, view.offsets, height), axis=1, dtype=np.int32)
        falling = np.cumsum(_counted(bottoms, view.offsets, height), axis=1, dtype=np.int32)
        line = np.arange(height, dtype=np.int32)
        under = line >= tops[np.arange(width), view.first][:, None]
        steps = np.minimum(np.where(under, falling[:, :height], rising[:, :height]), most - 1)
        covered = (line >= tops[:, -1:]) & (line < bottoms[:, -1:]) & view.seen[:, None]
        texels = view.texels.ravel()[steps + view.starts]
        pixels = np.where(covered, self._colours[texels + under * np.int32(self._side**2)], np.uint32(0))
        return Raster(np.ascontiguousarray(pixels.T), texels, steps, self._side, self._depths)


def _limited(rows: Array, height: int) -> Array:
    """Rows as whole numbers from 0 to the height."""
    return np.clip(rows, 0, height, out=rows).astype(np.int32)


def _counted(rows: Array, offsets: Array, height: int) -> Array:
    """How often each row comes in each column, (width, height + 1)."""
    size = len(rows) * (height + 1)
    return np.bincount((rows + offsets).ravel(), minlength=size).reshape(len(rows), -1)


@dataclass(frozen=True, eq=False)
class _View:
    """What depends on the camera and the size alone; all arrays are (width, depths) or (width,)."""

    key: tuple[Camera, int, int, float, float]
    texels: Array
    inside: Array
    base: Array
    steep: np.float32
    first: Array
    seen: Array
    offsets: Array
    starts: Array

    @classmethod
    def of(cls, camera: Camera, width: int, height: int, scale: float, middle: float, side: int, depths: Array) -> Self:
        sin_a, cos_a, sin_e, cos_e = camera.angles()
        across = ((np.arange(width, dtype=np.float32) + np.float32(0.5 - width / 2)) / np.float32(scale))[:, None]
        away = depths[None]
        u, v = (
            across * np.float32(cos_a) + away * np.float32(sin_a),
            away * np.float32(cos_a) - across * np.float32(sin_a),
        )
        inside = (np.abs(u) <= 0.5) & (np.abs(v) <= 0.5)
        last = side - 1
        row, column = (np.rint((np.clip(part, -0.5, 0.5) + 0.5) * last).astype(np.int32) for part in (v, u))
        columns = np.arange(width, dtype=np.int32)[:, None]
        return cls(
            key=(camera, width, height, scale, middle),
            texels=row * np.int32(side) + column,
            inside=inside,
            base=(middle - scale * away * sin_e).astype(np.float32),
            steep=np.float32(scale * cos_e),
            first=inside.argmax(axis=1),
            seen=np.logical_or.reduce(inside, axis=1),
            offsets=columns * np.int32(height + 1),
            starts=columns * np.int32(len(depths)),
        )


def _packed(colours: Array) -> Array:
    """Colours (side, side, 3) -> (side * side,) uint32, opaque."""
    whole = colours.astype(np.uint32).reshape(-1, 3)
    packed: Array = np.uint32(0xFF000000) | whole[:, 0] << 16 | whole[:, 1] << 8 | whole[:, 2]
    return packed


def _spread(values: Array, size: int) -> Array:
    """Values (side, side, ...) on a finer grid, by linear interpolation: (size, size, ...).

    Not as a product of matrices: for so small ones, the threads of BLAS wait for each other longer than they work.
    """
    for _ in range(2):
        side = len(values)
        at = np.linspace(0, side - 1, size)
        low = np.minimum(at.astype(np.intp), max(side - 2, 0))
        share = (at - low).astype(np.float32).reshape((-1,) + (1,) * (values.ndim - 1))
        start, end = values[low], values[np.minimum(low + 1, side - 1)]
        values = np.swapaxes(start + (end - start) * share, 0, 1)
    return values


def _shading(heights: Array) -> Array:
    """Brightness at each point, from the surface's slope: light falls in from the upper left."""
    if min(heights.shape) < 2:
        return np.ones(heights.shape, np.float32)
    slope_v, slope_u = np.gradient(heights.astype(np.float64), 1 / (len(heights) - 1))
    facing = (0.35 * slope_u - 0.25 * slope_v + 1) / np.sqrt(1 + slope_u**2 + slope_v**2) / 1.09
    brightness: Array = (0.62 + 0.44 * np.clip(facing, 0, 1)).astype(np.float32)
    return brightness
