"""Canvas: it draws the document, and its gestures become edits."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from engine.layers import REGISTRY
from nnstudio.canvas.actions.context_menu import context_menu
from nnstudio.canvas.geometry.nearest_wire import nearest_wire
from nnstudio.canvas.geometry.routing import wire_path
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT
from nnstudio.canvas.gestures.layer_drop import MIME
from nnstudio.canvas.palette import Palette
from nnstudio.canvas.scene import CanvasScene
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, wiring
from nnstudio.document.model import Document, Wire
from nnstudio.project import templates
from nnstudio.store import Store
from tests.nnstudio.builders import digits_network, opened
from tests.nnstudio.canvas_support import assert_shows_its_document, canvas_on, submenu


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(digits_network())


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    return canvas_on(store, qtbot)


def assert_draws(scene: CanvasScene, document: Document) -> None:
    """The scene shows just this document: no item more, none less, each in its place."""
    assert set(scene.blocks) == {block.name for block in document.blocks} | {"input", "output"}
    assert set(scene.wires) == set(document.wires)
    for name, item in scene.blocks.items():
        assert item.goal == edits.position(document, name)


def test_draws_the_document_and_follows_it(view: CanvasView, store: Store) -> None:
    assert_draws(view.canvas, store.document)
    store.edit("Insert", edits.insert(store.document, layers.Dropout(), store.document.wires[1]))
    assert_draws(view.canvas, store.document)
    store.edit("Remove", edits.remove(store.document, "conv2d_1", "relu_1"))
    assert_draws(view.canvas, store.document)
    store.undo_stack.undo()
    store.undo_stack.undo()
    assert_draws(view.canvas, store.document)


def test_says_shapes_on_wires_and_parameters_in_blocks(view: CanvasView) -> None:
    labels = {wire.source: item.label for wire, item in view.canvas.wires.items()}
    assert labels == {"input": "1x8x8", "conv2d_1": "4x6x6", "relu_1": "4x6x6", "flatten_1": "144", "dense_1": "10"}
    assert view.canvas.blocks["conv2d_1"].face.count == "40 params"
    assert view.canvas.blocks["relu_1"].face.count == ""


def test_a_preview_shows_the_block_to_be_and_leaves_the_document_alone(view: CanvasView, store: Store) -> None:
    before = store.document
    wire = view.canvas.preview(layers.MaxPool2D(), QPointF(*edits.position(before, "relu_1")) + QPointF(0, 40))
    assert wire == Wire(source="relu_1", target="flatten_1")
    assert view.canvas.blocks["maxpool2d_1"].ghost
    assert {w.source: item.label for w, item in view.canvas.wires.items()}["maxpool2d_1"] == "4x3x3"
    assert store.document is before
    view.canvas.refresh()
    assert_draws(view.canvas, before)


def test_a_drop_inserts_and_selects(view: CanvasView, store: Store) -> None:
    view.canvas.drop(layers.MaxPool2D(), QPointF(*edits.position(store.document, "relu_1")) + QPointF(0, 40))
    assert store.document.chain() == ("conv2d_1", "relu_1", "maxpool2d_1", "flatten_1", "dense_1")
    assert store.selected == "maxpool2d_1"
    assert store.undo_stack.undoText() == "Insert maxpool2d_1"


def test_a_drop_takes_over_what_was_shown_while_the_block_was_dragged(view: CanvasView, store: Store) -> None:
    places = [QPointF(*edits.position(store.document, name)) + QPointF(0, 40) for name in ("conv2d_1", "flatten_1")]
    for place in places:
        # Behind the Flatten it does not fit, and that is told as soon as it is dropped.
        wire = view.canvas.preview(layers.MaxPool2D(), place)
    ghost = view.canvas.blocks["maxpool2d_1"]
    assert ghost.ghost
    assert not view.canvas.alerts.callouts
    view.canvas.drop(layers.MaxPool2D(), places[-1])
    assert wire == Wire(source="flatten_1", target="dense_1")
    assert view.canvas.blocks["maxpool2d_1"] is ghost
    assert not ghost.ghost
    assert_shows_its_document(view.canvas)
    assert set(view.canvas.alerts.callouts) == {"maxpool2d_1"}
    # What was seen counts, also where the network has moved under the mouse since.
    view.canvas.preview(layers.Dropout(), places[0])
    view.canvas.drop(layers.Dropout(), places[1])
    assert store.document.chain()[:2] == ("conv2d_1", "dropout_1")
    assert_shows_its_document(view.canvas)


def test_a_block_that_does_not_fit_is_red_and_can_be_mended(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.edit("Remove", edits.remove(store.document, "flatten_1"))
    callout = view.canvas.alerts.callouts["dense_1"]
    assert "Flatten" in callout.problem.sentence
    assert view.canvas.blocks["dense_1"].face.problem == callout.problem.sentence
    view.canvas.apply_fix(callout.problem)
    qtbot.waitUntil(lambda: not view.canvas.alerts.callouts)
    assert store.document.chain() == ("conv2d_1", "relu_1", "flatten_1", "dense_1")


def test_delete_closes_the_chain_and_leaves_the_ends(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    for name in ("input", "relu_1", "flatten_1"):
        view.canvas.blocks[name].setSelected(True)
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert store.document.chain() == ("conv2d_1", "dense_1")
    assert store.undo_stack.undoText() == "Delete 2 blocks"


def test_selection_goes_both_ways(view: CanvasView, store: Store) -> None:
    store.select("relu_1")
    assert [item.objectName() for item in view.canvas.selected_blocks()] == ["relu_1"]
    view.canvas.clearSelection()
    assert store.selected == ""
    view.canvas.blocks["conv2d_1"].setSelected(True)
    assert store.selected == "conv2d_1"
    view.canvas.blocks["relu_1"].setSelected(True)
    assert store.selected == ""


def test_arrow_keys_walk_the_chain(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    for expected in ("input", "conv2d_1", "relu_1"):
        qtbot.keyClick(view, Qt.Key.Key_Down)
        assert store.selected == expected
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert store.selected == "conv2d_1"


def test_zoom_stays_within_bounds_and_fit_brings_all_in_sight(view: CanvasView) -> None:
    for _ in range(40):
        view.zoom_in()
    assert view.zoom == pytest.approx(3.0)
    for _ in range(60):
        view.zoom_out()
    assert view.zoom == pytest.approx(0.15)
    view.fit()
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert all(seen.contains(item.sceneBoundingRect()) for item in view.canvas.blocks.values())


@pytest.mark.parametrize("width", [600, 760, 1200])
def test_callouts_are_never_cut_off_at_the_side(view: CanvasView, store: Store, qtbot: QtBot, width: int) -> None:
    store.open(templates.load("digits-cnn").document)
    view.resize(width, 410)
    store.edit("Delete", edits.remove(store.document, "flatten_1"))
    view.fit()
    (callout,) = view.canvas.alerts.callouts.values()
    qtbot.waitUntil(lambda: abs(callout.scenePos().y() - edits.position(store.document, "dense_1")[1]) < 1)
    left = view.mapFromScene(callout.scenePos()).x() + callout.box.left()
    assert 0 <= left <= view.viewport().width() - callout.box.width()


def test_a_wire_leaves_below_and_arrives_above_or_goes_sideways() -> None:
    down = wire_path(QPointF(0, 0), QPointF(0, 100))
    assert (down.pointAtPercent(0).y(), down.pointAtPercent(1).y()) == (BLOCK_HEIGHT / 2, 100 - BLOCK_HEIGHT / 2)
    aside = wire_path(QPointF(0, 300), QPointF(320, 0))
    assert aside.pointAtPercent(0).x() < aside.pointAtPercent(1).x()
    assert (aside.pointAtPercent(0).y(), aside.pointAtPercent(1).y()) == (300, 0)


def test_the_nearest_wire_is_found_and_own_wires_do_not_count(store: Store) -> None:
    relu = QPointF(*edits.position(store.document, "relu_1"))
    found = nearest_wire(store.document, relu + QPointF(0, 40), without="relu_1")
    assert found is not None
    assert "relu_1" not in (found[0].source, found[0].target)


def entries(menu: QMenu) -> dict[str, QAction]:
    """All actions of a menu and its submenus by their path of texts."""
    found = {}
    for action in menu.actions():
        below = submenu(menu, action.text())
        if below is None:
            found[action.text().partition("\t")[0]] = action
        else:
            found.update({f"{action.text()}/{path}": leaf for path, leaf in entries(below).items()})
    return found


def test_a_right_click_on_a_block_offers_neighbours_and_an_end(view: CanvasView, store: Store) -> None:
    menu = context_menu(view.canvas, view.canvas.blocks["relu_1"].pos(), view)
    assert store.selected == "relu_1"
    offers = entries(menu)
    offers["Insert before/Regularisation/Dropout"].trigger()
    assert store.document.chain() == ("conv2d_1", "dropout_1", "relu_1", "flatten_1", "dense_1")
    store.select("relu_1")
    offers["Delete relu_1"].trigger()
    assert "relu_1" not in store.document.chain()


def test_a_right_click_on_a_wire_inserts_and_on_the_canvas_appends(view: CanvasView, store: Store) -> None:
    wire = view.canvas.wires[Wire(source="input", target="conv2d_1")]
    menu = context_menu(view.canvas, wire.middle, view)
    entries(menu)["Insert here/Shape/Reshape"].trigger()
    assert store.document.chain()[0] == "reshape_1"
    menu = context_menu(view.canvas, view.canvas.sceneRect().topLeft(), view)
    entries(menu)["Append/Activation/Softmax"].trigger()
    assert store.document.chain()[-1] == "softmax_1"


def test_entries_of_context_menus_name_their_keys(view: CanvasView, store: Store) -> None:
    def keys(point: QPointF) -> dict[str, str]:
        parts = (action.text().partition("\t") for action in entries(context_menu(view.canvas, point, view)).values())
        return {text: key for text, _, key in parts if key}

    on_block = keys(view.canvas.blocks["relu_1"].pos())
    assert on_block["Delete relu_1"] == "Del"
    assert on_block["Cut"] == "Ctrl+X"
    assert keys(view.canvas.sceneRect().topLeft()) == {
        "Paste": "Ctrl+V",
        "Select all": "Ctrl+A",
        "Tidy up": "Ctrl+L",
    }
    store.edit("Around", wiring.connect(store.document, "conv2d_1", "flatten_1"))
    skip = Wire(source="conv2d_1", target="add_1")
    assert keys(view.canvas.wires[skip].middle)["Remove this wire"] == "Del"
    # The keys are about the wire that was clicked.
    assert view.canvas.chosen_wire == skip
    assert store.selected == ""
    view.canvas.delete_selected()
    assert skip not in store.document.wires


def test_the_ends_cannot_be_deleted(view: CanvasView) -> None:
    offers = entries(context_menu(view.canvas, view.canvas.blocks["output"].pos(), view))
    assert offers
    assert not any(text.startswith(("Delete", "Insert after")) for text in offers)


class TestPalette:
    @pytest.fixture
    def palette(self, qtbot: QtBot) -> Palette:
        made = Palette()
        qtbot.addWidget(made)
        return made

    def names(self, palette: Palette) -> list[str]:
        items = [palette.list.item(row) for row in range(palette.list.count())]
        return [item.text() for item in items if not item.isHidden()]

    def test_holds_every_layer_once_under_its_category(self, palette: Palette) -> None:
        shown = self.names(palette)
        assert sorted(name for name in shown if name in REGISTRY) == sorted(REGISTRY)
        for name, kind in REGISTRY.items():
            assert shown.index(kind.category) < shown.index(name)

    def test_the_search_looks_into_names_and_texts(self, palette: Palette, qtbot: QtBot) -> None:
        qtbot.keyClicks(palette.search, "probabilities that")
        assert self.names(palette) == ["Activation", "Softmax"]
        with qtbot.waitSignal(palette.chosen) as chosen:
            qtbot.keyClick(palette.search, Qt.Key.Key_Return)
        assert chosen.args == ["Softmax"]
        palette.search.setText("no such thing")
        assert self.names(palette) == []

    def test_enter_and_double_click_choose(self, palette: Palette, qtbot: QtBot) -> None:
        (item,) = palette.list.findItems("Dense", Qt.MatchFlag.MatchExactly)
        palette.list.setCurrentItem(item)
        with qtbot.waitSignal(palette.chosen) as chosen:
            qtbot.keyClick(palette.list, Qt.Key.Key_Return)
        assert chosen.args == ["Dense"]

    def test_a_dragged_item_carries_its_type(self, palette: Palette) -> None:
        (item,) = palette.list.findItems("Conv2D", Qt.MatchFlag.MatchExactly)
        assert bytes(palette.list.mimeData([item]).data(MIME).data()) == b"Conv2D"


def test_labels_of_wires_side_by_side_do_not_hide_each_other(qtbot: QtBot) -> None:
    document = edits.set_data(Document(), dataset=datasets.Digits())
    for _ in range(5):
        document = edits.append(document, layers.ReLU())
    for source, target in (("relu_2", "relu_4"), ("relu_1", "add_1"), ("input", "relu_5")):
        document = wiring.connect(document, source, target)
    scene = canvas_on(opened(edits.tidy(document)), qtbot).canvas
    around = [wire for wire in scene.wires.values() if wire.route is not None and wire.route.cross is None]
    assert len(around) == 3
    places = [wire._label_rect().translated(wire.pos()) for wire in around]
    for place, other in combinations(places, 2):
        assert not place.intersects(other)
