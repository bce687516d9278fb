"""Pixmap cache of blocks, so that frames only copy unchanged pictures.

Drawing a block takes some hundred microseconds, copying its picture a tenth of that. A picture is made for one scale.
While the scale changes from frame to frame, and in the first frame after that, blocks are shown by scaling the pictures
there are; when it rests, they are drawn anew, a few milliseconds' worth in each frame, so that no frame is late.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform

from nnstudio.ui.theme import theme

_IDENTITY = QTransform()
_CALM = 0.12
_BUDGET = 0.003
_MOST_BYTES = 96 * 2**20
# A picture may be shown this much smaller or larger than it was made, for a moment.
_SMALLER, _LARGER = 0.3, 2.2


class Pictured(Protocol):
    """Graphics item that can be cached as a pixmap."""

    sprite: Sprite | None

    def boundingRect(self) -> QRectF: ...

    def draw(self, painter: QPainter) -> None:
        """Draw the item, in its own coordinates."""


class Sprite:
    """Cached pixmap, its scale in device pixels per scene unit, and its offset."""

    __slots__ = ("corner", "current", "pixmap", "scale")

    def __init__(self, pixmap: QPixmap, scale: float, corner: QPointF) -> None:
        self.pixmap, self.scale, self.corner = pixmap, scale, corner
        # False once the item looks otherwise.
        self.current = True


class Sprites:
    """Pixmap cache of one scene, with a time budget per frame for new pixmaps."""

    def __init__(self) -> None:
        self._known: OrderedDict[Pictured, int] = OrderedDict()
        self._bytes = 0
        self._ratio = 1.0
        self._scale = self._changed_at = self._calm_at = 0.0
        # Seconds left in this frame to make pictures.
        self._left = 0.0
        # The scale is another one than in the frame before.
        self._turning = False
        # Some blocks of this frame were shown with a picture of another scale, or as a plain box.
        self.owes = False

    def begin(self, zoom: float, ratio: float) -> None:
        """Begin a frame. `zoom` is logical pixels per scene unit, `ratio` device pixels per logical one."""
        now = time.perf_counter()
        scale = zoom * ratio
        self._ratio, self._turning = ratio, scale != self._scale
        if scale != self._scale:
            # A single change, as when all is brought in sight, is no movement to wait for.
            moves = now < self._changed_at + 2 * _CALM
            self._calm_at = now + _CALM if moves else now
            self._changed_at, self._scale = now, scale
        self._left = _BUDGET
        self.owes = False

    @property
    def rest(self) -> float:
        """Seconds until pixmaps may be made for the present scale."""
        return max(self._calm_at - time.perf_counter(), 0.0)

    def forget(self) -> None:
        """Discard all pixmaps, after colours or fonts have changed."""
        for item in self._known:
            item.sprite = None
        self._known.clear()
        self._bytes = 0

    def drop(self, item: Pictured) -> None:
        """Discard the pixmap of an item that leaves the canvas."""
        item.sprite = None
        self._bytes -= self._known.pop(item, 0)

    def paint(self, painter: QPainter, item: Pictured) -> None:
        """Paint an item from its pixmap, which is made if needed."""
        scale, ratio = self._scale, self._ratio
        sprite = item.sprite
        if sprite is None or not sprite.current or sprite.scale != scale:
            sprite = self._renew(item, scale, ratio)
        if sprite is None:
            self.owes = True
            painter.fillRect(item.boundingRect().adjusted(5, 5, -5, -9), QColor(theme().colours.border))
        elif sprite.scale == scale:
            # Put on whole device pixels: text stays as sharp as it was drawn. The scene takes the transform back.
            corner = painter.worldTransform().map(sprite.corner)
            painter.setWorldTransform(_IDENTITY)
            place = QPointF(round(corner.x() * ratio) / ratio, round(corner.y() * ratio) / ratio)
            painter.drawPixmap(place, sprite.pixmap)
        else:
            self.owes = True
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(item.boundingRect(), sprite.pixmap, QRectF(sprite.pixmap.rect()))

    def _renew(self, item: Pictured, scale: float, ratio: float) -> Sprite | None:
        """A new picture, or the one there is if time is short."""
        old = item.sprite
        now = time.perf_counter()
        # What else the frame has to paint does not count: with a large network, that alone may take as long.
        late = self._left <= 0
        if old is None:
            if late:
                return None
        elif old.current and (late or self._turning or now < self._calm_at) and _SMALLER < scale / old.scale < _LARGER:
            return old
        bounds = item.boundingRect()
        pixmap = QPixmap(math.ceil(bounds.width() * scale) + 1, math.ceil(bounds.height() * scale) + 1)
        # Said before it is painted on, so that the item sees the scale at which a person does.
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        brush = QPainter(pixmap)
        brush.scale(scale / ratio, scale / ratio)
        brush.translate(-bounds.topLeft())
        item.draw(brush)
        brush.end()
        item.sprite = Sprite(pixmap, scale, bounds.topLeft())
        self._left -= time.perf_counter() - now
        self._remember(item, pixmap.width() * pixmap.height() * 4)
        return item.sprite

    def _remember(self, item: Pictured, size: int) -> None:
        self._bytes += size - self._known.pop(item, 0)
        self._known[item] = size
        while self._bytes > _MOST_BYTES:
            oldest, given = self._known.popitem(last=False)
            oldest.sprite = None
            self._bytes -= given
