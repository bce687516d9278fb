"""Texts of the window lens: captions of its grids, and readings of its cells."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from nnstudio.views.lens.sums import SumLine
from nnstudio.views.lens.window_picture import WindowPicture
from nnstudio.views.plotting import short


def captions(name: str, picture: WindowPicture, reach: float) -> tuple[str, ...]:
    """Captions of a grid whose scale ends at `reach`, from the full one to the shortest."""
    scale = f"(±{short(reach, 2)})"
    if name == "input":
        channel = f"channel {picture.shown_channel + 1}"
        return (f"Input, {channel} {scale}",) * (len(picture.x) > 1) + (f"Input {scale}", "Input")
    if name == "output":
        unit = f"map {picture.unit + 1}"
        return (f"Output, {unit} {scale}",) * (len(picture.output) > 1) + (f"Output {scale}", "Output")
    texts = {
        "patch": "Window" if picture.result.patch.size else "No pixel",
        "weights": "Weights" if picture.turned else "Kernel",
        "products": "Products",
        "kernel": "Kernel",
    }
    return (texts[name],)


def fitting(texts: Sequence[str], metrics: QFontMetrics, width: int) -> str:
    """The first text that fits a width, else the last one cut short."""
    fit = [text for text in texts if metrics.horizontalAdvance(text) <= width]
    return fit[0] if fit else metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, width)


def input_reading(picture: WindowPicture, row: int, column: int, value: str) -> str:
    """Reading of a pixel of the input, counted from 0, which may be padding."""
    _, height, width = picture.shape
    channel = f"channel {picture.shown_channel + 1}, " if len(picture.x) > 1 else ""
    if 0 <= row < height and 0 <= column < width:
        return f"input, {channel}row {row + 1}, column {column + 1}: {value}"
    counts = {"sum": "counts as 0", "max": "is never the largest", "mean": "does not count"}
    return f"padding: {counts[picture.taps.combine]}"


def sum_reading(picture: WindowPicture, line: SumLine | None) -> str:
    """Reading of a line in the list of sums, if it is of several channels: what can be done there."""
    if line is None or picture.taps.weight is None or len(picture.taps.channels) == 1:
        return ""
    if line.channel is not None:
        return f"channel {line.channel + 1}: {line.value}\nClick to see its window and products"
    return "Turn the wheel to see other channels" if line.name.startswith("…") else ""
