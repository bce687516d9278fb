"""Frame with a title around the blocks of an expanded group."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsScene,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH, RADIUS, block_rect
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import caption_font
from nnstudio.canvas.items.group_faces import heading
from nnstudio.canvas.items.level_of_detail import FULL
from nnstudio.canvas.items.wire_item import WireItem
from nnstudio.document import grouping, groups
from nnstudio.document.model import Document, Group, Wire
from nnstudio.ui.icons import draw_icon
from nnstudio.ui.theme import theme

# Between the blocks of a group and its frame; the height of its title, and from there to the first block.
_PAD, _TITLE, _GAP = 12.0, 24.0, 10.0
_BUTTON = 20.0


class _Frame(QGraphicsItem):
    """The area behind the blocks of a group."""

    def __init__(self) -> None:
        super().__init__()
        self.rects: list[QRectF] = []
        self.setZValue(0)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_rects(self, rects: list[QRectF]) -> None:
        if rects != self.rects:
            self.prepareGeometryChange()
            self.rects = rects
            self.update()

    def boundingRect(self) -> QRectF:
        whole = QRectF()
        for rect in self.rects:
            whole = whole.united(rect)
        return whole.adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme().colours
        fill = QColor(colours.muted)
        fill.setAlpha(20)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1.2))
        painter.setBrush(fill)
        for rect in self.rects:
            painter.drawRoundedRect(rect, RADIUS + 3, RADIUS + 3)


class GroupFrame(QGraphicsObject):
    """Frame of an expanded group, with its title. Dragging the title moves all blocks.

    Signals:
        toggled: the user wants to collapse it.
        repeated: the user wants its pattern repeated so many times.
        pressed: the mouse was pressed on the title, which selects the group.
    """

    toggled = Signal(str)
    repeated = Signal(str, int)
    pressed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.area = _Frame()
        self._columns: list[list[BlockItem]] = []
        self._wires: list[WireItem] = []
        self._title, self._aside, self._count = "", "", 1
        self._repeats = False
        self._rect = QRectF()
        self._hovered = ""
        self._far = False
        self.setAcceptHoverEvents(True)
        # Above the wire that leads into the group, below the blocks.
        self.setZValue(1.5)

    def show_group(
        self, document: Document, group: Group, blocks: dict[str, BlockItem], wires: dict[Wire, WireItem]
    ) -> None:
        """Show a group of the document, around the items of its blocks."""
        self._title, self._aside, self._count = heading(document, group)
        self._repeats = not groups.repeat_obstacle(document, group.name)
        names = _columns(document, group)
        columns = [[blocks[name] for name in column] for column in names]
        if columns != self._columns:
            for item in self.blocks:
                item.xChanged.disconnect(self.follow)
                item.yChanged.disconnect(self.follow)
            self._columns = columns
            for item in self.blocks:
                item.xChanged.connect(self.follow)
                item.yChanged.connect(self.follow)
        of_column = {name: index for index, column in enumerate(names) for name in column}
        self._wires = [
            item
            for wire, item in wires.items()
            if wire.source in of_column and of_column[wire.source] == of_column.get(wire.target)
        ]
        self.follow()
        self.update()

    @property
    def blocks(self) -> list[BlockItem]:
        """Items of the group's blocks."""
        return [item for column in self._columns for item in column]

    def follow(self) -> None:
        """Follow the blocks after they have moved."""
        rects = self._rects_about(BlockItem.pos, self._wires)
        self.area.show_rects(rects)
        rect = QRectF(rects[0].topLeft(), rects[0].topRight() + QPointF(0, _TITLE)) if rects else QRectF()
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
            self.update()

    def goal_rects(self) -> list[QRectF]:
        """Rectangles of the frame after animations, without the room for wires."""
        return self._rects_about(lambda item: QPointF(*item.goal) if item.goal is not None else item.pos(), ())

    def _rects_about(self, place: Callable[[BlockItem], QPointF], wires: Iterable[WireItem]) -> list[QRectF]:
        """A rectangle about each column of blocks, and the wires within, the first with room for the title."""
        rects = []
        for column in self._columns:
            rect = QRectF()
            for item in column:
                rect = rect.united(block_rect().translated(place(item)))
            rect = rect.adjusted(-_PAD, -_PAD, _PAD, _PAD)
            for wire in wires:
                if wire.source in column:
                    rect = rect.united(wire.path_rect().adjusted(-4, 0, 6, 0))
            rects.append(rect)
        if rects:
            rects[0].setTop(rects[0].top() + _PAD - _GAP - _TITLE)
        return rects

    def content_rect(self) -> QRectF:
        """Rectangle that the frame covers after animations."""
        return self.area.boundingRect()

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-2, -2, 2, 2)

    # The parts of the title

    def part_rect(self, part: str) -> QRectF:
        """Rectangle of a clickable part: "collapse", "less" or "more"."""
        y = self._rect.center().y() - _BUTTON / 2
        right = self._rect.right() - 4
        places = {"collapse": self._rect.left() + 4, "less": right - 2 * _BUTTON - 26, "more": right - _BUTTON}
        return QRectF(places[part], y, _BUTTON, _BUTTON)

    def _part_at(self, point: QPointF) -> str:
        parts = [] if self._far else ["collapse", *self._counters()]
        return next((part for part in parts if self.part_rect(part).contains(point)), "")

    def _counters(self) -> list[str]:
        """The buttons that can be pressed now."""
        if not self._repeats:
            return []
        return (["less"] if self._count > 1 else []) + (["more"] if self._count < groups.MOST else [])

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours, rect = theme().colours, self._rect
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(self.blocks) and all(item.isSelected() for item in self.blocks)
        painter.setPen(QPen(QColor(colours.accent if chosen else colours.border), 2 if chosen else 1.2))
        painter.setBrush(QColor(colours.panel))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        # In a picture for a paper, and from afar, there is nothing to be pressed.
        self._far = painter.worldTransform().m11() < FULL
        if widget is None or self._far:
            self._write_alone(painter, rect.adjusted(10, 0, -10, 0), large=self._far)
            return
        for part, drawing in (("collapse", "chevron-down"), ("less", "minus"), ("more", "plus")):
            if part == "collapse" or self._repeats:
                able = part == "collapse" or part in self._counters()
                self._draw_button(painter, self.part_rect(part), drawing, able=able, lit=self._hovered == part)
        right = rect.right() - 8
        if self._repeats:
            less, more = self.part_rect("less"), self.part_rect("more")
            painter.setPen(QColor(colours.text))
            painter.setFont(_bold())
            between = QRectF(less.topRight(), more.bottomLeft())
            painter.drawText(between, Qt.AlignmentFlag.AlignCenter, f"×{self._count}")
            right = less.left() - 4
        self._write(painter, QRectF(rect.left() + _BUTTON + 8, rect.top(), right - rect.left() - _BUTTON - 8, _TITLE))

    def _write_alone(self, painter: QPainter, area: QRectF, *, large: bool) -> None:
        """The title without buttons; from afar, as large as its line."""
        font = _bold()
        if large:
            font.setPixelSize(round(_TITLE * 0.8))
        painter.setFont(font)
        painter.setPen(QColor(theme().colours.text))
        metrics = QFontMetricsF(font)
        count = f"×{self._count}" if self._count > 1 else ""
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)
        room = area.width() - metrics.horizontalAdvance(count) - 8
        shown = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)

    def _draw_button(self, painter: QPainter, rect: QRectF, drawing: str, *, able: bool, lit: bool) -> None:
        colours = theme().colours
        if lit:
            fill = QColor(colours.muted)
            fill.setAlpha(50)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawRoundedRect(rect, 5, 5)
        opacity = painter.opacity()
        painter.setOpacity(opacity * (1.0 if able else 0.35))
        draw_icon(painter, drawing, rect.adjusted(3, 3, -3, -3), colours.text)
        painter.setOpacity(opacity)

    def _write(self, painter: QPainter, area: QRectF) -> None:
        """The title, and where there is room for it what stands beside."""
        colours, middle = theme().colours, Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetricsF(_bold())
        painter.setFont(_bold())
        painter.setPen(QColor(colours.text))
        painter.drawText(area, middle, metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, area.width()))
        taken = metrics.horizontalAdvance(self._title) + 8
        if area.width() - taken > 40:
            painter.setFont(caption_font())
            painter.setPen(QColor(colours.muted))
            rest = area.adjusted(taken, 0, 0, 0)
            shown = QFontMetricsF(caption_font()).elidedText(self._aside, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, middle, shown)

    # The mouse

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hover(self._part_at(event.pos()))

    def hoverLeaveEvent(self, event: object) -> None:
        self._hover("")

    def _hover(self, part: str) -> None:
        if part != self._hovered:
            self._hovered = part
            self.setCursor(Qt.CursorShape.PointingHandCursor if part else Qt.CursorShape.ArrowCursor)
            self.update()
        tips = {
            "collapse": "Collapse this group into one block",
            "less": "Remove the last repetition",
            "more": "Repeat the pattern once more",
            "": f"<b>{self._title}</b> · {self._aside}<br>Drag to move the whole group, double-click to collapse it.",
        }
        self.setToolTip(tips[part])

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        if not self._part_at(event.pos()):
            self.pressed.emit(self.objectName())
        event.accept()

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if not self._part_at(event.buttonDownPos(Qt.MouseButton.LeftButton)):
            way = event.scenePos() - event.lastScenePos()
            for item in self.blocks:
                item.setPos(item.pos() + way)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self._press(self._part_at(event.pos()))

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        # A quick second click on a button is one more click, and counts when the button of the mouse is let go.
        if not self._part_at(event.pos()):
            self._press("collapse")

    def _press(self, part: str) -> None:
        name, count = self.objectName(), self._count
        calls: dict[str, Callable[[], None]] = {
            "collapse": lambda: self.toggled.emit(name),
            "less": lambda: self.repeated.emit(name, count - 1),
            "more": lambda: self.repeated.emit(name, count + 1),
        }
        if part in calls:
            # The edit may take this item off the canvas; Qt must be done with its event first.
            QTimer.singleShot(0, self, calls[part])


