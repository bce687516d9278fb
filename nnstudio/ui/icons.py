"""Icons in the theme's colours, sharp at every size and pixel ratio.

A drawing is a file in resources/icons that says `currentColor` where a line takes the text's colour.
"""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QImage, QPagedPaintDevice, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

import resources
from nnstudio.ui.theme import theme

_FALLBACK = "layer"
# What stands in a drawing for the colour it takes.
_INK = "currentColor"

# Pixels; the larger ones serve screens with two or three pixels per logical one.
_SIZES = (16, 20, 24, 32, 48, 64, 96)
_FAINT_SIZE = 48


@cache
def names() -> frozenset[str]:
    """Names of all icons."""
    return frozenset(
        entry.name.removesuffix(".svg") for entry in resources.path("icons").iterdir() if entry.name.endswith(".svg")
    )


@cache
def _source(name: str) -> str:
    # A plug-in's layer may name a drawing that does not exist; it gets the plain block.
    return resources.path("icons", f"{name if name in names() else _FALLBACK}.svg").read_text(encoding="utf-8")


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace(_INK, colour).encode()))


@lru_cache(1024)
def _stencil(name: str, pixels: int) -> QImage:
    """Coverage of a single-colour drawing. Filling it with a colour takes a third of the time of drawing it."""
    picture = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    _renderer(name, "#000000").render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return picture.convertToFormat(QImage.Format.Format_Alpha8)


def pixmap(name: str, size: int, colour: str | None = None, ratio: float = 1.0) -> QPixmap:
    """Pixmap of an icon, `size` by `size` logical pixels.

    It takes the theme's text colour unless another is given. `ratio` is the screen's device pixel ratio.
    """
    colour = colour or theme().colours.text
    key = f"nnstudio/{name}/{size}/{colour}/{ratio}"
    picture = QPixmap()
    if not QPixmapCache.find(key, picture):
        pixels = max(round(size * ratio), 1)
        picture = QPixmap(pixels, pixels)
        if _INK in _source(name):
            # Filled without an alpha channel, it would have none.
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.fillRect(picture.rect(), QColor(colour))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
            painter.drawImage(0, 0, _stencil(name, pixels))
        else:
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            _renderer(name, colour).render(painter, QRectF(0, 0, pixels, pixels))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        QPixmapCache.insert(key, picture)
    return picture


def draw_icon(painter: QPainter, name: str, area: QRectF, colour: str) -> None:
    """Draw an icon into a square. It is sharp at any zoom, and made of lines in vector files."""
    device = painter.device()
    if isinstance(device, QSvgGenerator | QPagedPaintDevice):
        _renderer(name, colour).render(painter, area)
        return
    ratio = device.devicePixelRatioF() * max(painter.worldTransform().m11(), 0.1)
    # In steps, so that not every zoom makes a picture of its own.
    picture = pixmap(name, round(area.width()), colour, min(max(1.0, round(ratio * 2) / 2), 8.0))
    painter.drawPixmap(area, picture, QRectF(picture.rect()))


def _faint(name: str, size: int, muted: str) -> QPixmap:
    """Look of a drawing on a disabled button."""
    source = pixmap(name, size, muted)
    picture = QPixmap(source.size())
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setOpacity(0.5)
    painter.drawPixmap(0, 0, source)
    painter.end()
    return picture


def icon(name: str, colour: str | None = None) -> QIcon:
    """Icon in the theme's text colour or in a given one; faint when disabled.

    An icon keeps the colours of the theme in which it was made; `set_icon` follows the theme.
    """
    colours = theme().colours
    # A copy: what is added to it is no part of the others.
    return QIcon(_icon(name, colour or colours.text, colours.muted))


@lru_cache(512)
def _icon(name: str, colour: str, muted: str) -> QIcon:
    # Pixmaps of all sizes in use instead of a QIconEngine of our own: PySide loses track of an engine that Qt clones.
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(pixmap(name, size, colour), QIcon.Mode.Normal)
    # One size will do for what is faint anyway: Qt makes it smaller, and a change of theme draws half as much.
    made.addPixmap(_faint(name, _FAINT_SIZE, muted), QIcon.Mode.Disabled)
    return made


class _Follower(QObject):
    """Gives its parent the icon anew when the theme changes."""

    def __init__(self, target: QAbstractButton | QAction, name: str, role: str) -> None:
        super().__init__(target)
        self._target, self._name, self._role = target, name, role
        theme().changed.connect(self.apply)
        self.apply()

    def become(self, name: str, role: str) -> None:
        if (name, role) != (self._name, self._role):
            self._name, self._role = name, role
            self.apply()

    def apply(self) -> None:
        self._target.setIcon(icon(self._name, getattr(theme().colours, self._role)))


def set_icon(target: QAbstractButton | QAction, name: str, role: str = "text") -> None:
    """Set the icon of a button or action, in the theme's colour `role`.

    Roles are "text" or "accent_text", for example. May be called again to change the icon, as when play becomes pause.
    """
    follower = next((child for child in target.children() if isinstance(child, _Follower)), None)
    if follower is None:
        _Follower(target, name, role)
    else:
        follower.become(name, role)
