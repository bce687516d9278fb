"""Canvas view: zoom, pan, keys, and drops from the palette."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from nnstudio.canvas.actions.context_menu import context_menu
from nnstudio.canvas.comparison import Comparison
from nnstudio.canvas.geometry.framing import blocks_area, fitting_zoom, moved_to_show
from nnstudio.canvas.gestures.auto_reveal import Sight
from nnstudio.canvas.gestures.autopan import AutoPan
from nnstudio.canvas.gestures.hand_pan import HandPan
from nnstudio.canvas.gestures.layer_drop import LayerDrop
from nnstudio.canvas.gestures.pan_animation import Glide
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.callout import ROOM as CALLOUT
from nnstudio.canvas.items.callout_placement import RIM as CALLOUT_RIM
from nnstudio.canvas.keyboard import keys
from nnstudio.canvas.keyboard.announcements import Speech
from nnstudio.canvas.keyboard.navigator import Walker
from nnstudio.canvas.overlays.empty_hint import draw_hint
from nnstudio.canvas.overlays.find_bar import FindBar
from nnstudio.canvas.overlays.minimap import MiniMap
from nnstudio.canvas.overlays.name_field import NameField
from nnstudio.canvas.scene import CanvasScene
from nnstudio.document import grouping
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.store import Store
from nnstudio.ui.theme import theme

_SMALLEST, _LARGEST = 0.15, 3.0
# How near a few blocks are looked at.
_CLOSE = 2.0
_EDGE = 30
# Milliseconds after which a view that was moved is at rest.
_REST_MS = 120
# Below this zoom, blocks are hard to read.
_READABLE = 0.7
_KEYS = "The arrow keys go from block to block, Tab to the ports of the selected one, F1 lists all keys."


class CanvasView(QGraphicsView):
    """View of the scene.

    Signals:
        zoomed: the zoom has changed (1.0 is 100 %).
        status_hint: help on the keys, in a sentence; "" when it no longer applies.
    """

    zoomed = Signal(float)
    status_hint = Signal(str)

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas: the blocks of the network")
        self.store = store
        self.canvas: CanvasScene = CanvasScene(store, self)
        self.setScene(self.canvas)
        self.walker: Walker = Walker(self)
        self.walker.ports.status_hint.connect(self.status_hint)
        self.canvas.editing.rename_asked.connect(self.rename)
        self.speech: Speech = Speech(self)
        self.find_bar: FindBar = FindBar(self)
        self.comparison: Comparison = Comparison(self.canvas, self)
        self.mini_map: MiniMap = MiniMap(self)
        self.setAcceptDrops(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.RubberBandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._hand = HandPan(self.viewport(), self._scroll)
        # Until the user zooms, pans or changes the network, the whole of it is kept in sight.
        self._follows = True
        self._auto_pan = AutoPan(self._scroll, self)
        # Paints once more what the last frame had no time to draw sharp.
        self._sharpen = QTimer(self, singleShot=True)
        self._sharpen.timeout.connect(self.viewport().update)
        self.canvas.tidied.connect(self.fit)
        theme().changed.connect(self.viewport().update)
        self.zoomed.connect(self.canvas.alerts.set_zoom)
        self.glide = Glide(self)
        self._sight = Sight(self)
        self._layer_drop = LayerDrop(self, self._auto_pan, self._sight.previewed)
        # Once the view is at rest, callouts look for a better place.
        self._at_rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._at_rest.timeout.connect(lambda: self.canvas.alerts.fit_sides(stay=True))

    @property
    def qt(self) -> QGraphicsView:
        """The view itself, for code that knows only its protocol and needs a Qt object."""
        return self

    # Finding one's way

    @property
    def zoom(self) -> float:
        """Zoom factor; 1.0 is 100 %."""
        return self.transform().m11()

    def set_zoom(self, zoom: float) -> None:
        """Set the zoom factor."""
        zoom = min(max(zoom, _SMALLEST), _LARGEST)
        self.glide.stop()
        self._follows = False
        self.scale(zoom / self.zoom, zoom / self.zoom)
        self.zoomed.emit(self.zoom)

    def zoom_in(self) -> None:
        """Zoom in by one step."""
        self.set_zoom(self.zoom * 1.25)

    def zoom_out(self) -> None:
        """Zoom out by one step."""
        self.set_zoom(self.zoom / 1.25)

    def fit(self) -> None:
        """Show the whole network, at 100 % at most."""
        self.glide.stop()
        self._follows = True
        rect = self.canvas.content_rect()
        if rect.isEmpty() or self.viewport().width() < 100 or self.viewport().height() < 100:
            return
        alerts = self.canvas.alerts
        alerts.set_zoom(1.0)
        alerts.turn(inwards=False)
        sides = alerts.outer_sides
        # Callouts keep their size in pixels whatever the zoom, so their room is taken off first.
        left, right = (CALLOUT if side in sides else 0 for side in (True, False))
        zoom = self._zoom_for(rect, left + right)
        if sides and zoom < _READABLE:
            # No room beside the network: they stand over it, or shrink to badges.
            alerts.turn(inwards=True)
            left = right = 0
            zoom = self._zoom_for(rect, 0)
        aside = right - left
        if not sides:
            # Where there is room for a callout beside the network, it stays: no edit that needs one moves the view.
            spare = round(self.viewport().width() - rect.width() * zoom)
            aside = max(2 * (CALLOUT + CALLOUT_RIM) - spare, 0) if spare > CALLOUT + 2 * CALLOUT_RIM else 0
        self.resetTransform()
        self.scale(zoom, zoom)
        self.centerOn(rect.center() + QPointF(aside, 0) / (2 * zoom))
        alerts.set_zoom(zoom)
        alerts.fit_sides()
        self.zoomed.emit(self.zoom)

    def fit_selection(self) -> None:
        """Show the selected blocks as large as they fit; say so if none is selected."""
        names = [block.objectName() for block in self.canvas.selected_blocks()]
        if not names:
            self.canvas.message.emit("Nothing is selected; Fit shows the whole network.")
            return
        self._follows = False
        rect = blocks_area(self.store.document, names)
        zoom = self._zoom_for(rect, 0, largest=_CLOSE)
        self.resetTransform()
        self.scale(zoom, zoom)
        self.centerOn(rect.center())
        self.zoomed.emit(self.zoom)

    def go_to(self, name: str) -> None:
        """Select a block, bring it into view and focus the canvas."""
        self.store.select(name)
        self.bring_into_sight(name)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problem(self, name: str) -> None:
        """Select a block with a problem, with room in view for it and its callout."""
        self.store.select(name)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        shown = grouping.stand_in(self.store.document, name)
        block = blocks_area(self.store.document, [shown])
        alerts, seen = self.canvas.alerts, self.seen_rect()
        alerts.open(shown)
        taken = alerts.area_of(shown)
        if seen.contains(block.united(taken)) and not taken.intersects(block):
            return
        # The view moves anyway, so that the callout may stand where it covers least.
        alerts.fit_sides(roomy=shown)
        rim = _EDGE / self.zoom / 2
        area = block.united(alerts.area_of(shown)).adjusted(-rim, -rim, rim, rim)
        self._follows = False
        if not seen.intersects(block):
            # Nothing of it is seen: to the middle with it.
            seen.moveCenter(area.center())
        # If not all of it fits in, the block comes first.
        self.glide.to(moved_to_show(seen, area, block.adjusted(-rim, -rim, rim, rim)).center())

    def bring_into_sight(self, name: str) -> None:
        """Centre the view on a block, unless all of it is visible already."""
        document = self.store.document
        block = blocks_area(document, [grouping.stand_in(document, name)])
        if not self.seen_rect().contains(block) or self._under_find_bar(block):
            self.centre_on(block.center())

    def _under_find_bar(self, block: QRectF) -> bool:
        """True if the search that looks for a block hides part of it."""
        if not self.find_bar.isVisible():
            return False
        return self.mapFromScene(block).boundingRect().intersects(self.find_bar.geometry())

    def centre_on(self, point: QPointF) -> None:
        """Centre the view on a point of the scene."""
        self.glide.stop()
        self._follows = False
        self.centerOn(point)

    def seen_rect(self) -> QRectF:
        """Visible part of the scene."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def _zoom_for(self, rect: QRectF, taken: float, largest: float = 1.0) -> float:
        """The scale at which a part of the scene fits into the view, `taken` pixels of its width not counted."""
        room = QSizeF(self.viewport().size()) - QSizeF(taken + 2 * _EDGE, 2 * _EDGE)
        return max(fitting_zoom(rect, room, largest), _SMALLEST)

    def bring_in(self, area: QRectF) -> None:
        """Scroll as little as needed to show an area; its top left if too large."""
        rim = _EDGE / self.zoom / 2
        seen, area = self.seen_rect(), area.adjusted(-rim, -rim, rim, rim)
        if seen.contains(area):
            return
        self._follows = False
        upper_left = QRectF(area.topLeft(), area.size().boundedTo(seen.size()))
        self.glide.to(moved_to_show(seen, area, upper_left).center())

    def stay(self) -> None:
        """Keep the view from following the size of the window from now on."""
        self._follows = False

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        if self._follows:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.pixelDelta().isNull() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self.zoom * 1.0015 ** event.angleDelta().y())
        else:
            self._scroll(event.pixelDelta())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        # Two fingers that part or meet on a touch pad.
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.set_zoom(self.zoom * (1 + event.value()))
            return True
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._at_rest.start()

    def _scroll(self, delta: QPoint) -> None:
        self.glide.stop()
        self._follows = False
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - delta.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - delta.y())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.speech.arrive()
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.status_hint.emit(_KEYS)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.walker.drop_link()
        super().focusOutEvent(event)

    def focusNextPrevChild(self, onwards: bool) -> bool:
        # Fields that lie on the canvas ask here as well, also when they are hidden with the keyboard still in them.
        return (self.hasFocus() and self.walker.tab(onwards=onwards)) or super().focusNextPrevChild(onwards)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.walker.drop_link()
        self.walker.ports.choose(None)
        if not self._hand.press(event):
            super().mousePressEvent(_extending(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._hand.move(event):
            return
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton and self.canvas.drags:
            again = event.clone()
            self._auto_pan.at(event.position().toPoint(), self.viewport().rect(), lambda: self._drag_on(again))

    def _drag_on(self, event: QEvent) -> None:
        """Keep the dragged item at the pointer while the canvas scrolls."""
        super().mouseMoveEvent(event)  # type: ignore[arg-type]

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._auto_pan.stop()
        if not self._hand.release():
            super().mouseReleaseEvent(_extending(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        point = self.mapToScene(event.position().toPoint())
        if isinstance(item, BlockItem) and item.name_rect().contains(item.mapFromScene(point)):
            self.rename(item.objectName())
            return
        super().mouseDoubleClickEvent(event)

    def rename(self, name: str) -> None:
        """Open the name field on a block. The two ends of the network keep their names."""
        if name in self.canvas.blocks and name not in (INPUT, OUTPUT):
            field = NameField(self, self.canvas.editing, self.canvas.blocks[name])
            # Whatever moves the block under the field, or takes it away, ends it.
            for event in (self.zoomed, self.store.changed):
                event.connect(field.leave)

    def paste(self) -> None:
        """Paste at the selection, or else at the mouse."""
        over = self.viewport().underMouse()
        here = self.mapToScene(self.viewport().mapFromGlobal(QCursor.pos())) if over else None
        self.canvas.editing.paste(point=here)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            chosen = self.canvas.selected_blocks()
            point = self.mapFromScene(chosen[0].pos()) if chosen else self.viewport().rect().center()
        menu = context_menu(self.canvas, self.mapToScene(point), self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(point))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        binding = keys.find(event)
        if binding is not None:
            binding.run(self)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hand.hold_space(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hand.hold_space(False)
        super().keyReleaseEvent(event)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._layer_drop.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._layer_drop.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._layer_drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self._layer_drop.drop(event)

    @property
    def scrolls(self) -> bool:
        """True while a drag at an edge scrolls the canvas."""
        return self._auto_pan.active

    def paintEvent(self, event: QPaintEvent) -> None:
        sprites = self.canvas.sprites
        sprites.begin(self.zoom, self.viewport().devicePixelRatioF())
        super().paintEvent(event)
        if sprites.owes:
            self._sharpen.start(round(sprites.rest * 1000) + 1)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if not self.store.document.blocks and self._layer_drop.layer is None:
            draw_hint(painter, self.store.document, self.seen_rect(), self.font())


def _extending(event: QMouseEvent) -> QMouseEvent:
    """Shift selects more, as Ctrl does, which is the one that Qt's views know."""
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        event.setModifiers(event.modifiers() | Qt.KeyboardModifier.ControlModifier)
    return event
