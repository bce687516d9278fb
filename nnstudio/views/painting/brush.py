"""Brush of painted points: its tool and size, and the pure geometry of a stroke."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Units of the plot that a pixel is wide and high.
Pixel = tuple[float, float]


class Tool(Enum):
    """Tool of the brush; its value is its name on screen."""

    LOOK = "Look"
    POINT = "Point"
    SPRAY = "Spray"
    MOVE = "Move"
    ERASE = "Erase"


# By tool: the key that chooses it, its drawing, and what it does.
TOOLS: Final[dict[Tool, tuple[str, str, str]]] = {
    Tool.LOOK: ("L", "brush-look", "Look: click for the sample there, drag to move the view"),
    Tool.POINT: ("P", "brush-point", "Point: click to place one; drag to put it right"),
    Tool.SPRAY: ("S", "brush-spray", "Spray: hold the button for a cloud of points"),
    Tool.MOVE: ("M", "brush-move", "Move: drag a point to another place"),
    Tool.ERASE: ("E", "brush-erase", "Erase: click or drag over points"),
}
# Tools that reach as far as the radius.
WIDE: Final = (Tool.SPRAY, Tool.ERASE)

# What keys and mouse do, for the list of keys.
GESTURES: Final = (
    ("P, S, M, E, L", "Place points, spray, move, erase, or only look"),
    ("1 to 9, 0", "Choose the class"),
    ("Arrow keys, with Shift finely", "Move the pen"),
    ("Enter, Space", "Use the tool at the pen; with Move, pick a point up and put it down"),
    ("Delete", "Erase the point at the pen, or at the mouse"),
    ("Wheel, +, −", "Change the height of the point under the mouse, or of new points; with Ctrl, the wheel zooms"),
    ("Drag up or down", "Change the height of the point that was just placed; with Shift, of one that is moved"),
)

RADII: Final = (6, 80)  # pixels
DENSITIES: Final = (5, 200)  # points per second
HEIGHT_STEP: Final = 0.1
# A point this near to the mouse is the one that is meant, in pixels.
REACH: Final = 12.0
# Places are kept to a thousandth of what is on screen, so that files hold short numbers.
_DIGITS: Final = 4


@dataclass(frozen=True)
class Brush:
    """Settings of the brush.

    Attributes:
        label: the index of the class that it paints. height: the height that it paints.
        radius: in pixels. density: points sprayed per second.
    """

    tool: Tool = Tool.LOOK
    label: int = 0
    height: float = 0.5
    radius: int = 24
    density: int = 40


def away(xy: Array, place: tuple[float, float], pixel: Pixel) -> Array:
    """Distances of points (N, 2) from a place, (N,), in pixels."""
    across, up = ((xy - place) / pixel).T
    distances: Array = np.hypot(across, up)
    return distances


def nearest(xy: Array, place: tuple[float, float], pixel: Pixel, reach: float = REACH) -> int | None:
    """Index of the point nearest to a place, if it is within `reach` pixels; the newest of equal ones."""
    if not len(xy):
        return None
    found = away(xy, place, pixel)
    index = len(found) - 1 - int(np.argmin(found[::-1]))
    return index if found[index] <= reach else None


def sprayed(place: tuple[float, float], pixel: Pixel, radius: float, count: int, rng: np.random.Generator) -> Array:
    """Places (count, 2) drawn evenly from a disc of so many pixels around a place."""
    angle, out = rng.uniform(0, 2 * np.pi, count), radius * np.sqrt(rng.uniform(0, 1, count))
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * out[:, None] * pixel + place


def tidy(xy: Array, span: float) -> Array:
    """Places rounded to what can be told apart in a view `span` wide."""
    return np.round(xy, _DIGITS - int(np.floor(np.log10(span))) if span > 0 else _DIGITS)


def tidy_height(height: float) -> float:
    """Height rounded to thousandths of its step."""
    return round(height, 4)


def along(begin: tuple[float, float], end: tuple[float, float], pixel: Pixel, step: float) -> list[tuple[float, float]]:
    """Places from one to another, at most `step` pixels apart, with the last: no fast drag leaves gaps."""
    first, last = np.array(begin), np.array(end)
    count = max(int(np.ceil(np.hypot(*((last - first) / pixel)) / max(step, 1.0))), 1)
    shares = np.arange(1, count + 1) / count
    return [(x, y) for x, y in (first + shares[:, None] * (last - first)).tolist()]