class Frames(dict[str, GroupFrame]):
    """Frames of all expanded groups, by name."""

    def draw(
        self,
        scene: QGraphicsScene,
        document: Document,
        blocks: dict[str, BlockItem],
        wires: dict[Wire, WireItem],
        ready: Callable[[GroupFrame], None],
    ) -> None:
        """Draw a document's groups; `ready` is called with every new frame."""
        shown = {group.name: group for group in document.groups if not group.collapsed}
        for name in [name for name in self if name not in shown]:
            frame = self.pop(name)
            scene.removeItem(frame.area)
            scene.removeItem(frame)
        for name, group in shown.items():
            if name not in self:
                self[name] = GroupFrame(name)
                scene.addItem(self[name].area)
                scene.addItem(self[name])
                ready(self[name])
            self[name].show_group(document, group, blocks, wires)


def _columns(document: Document, group: Group) -> list[list[str]]:
    """The blocks of a group as one piece, or column by column where other blocks stand among them."""
    inside = set(group.blocks)
    places = {name: (document.block(name).x, document.block(name).y) for name in group.blocks}
    xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
    others = [(block.x, block.y) for block in grouping.drawn(document).blocks if block.name not in inside]
    others += [(document.input.x, document.input.y), (document.output.x, document.output.y)]
    half, high = BLOCK_WIDTH / 2, BLOCK_HEIGHT / 2
    if not any(min(xs) - half < x < max(xs) + half and min(ys) - high < y < max(ys) + high for x, y in others):
        return [list(group.blocks)]
    columns: list[list[str]] = []
    for name in grouping.in_order(document, group.blocks):
        last = columns[-1] if columns else []
        if last and abs(places[last[0]][0] - places[name][0]) < half:
            last.append(name)
        else:
            columns.append([name])
    return columns


def _bold() -> QFont:
    font = caption_font()
    font.setWeight(QFont.Weight.DemiBold)
    return font
