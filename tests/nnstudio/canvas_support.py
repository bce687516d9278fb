"""What tests of the canvas share."""

from __future__ import annotations

from PySide6.QtCore import QPropertyAnimation

from nnstudio.canvas.faces import block_face, wire_label
from nnstudio.canvas.items import BlockItem
from nnstudio.canvas.routing import layout_of
from nnstudio.canvas.scene import CanvasScene
from nnstudio.document.model import INPUT, OUTPUT


def resting_place(item: BlockItem) -> tuple[float, float]:
    """Where a block is, or will be when it has come to rest."""
    glide = item._glide
    place = glide.endValue() if glide.state() == QPropertyAnimation.State.Running else item.pos()
    return place.x(), place.y()


def assert_shows_its_document(scene: CanvasScene) -> None:
    """The scene shows just the document of its store: no item more, none less, each in its place and with its words."""
    document, analysis = scene.store.document, scene.store.analysis
    layout = layout_of(document)
    assert set(scene.blocks) == set(layout.places)
    assert {INPUT, OUTPUT} <= set(scene.blocks)
    assert set(scene.wires) == set(layout.routes)
    for name, item in scene.blocks.items():
        assert resting_place(item) == layout.places[name]
        assert item.scene() is scene
        assert item.objectName() == name
        if document.has_block(name):
            assert item.face == block_face(document.block(name), analysis)
    for wire, line in scene.wires.items():
        assert line.scene() is scene
        assert (line.source, line.target) == (scene.blocks[wire.source], scene.blocks[wire.target])
        assert line.label == wire_label(wire, analysis)
    assert set(scene.callouts) == set(analysis.problems) & set(scene.blocks)
    assert scene.chosen_wire is None or scene.chosen_wire in scene.wires
    assert scene.store.selected in ("", *scene.blocks)
