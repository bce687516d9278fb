"""Drawing of a document on a scene: its blocks, wires and frames of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QGraphicsScene

from nnstudio.canvas.actions.group_actions import GroupEdits
from nnstudio.canvas.geometry.routing import Layout, layout_of
from nnstudio.canvas.geometry.spatial_index import Place
from nnstudio.canvas.geometry.wire_ends import ALONE, entries_of
from nnstudio.canvas.items.block_faces import KnownFaces, labels_of
from nnstudio.canvas.items.block_item import AttachedWire, BlockItem, Face
from nnstudio.canvas.items.group_faces import faces_of
from nnstudio.canvas.items.group_frame import Frames, GroupFrame
from nnstudio.canvas.items.group_item import GroupItem, new_item
from nnstudio.canvas.items.pixmap_cache import Sprites
from nnstudio.canvas.items.wire_item import WireItem
from nnstudio.document import grouping
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import Document, Wire
from nnstudio.ui.motion import motion

_MOST_GLIDING = 80


class _Held(Protocol):
    @property
    def grabbed(self) -> Mapping[str, QPointF]: ...


class _Markers(Protocol):
    def hide(self, gone: Iterable[str]) -> None: ...


class _Strips(Protocol):
    def hide(self, gone: Iterable[str]) -> None: ...


class DrawingScene(Protocol):
    """Scene that is drawn on. `marked` returns the names of the items that are selected."""

    @property
    def qt(self) -> QGraphicsScene: ...

    @property
    def alerts(self) -> _Markers: ...

    @property
    def strips(self) -> _Strips: ...

    @property
    def block_drag(self) -> _Held: ...

    @property
    def grouping(self) -> GroupEdits: ...

    @property
    def chosen_wire(self) -> Wire | None: ...

    def choose_wire(self, wire: Wire | None) -> None: ...

    def marked(self) -> set[str]: ...


class Drawing:
    """Items of the drawn document, kept from one document to the next.

    Attributes:
        blocks: by name, with both ends of the network and collapsed groups. wires: by the wire they draw.
        frames: of expanded groups, by name. sprites: pictures of the blocks.
    """

    def __init__(self, scene: DrawingScene) -> None:
        self._scene = scene
        self.blocks: dict[str, BlockItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.frames = Frames()
        self.sprites = Sprites()
        self._lit: set[AttachedWire] = set()
        self._faces = KnownFaces()

    def show(
        self,
        document: Document,
        analysis: Analysis,
        renewed: frozenset[str],
        ghost: str = "",
        *,
        at_once: bool = False,
    ) -> None:
        """Draw a document.

        Args:
            renewed: blocks with freshly initialised weights.
            ghost: the previewed block, whose wires are lit; "" for none.
            at_once: put blocks in their places without an animation.
        """
        faces = faces_of(document, analysis, renewed, self._faces)
        layout = layout_of(document)
        # A group may have the name that a block has in the document before.
        were = {name for name, item in self.blocks.items() if type(item) is GroupItem}
        are = {group.name for group in document.groups if group.collapsed}
        gone = (self.blocks.keys() - faces.keys()) | ((were ^ are) & self.blocks.keys())
        cut = {wire for wire in self.wires if wire.source in gone or wire.target in gone} if gone else set()
        self._take_wires_off(cut.union(self.wires.keys() - layout.routes.keys()))
        self._scene.alerts.hide(gone)
        self._scene.strips.hide(gone)
        # All of them leave the list first: a selected one that goes makes the scene look at what is still selected.
        leaving = [self.blocks.pop(name) for name in gone]
        starts: dict[str, Place] = {item.objectName(): item.pos().toTuple() for item in leaving}
        for item in leaving:
            self.sprites.drop(item)
            self._scene.qt.removeItem(item)
        for group in document.groups if starts else ():
            # The blocks of a group that is expanded come out of it.
            starts.update({name: starts[group.name] for name in group.blocks if group.name in starts})
        self._draw_blocks(faces, layout, ghost, starts, at_once=at_once)
        self._draw_wires(document, layout, analysis, ghost)
        self.frames.draw(self._scene.qt, document, self.blocks, self.wires, self._connect_frame)

    def show_faces(self, document: Document, analysis: Analysis, renewed: frozenset[str], ghost: str = "") -> None:
        """Show the faces of a document whose blocks stand there already; `ghost` is the previewed block, if any."""
        self._show_faces(faces_of(document, analysis, renewed, self._faces), ghost)

    def _show_faces(self, faces: dict[str, Face], ghost: str) -> None:
        for name, face in faces.items():
            item = self.blocks.get(name)
            if item is not None and (face is not item.face or item.ghost != (name == ghost)):
                item.show_face(face, ghost=name == ghost)

    def _take_wires_off(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            if wire == self._scene.chosen_wire:
                self._scene.choose_wire(None)
            cut = self.wires.pop(wire)
            cut.detach()
            self._scene.qt.removeItem(cut)

    def _connect_frame(self, frame: GroupFrame) -> None:
        frame.toggled.connect(self._scene.grouping.toggle)
        frame.repeated.connect(self._scene.grouping.repeat)
        frame.pressed.connect(self._scene.grouping.choose)

    def _draw_blocks(
        self, faces: dict[str, Face], layout: Layout, ghost: str, starts: dict[str, Place], *, at_once: bool
    ) -> None:
        """Draws each block, and sends it to its place.

        `starts` are places from which new blocks come; any other one begins where it belongs.
        """
        moved: list[str] = []
        marked = self._scene.marked()
        for name, face in faces.items():
            item, place = self.blocks.get(name), layout.places[name]
            if item is None:
                item = self.blocks[name] = new_item(name, face)
                if isinstance(item, GroupItem):
                    item.toggled.connect(self._scene.grouping.toggle)
                item.sprites = self.sprites
                item.place_at(starts.get(name, place))
                self._scene.qt.addItem(item)
                item.setSelected(name in marked)
            if item.goal != place and name not in self._scene.block_drag.grabbed:
                moved.append(name)
        self._show_faces(faces, ghost)
        if len(moved) > _MOST_GLIDING:
            # So many at a time cannot be followed by the eye, nor drawn in time. All is painted anew, which spares Qt
            # looking for what is not.
            at_once = True
            self._scene.qt.update()
        at_once = at_once or not motion().on
        for name in moved:
            item = self.blocks[name]
            (item.place_at if at_once else item.glide_to)(layout.places[name])

    def _draw_wires(self, document: Document, layout: Layout, analysis: Analysis, ghost: str) -> None:
        """Leads each wire from where its source is to where its target is, which may still be on their way."""
        here = dict(layout.places)
        on_their_way = [name for name, block in self.blocks.items() if block.glides]
        for name in (*on_their_way, *(self._scene.block_drag.grabbed.keys() & self.blocks.keys())):
            here[name] = self.blocks[name].pos().toTuple()
        entries, labels = entries_of(document, layout), labels_of(analysis)
        for wire, route in layout.routes.items():
            item = self.wires.get(wire)
            if item is None:
                item = self.wires[wire] = WireItem(self.blocks[wire.source], self.blocks[wire.target])
                self._scene.qt.addItem(item)
            source = wire.source
            label = labels.get(source)
            if label is None and document.groups and document.has_group(source):
                label = labels.get(grouping.wires_of(document, wire)[0].source)
            item.show_wire(here[source], here[wire.target], route, label or "", entries.get(wire, ALONE))
        # What is being dragged will land on these.
        self.light(set(self.blocks[ghost].wires) if ghost else set())

    def light(self, lit: set[AttachedWire]) -> None:
        """Highlight the wires of a previewed block."""
        for item in lit ^ self._lit:
            item.light(item in lit)
        self._lit = lit
