"""Painting of the network view: wires, units, titles, and the marks on them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from nnstudio.document.model import shown_name
from nnstudio.ui.colours import Colours
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import reach_of
from nnstudio.views.network.frame import LEVELS, Frame
from nnstudio.views.network.layout import BAR_WIDTH, Arrangement, bias_mark
from nnstudio.views.network.model import Block, Model
from nnstudio.views.plotting import blend, short

Array = NDArray[Any]

# Widths of wires, from the weakest to the strongest, where there are few and where there are many of them, in pixels.
# Up to 1, Qt draws them many times as fast, which is what counts where there are hundreds.
_WIDTHS = (1.0, 1.5, 2.2, 2.9, 3.6, 4.4)
_FINE_WIDTHS = (1.0, 1.0, 1.0, 1.0, 1.8, 2.6)
# How strongly the weakest wires are told from the canvas. They are opaque all the same: Qt draws those far quicker.
_FAINT = 0.22
# The picture of a kernel: its longer side, and the side of one number, at most, in pixels.
_KERNEL, _PIXEL = 84.0, 18.0
# Steps of fullness in which the discs of biases differ.
_FULLEST = 8
# Dashes of negative weights, in pixels.
_DASH, _SPACE = 6.0, 4.0
_CENTRE = Qt.AlignmentFlag.AlignCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

# A unit by its block, and its place among those on show.
Spot = tuple[str, int]


@dataclass(frozen=True)
class Marks:
    """Marks of attention, drawn over everything.

    Attributes:
        wire: the row of the wire under the mouse. unit: the unit under the mouse.
        focus: the unit with the keyboard focus. chosen: the unit that other views show.
    """

    wire: int | None = None
    unit: Spot | None = None
    focus: Spot | None = None
    chosen: Spot | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """Network as it is painted.

    Attributes:
        model, arrangement, frame: structure, places and numbers. lines: of the arrangement, as Qt draws them.
        before: texts beside the inputs. after: beside the outputs of the block `last`.
    """

    model: Model
    arrangement: Arrangement
    frame: Frame = field(default_factory=Frame)
    lines: Sequence[QLineF] = ()
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    last: str = ""


def paint_wires(painter: QPainter, scene: Scene) -> None:
    """Paint all wires, the strongest over the others."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _wires(painter, scene, theme().colours)


def paint_units(painter: QPainter, scene: Scene, marks: Marks) -> None:
    """Paint everything but the wires, and once more the wires that are looked at."""
    colours = theme().colours
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    touched = _touched(scene, marks)
    if len(touched):
        _wires(painter, scene, colours, touched)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for block in scene.model.blocks.values():
        _units(painter, scene, block, colours)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for name, biases in scene.frame.biases.items():
        _biases(painter, scene.arrangement.cells[name], biases, colours)
    _titles(painter, scene, colours)
    _attention(painter, scene.arrangement.cells, marks, colours)


