"""Axes of a plot, drawn as SVG: frame, ticks, titles, lines, dots and bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Range = tuple[float, float]

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 10, 42
# Points of a line that are drawn: of more, the least and the largest of each stretch.
_MOST = 1200


def clean(text: str) -> str:
    """Text for a page: escaped, and without characters that cannot be shown."""
    return escape("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))


def number(value: float) -> str:
    """Short text of a number: four significant digits, thousands set apart, and a true minus sign."""
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else "infinite"
    text = f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
    return text.replace("-", "−")


class Axes:
    """Plot area with two axes; what is drawn comes out of `svg`.

    Args:
        across, up: ranges of the axes. log: the vertical one is logarithmic. size: width and height in pixels.
    """

    def __init__(
        self,
        name: str,
        across: Range,
        up: Range,
        titles: tuple[str, str] = ("", ""),
        *,
        log: bool = False,
        size: tuple[int, int] = (440, 300),
    ) -> None:
        self._name, self._titles, self._log = name, titles, log
        self.width, self.height = size
        self._across, self._up = _widened(across), _widened((math.log10(up[0]), math.log10(up[1])) if log else up)
        self._marks: list[str] = []

    def x(self, values: Any) -> Array:
        """Horizontal places of values, in pixels."""
        low, high = self._across
        inner = self.width - _LEFT - _RIGHT
        return _LEFT + (np.asarray(values, float) - low) / (high - low) * inner

    def y(self, values: Any) -> Array:
        """Vertical places of values, in pixels."""
        low, high = self._up
        heights = np.asarray(values, float)
        if self._log:
            with np.errstate(divide="ignore", invalid="ignore"):
                heights = np.log10(heights)
        return self.height - _BOTTOM - (heights - low) / (high - low) * (self.height - _TOP - _BOTTOM)

    def line(self, x: Array, y: Array, kind: str) -> None:
        """Draw a line through points (n,); it has a gap where one is not finite."""
        x, y = _thinned(np.asarray(x, float), np.asarray(y, float))
        across, up = self.x(x), self.y(y)
        known = np.isfinite(across) & np.isfinite(up)
        path, pen = [], "M"
        for place in range(len(across)):
            if known[place]:
                path.append(f"{pen}{across[place]:.1f} {up[place]:.1f}")
                pen = "L"
            else:
                pen = "M"
        if path:
            self._marks.append(f'<path class="line {kind}" d="{"".join(path)}"/>')

    def dots(self, x: Array, y: Array, kind: str = "dot", radius: float = 3) -> None:
        """Draw a dot at each point (n,)."""
        for across, up in zip(self.x(x), self.y(y), strict=True):
            if np.isfinite(across) and np.isfinite(up):
                self._marks.append(f'<circle class="{kind}" cx="{across:.1f}" cy="{up:.1f}" r="{radius:g}"/>')

    def bars(self, edges: Array, heights: Array, kind: str) -> None:
        """Draw bars (n,) from zero, between their edges (n + 1,)."""
        ends, tops, foot = self.x(edges), self.y(heights), float(self.y(0))
        for left, right, top in zip(ends[:-1], ends[1:], tops, strict=True):
            if top < foot:
                self._marks.append(
                    f'<rect class="{kind}" x="{left + 0.5:.1f}" y="{top:.1f}" width="{max(right - left - 1, 0.5):.1f}" '
                    f'height="{foot - top:.1f}"/>'
                )

    def svg(self) -> str:
        """The whole plot."""
        right, foot = self.width - _RIGHT, self.height - _BOTTOM
        parts = [
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" aria-label="{clean(self._name)}" '
            'xmlns="http://www.w3.org/2000/svg">',
            f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{right - _LEFT}" height="{foot - _TOP}"/>',
        ]
        for value in ticks(*self._across):
            at = float(self.x(value))
            parts.append(f'<line class="grid" x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{foot}"/>')
            parts.append(_text(at, foot + 16, number(value), "middle"))
        for value in _powers(*self._up) if self._log else ticks(*self._up):
            at = float(self.y(value))
            parts.append(f'<line class="grid" x1="{_LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>')
            parts.append(_text(_LEFT - 6, at + 4, number(value), "end"))
        parts.extend(self._marks)
        parts.append(_text((_LEFT + right) / 2, self.height - 6, self._titles[0], "middle", "note"))
        middle = (_TOP + foot) / 2
        parts.append(
            f'<text class="note" text-anchor="middle" transform="translate(13 {middle:.0f}) rotate(-90)">'
            f"{clean(self._titles[1])}</text>"
        )
        return "".join([*parts, "</svg>"])


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers within a range, at most about `most`."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def limits(*arrays: Iterable[float], zero: bool = False) -> Range:
    """Least and largest finite number, with zero if wanted; 0 and 1 where there is none."""
    values = np.concatenate([np.asarray(list(each), float) for each in arrays] or [np.zeros(0)])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    return (min(low, 0.0), max(high, 0.0)) if zero else (low, high)


def _powers(low: float, high: float) -> Sequence[float]:
    """Values of a logarithmic axis that have a mark, for a range of exponents."""
    exponents = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    if len(exponents) >= 3:
        every = max(1, len(exponents) // 6)
        return [10.0**exponent for exponent in exponents][::every]
    inner = (
        (factor * 10.0**exponent) for exponent in range(math.floor(low), math.ceil(high) + 1) for factor in (1, 2, 5)
    )
    return [value for value in inner if 10.0**low <= value * 1.0001 and value <= 10.0**high * 1.0001]


def _widened(ends: Range) -> Range:
    """Range with room at its ends; one of a single number gets some width."""
    low, high = ends
    if not high > low:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    room = 0.04 * (high - low)
    return (low if low == 0 else low - room), high + room


def _thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """Points of a long line, of which the least and the largest of each stretch stay."""
    if len(x) <= _MOST:
        return x, y
    stretches = np.array_split(np.arange(len(x)), _MOST // 2)
    filled = np.where(np.isfinite(y), y, 0.0)
    kept = sorted({int(part[pick(filled[part])]) for part in stretches for pick in (np.argmin, np.argmax)})
    return x[kept], y[kept]


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{clean(text)}</text>'
