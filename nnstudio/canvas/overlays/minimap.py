"""Minimap of the network, which moves the view by click or drag."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRect, QRectF, QSettings, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent

from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.geometry.sizes import block_rect
from nnstudio.canvas.overlays.overlay import Overlay
from nnstudio.canvas.protocols import MappedView
from nnstudio.ui.deferred_call import Soon
from nnstudio.ui.theme import theme

_LARGEST = QSize(200, 140)
_LEAST = 48
_PADDING = 8
_KEY = "miniMap"
# Where it may stand; the find bar is in the fourth corner.
_CORNERS = (Qt.Corner.BottomRightCorner, Qt.Corner.BottomLeftCorner, Qt.Corner.TopLeftCorner)


class MiniMap(Overlay):
    """Minimap, shown while the network exceeds the view, unless switched off."""

    def __init__(self, view: MappedView) -> None:
        super().__init__(view.qt, _CORNERS[0])
        self._canvas = view
        self._wanted = str(QSettings().value(_KEY, "true")).lower() == "true"
        # The blocks, drawn once until they change; only the frame is drawn at every move.
        self._picture: QPixmap | None = None
        # Until it looks at the network again; what is painted meanwhile is the old picture, which fits the old area.
        self._stale = False
        self._area = QRectF()
        self._held = False
        self.setObjectName("miniMap")
        self.setAccessibleName("Map of the network: click to move the view there")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._soon = Soon(self._look, self)
        view.store.changed.connect(self._redraw)
        view.store.selection_changed.connect(self._redraw)
        theme().changed.connect(self._redraw)
        view.zoomed.connect(self._soon.ask)
        for bar in (view.qt.horizontalScrollBar(), view.qt.verticalScrollBar()):
            bar.valueChanged.connect(self._soon.ask)
        self.hide()

    @property
    def wanted(self) -> bool:
        """True unless the user has switched it off."""
        return self._wanted

    def want(self, wanted: bool) -> None:
        """Switch it on or off, and remember it."""
        self._wanted = wanted
        QSettings().setValue(_KEY, wanted)
        self._look()

    def view_resized(self) -> None:
        super().view_resized()
        self._soon.ask()

    def _redraw(self) -> None:
        self._stale = True
        self._soon.ask()

    def _look(self) -> None:
        """Shows itself if the network does not fit the view, in a corner where it covers no message."""
        seen = self._canvas.seen_rect()
        fits = seen.contains(self._canvas.canvas.content_rect())
        # While it is held by the mouse it stays, even if all has come into sight.
        if not self._wanted or (fits and not self._held):
            self.hide()
            return
        self._measure()
        self.put(next((corner for corner in _CORNERS if self._is_free(corner)), _CORNERS[0]))
        self.show()
        self.update()

    def _measure(self) -> None:
        """Its size follows the shape of the network."""
        area = self._canvas.canvas.content_rect()
        if area == self._area and self._picture is not None and not self._stale:
            return
        self._area, self._picture, self._stale = area, None, False
        room = _LARGEST - QSize(2 * _PADDING, 2 * _PADDING)
        scale = min(room.width() / area.width(), room.height() / area.height())
        width = max(round(area.width() * scale), _LEAST) + 2 * _PADDING
        height = max(round(area.height() * scale), _LEAST) + 2 * _PADDING
        self.setFixedSize(width, height)

    def _is_free(self, corner: Qt.Corner) -> bool:
        """True if no message beside a block is in this corner."""
        place = QRect(self.place_in(corner), self.size())
        callouts = self._canvas.canvas.alerts.callouts.values()
        return not any(
            QRectF(place).intersects(callout.box.translated(self._canvas.qt.mapFromScene(callout.scenePos())))
            for callout in callouts
        )

    # Drawing

    def _scale(self) -> float:
        inner = self.rect().adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        return min(inner.width() / self._area.width(), inner.height() / self._area.height())

    def _on_map(self, point: QPointF) -> QPointF:
        return (point - self._area.center()) * self._scale() + QPointF(self.width(), self.height()) / 2

    def _on_scene(self, point: QPointF) -> QPointF:
        return (point - QPointF(self.width(), self.height()) / 2) / self._scale() + self._area.center()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._picture is None:
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
        seen = self._canvas.seen_rect()
        frame = QRectF(self._on_map(seen.topLeft()), self._on_map(seen.bottomRight()))
        accent = QColor(theme().colours.accent)
        painter.setPen(QPen(accent, 1.5))
        accent.setAlpha(36)
        painter.setBrush(accent)
        painter.drawRect(frame.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2)))

    def _drawn(self) -> QPixmap:
        """Every block as a box in its colour, one with a problem with a cross through it; a frame about every group."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, scale = theme().colours, self._scale()
        # Never thinner than can be seen.
        size = block_rect().size() * scale
        width, height = max(size.width(), 3.0), max(size.height(), 2.0)
        left, top = (self._on_map(QPointF()) - QPointF(width, height) / 2).toTuple()
        blocks, selected = self._canvas.canvas.blocks, self._canvas.store.selected
        boxes: dict[str, QRectF] = {}
        tinted: dict[str, list[QRectF]] = {}
        for name, (x, y) in layout_of(self._canvas.store.document).places.items():
            if name in blocks:
                face = blocks[name].face
                role = colours.error if face.wrong else colours.categories.get(face.category, colours.muted)
                boxes[name] = QRectF(left + x * scale, top + y * scale, width, height)
                tinted.setdefault(role, []).append(boxes[name])
        painter.setPen(Qt.PenStyle.NoPen)
        for role, those in tinted.items():
            painter.setBrush(QColor(role))
            painter.drawRects(those)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frames = self._frames(boxes)
        painter.setPen(QPen(QColor(colours.muted), 1))
        painter.drawRects([rect for rects in frames.values() for rect in rects])
        painter.setPen(QPen(QColor(colours.text), 1.2))
        for name, box in boxes.items():
            if blocks[name].face.wrong:
                cross = box.adjusted(2, 0, -2, 0)
                painter.drawLine(cross.topLeft(), cross.bottomRight())
                painter.drawLine(cross.bottomLeft(), cross.topRight())
        painter.setPen(QPen(QColor(colours.text), 1.5))
        if selected in frames:
            painter.drawRects(frames[selected])
        elif selected in boxes:
            painter.drawRect(_about(boxes[selected]))
        painter.end()
        return picture

    def _frames(self, boxes: Mapping[str, QRectF]) -> dict[str, list[QRectF]]:
        """The frames of groups on the map: about all blocks or, of a collapsed one, closely about the one block."""
        scene = self._canvas.canvas
        frames = {name: [_about(box)] for name, box in boxes.items() if scene.blocks[name].face.copies}
        for name, frame in scene.frames.items():
            rects = frame.goal_rects()
            frames[name] = [QRectF(self._on_map(rect.topLeft()), self._on_map(rect.bottomRight())) for rect in rects]
        return frames

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = True
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._canvas.centre_on(self._on_scene(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self._soon.ask()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._canvas.set_zoom(self._canvas.zoom * 1.0015 ** event.angleDelta().y())
        event.accept()


def _about(box: QRectF) -> QRectF:
    """A frame about the box of one block."""
    return box.adjusted(-2, -2, 2, 2)
