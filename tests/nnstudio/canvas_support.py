"""Helpers shared by tests of the canvas."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nnstudio.canvas.geometry.routing import layout_of, wire_path
from nnstudio.canvas.geometry.wire_ends import ALONE, entries_of
from nnstudio.canvas.items.block_faces import wire_label
from nnstudio.canvas.items.group_faces import faces_of
from nnstudio.canvas.scene import CanvasScene
from nnstudio.canvas.view import CanvasView
from nnstudio.document import grouping
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.store import Store


def canvas_on(store: Store, qtbot: QtBot, height: int = 600) -> CanvasView:
    """The canvas of a store, on screen."""
    view = CanvasView(store)
    qtbot.addWidget(view)
    view.resize(900, height)
    with qtbot.waitExposed(view):
        view.show()
    return view


def submenu(menu: QMenu, title: str) -> QMenu | None:
    """The menu that an entry of a menu opens; None if it opens none.

    In older versions of PySide6 what `QAction.menu` gives ends with the wrapper of the action; a child lasts.
    """
    children = menu.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return next((child for child in children if child.title() == title), None)


def assert_shows_its_document(scene: CanvasScene) -> None:
    """The scene shows just the document of its store: no item more, none less, each in its place and with its words."""
    document, analysis = scene.store.document, scene.store.analysis
    shown, layout = grouping.drawn(document), layout_of(document)
    assert set(scene.blocks) == {INPUT, OUTPUT, *(block.name for block in shown.blocks)} == set(layout.places)
    assert set(scene.wires) == set(shown.wires)
    faces = faces_of(document, analysis)
    entries = entries_of(document, layout)
    for name, item in scene.blocks.items():
        assert item.goal == layout.places[name]
        assert item.glides or item.pos().toTuple() == item.goal
        assert item.scene() is scene
        assert not item.ghost
        assert item.objectName() == name
        assert item.face == faces[name]
    for wire, line in scene.wires.items():
        assert line.scene() is scene
        assert (line.source, line.target) == (scene.blocks[wire.source], scene.blocks[wire.target])
        meant = grouping.wires_of(document, wire)[0] if document.has_group(wire.source) else wire
        assert line.label == wire_label(meant, analysis)
        assert line.route == layout.routes[wire]
        assert line.entry == entries.get(wire, ALONE)
        path = wire_path(line.source.pos(), line.target.pos() + QPointF(*line.entry.shift), line.route)
        assert _apart(line.at(0.4), path.pointAtPercent(0.4)) < 1e-6
    found = {grouping.stand_in(document, problem.where) for problem in analysis.findings}
    assert set(scene.alerts.badges) == found
    # What is wrong with the data is told in their panel.
    wrong = {grouping.stand_in(document, name) for name in analysis.problems} - {INPUT}
    assert set(scene.alerts.callouts) <= wrong
    for name in wrong - set(scene.alerts.callouts):
        assert scene.alerts.badges[name].isVisible(), "a callout without room folds to its badge"
    assert scene.chosen_wire is None or scene.chosen_wire in scene.wires
    selected = scene.store.selected
    assert selected in ("", INPUT, OUTPUT) or document.has_block(selected) or document.has_group(selected)


def _apart(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