def paint_kernel(painter: QPainter, kernel: QImage, above: QPointF) -> None:
    """Paint the picture of a kernel above a point, with large pixels."""
    colours = theme().colours
    side = max(min(_KERNEL / max(kernel.width(), kernel.height()), _PIXEL), 1.0)
    wide, high = kernel.width() * side, kernel.height() * side
    place = QRectF(above.x() - wide / 2, max(above.y() - high - 8, 2.0), wide, high)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(place, kernel)
    painter.setPen(QPen(QColor(colours.text), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place)


def _pen(colours: Colours, level: int, sign: int, width: float, *, strong: bool) -> QPen:
    colour = colours.muted if sign == 0 else colours.positive if sign > 0 else colours.negative
    share = level / (LEVELS - 1)
    shade = blend(colour, colours.canvas, 1.0 if strong else _FAINT + (1 - _FAINT) * share)
    pen = QPen(shade, width + (1.0 if strong else 0.0))
    pen.setCosmetic(pen.widthF() <= 1.0)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if sign < 0:
        pen.setDashPattern([_DASH / pen.widthF(), _SPACE / pen.widthF()])
    return pen


def _wires(painter: QPainter, scene: Scene, colours: Colours, only: Array | None = None) -> None:
    """Draws all wires, the strongest last, or `only` some of them, in full colour."""
    frame, lines = scene.frame, scene.lines
    wires = np.arange(len(lines)) if only is None else only
    if not len(wires) or len(frame.levels) != len(lines):
        return
    dense = frame.dense[wires]
    groups = (frame.levels[wires] * 3 + frame.signs[wires].astype(np.intp) + 1) * 2 + dense
    order = np.argsort(groups, kind="stable")
    bounds = np.flatnonzero(np.diff(groups[order])) + 1
    for part in np.split(order, bounds):
        kind, many = divmod(int(groups[part[0]]), 2)
        level, sign = divmod(kind, 3)
        width = (_FINE_WIDTHS if many else _WIDTHS)[level]
        painter.setPen(_pen(colours, level, sign - 1, width, strong=only is not None))
        painter.drawLines([lines[wire] for wire in wires[part].tolist()])


def _touched(scene: Scene, marks: Marks) -> Array:
    """Wires that are drawn strongly: that under the mouse, or those of the unit there."""
    if marks.wire is not None:
        return np.array([marks.wire])
    spot = marks.unit or marks.focus
    if spot is None or spot[0] not in scene.model.blocks:
        return np.zeros(0, np.intp)
    name, unit = spot[0], scene.model.blocks[spot[0]].units[spot[1]]
    found, start = [np.zeros(0, np.intp)], 0
    for bundle in scene.model.bundles:
        if bundle.target == name:
            found.append(start + np.flatnonzero(bundle.columns == unit))
        if bundle.source == name:
            found.append(start + np.flatnonzero(bundle.rows == unit))
        start += len(bundle)
    return np.concatenate(found)


def _units(painter: QPainter, scene: Scene, block: Block, colours: Colours) -> None:
    cells, frame = scene.arrangement.cells[block.name], scene.frame
    sheet = frame.sheets.get(block.name)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, block.kind == "plane")
    if sheet is not None:
        high = sheet.height() / len(cells)
        for place, cell in enumerate(cells):
            painter.drawImage(cell, sheet, QRectF(0, place * high, sheet.width(), high))
    elif block.name in frame.numbers:
        values = frame.numbers[block.name].tolist()
        _bars(painter, cells, values, frame.reaches[block.name], colours, low=block.name in frame.low)
    painter.setPen(QColor(colours.muted))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRects(list(cells))


def _bars(
    painter: QPainter, cells: Sequence[QRectF], values: Sequence[float], reach: float, colours: Colours, *, low: bool
) -> None:
    """Numbers as bars to the right for positive and to the left for negative ones, and in digits."""
    bars: dict[str, list[QRectF]] = {colours.positive: [], colours.negative: []}
    for cell, value in zip(cells, values, strict=True):
        zero = cell.left() if low else cell.center().x()
        room = cell.width() if low else cell.width() / 2
        share = min(max(value / reach, -1.0), 1.0) if math.isfinite(value) else 0.0
        bar = QRectF(min(zero, zero + share * room), cell.top(), abs(share) * room, cell.height())
        bars[colours.positive if value >= 0 else colours.negative].append(bar)
    # All of a colour at once: a call for each takes longer than the drawing.
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.block))
    painter.drawRects(list(cells))
    for name, places in bars.items():
        colour = QColor(name)
        colour.setAlphaF(0.5)
        painter.setBrush(colour)
        painter.drawRects(places)
    painter.setPen(QColor(colours.text))
    for cell, value in zip(cells, values, strict=True):
        painter.drawText(cell, _CENTRE, brief_number(value, 3 if cell.width() >= BAR_WIDTH else 2))


