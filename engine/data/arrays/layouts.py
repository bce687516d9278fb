"""Layout of pictures in arrays: where the axis of the channels is."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from engine.data.samples import Array

Layout = Literal["as_stored", "channels_last", "grey"]
LayoutSetting = Literal["auto", "as_stored", "channels_last", "grey"]
Shape = tuple[int, ...]

_MOST_CHANNELS: Final = 4
_SMALLEST_SIDE: Final = 8  # pixels
_NAMES: Final = {
    "channels_last": "the last axis holds the channels of pictures (channels last)",
    "grey": "each sample is a grey picture of one channel",
}


def guess_layout(shape: Shape, *, of_bytes: bool) -> Layout:
    """Guess the layout of samples of this shape (without the axis of samples)."""
    match shape:
        case (first, _, last) if last <= _MOST_CHANNELS < first:
            return "channels_last"
        case (height, width) if min(height, width) >= _SMALLEST_SIDE and (of_bytes or height == width):
            return "grey"
    return "as_stored"


def layout_of(shape: Shape, wanted: Shape) -> Layout | None:
    """Layout by which samples of a shape become those that a network takes; None if none does."""
    layouts: tuple[Layout, ...] = ("as_stored", "channels_last", "grey")
    return next((layout for layout in layouts if fits(shape, layout) and changed(shape, layout) == wanted), None)


def fits(shape: Shape, layout: Layout) -> bool:
    """True if samples of this shape can have such a layout."""
    return layout == "as_stored" or len(shape) == {"channels_last": 3, "grey": 2}[layout]


def changed(shape: Shape, layout: Layout) -> Shape:
    """Shape of a sample after `turn`."""
    match layout:
        case "channels_last":
            return (shape[-1], *shape[:-1])
        case "grey":
            return (1, *shape)
    # A single number is one feature.
    return shape or (1,)


def turn(x: Array, layout: Layout) -> Array:
    """View of samples (N, ...) with the channels in front, (N, channels, height, width)."""
    if layout == "channels_last":
        return np.moveaxis(x, -1, 1)
    return x.reshape(len(x), *changed(x.shape[1:], layout))


def note(layout: Layout, name: str) -> tuple[str, ...]:
    """Sentence on a layout that was guessed; none where arrays are taken as they are."""
    return (f"{name}: {_NAMES[layout]}; change it at Axes",) if layout in _NAMES else ()
