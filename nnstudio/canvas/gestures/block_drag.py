"""Drag blocks with the mouse: along guides, onto wires, or anywhere else."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from nnstudio.canvas.geometry.nearest_wire import nearest_wire
from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.geometry.sizes import CATCH
from nnstudio.canvas.geometry.spatial_index import Place
from nnstudio.canvas.gestures.guides import Guides
from nnstudio.canvas.protocols import GestureScene
from nnstudio.document import edits, groups, places
from nnstudio.document.model import INPUT, OUTPUT, Wire, shown_name

# How far from the dragged blocks others count for guides, in scene units.
_NEAR = 900.0


class BlockDrag:
    """Drag of blocks, from press to release."""

    def __init__(self, scene: GestureScene) -> None:
        self._scene = scene
        # The blocks that are held, and where they were.
        self.grabbed: dict[str, QPointF] = {}
        self.guides = Guides()
        scene.qt.addItem(self.guides)
        self._landing: Wire | None = None
        # True once the blocks were anywhere else than at their places: their wires are led by this gesture.
        self._strayed = False

    @property
    def active(self) -> bool:
        """True while blocks are moved."""
        return bool(self._moved())

    def press(self) -> None:
        """Start the drag of the selected blocks."""
        self.grabbed = {item.objectName(): item.pos() for item in self._scene.selected_blocks()}
        for item in self._scene.selected_blocks():
            item.settle()

    def move(self, *, free: bool) -> None:
        """Follow the mouse, and snap to guides unless the blocks are to move freely."""
        here = self._moved()
        self._strayed = self._strayed or bool(here)
        if not self._strayed:
            return
        self._light(self._find_landing(here))
        if free or self._landing is not None or not here:
            self.guides.clear()
        else:
            shift = self.guides.pull(here, self._others(here), self._scene.zoom)
            if not shift.isNull():
                for name in here:
                    self._scene.blocks[name].setPos(here[name] + shift)
        self._lead_wires()

    def release(self) -> None:
        """Drop the blocks onto a wire, or where they are."""
        here, landing = self._moved(), self._landing
        strayed, self._strayed = self._strayed, False
        self.guides.clear()
        self._light(None)
        self.grabbed = {}
        if not here:
            if strayed:
                # They are back where they were, and their wires are to be as well.
                self._scene.refresh()
            return
        store = self._scene.store
        document = store.document
        if landing is not None:
            (name,) = here
            text = f"Move {name} after {shown_name(landing.source)}"
            move = groups.move_into if document.has_group(name) else edits.move_into
            try:
                document = move(document, name, landing)
            except ValueError as error:
                # Taking the block out of its branch takes that wire along; the block goes back.
                self._scene.message.emit(f"{name} goes back: {error}.")
                self._scene.refresh()
                return
        else:
            document = places.place_all(document, {name: place.toTuple() for name, place in here.items()})
            text = f"Move {next(iter(here))}" if len(here) == 1 else f"Move {len(here)} blocks"
        store.edit(text, document)
        self._scene.refresh()

    def _moved(self) -> dict[str, QPointF]:
        """Places of the blocks that have moved."""
        blocks = self._scene.blocks
        here = {name: blocks[name].pos() for name in self.grabbed if name in blocks}
        return {name: place for name, place in here.items() if place != self.grabbed[name]}

    def _find_landing(self, here: dict[str, QPointF]) -> Wire | None:
        """The wire that the one dragged block would be put on if it were let go now."""
        if len(self.grabbed) != 1 or not here or here.keys() & {INPUT, OUTPUT}:
            return None
        ((name, place),) = here.items()
        found = nearest_wire(self._scene.store.document, place, without=name, within=CATCH)
        return found[0] if found is not None else None

    def _light(self, landing: Wire | None) -> None:
        for wire, lit in ((self._landing, False), (landing, True)):
            if wire in self._scene.wires:
                self._scene.wires[wire].light(lit)
        self._landing = landing

    def _others(self, here: dict[str, QPointF]) -> dict[str, QPointF]:
        """The blocks near the dragged ones that are not dragged themselves."""
        area = QRectF()
        for place in here.values():
            area |= QRectF(place.x() - _NEAR, place.y() - _NEAR, 2 * _NEAR, 2 * _NEAR)
        area &= self._scene.seen_rect()
        layout = layout_of(self._scene.store.document)
        near = layout.in_the_way(area.left(), area.top(), area.right(), area.bottom(), frozenset(self.grabbed))
        return {name: QPointF(*layout.places[name]) for name in near}

    def _lead_wires(self) -> None:
        """The wires of dragged blocks lead around what is in their way now."""
        layout, blocks, held = layout_of(self._scene.store.document), self._scene.blocks, frozenset(self.grabbed)
        for item in {wire for name in held & blocks.keys() for wire in blocks[name].wires}:
            start: Place = item.source.pos().toTuple()
            end: Place = item.target.pos().toTuple()
            ends = held | {item.source.objectName(), item.target.objectName()}
            item.lead(start, end, layout.route(start, end, ends))