def brief_number(value: float, digits: int = 3) -> str:
    """Text of a number in a bar, always about as long, so that it does not jump about.

    Numbers below 10 have so many `digits` behind the point.
    """
    size = abs(value)
    if not np.isfinite(size):
        return "?"
    if size >= 1000:
        return short(value, 2)
    return f"{value:.{digits if size < 10 else digits - 1 if size < 100 else digits - 2}f}".replace("-", "−")


def _biases(painter: QPainter, cells: Sequence[QRectF], biases: Array, colours: Colours) -> None:
    """A disc for each bias, with its sign, the fuller the larger it is."""
    shares = np.minimum(np.abs(biases) / reach_of(biases), 1.0)
    levels = np.rint(np.where(np.isfinite(shares), shares, 0.0) * _FULLEST).astype(np.intp)
    signs = []
    for positive, colour in ((True, colours.positive), (False, colours.negative)):
        painter.setPen(QColor(colour))
        # Of one fullness at a time: to choose a colour takes longer than to fill a disc with it.
        chosen = np.flatnonzero((biases >= 0) == positive)
        for level in np.unique(levels[chosen]).tolist():
            painter.setBrush(blend(colour, colours.canvas, level / _FULLEST))
            for index in chosen[levels[chosen] == level].tolist():
                place = bias_mark(cells[index])
                painter.drawEllipse(place)
                centre, arm = place.center(), place.width() / 2 - 2
                signs.append(QLineF(centre.x() - arm, centre.y(), centre.x() + arm, centre.y()))
                if positive:
                    signs.append(QLineF(centre.x(), centre.y() - arm, centre.x(), centre.y() + arm))
    painter.setPen(QPen(QColor(colours.text), 1.2))
    painter.drawLines(signs)


def _titles(painter: QPainter, scene: Scene, colours: Colours) -> None:
    arrangement, metrics = scene.arrangement, painter.fontMetrics()
    painter.setPen(QColor(colours.text))
    for name, place in arrangement.titles.items():
        # Names of one type differ in their numbers, at the end.
        text = metrics.elidedText(shown_name(name), Qt.TextElideMode.ElideMiddle, int(place.width()))
        painter.drawText(place, _CENTRE, text)
    painter.setPen(QColor(colours.accent))
    for name, place in arrangement.more.items():
        block = scene.model.blocks[name]
        text = f"‹ {block.left_out} ›" if block.paged else block.left_out
        if metrics.horizontalAdvance(text) > place.width():
            text = f"+{block.total - len(block.units):,}"
        painter.drawText(place, _CENTRE, metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(place.width())))
    painter.setPen(QColor(colours.muted))
    _beside(painter, scene, scene.model.columns[0][0].name, scene.before, -1)
    _beside(painter, scene, scene.last, scene.after, 1)


def _beside(painter: QPainter, scene: Scene, name: str, texts: Sequence[str], side: int) -> None:
    """Texts of a block's units, left or right of those on show."""
    if not texts or name not in scene.model.blocks:
        return
    for unit, cell in zip(scene.model.blocks[name].units, scene.arrangement.cells[name], strict=True):
        if unit < len(texts):
            room = QRectF(cell.left() - 206, cell.top(), 200, cell.height())
            if side > 0:
                room = QRectF(cell.right() + 6, cell.top(), 200, cell.height())
            painter.drawText(room, _LEFT if side > 0 else _RIGHT, texts[unit])


def _attention(painter: QPainter, cells: Mapping[str, Sequence[QRectF]], marks: Marks, colours: Colours) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for spot, pen, far in (
        (marks.unit, QPen(QColor(colours.text), 1.5), 1.0),
        (marks.chosen, QPen(QColor(colours.accent), 3.0), 2.0),
        (marks.focus, QPen(QColor(colours.accent), 1.5, Qt.PenStyle.DotLine), 5.0),
    ):
        if spot is not None and spot[0] in cells and spot[1] < len(cells[spot[0]]):
            painter.setPen(pen)
            painter.drawRect(cells[spot[0]][spot[1]].adjusted(-far, -far, far, far))
