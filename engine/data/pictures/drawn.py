"""Drawings as the samples of a picture data set: of their size, at their place, and on their ground.

How large the samples are drawn, and where, is measured from the samples themselves, since every collection was
prepared in its own way. MNIST's digits fill a box of 20 x 20 pixels with their proportions kept, and their centre of
mass lies in the middle of 28 x 28 pixels (LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to
document recognition", section III). The 8 x 8 digits of UCI count the pixels of 32 x 32 bitmaps in blocks of 4 x 4, in
which NIST's programs had set each digit upright and stretched it to a height of 32 and a width of 20 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, Self

import numpy as np

from engine.data.samples import Array

# Samples that are measured, evenly spread.
_ENOUGH: Final = 500
# Share of the range of values from which on a pixel of a drawing counts as ink.
_INK: Final = 0.5
# Corners that differ by more than this share of the range are those of photographs.
_PLAIN: Final = 0.1
# Samples fill their box if one of its sides is at least so full; drawings are stretched if mostly both are.
_FULL, _BOTH = 0.75, 0.7
# A drawing that is stretched becomes so many times as wide, next to its height, as it was: a 1 stays narrow.
_MOST_STRETCHED: Final = 2.0
# Slants (columns by which a drawing moves from one row to the next) of which the standard deviation is below this are
# those of drawings that were set upright: 0.12 for the 8 x 8 digits, 0.28 for MNIST. More is not taken for a slant.
_UPRIGHT, _MOST_SLANTED = 0.18, 1.0
# Box, as a share of the picture, of data that tell none: MNIST's.
_BOX: Final = 20 / 28

Centre = Literal["mass", "box"]


@dataclass(frozen=True)
class Ground:
    """Background and range of the values of pictures.

    Attributes:
        background: value of the background, by channel. low, high: least and largest value of all.
        plain: nearly all pictures have this background in their corners.
    """

    background: tuple[float, ...]
    low: float
    high: float
    plain: bool = True

    @classmethod
    def of(cls, pictures: Array) -> Self:
        """Measure pictures, (N, height, width) or (N, channels, height, width), N >= 1, by the pixels in their corners.

        Of pictures without a common background it is the darkest value.
        """
        some = _some(pictures)
        low, high = float(some.min()), float(some.max())
        corners = some[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].transpose(0, 2, 1).reshape(-1, some.shape[1])
        middle = np.median(corners, axis=0)
        near = (np.abs(corners - middle) <= _PLAIN * (high - low)).all(axis=1)
        plain = bool(near.mean() > 0.5)
        background = middle.tolist() if plain else [low] * some.shape[1]
        return cls(tuple(background), low, high, plain)

    @property
    def light(self) -> bool:
        """True if the background is lighter than the middle of the range: ink is dark then."""
        return float(np.mean(self.background)) > (self.low + self.high) / 2

    def turned(self, *, light: bool) -> Self:
        """The same with a light or a dark background."""
        if light == self.light:
            return self
        return replace(self, background=tuple(self.low + self.high - value for value in self.background))

    def ink(self, pictures: Array) -> Array:
        """Difference from the background, from 0 to 1: (N, channels, height, width) -> (N, height, width)."""
        background = np.reshape(self.background, (-1, 1, 1))
        away: Array = np.abs(pictures - background).max(axis=1) / max(self.high - self.low, 1e-12)
        return away


@dataclass(frozen=True)
class Placement:
    """Size and place of what is drawn in pictures, in pixels.

    Attributes:
        shape: height and width of a picture.
        box: height and width of what is drawn, at most.
        stretched: it fills the box in both directions; else its proportions are kept.
        upright: it is sheared until it is not slanted.
        centre: point of it that lies in the middle: its centre of mass, or the middle of its box.
        middle: place of that point, down and across.
        stroke: width of a pen's stroke, next to the height of the box.
        uniform: nearly all pictures are so; else these are only customary numbers.
    """

    shape: tuple[int, int]
    box: tuple[float, float]
    stretched: bool = False
    upright: bool = False
    centre: Centre = "mass"
    middle: tuple[float, float] = (0.0, 0.0)
    stroke: float = 0.12
    uniform: bool = True

    @classmethod
    def of(cls, pictures: Array, ground: Ground) -> Self:
        """Measure pictures, (N, height, width) or (N, channels, height, width), with their ground."""
        some = _some(pictures)
        height, width = some.shape[2:]
        customary = cls((height, width), (height * _BOX, width * _BOX), middle=(height / 2, width / 2), uniform=False)
        ink = ground.ink(some)
        ink = ink[ink.max(axis=(1, 2)) >= _INK]
        if not ground.plain or not len(ink):
            return customary
        # Rows and columns count as far as they are inked, so that a box may end between two pixels.
        down, across = ink.max(axis=2), ink.max(axis=1)
        sides = np.stack([down.sum(axis=1), across.sum(axis=1)], axis=1)
        box = np.percentile(sides, 95, axis=0)
        filled = sides / box
        if np.mean(filled.max(axis=1) >= _FULL) < 0.9:
            return customary
        stretched = bool(np.mean(filled.min(axis=1) >= _BOTH) >= 0.75)
        # What keeps its proportions keeps within a square, or what the picture has room for.
        box = np.percentile(sides, 75, axis=0) if stretched else np.minimum(box.max(), (height, width))
        masses = np.stack([_centres(ink.sum(axis=2)), _centres(ink.sum(axis=1))], axis=1)
        boxes = np.stack([_middles(down), _middles(across)], axis=1)
        by_mass = not stretched and bool(masses.std(axis=0).sum() < boxes.std(axis=0).sum())
        middle = (masses if by_mass else boxes).mean(axis=0)
        return cls(
            (height, width),
            (float(box[0]), float(box[1])),
            stretched,
            stretched and bool(_slants(ink).std() < _UPRIGHT),
            "mass" if by_mass else "box",
            (float(middle[0]), float(middle[1])),
            float(np.median(_thickness(ink)) / box[0]),
        )

    def apply(self, layers: Array) -> Array:
        """Bring layers (n, H, W) of a drawing to their size and place, by the first, from 0 to 1 where there is ink.

        Returns (n, height, width): every pixel is the mean over its area, so that edges are smooth. Of an empty drawing
        all are 0.
        """
        if not layers[0].any():
            return np.zeros((len(layers), *self.shape))
        # Beyond the bounds there is only the soft edge of what lies within.
        layers = _cropped(layers)
        if self.upright:
            layers = _cropped(_sheared(layers, float(_slants(layers[:1])[0])))
        cover = layers[0]
        height, width = cover.shape
        scales = self._scales(height, width)
        sizes = scales[0] * height, scales[1] * width
        if self.centre == "box":
            start = [middle - size / 2 for middle, size in zip(self.middle, sizes, strict=True)]
        else:
            start = [
                # By whole pixels, as MNIST was moved; and not over the edge, where there is room.
                float(np.clip(round(middle - scale * place), 0, max(side - int(np.ceil(size)), 0)))
                for middle, scale, place, side, size in zip(
                    self.middle, scales, (_centre(cover, 1), _centre(cover, 0)), self.shape, sizes, strict=True
                )
            ]
        rows = _areas(height, scales[0], start[0], self.shape[0])
        columns = _areas(width, scales[1], start[1], self.shape[1])
        placed: Array = rows @ layers @ columns.T
        return placed

    def _scales(self, height: int, width: int) -> tuple[float, float]:
        """Factors by which a drawing of this size shrinks, down and across."""
        down, across = self.box[0] / height, self.box[1] / width
        kept = min(down, across)
        if not self.stretched:
            return kept, kept
        return min(down, kept * _MOST_STRETCHED), min(across, kept * _MOST_STRETCHED)


def prepared(
    cover: Array, ground: Ground, shape: tuple[int, ...], placement: Placement | None = None, paint: Array | None = None
) -> Array:
    """Drawing as a sample: (H, W), from 0 to 1 where there is ink -> (*shape), in the units of the data.

    Args:
        cover: of any size.
        ground: background and range of the data.
        shape: of a sample, (height, width) or (channels, height, width).
        placement: size and place that it gets; None for the whole area as it was drawn.
        paint: colours of the ink, (channels, H, W) from 0 to 1; by default black on a light background, else white.
    """
    layers = cover[None] if paint is None else np.concatenate([cover[None], paint * cover])
    if placement is None:
        rows = _areas(cover.shape[0], shape[-2] / cover.shape[0], 0.0, shape[-2])
        columns = _areas(cover.shape[1], shape[-1] / cover.shape[1], 0.0, shape[-1])
        layers = rows @ layers @ columns.T
    else:
        layers = placement.apply(layers)
    covered = np.clip(layers[:1], 0, 1)
    inked = layers[1:] if paint is not None else covered * (not ground.light)
    background = np.reshape(ground.background, (-1, 1, 1))
    made: Array = background * (1 - covered) + ground.low * covered + (ground.high - ground.low) * inked
    return made.clip(ground.low, ground.high).reshape(shape)


def _some(pictures: Array) -> Array:
    """Some pictures, evenly spread, (n, channels, height, width) float64."""
    some = pictures[:: max(len(pictures) // _ENOUGH, 1)].astype(np.float64)
    return some if some.ndim == 4 else some[:, None]


def _cropped(layers: Array) -> Array:
    """Layers (n, H, W) within the rows and columns in which the first has ink."""
    inked = layers[0] >= _INK * layers[0].max()
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    part: Array = layers[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return part


def _areas(count: int, scale: float, start: float, size: int) -> Array:
    """Areas (size, count) that `count` pixels, each `scale` long and from `start` on, share with `size` pixels."""
    edges = start + scale * np.arange(count + 1)
    pixels = np.arange(size)[:, None]
    shared: Array = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return np.maximum(shared, 0.0)


def _centres(profiles: Array) -> Array:
    """Centres of mass of profiles (N, pixels), (N,)."""
    places = np.arange(profiles.shape[1]) + 0.5
    found: Array = profiles @ places / np.maximum(profiles.sum(axis=1), 1e-12)
    return found


def _centre(cover: Array, axis: int) -> float:
    return float(_centres(cover.sum(axis=axis)[None])[0])


def _middles(profiles: Array) -> Array:
    """Middles of the stretches of profiles (N, pixels) that are inked, (N,), to parts of a pixel."""
    inked = profiles >= 0.05
    first, last = inked.argmax(axis=1), profiles.shape[1] - 1 - inked[:, ::-1].argmax(axis=1)
    rows = np.arange(len(profiles))
    low, high = first + 1 - profiles[rows, first], last + profiles[rows, last]
    middle: Array = (low + high) / 2
    return middle


def _slants(ink: Array) -> Array:
    """Slants of drawings (N, height, width), (N,): columns to the right for each row down, by second moments."""
    down, across = np.arange(ink.shape[1]) + 0.5, np.arange(ink.shape[2]) + 0.5
    rows, columns = ink.sum(axis=2), ink.sum(axis=1)
    mass = np.maximum(rows.sum(axis=1), 1e-12)
    # As covariance by variance.
    middle = rows @ down / mass
    shared = (ink @ across) @ down / mass - middle * (columns @ across / mass)
    own = rows @ down**2 / mass - middle**2
    found: Array = shared / np.maximum(own, 1e-12)
    return found.clip(-_MOST_SLANTED, _MOST_SLANTED)


def _sheared(layers: Array, slant: float) -> Array:
    """Layers (n, H, W) with their rows moved until a slant is gone, as much wider as that takes."""
    count, height, width = layers.shape
    moves = -np.rint(slant * (np.arange(height) - (height - 1) / 2)).astype(int)
    edge = int(np.abs(moves).max())
    moved = np.zeros((count, height, width + 2 * edge), layers.dtype)
    for row, move in enumerate(moves.tolist()):
        moved[:, row, edge + move : edge + move + width] = layers[:, row]
    return moved


def _thickness(ink: Array) -> Array:
    """Mean width of the strokes of drawings (N, height, width), (N,): twice their area by their outline."""
    bordered = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    down, across = np.diff(bordered, axis=1)[:, :, 1:], np.diff(bordered, axis=2)[:, 1:, :]
    outline = np.hypot(down, across).sum(axis=(1, 2))
    found: Array = 2 * ink.sum(axis=(1, 2)) / np.maximum(outline, 1e-12)
    return found
