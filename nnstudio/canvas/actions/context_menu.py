"""Context menus of blocks, wires and the empty canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu, QWidget

from engine.layers.base import Layer
from nnstudio.canvas.actions import menu_entries
from nnstudio.canvas.actions.block_actions import Editing
from nnstudio.canvas.actions.group_actions import GroupEdits
from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.items.badge import Badge
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.callout import Callout
from nnstudio.canvas.items.group_frame import GroupFrame
from nnstudio.canvas.items.wire_item import WireItem
from nnstudio.canvas.protocols import MenuScene
from nnstudio.document import grouping, wiring
from nnstudio.document.dismissals import can_dismiss
from nnstudio.document.layer_catalog import layers_by_category
from nnstudio.document.model import INPUT, OUTPUT, Wire
from nnstudio.document.problems import Problem
from nnstudio.ui.icons import icon


class EditedScene(MenuScene, Protocol):
    """Scene with the edits of its blocks and groups."""

    @property
    def editing(self) -> Editing: ...

    @property
    def grouping(self) -> GroupEdits: ...


def context_menu(scene: EditedScene, point: QPointF, parent: QWidget) -> QMenu:
    """Context menu for the item at a point of the scene."""
    menu = QMenu(parent)
    menu.setObjectName("contextMenu")
    shown = BlockItem | WireItem | GroupFrame | Badge | Callout
    item = next((item for item in scene.items_at(point) if isinstance(item, shown)), None)
    if isinstance(item, Badge | Callout):
        _for_problems(menu, scene, item.parentItem().objectName())  # type: ignore[attr-defined]
    elif isinstance(item, BlockItem):
        _for_block(menu, scene, item.objectName())
    elif isinstance(item, WireItem):
        wire = next(wire for wire, known in scene.wires.items() if known is item)
        # As with a click: the keys that the entries name are about this wire then.
        scene.choose_wire(wire)
        scene.qt.clearSelection()
        _add_layers(menu, "Insert here", lambda layer: scene.insert(layer, wire))
        document = scene.store.document
        if all(wiring.is_merge(document, each.target) for each in grouping.wires_of(document, wire)):
            menu_entries.add(menu, "delete", "Remove this wire", lambda: scene.cut(wire), "Del")
        menu_entries.for_wire(menu, scene.editing, document, wire)
    elif isinstance(item, GroupFrame):
        scene.grouping.choose(item.objectName())
        menu_entries.for_blocks(menu, scene.editing, scene.store.document, item.objectName())
        menu_entries.for_groups(menu, scene.grouping)
        menu.addSeparator()
        menu_entries.add(menu, "delete", f"Delete {item.objectName()}", scene.delete_selected, "Del")
    else:
        _add_layers(menu, "Append", scene.append)
        menu_entries.for_canvas(menu, scene.editing, point)
        menu.addSeparator()
        menu_entries.add(menu, "tidy", "Tidy up", scene.tidy, "Ctrl+L")
    return menu


def _for_problems(menu: QMenu, scene: EditedScene, name: str) -> None:
    """On the badge of a block, or on its bubble: the fixes, and what can be dismissed."""
    problems = scene.alerts.on(name)
    _add_cures(menu, scene, problems)
    menu_entries.for_problems(menu, scene.store, problems)
    if not any(can_dismiss(problem) for problem in problems):
        menu.addAction("Errors cannot be dismissed").setEnabled(False)


def _add_cures(menu: QMenu, scene: EditedScene, problems: Iterable[Problem]) -> None:
    for problem in problems:
        for fix in problem.fixes:
            entry = menu.addAction(icon("fix"), fix.title)
            entry.triggered.connect(lambda _=False, problem=problem, fix=fix: scene.apply_fix(problem, fix))


def _for_block(menu: QMenu, scene: EditedScene, name: str) -> None:
    if not scene.blocks[name].isSelected():
        scene.store.select(name)
    _add_cures(menu, scene, scene.alerts.on(name))
    menu.addSeparator()
    document = scene.store.document
    wires = layout_of(document).wires
    before = next((wire for wire in wires if wire.target == name), None)
    after = next((wire for wire in wires if wire.source == name), None)
    for title, wire in (("Insert before", before), ("Insert after", after)):
        if wire is not None:
            _add_layers(menu, title, _inserter(scene, wire))
    menu_entries.for_inputs(menu, scene.editing, document, name)
    if name not in (INPUT, OUTPUT):
        menu_entries.for_blocks(menu, scene.editing, document, name)
        menu_entries.for_groups(menu, scene.grouping)
    menu_entries.for_problems(menu, scene.store, scene.alerts.on(name))
    if name not in (INPUT, OUTPUT):
        menu.addSeparator()
        many = len(scene.selected_blocks()) > 1
        text = "Delete selected blocks" if many else f"Delete {name}"
        menu_entries.add(menu, "delete", text, scene.delete_selected, "Del")


def _inserter(scene: EditedScene, wire: Wire) -> Callable[[Layer], None]:
    return lambda layer: scene.insert(layer, wire)


def _add_layers(menu: QMenu, title: str, use: Callable[[Layer], None]) -> None:
    """A submenu with all layers by category."""
    menu_entries.add_kinds(menu, title, layers_by_category(), lambda kind: use(kind()))  # type: ignore[call-arg]
