"""Scene that draws the document and turns gestures into edits.

During a drag it draws the document that the drag would make.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QGraphicsSceneMouseEvent

from engine.errors import Fix
from engine.layers.base import Layer
from nnstudio.canvas.actions.block_actions import Editing
from nnstudio.canvas.actions.group_actions import GroupEdits
from nnstudio.canvas.geometry.nearest_wire import nearest_wire
from nnstudio.canvas.geometry.routing import Layout, layout_of
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.geometry.spatial_index import Place
from nnstudio.canvas.geometry.wire_ends import ALONE, entries_of
from nnstudio.canvas.gestures.block_drag import BlockDrag
from nnstudio.canvas.gestures.wire_drag import WireDrag
from nnstudio.canvas.items.block_faces import labels_of
from nnstudio.canvas.items.block_item import AttachedWire, BlockItem, Face
from nnstudio.canvas.items.group_faces import faces_of
from nnstudio.canvas.items.group_frame import Frames, GroupFrame
from nnstudio.canvas.items.group_item import GroupItem, new_item
from nnstudio.canvas.items.pixmap_cache import Sprites
from nnstudio.canvas.items.problem_markers import Alerts
from nnstudio.canvas.items.wire_item import WireItem
from nnstudio.document import edits, grouping, wiring
from nnstudio.document.analysis import Analysis, analyse
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire, shown_name
from nnstudio.document.problems import Problem
from nnstudio.store import Store
from nnstudio.ui.motion import motion
from nnstudio.ui.theme import theme

_DOTS = 24
_MARGIN, _RIM = 400.0, 10.0
_MOST_GLIDING = 80


@lru_cache(64)
def _dots(across: int, down: int) -> QPolygonF:
    """The dots of a part of the ground: most frames draw a part as large as one before."""
    return QPolygonF([QPointF(x * _DOTS, y * _DOTS) for x in range(across + 1) for y in range(down + 1)])


class CanvasScene(QGraphicsScene):
    """Scene of a document: blocks, wires, frames of groups, and problem markers.

    A collapsed group is one of the blocks.

    Signals:
        message: a sentence that says why something cannot be done.
        wire_chosen: another wire is selected, or none.
        tidied: all blocks were laid out anew.
    """

    message = Signal(str)
    wire_chosen = Signal()
    tidied = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.blocks: dict[str, BlockItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.frames = Frames()
        self.sprites = Sprites()
        # Off, nothing is drawn behind the blocks.
        self.dotted = True
        # True while an edit is made whose button is to stay under the mouse, as it may be pressed again.
        self.steady = False
        # What is drawn instead of the store's document, and the layer that would be dropped on which wire.
        self._preview: tuple[Document, tuple[Layer, Wire]] | None = None
        self.block_drag = BlockDrag(self)
        self.wire_drag = WireDrag(self)
        self.chosen_wire: Wire | None = None
        self.editing = Editing(self)
        self.grouping = GroupEdits(self)
        self.alerts: Alerts = Alerts(self)
        self._lit: set[AttachedWire] = set()
        self._fresh = True
        self._renewed: frozenset[str] = frozenset()
        store.opened.connect(self._opened)
        # The ends of a wire under way may be gone with another document.
        store.changed.connect(self.wire_drag.cancel)
        store.changed.connect(self.refresh)
        store.selection_changed.connect(self._select)
        self.selectionChanged.connect(self._selected)
        theme().changed.connect(self._dress)
        self.refresh()

    @property
    def qt(self) -> QGraphicsScene:
        """The scene itself, for code that knows only its protocol and needs a Qt object."""
        return self

    # Drawing a document

    def _dress(self) -> None:
        self.sprites.forget()
        self.update()

    def _opened(self) -> None:
        self._fresh = True

    def refresh(self) -> None:
        """Draw the store's document."""
        preview, self._preview = self._preview, None
        document, analysis = self.store.document, self.store.analysis
        if preview is not None and preview[0] is document:
            # What was dragged has been dropped, and all is drawn but that it is no ghost any more.
            self._show_faces(faces_of(document, analysis, self._renewed))
            self._light(set())
            self._finish(document, analysis)
        else:
            self._draw(document, analysis, at_once=self._fresh)
        self._fresh = False

    def show_renewed(self, names: frozenset[str]) -> None:
        """Mark the blocks whose weights an edit has initialised again."""
        if names == self._renewed:
            return
        self._renewed = names
        ghost = next((name for name, item in self.blocks.items() if item.ghost), "")
        self._show_faces(faces_of(self.store.document, self.store.analysis, names), ghost)

    def _show_faces(self, faces: dict[str, Face], ghost: str = "") -> None:
        for name, face in faces.items():
            item = self.blocks.get(name)
            if item is not None and (face is not item.face or item.ghost != (name == ghost)):
                item.show_face(face, ghost=name == ghost)

    def preview(self, layer: Layer, point: QPointF) -> Wire | None:
        """Preview the drop of a new block at a point. Returns the wire it lands on."""
        found = nearest_wire(self.store.document, point)
        if found is None:
            return None
        wire, _ = found
        # Most moves of the mouse lead to the same wire.
        if self._preview is None or self._preview[1] != (layer, wire):
            candidate = edits.insert(self.store.document, layer, wire)
            self._preview = candidate, (layer, wire)
            self._draw(candidate, analyse(candidate), candidate.blocks[-1].name)
        return wire

    def drop(self, layer: Layer, point: QPointF) -> None:
        """Insert a new block as previewed; without a preview, into the chain."""
        if self._preview is not None:
            # The canvas may have moved a little since it was shown: what was seen is what is meant.
            self._add("Insert", self._preview[0])
            return
        found = nearest_wire(self.store.document, point)
        if found is not None:
            self.insert(layer, found[0])

    def insert(self, layer: Layer, wire: Wire) -> None:
        """Insert a new block into a wire."""
        self._add("Insert", edits.insert(self.store.document, layer, wire))

    def append(self, layer: Layer) -> None:
        """Append a new block at the end, before the loss."""
        try:
            document = edits.append(self.store.document, layer)
        except ValueError as error:
            self.message.emit(f"Not appended: {error}.")
            return
        self._add("Append", document)

    def tidy(self) -> None:
        """Lay all blocks out anew."""
        self.store.edit("Tidy up", edits.tidy(self.store.document))
        self.tidied.emit()

    def _add(self, verb: str, document: Document) -> None:
        name = document.blocks[-1].name
        self.store.edit(f"{verb} {name}", document)
        self.store.select(name)

    def _draw(self, document: Document, analysis: Analysis, ghost: str = "", *, at_once: bool = False) -> None:
        faces = faces_of(document, analysis, self._renewed)
        layout = layout_of(document)
        # A group may have the name that a block has in the document before.
        were = {name for name, item in self.blocks.items() if type(item) is GroupItem}
        are = {group.name for group in document.groups if group.collapsed}
        gone = (self.blocks.keys() - faces.keys()) | ((were ^ are) & self.blocks.keys())
        cut = {wire for wire in self.wires if wire.source in gone or wire.target in gone} if gone else set()
        self._take_wires_off(cut.union(self.wires.keys() - layout.routes.keys()))
        self.alerts.hide(gone)
        # All of them leave the list first: a selected one that goes makes the scene look at what is still selected.
        leaving = [self.blocks.pop(name) for name in gone]
        starts: dict[str, Place] = {item.objectName(): item.pos().toTuple() for item in leaving}
        for item in leaving:
            self.sprites.drop(item)
            self.removeItem(item)
        for group in document.groups if starts else ():
            # The blocks of a group that is expanded come out of it.
            starts.update({name: starts[group.name] for name in group.blocks if group.name in starts})
        self._draw_blocks(faces, layout, ghost, starts, at_once=at_once)
        self._draw_wires(document, layout, analysis, ghost)
        self.frames.draw(self, document, self.blocks, self.wires, self._connect_frame)
        if not ghost:
            self._finish(document, analysis)

    def _finish(self, document: Document, analysis: Analysis) -> None:
        """Draw what is omitted during a drag. Callouts would be in the way, and the view would move."""
        self.alerts.draw(document, analysis)
        self._fit_rect(document)

    def _take_wires_off(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            if wire == self.chosen_wire:
                self.choose_wire(None)
            cut = self.wires.pop(wire)
            cut.detach()
            self.removeItem(cut)

    def _connect_frame(self, frame: GroupFrame) -> None:
        frame.toggled.connect(self.grouping.toggle)
        frame.repeated.connect(self.grouping.repeat)
        frame.pressed.connect(self.grouping.choose)

    def _draw_blocks(
        self, faces: dict[str, Face], layout: Layout, ghost: str, starts: dict[str, Place], *, at_once: bool
    ) -> None:
        """Draws each block, and sends it to its place.

        `starts` are places from which new blocks come; any other one begins where it belongs.
        """
        moved: list[str] = []
        marked = self._marked(self.store.selected)
        for name, face in faces.items():
            item, place = self.blocks.get(name), layout.places[name]
            if item is None:
                item = self.blocks[name] = new_item(name, face)
                if isinstance(item, GroupItem):
                    item.toggled.connect(self.grouping.toggle)
                item.sprites = self.sprites
                item.place_at(starts.get(name, place))
                self.addItem(item)
                item.setSelected(name in marked)
            if item.goal != place and name not in self.block_drag.grabbed:
                moved.append(name)
        self._show_faces(faces, ghost)
        if len(moved) > _MOST_GLIDING:
            # So many at a time cannot be followed by the eye, nor drawn in time. All is painted anew, which spares Qt
            # looking for what is not.
            at_once = True
            self.update()
        at_once = at_once or not motion().on
        for name in moved:
            item = self.blocks[name]
            (item.place_at if at_once else item.glide_to)(layout.places[name])

    def _draw_wires(self, document: Document, layout: Layout, analysis: Analysis, ghost: str) -> None:
        """Leads each wire from where its source is to where its target is, which may still be on their way."""
        here = dict(layout.places)
        on_their_way = [name for name, block in self.blocks.items() if block.glides]
        for name in (*on_their_way, *(self.block_drag.grabbed.keys() & self.blocks.keys())):
            here[name] = self.blocks[name].pos().toTuple()
        entries, labels = entries_of(document, layout), labels_of(analysis)
        for wire, route in layout.routes.items():
            item = self.wires.get(wire)
            if item is None:
                item = self.wires[wire] = WireItem(self.blocks[wire.source], self.blocks[wire.target])
                self.addItem(item)
            source = wire.source
            label = labels.get(source)
            if label is None and document.groups and document.has_group(source):
                label = labels.get(grouping.wires_of(document, wire)[0].source)
            item.show_wire(here[source], here[wire.target], route, label or "", entries.get(wire, ALONE))
        # What is being dragged will land on these.
        self._light(set(self.blocks[ghost].wires) if ghost else set())

    def _light(self, lit: set[AttachedWire]) -> None:
        for item in lit ^ self._lit:
            item.light(item in lit)
        self._lit = lit

    def _fit_rect(self, document: Document) -> None:
        """Makes the network, with some room about it, what the view can be moved over; the view itself stays."""
        rect = self._extent(document).adjusted(-BLOCK_WIDTH - _MARGIN, -_MARGIN, BLOCK_WIDTH + _MARGIN, _MARGIN)
        if self._fresh or not self.views():
            self.setSceneRect(rect)
            return
        seen = self.seen_rect()
        self.setSceneRect(rect.united(seen.adjusted(-_RIM, -_RIM, _RIM, _RIM)))
        # A view that was larger than all there is has had it in its middle.
        if (self.seen_rect().center() - seen.center()).manhattanLength() * self.zoom > 1:
            self.views()[0].centerOn(seen.center())

    @property
    def shown(self) -> Document:
        """Document on display: the store's, or the preview of a drop."""
        return self._preview[0] if self._preview is not None else self.store.document

    def content_rect(self) -> QRectF:
        """Bounds of the blocks after animations."""
        document = self.shown
        half, high = BLOCK_WIDTH / 2, BLOCK_HEIGHT / 2
        rect = self._extent(document).adjusted(-half, -high, half, high)
        for frame in self.frames.values():
            rect = rect.united(frame.content_rect())
        return rect

    def _extent(self, document: Document) -> QRectF:
        """Around the centres of all blocks."""
        left, top, right, bottom = layout_of(document).extent
        return QRectF(left, top, right - left, bottom - top)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if not self.dotted:
            return
        colours = theme().colours
        painter.fillRect(rect, QColor(colours.canvas))
        if painter.worldTransform().m11() < 0.5:
            return
        painter.setPen(QColor(colours.canvas_dot))
        left, top = (math.floor(edge / _DOTS) for edge in (rect.left(), rect.top()))
        right, bottom = (math.ceil(edge / _DOTS) for edge in (rect.right(), rect.bottom()))
        painter.translate(left * _DOTS, top * _DOTS)
        painter.drawPoints(_dots(right - left, bottom - top))
        painter.translate(-left * _DOTS, -top * _DOTS)

    # Selecting

    def _select(self, name: str) -> None:
        chosen = {item.objectName() for item in self.selected_blocks()}
        wanted = self._marked(name) & self.blocks.keys()
        # Several chosen blocks are no selected one, and stay chosen.
        if chosen == wanted or (name == "" and len(chosen) != 1):
            return
        self.blockSignals(True)
        self.clearSelection()
        for each in wanted:
            self.blocks[each].setSelected(True)
        self.blockSignals(False)
        self.selectionChanged.emit()

    def _marked(self, name: str) -> set[str]:
        """Items highlighted while a block, a group or an end is selected."""
        document = self.store.document
        return {grouping.stand_in(document, each) for each in grouping.blocks_of(document, name) or (name,)}

    def _selected(self) -> None:
        chosen = self.selected_blocks()
        if chosen:
            self.choose_wire(None)
        names = {item.objectName() for item in chosen}
        if names and names == self._marked(self.store.selected):
            # A block in a collapsed group stays the selected one, though it is its group that is marked.
            return
        group = next((group.name for group in self.store.document.groups if set(group.blocks) == names), "")
        self.store.select(names.pop() if len(names) == 1 else group)

    def selected_blocks(self) -> list[BlockItem]:
        """Items of the selected blocks, collapsed groups and ends."""
        chosen = {item.objectName() for item in self.selectedItems() if isinstance(item, BlockItem)}
        return [self.blocks[name] for name in self.blocks if name in chosen] if chosen else []

    def choose_wire(self, wire: Wire | None) -> None:
        """Select a wire, which Delete then removes; None for no wire."""
        if wire == self.chosen_wire:
            return
        for known, item in self.wires.items():
            item.choose(known == wire)
        self.chosen_wire = wire
        self.wire_chosen.emit()

    # Edits

    def cut(self, wire: Wire) -> None:
        """Remove a wire, or say why the network needs it."""
        try:
            document = wiring.disconnect(self.store.document, wire)
        except ValueError as error:
            self.message.emit(f"This wire stays: {error}.")
            return
        self.store.edit(f"Disconnect {shown_name(wire.source)} from {shown_name(wire.target)}", document)

    def delete_selected(self) -> None:
        """Remove the selected wire, or the selected blocks, and close the chain."""
        if self.chosen_wire is not None:
            self.cut(self.chosen_wire)
            return
        names = [item.objectName() for item in self.selected_blocks() if item.objectName() not in (INPUT, OUTPUT)]
        if names:
            text = f"Delete {names[0]}" if len(names) == 1 else f"Delete {len(names)} blocks"
            self.store.edit(text, edits.remove(self.store.document, *names))

    def apply_fix(self, problem: Problem, fix: Fix | None = None) -> None:
        """Apply a fix of a problem; the first one by default."""
        # The bubble that was clicked is taken off by this edit; Qt must be done with its event first.
        QTimer.singleShot(0, lambda: self.store.apply_fix(problem, fix))

    # Dragging blocks

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.wire_drag.press(event.scenePos()):
            # Taken; else the view would span a rubber band.
            event.accept()
            return
        super().mousePressEvent(event)
        # The right button opens a menu, which takes the release: blocks it took hold of would never be let go.
        if event.button() == Qt.MouseButton.LeftButton:
            self.block_drag.press()

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self.wire_drag.move(event.scenePos()):
            return
        super().mouseMoveEvent(event)
        self.block_drag.move(free=bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self.wire_drag.release(event.scenePos()):
            return
        super().mouseReleaseEvent(event)
        self.block_drag.release()

    @property
    def drags(self) -> bool:
        """True while the mouse drags blocks or a wire."""
        return self.wire_drag.active or self.block_drag.active

    def items_at(self, point: QPointF) -> list[QGraphicsItem]:
        """Items at a point, topmost first, including those of constant size on screen."""
        modes = Qt.ItemSelectionMode.IntersectsItemShape, Qt.SortOrder.DescendingOrder
        views = self.views()
        return self.items(point, *modes, views[0].viewportTransform()) if views else self.items(point, *modes)

    @property
    def zoom(self) -> float:
        """Pixels per scene unit in the view."""
        return self.views()[0].transform().m11() if self.views() else 1.0

    def seen_rect(self) -> QRectF:
        """Visible part of the scene."""
        view = self.views()[0] if self.views() else None
        return view.mapToScene(view.viewport().rect()).boundingRect() if view is not None else self.sceneRect()
