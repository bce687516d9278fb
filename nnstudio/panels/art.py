"""Thumbnails of data sets for the welcome page, in the theme's colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from engine.data import Data, Dataset
from engine.data.stored_samples import in_memory
from engine.errors import DataError
from nnstudio.ui.colours import class_colour, diverging
from nnstudio.ui.icons import pixmap
from nnstudio.ui.sample_image import to_image
from nnstudio.ui.theme import theme

Array = NDArray[Any]

_MOST_POINTS = 160
_GRID = 5  # pixels of the picture per point of the field behind it
_FEW_PIXELS = 12  # a side
_BLUR = 0.02  # of a guessed curve, as a share of its width
_ALIKE = 4.0  # columns whose ranges differ by more than this are scaled
_STRENGTH = 0.42  # of a class's colour in the field


def picture(icon: str, dataset: Dataset | None, size: QSize, ratio: float, seed: int = 0) -> QPixmap:
    """Thumbnail of a data set, or the icon's drawing where there is none.

    `size` is in logical pixels; `seed` picks the samples shown.
    """
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(theme().colours.canvas))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    room = QRectF(0, 0, size.width(), size.height())
    try:
        if dataset is None:
            _drawing(painter, room, icon, ratio)
        elif dataset.kind == "pictures":
            _pictures(painter, room, dataset.load(), seed)
        else:
            data = dataset.load()
            (_curve if data.x.shape[1:] == (1,) else _plane)(painter, room, data)
    except DataError:
        _drawing(painter, room, icon, ratio)
    painter.end()
    return made


def _drawing(painter: QPainter, room: QRectF, icon: str, ratio: float) -> None:
    side = round(min(room.width(), room.height()) * 0.5)
    drawing = pixmap(icon, side, theme().colours.accent, ratio)
    painter.drawPixmap(QPointF(room.center().x() - side / 2, room.center().y() - side / 2), drawing)


def _pictures(painter: QPainter, room: QRectF, data: Data, seed: int) -> None:
    """Samples in a row, of one class after the other."""
    painter.fillRect(room, QColor("#000000"))
    side = room.height() * 0.62
    # A few large pixels are best seen as what they are.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, data.x.shape[-1] > _FEW_PIXELS)
    count = int(room.width() // (side * 1.12))
    gap = (room.width() - count * side) / (count + 1)
    rng = np.random.default_rng(seed)
    for place in range(count):
        label = (place + seed) % len(data.classes)
        sample = data.x[rng.choice(np.flatnonzero(data.y == label))]
        box = QRectF(gap + place * (side + gap), (room.height() - side) / 2, side, side)
        painter.drawImage(box, to_image(sample, 0, 1))


def _curve(painter: QPainter, room: QRectF, data: Data) -> None:
    """Points of one input, across, and one target, up, with the curve that a smooth guess makes of them."""
    colours = theme().colours
    x, y = data.x[:, 0].astype(float), np.ravel(data.y).astype(float)
    low, extent = np.array([x.min(), y.min()]), np.maximum([np.ptp(x), np.ptp(y)], 1e-9)
    across = np.linspace(x.min(), x.max(), int(room.width()))
    weights = np.exp(-0.5 * ((across[:, None] - x) / (_BLUR * extent[0])) ** 2)
    guess = weights @ y / np.maximum(weights.sum(axis=1), 1e-300)

    def spots(places: Array) -> list[QPointF]:
        scaled = (places - low) / extent
        return [QPointF(room.width() * (0.06 + 0.88 * a), room.height() * (0.88 - 0.76 * b)) for a, b in scaled]

    painter.setPen(QPen(QColor(colours.accent), 2))
    painter.drawPolyline(spots(np.column_stack([across, guess])))
    painter.setPen(QPen(QColor(colours.panel), 0.8))
    painter.setBrush(QColor(colours.text))
    for spot in spots(np.column_stack([x, y])[:: max(len(x) // _MOST_POINTS, 1)]):
        painter.drawEllipse(spot, 2.2, 2.2)


def _telling(data: Data) -> Array:
    """The two columns (N, 2) of a table that go along with its target best; of two inputs, both."""
    x = in_memory(data.x).astype(float)
    if x.shape[1] == 2:
        return x
    target = np.ravel(data.y).astype(float)
    spread = np.maximum(x.std(axis=0) * target.std(), 1e-9)
    along = np.abs(((x - x.mean(axis=0)) * (target - target.mean())[:, None]).mean(axis=0) / spread)
    return x[:, np.sort(np.argsort(along)[-2:])]


def _plane(painter: QPainter, room: QRectF, data: Data) -> None:
    """Points in a plane (of a table, its two best columns) on the field that a smooth guess makes of them."""
    points, targets = _telling(data), data.y
    extents = np.maximum(np.ptp(points, axis=0), 1e-9)
    if extents.max() > _ALIKE * extents.min():
        points = points / extents  # in units that can be compared
    if len(points) > _MOST_POINTS:
        chosen = np.linspace(0, len(points) - 1, _MOST_POINTS).astype(int)
        points, targets = points[chosen], targets[chosen]
    low, high = points.min(axis=0), points.max(axis=0)
    centre, extent = (low + high) / 2, np.maximum(high - low, 1e-9)
    size = np.array([room.width(), room.height()])
    classes = data.task == "classification"
    # Heights are guessed well only between their points, so these fill the room; classes keep their shape.
    whole = points.shape[1:] == data.x.shape[1:]
    scale = np.full(2, size[1] * 0.8 / extent[1]) if classes else size / extent
    if not whole:
        # Two of many columns have no shape to keep.
        scale = size * 0.85 / extent
    columns, rows = (int(length // _GRID) + 1 for length in size)
    x = (np.linspace(0, size[0], columns) - size[0] / 2) / scale[0] + centre[0]
    y = -(np.linspace(0, size[1], rows) - size[1] / 2) / scale[1] + centre[1]
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    field = _classes(points, targets, grid, len(data.classes)) if classes else _heights(points, targets[:, 0], grid)
    pixels = np.ascontiguousarray(field.reshape(rows, columns, 3).astype(np.uint8))
    image = QImage(pixels.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(room, image)
    if not classes:
        return
    painter.setPen(QPen(QColor(theme().colours.panel), 0.8))
    radius = 5.0 if len(points) < 20 else 2.6
    for (left, up), label in zip((points - centre) * scale, targets, strict=True):
        painter.setBrush(class_colour(theme().colours, int(label)))
        painter.drawEllipse(QPointF(room.center().x() + left, room.center().y() - up), radius, radius)


def _nearness(points: Array, grid: Array, width: float) -> Array:
    """Gaussian weights of every point (P) at every place of the grid (G): (G, P), each row adding up to one."""
    spread = width * float((points.max(axis=0) - points.min(axis=0)).max())
    # Not as one array with a last axis of two, which NumPy adds up five times as slowly.
    x, y = (grid[:, None, axis] - points[:, axis] for axis in (0, 1))
    exponent = -(x**2 + y**2) / (2 * spread**2)
    weights: Array = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def _rgb(colour: QColor) -> Array:
    return np.array([colour.red(), colour.green(), colour.blue()], float)


def _classes(points: Array, labels: Array, grid: Array, classes: int) -> Array:
    """Colours (G, 3) of the classes, as strong as the guess is sure."""
    colours = theme().colours
    weights = _nearness(points, grid, 0.3 if len(points) < 20 else 0.055)
    shares = np.stack([weights[:, labels == label].sum(axis=1) for label in range(classes)], axis=1)
    sure = (shares.max(axis=1, keepdims=True) * classes - 1) / (classes - 1) * _STRENGTH
    palette = np.array([_rgb(class_colour(colours, index)) for index in range(classes)])
    field: Array = _rgb(QColor(colours.canvas)) * (1 - sure) + shares @ palette * sure
    return field


def _heights(points: Array, heights: Array, grid: Array) -> Array:
    """Colours (G, 3) of the guessed heights on the diverging scale."""
    table = diverging(theme().colours.name).astype(float)
    guess = _nearness(points, grid, 0.08) @ heights / max(float(np.abs(heights).max()), 1e-9)
    field: Array = table[np.rint((guess + 1) * (len(table) - 1) / 2).astype(int)]
    return field
