"""What a right click offers: on a block, on a wire, and on the empty canvas."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu, QWidget

from engine.layers import REGISTRY
from engine.layers.base import Layer
from nnstudio.canvas.items import BlockItem, WireItem
from nnstudio.canvas.palette import offered
from nnstudio.canvas.scene import CanvasScene
from nnstudio.document import edits, wiring
from nnstudio.document.model import INPUT, OUTPUT, Wire
from nnstudio.icons import icon
from nnstudio.theme import theme


def context_menu(scene: CanvasScene, point: QPointF, parent: QWidget) -> QMenu:
    """The menu for what lies at a point of the scene."""
    menu = QMenu(parent)
    menu.setObjectName("contextMenu")
    item = next((item for item in scene.items(point) if isinstance(item, BlockItem | WireItem)), None)
    if isinstance(item, BlockItem):
        _for_block(menu, scene, item.objectName())
    elif isinstance(item, WireItem):
        wire = next(wire for wire, known in scene.wires.items() if known is item)
        _add_layers(menu, "Insert here", lambda layer: scene.insert(layer, wire))
        if wiring.is_merge(scene.store.document, wire.target):
            cut = menu.addAction(icon("delete"), "Take this wire out")
            cut.triggered.connect(lambda: scene.cut(wire))
    else:
        _add_layers(menu, "Append", scene.append)
        menu.addSeparator()
        tidy = menu.addAction(icon("tidy"), "Tidy up")
        tidy.triggered.connect(lambda: scene.store.edit("Tidy up", edits.tidy(scene.store.document)))
    return menu


def _for_block(menu: QMenu, scene: CanvasScene, name: str) -> None:
    if not scene.blocks[name].isSelected():
        scene.store.select(name)
    document = scene.store.document
    before = next((wire for wire in document.wires if wire.target == name), None)
    behind = next((wire for wire in document.wires if wire.source == name), None)
    for title, wire in (("Insert before", before), ("Insert behind", behind)):
        if wire is not None:
            _add_layers(menu, title, _inserter(scene, wire))
    if wiring.is_merge(document, name):
        _add_kinds(menu, scene, name)
    if name not in (INPUT, OUTPUT):
        menu.addSeparator()
        many = len(scene.selected_blocks()) > 1
        delete = menu.addAction(icon("delete"), "Delete selected blocks" if many else f"Delete {name}")
        delete.triggered.connect(scene.delete_selected)


def _add_kinds(menu: QMenu, scene: CanvasScene, name: str) -> None:
    """The other layers that join several inputs."""
    present = type(scene.store.document.block(name).layer)
    for kind in (kind for kind in REGISTRY.values() if kind.inputs[0] > 1 and kind is not present):
        title = f"Turn into {kind.type_name()}"
        action = menu.addAction(icon(kind.icon, theme().colours.categories[kind.category]), title)
        action.triggered.connect(
            lambda _=False, kind=kind: scene.store.edit(
                f"Turn {name} into {kind.type_name()}", wiring.replace_layer(scene.store.document, name, kind())
            )
        )


def _inserter(scene: CanvasScene, wire: Wire) -> Callable[[Layer], None]:
    return lambda layer: scene.insert(layer, wire)


def _add_layers(menu: QMenu, title: str, use: Callable[[Layer], None]) -> None:
    """A submenu with all layers by category."""
    layers = menu.addMenu(title)
    for category, group in groupby(offered(), key=lambda kind: kind.category):
        sub = layers.addMenu(category)
        for kind in group:
            action = sub.addAction(icon(kind.icon, theme().colours.categories[category]), kind.type_name())
            action.setToolTip(kind.help)
            action.triggered.connect(lambda _=False, kind=kind: use(kind()))
