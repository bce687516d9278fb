"""Confusion matrix, drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.report.axes import clean

Array = NDArray[Any]

_SIDE, _TOP, _LONGEST, _LETTER = 560, 44, 16, 7
# Cells at least so wide have their count in them, by the number of its digits; names, as many as have a line.
_DIGIT, _LINE = 8, 14


def matrix_svg(counts: Array, names: Sequence[str]) -> str:
    """Confusion matrix (classes, classes) as a drawing: rows are the true classes, shaded by their shares."""
    count = len(counts)
    shown = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    longest = max(map(len, shown), default=1)
    left = 26 + _LETTER * longest
    # Of few classes, every name has room above its column.
    cell = min(max(64.0, _LETTER * longest + 4.0), (_SIDE - left) / count)
    width, height = left + cell * count + 8, _TOP + cell * count + 8
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    legible = cell >= max(_LINE, _DIGIT * len(f"{int(counts.max(initial=0)):,}"))
    every = max(1, round(_LINE / cell + 0.49))
    across = max(1, int((_LETTER * longest + 4) / cell + 0.99))
    parts = [
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="Confusion matrix" '
        f'style="max-width:{width:.0f}px" xmlns="http://www.w3.org/2000/svg">',
        f'<rect class="frame" x="{left}" y="{_TOP}" width="{cell * count:.1f}" height="{cell * count:.1f}"/>',
    ]
    for line, place in np.argwhere(counts > 0).tolist():
        share, x, y = float(shares[line, place]), left + place * cell, _TOP + line * cell
        # The root, since among a hundred right answers one mistake must still be seen.
        strength = share**0.5 * 0.9
        told = f"{names[line]} predicted as {names[place]}: {int(counts[line, place]):,} ({share:.1%})"
        parts.append(
            f'<rect class="fill" fill-opacity="{strength:.2f}" x="{x:.1f}" y="{y:.1f}" width="{cell:.1f}" '
            f'height="{cell:.1f}"><title>{clean(told)}</title></rect>'
        )
        if legible:
            kind = ' class="on"' if strength > 0.6 else ""
            parts.append(
                f'<text{kind} x="{x + cell / 2:.1f}" y="{y + cell / 2 + 4:.1f}" text-anchor="middle" '
                f'pointer-events="none">{int(counts[line, place]):,}</text>'
            )
    for place, name in enumerate(shown):
        middle = place * cell + cell / 2
        parts.append(
            f'<rect class="right" x="{left + place * cell + 1:.1f}" y="{_TOP + place * cell + 1:.1f}" '
            f'width="{max(cell - 2, 1):.1f}" height="{max(cell - 2, 1):.1f}"/>'
        )
        if place % every == 0:
            parts.append(f'<text x="{left - 5}" y="{_TOP + middle + 4:.1f}" text-anchor="end">{clean(name)}</text>')
        if place % across == 0:
            parts.append(f'<text x="{left + middle:.1f}" y="{_TOP - 6}" text-anchor="middle">{clean(name)}</text>')
    parts.append(
        f'<text class="note" x="{left + cell * count / 2:.1f}" y="14" text-anchor="middle">Predicted class</text>'
    )
    parts.append(
        f'<text class="note" text-anchor="middle" transform="translate(13 {_TOP + cell * count / 2:.0f}) rotate(-90)">'
        "True class</text>"
    )
    return "".join([*parts, "</svg>"])
