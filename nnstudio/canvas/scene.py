"""Scene that draws the document and turns gestures into edits.

During a drag it draws the document that the drag would make.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QGraphicsSceneMouseEvent

from engine.errors import Fix
from engine.layers.base import Layer
from nnstudio.canvas.actions.block_actions import Editing
from nnstudio.canvas.actions.group_actions import GroupEdits
from nnstudio.canvas.drawing import Drawing
from nnstudio.canvas.geometry.nearest_wire import nearest_wire
from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.gestures.block_drag import BlockDrag
from nnstudio.canvas.gestures.wire_drag import WireDrag
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.ground import draw_ground
from nnstudio.canvas.items.problem_markers import Alerts
from nnstudio.canvas.items.strips import Strips
from nnstudio.document import edits, grouping, wiring
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire, shown_name
from nnstudio.document.problems import Problem
from nnstudio.store import Store
from nnstudio.ui.theme import theme

_MARGIN, _RIM = 400.0, 10.0


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
        self.drawing: Drawing = Drawing(self)
        self.blocks, self.wires = self.drawing.blocks, self.drawing.wires
        self.frames, self.sprites = self.drawing.frames, self.drawing.sprites
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
        self.strips: Strips = Strips(self)
        self._fresh = True
        self._renewed: frozenset[str] = frozenset()
        store.opened.connect(self._opened)
        # The ends of a wire under way may be gone with another document.
        store.changed.connect(self.wire_drag.cancel)
        store.changed.connect(self.refresh)
        store.alarms_changed.connect(self._mark_alarms)
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
        self.strips.redraw()
        self.update()

    def _opened(self) -> None:
        self._fresh = True

    def refresh(self) -> None:
        """Draw the store's document."""
        preview, self._preview = self._preview, None
        document, analysis = self.store.document, self.store.analysis
        if preview is not None and preview[0] is document:
            # What was dragged has been dropped, and all is drawn but that it is no ghost any more.
            self.drawing.show_faces(document, analysis, self._renewed)
            self.drawing.light(set())
        else:
            self.drawing.show(document, analysis, self._renewed, at_once=self._fresh)
        self._finish(document, analysis)
        self._fresh = False

    def _mark_alarms(self) -> None:
        """Mark other alarms. The end of a preview draws them anyway."""
        if self._preview is None:
            self.alerts.draw(self.store.document, self.store.analysis)

    def show_renewed(self, names: frozenset[str]) -> None:
        """Mark the blocks whose weights an edit has initialised again."""
        if names == self._renewed:
            return
        self._renewed = names
        ghost = next((name for name, item in self.blocks.items() if item.ghost), "")
        self.drawing.show_faces(self.store.document, self.store.analysis, names, ghost)

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
            self.drawing.show(candidate, self.store.analyse(candidate), self._renewed, candidate.blocks[-1].name)
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

    def _finish(self, document: Document, analysis: Analysis) -> None:
        """Draw what is omitted during a drag. Callouts would be in the way, and the view would move."""
        self.alerts.draw(document, analysis)
        self._fit_rect(document)

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
        if self.dotted:
            draw_ground(painter, rect)

    # Selecting

    def _select(self, name: str) -> None:
        chosen = {item.objectName() for item in self.selected_blocks()}
        wanted = self.marked(name) & self.blocks.keys()
        # Several chosen blocks are no selected one, and stay chosen.
        if chosen == wanted or (name == "" and len(chosen) != 1):
            return
        self.blockSignals(True)
        self.clearSelection()
        for each in wanted:
            self.blocks[each].setSelected(True)
        self.blockSignals(False)
        self.selectionChanged.emit()

    def marked(self, name: str | None = None) -> set[str]:
        """Items that are selected while the store's selection is `name`; without one, as it is."""
        document, name = self.store.document, self.store.selected if name is None else name
        return {grouping.stand_in(document, each) for each in grouping.blocks_of(document, name) or (name,)}

    def _selected(self) -> None:
        chosen = self.selected_blocks()
        if chosen:
            self.choose_wire(None)
        names = {item.objectName() for item in chosen}
        if names and names == self.marked():
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
