"""The program's own drawings, in the theme's colours and sharp at every size and pixel ratio.

A drawing is a file in resources/icons that says `currentColor` where a line takes the text's colour.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

import resources
from nnstudio.theme import theme

_FALLBACK = "layer"


@cache
def names() -> frozenset[str]:
    """The names of all drawings."""
    return frozenset(
        entry.name.removesuffix(".svg") for entry in resources.path("icons").iterdir() if entry.name.endswith(".svg")
    )


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    # A plug-in's layer may name a drawing that does not exist; it gets the plain block.
    source = resources.path("icons", f"{name if name in names() else _FALLBACK}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))


def pixmap(name: str, size: int, colour: str | None = None, ratio: float = 1.0) -> QPixmap:
    """A drawing of `size` by `size` logical pixels, in the text's colour of the theme unless another is given.

    `ratio` is the screen's device pixel ratio.
    """
    colour = colour or theme().colours.text
    key = f"nnstudio/{name}/{size}/{colour}/{ratio}"
    picture = QPixmap()
    if not QPixmapCache.find(key, picture):
        pixels = max(round(size * ratio), 1)
        picture = QPixmap(pixels, pixels)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        _renderer(name, colour).render(painter, QRectF(0, 0, pixels, pixels))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        QPixmapCache.insert(key, picture)
    return picture


class _Engine(QIconEngine):
    """Draws anew for every size. Without a colour of its own it follows the theme, also when that changes."""

    def __init__(self, name: str, colour: str | None) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    def _tint(self, mode: QIcon.Mode) -> str:
        colours = theme().colours
        return colours.muted if mode is QIcon.Mode.Disabled else self._colour or colours.text

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        square = QRect(0, 0, side, side)
        square.moveCenter(rect.center())
        painter.save()
        if mode is QIcon.Mode.Disabled:
            painter.setOpacity(painter.opacity() * 0.5)
        _renderer(self._name, self._tint(mode)).render(painter, QRectF(square))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour)


@cache
def icon(name: str, colour: str | None = None) -> QIcon:
    """A drawing as an icon, in the theme's text colour unless another is given; disabled it is faint.

    An icon without a colour of its own needs no new setting when the theme changes, only a repaint.
    """
    return QIcon(_Engine(name, colour))
