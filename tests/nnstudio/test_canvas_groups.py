"""Groups on the canvas and in the inspector, by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.canvas.actions.context_menu import context_menu
from nnstudio.canvas.items.group_item import GroupItem
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, grouping, groups, wiring
from nnstudio.document.model import Document, Wire
from nnstudio.panels.group import GroupPage
from nnstudio.panels.inspector import Inspector
from nnstudio.store import Store
from nnstudio.ui.motion import motion
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.canvas_support import canvas_on


def grouped() -> Document:
    """Conv-ReLU twice, as a group, and two blocks behind it."""
    document = document_of(
        layers.Conv2D(4),
        layers.ReLU(),
        layers.Conv2D(8),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(10),
        dataset=datasets.Digits(),
    )
    return groups.make(document, *document.chain()[:4])


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(grouped())


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> Iterator[CanvasView]:
    motion().set_on(False)
    made = canvas_on(store, qtbot, 700)
    yield made
    motion().set_on(True)


def told(view: CanvasView) -> list[str]:
    heard: list[str] = []
    view.canvas.message.connect(heard.append)
    return heard


def chosen(view: CanvasView) -> set[str]:
    return {item.objectName() for item in view.canvas.selected_blocks()}


def assert_draws(view: CanvasView, document: Document) -> None:
    """Just what is drawn of this document stands on the canvas, in its place."""
    scene, picture = view.canvas, grouping.drawn(document)
    assert set(scene.blocks) == {block.name for block in picture.blocks} | {"input", "output"}
    assert set(scene.wires) == set(picture.wires)
    assert set(scene.frames) == {group.name for group in document.groups if not group.collapsed}
    for name, item in scene.blocks.items():
        assert (item.pos().x(), item.pos().y()) == edits.position(document, name)
        assert isinstance(item, GroupItem) == document.has_group(name)


def click(view: CanvasView, qtbot: QtBot, point: QPointF) -> None:
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(point))


def test_the_scene_follows_through_all_edits_and_back(view: CanvasView, store: Store) -> None:
    first = store.document
    assert_draws(view, first)
    steps: list[Callable[[Document], Document]] = [
        lambda d: groups.set_collapsed(d, "group_1", True),
        lambda d: groups.set_repeat(d, "group_1", 3),
        lambda d: edits.insert(d, layers.Dropout(), Wire(source="group_1", target="flatten_1")),
        lambda d: edits.rename(d, "group_1", "features"),
        lambda d: groups.set_collapsed(d, "features", False),
        lambda d: groups.dissolve(d, "features"),
    ]
    for number, step in enumerate(steps):
        store.edit(str(number), step(store.document))
        assert_draws(view, store.document)
    for _ in steps:
        store.undo_stack.undo()
        assert_draws(view, store.document)
    assert store.document == first


def test_a_collapsed_group_shows_its_pattern_and_what_it_holds(view: CanvasView, store: Store) -> None:
    store.edit("collapse", groups.set_collapsed(store.document, "group_1", True))
    face = view.canvas.blocks["group_1"].face
    total = sum(store.analysis.reports[name].parameters for name in ("conv2d_1", "conv2d_2"))
    assert (face.title, face.name, face.count) == ("Conv-ReLU", "×2", f"{total:,} params")
    assert {wire.source: item.label for wire, item in view.canvas.wires.items()}["group_1"] == "8x4x4"
    store.edit("wrong", edits.set_field(store.document, "conv2d_2", "kernel_size", 9))
    assert "conv2d_2" in view.canvas.blocks["group_1"].face.problem
    assert "group_1" in view.canvas.alerts.callouts
    store.edit("name", edits.rename(store.document, "group_1", "features"))
    assert view.canvas.blocks["features"].face.title == "features"


def test_group_and_ungroup_the_selection(view: CanvasView, store: Store) -> None:
    heard = told(view)
    view.canvas.grouping.ungroup()
    assert "No group is selected" in heard[-1]
    view.canvas.editing.choose(["flatten_1", "dense_1"])
    view.canvas.grouping.group()
    assert store.document.group("group_2").blocks == ("flatten_1", "dense_1")
    assert store.undo_stack.undoText() == "Group 2 blocks"
    assert store.selected == "group_2"
    assert chosen(view) == {"flatten_1", "dense_1"}
    view.canvas.grouping.ungroup()
    assert not store.document.has_group("group_2")
    assert chosen(view) == {"flatten_1", "dense_1"}
    view.canvas.editing.choose(["conv2d_1", "output"])
    view.canvas.grouping.group()
    assert heard[-1].startswith("Not grouped. The data and the loss")


def test_the_title_selects_moves_and_collapses(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    frame = view.canvas.frames["group_1"]
    title = frame.boundingRect().center()
    click(view, qtbot, title)
    assert store.selected == "group_1"
    assert chosen(view) == set(store.document.group("group_1").blocks)
    before = store.document
    start, port = view.mapFromScene(title), view.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(port, start + view.mapFromScene(QPointF(60, 0)) - view.mapFromScene(QPointF(0, 0)))
    end = start + view.mapFromScene(QPointF(120, 40)) - view.mapFromScene(QPointF(0, 0))
    qtbot.mouseMove(port, end)
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)
    assert store.undo_stack.undoText() == "Move 4 blocks"
    moved = {
        tuple(
            round(a - b)
            for a, b in zip(edits.position(store.document, name), edits.position(before, name), strict=True)
        )
        for name in before.group("group_1").blocks
    }
    assert len(moved) == 1
    store.undo_stack.undo()
    click(view, qtbot, frame.part_rect("collapse").center())
    qtbot.waitUntil(lambda: store.document.group("group_1").collapsed)
    assert store.undo_stack.undoText() == "Collapse group_1"
    assert chosen(view) == {"group_1"}


def test_the_buttons_of_the_title_repeat(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    first = store.document
    for count in (3, 4):
        click(view, qtbot, view.canvas.frames["group_1"].part_rect("more").center())
        qtbot.waitUntil(lambda count=count: len(store.document.group("group_1").blocks) == 2 * count)
        view.fit()
    assert store.undo_stack.undoText() == "Repeat group_1 4 times"
    click(view, qtbot, view.canvas.frames["group_1"].part_rect("less").center())
    qtbot.waitUntil(lambda: len(store.document.group("group_1").blocks) == 6)
    store.undo_stack.undo()
    assert store.document == first


def test_a_double_click_expands(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    view.canvas.grouping.toggle("group_1")
    place = view.mapFromScene(view.canvas.blocks["group_1"].pos())
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: not store.document.group("group_1").collapsed)
    assert_draws(view, store.document)
    view.canvas.grouping.toggle("group_1")
    click(view, qtbot, view.canvas.blocks["group_1"].pos() + QPointF(-105, 0))
    qtbot.waitUntil(lambda: not store.document.group("group_1").collapsed)


def test_keys_walk_over_it_and_delete_takes_all(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    view.canvas.grouping.toggle("group_1")
    store.select("input")
    for expected in ("group_1", "flatten_1"):
        qtbot.keyClick(view, Qt.Key.Key_Down)
        assert store.selected == expected
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert "Group group_1, Conv-ReLU, 2 times, collapsed" in view.accessibleDescription()
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert store.document.chain() == ("flatten_1", "dense_1")
    assert store.document.groups == ()
    assert store.undo_stack.undoText() == "Delete group_1"


def test_editing_means_all_its_blocks(view: CanvasView, store: Store) -> None:
    view.canvas.grouping.toggle("group_1")
    view.canvas.editing.toggle()
    assert all(store.document.block(name).disabled for name in store.document.group("group_1").blocks)
    assert view.canvas.blocks["group_1"].face.off
    store.undo_stack.undo()
    view.canvas.editing.duplicate()
    assert len(store.document.chain()) == 10
    x, y = edits.position(store.document, "group_1")
    view.canvas.editing.choose(["conv2d_1"])
    view.canvas.editing.nudge(0, 8)
    assert edits.position(store.document, "group_1") == (x, y + 8)
    assert edits.position(store.document, "conv2d_1") == (x, y + 8)


def test_a_copy_of_a_group_is_a_group(view: CanvasView, store: Store) -> None:
    view.canvas.grouping.toggle("group_1")
    view.canvas.editing.duplicate()
    copy = store.document.group("group_2")
    assert copy.collapsed
    assert grouping.drawn(store.document).chain() == ("group_1", "group_2", "flatten_1", "dense_1")
    assert_draws(view, store.document)
    # On a wire within a group there can be no other.
    view.canvas.editing.choose(copy.blocks)
    view.canvas.editing.copy()
    store.edit("expand", groups.set_collapsed(store.document, "group_1", False))
    view.canvas.editing.paste(Wire(source="conv2d_1", target="relu_1"))
    assert [group.name for group in store.document.groups] == ["group_1", "group_2"]
    assert len(store.document.group("group_1").blocks) == 8
    # Some of its blocks make no group.
    view.canvas.editing.choose(["flatten_1", "dense_1"])
    view.canvas.editing.duplicate()
    assert len(store.document.groups) == 2


def test_blocks_come_out_of_a_group_that_is_expanded(view: CanvasView, store: Store) -> None:
    view.canvas.grouping.toggle("group_1")
    motion().set_on(True)
    place = view.canvas.blocks["group_1"].pos()
    view.canvas.grouping.toggle("group_1")
    last = view.canvas.blocks["relu_2"]
    assert last.pos() == place
    assert last.glides


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_groups_the_scene_is_drawn_so(view: CanvasView, store: Store, data: st.DataObject) -> None:
    store.open(grouped())
    first = store.document
    for _ in range(6):
        document = store.document
        names = grouping.in_order(document, (block.name for block in document.blocks))
        match data.draw(st.sampled_from(["make", "collapse", "repeat", "dissolve", "insert", "undo"])):
            case "make":
                start = data.draw(st.integers(0, len(names) - 1))
                view.canvas.editing.choose(names[start : start + data.draw(st.integers(1, 3))])
                view.canvas.grouping.group()
            case "collapse" if document.groups:
                view.canvas.grouping.toggle(data.draw(st.sampled_from(document.groups)).name)
            case "repeat" if document.groups and len(names) < 20:
                group = data.draw(st.sampled_from(document.groups))
                view.canvas.grouping.repeat(group.name, data.draw(st.integers(1, 3)))
            case "dissolve" if document.groups:
                store.select(data.draw(st.sampled_from(document.groups)).name)
                view.canvas.grouping.ungroup()
            case "insert":
                view.canvas.insert(layers.ReLU(), data.draw(st.sampled_from(grouping.drawn(document).wires)))
            case "undo":
                store.undo_stack.undo()
        assert_draws(view, store.document)
    while store.undo_stack.canUndo():
        store.undo_stack.undo()
    assert_draws(view, first)
    assert store.document == first


def test_dropping_on_the_wire_that_is_drawn_to_it(view: CanvasView, store: Store) -> None:
    view.canvas.grouping.toggle("group_1")
    point = QPointF(*edits.position(store.document, "group_1")) + QPointF(0, 44)
    assert view.canvas.preview(layers.Dropout(), point) == Wire(source="group_1", target="flatten_1")
    assert view.canvas.blocks["dropout_1"].ghost
    view.canvas.drop(layers.Dropout(), point)
    assert grouping.drawn(store.document).chain()[:2] == ("group_1", "dropout_1")


def test_a_hidden_block_that_is_selected_marks_its_group(view: CanvasView, store: Store) -> None:
    view.canvas.grouping.toggle("group_1")
    store.select("relu_2")
    assert chosen(view) == {"group_1"}
    assert store.selected == "relu_2"
    view.go_to("conv2d_2")
    assert store.selected == "conv2d_2"


def test_menus_offer_what_fits(view: CanvasView, store: Store) -> None:
    def texts(point: QPointF) -> list[str]:
        return [action.text().split("\t")[0] for action in context_menu(view.canvas, point, view).actions()]

    assert "Group" in texts(view.canvas.blocks["dense_1"].pos())
    offers = texts(view.canvas.frames["group_1"].boundingRect().center())
    assert {"Collapse", "Ungroup", "Delete group_1", "Copy"} <= set(offers)
    view.canvas.grouping.toggle("group_1")
    offers = texts(view.canvas.blocks["group_1"].pos())
    assert {"Expand", "Ungroup", "Delete group_1", "Insert before", "Insert after"} <= set(offers)
    assert "Replace by" not in offers


class TestInspector:
    @pytest.fixture
    def inspector(self, store: Store, qtbot: QtBot) -> Inspector:
        made = Inspector(store)
        qtbot.addWidget(made)
        made.resize(320, 700)
        made.show()
        store.select("group_1")
        return made

    def test_shows_the_group(self, inspector: Inspector, store: Store) -> None:
        titles = [label.text() for label in inspector.findChildren(QLabel, "title") if label.isVisible()]
        assert titles == ["Conv-ReLU ×2"]
        page = inspector.findChild(GroupPage)
        assert page.form.rows["repeat"].editor.value == 2
        blocks = inspector.findChild(QLabel, "groupBlocks")
        assert blocks.text().count("<a ") == 4
        blocks.linkActivated.emit("relu_2")
        assert store.selected == "relu_2"
        assert not page.isVisible()

    def test_repeats_collapses_renames_and_dissolves(self, inspector: Inspector, store: Store) -> None:
        page = inspector.findChild(GroupPage)
        page.form.changed.emit("repeat", 4)
        assert len(store.document.group("group_1").blocks) == 8
        assert store.undo_stack.undoText() == "Change repetitions of group_1 from 2 to 4"
        page.collapse.click()
        assert store.document.group("group_1").collapsed
        assert page.collapse.text() == "Expand"
        assert inspector.rename("group_1", "relu_1") == "The name relu_1 is taken; choose another."
        assert inspector.rename("group_1", "features") == ""
        assert store.selected == "features"
        inspector.findChild(QPushButton, "ungroup").click()
        assert store.document.groups == ()
        assert not page.isVisible()

    def test_a_setting_of_the_pattern_holds_for_all_repetitions(self, inspector: Inspector, store: Store) -> None:
        (form,) = inspector.findChild(GroupPage).pattern.forms.values()
        assert form.rows["filters"].editor.value == 8
        notes = [label for label in inspector.findChildren(QLabel) if label.text() == "Filters now: 4, 8."]
        assert len(notes) == 1
        form.changed.emit("filters", 6)
        assert not notes[0].isVisible()
        assert [store.document.block(name).layer.filters for name in ("conv2d_1", "conv2d_2")] == [6, 6]  # type: ignore[attr-defined]
        assert store.undo_stack.undoText() == "Change filters of every Conv2D in group_1 from 8 to 6"
        form.changed.emit("filters", 0)
        assert form.rows["filters"].error.isVisible()
        store.edit("one", groups.set_repeat(store.document, "group_1", 1))
        assert not inspector.findChild(GroupPage).pattern.isVisible()

    def test_layers_of_one_kind_in_a_pattern_are_told_apart(self, inspector: Inspector, store: Store) -> None:
        document = document_of(layers.Dense(8), layers.Tanh(), layers.Dense(4))
        store.open(groups.set_repeat(groups.make(document, *document.chain()), "group_1", 2))
        store.select("group_1")
        headings = [label.text() for label in inspector.findChildren(QLabel) if label.text().startswith("Every D")]
        assert headings == ["Every Dense (1 of 2)", "Every Dense (2 of 2)"]

    def test_says_why_it_cannot_be_repeated(self, inspector: Inspector, store: Store) -> None:
        document = groups.dissolve(store.document, "group_1")
        document = edits.insert(document, layers.Conv2D(8, padding="same"), Wire(source="relu_2", target="flatten_1"))
        store.edit("a", document)
        document = wiring.connect(document, "relu_2", "flatten_1")
        store.edit("b", groups.make(document, "add_1", "flatten_1"))
        store.select("group_1")
        page = inspector.findChild(GroupPage)
        assert not page.form.isVisible()
        assert "add_1 joins several inputs" in page._obstacle.text()


def test_from_afar_the_title_has_no_buttons(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    frame = view.canvas.frames["group_1"]
    view.set_zoom(0.3)
    view.centerOn(frame)
    view.grab()
    click(view, qtbot, frame.part_rect("more").center())
    qtbot.wait(1)
    assert store.selected == "group_1"
    assert len(store.document.group("group_1").blocks) == 4


def test_a_group_called_like_a_block_of_the_project_before_is_a_group(view: CanvasView, store: Store) -> None:
    plain = document_of(layers.Dense(4), layers.Tanh(), layers.Dense(1), dataset=datasets.Gaussians())
    named = edits.rename(plain, "dense_2", "stem")
    joined = groups.set_collapsed(groups.make(plain, "dense_1", "tanh_1"), "group_1", True)
    collapsed = edits.rename(joined, "group_1", "stem")
    store.open(named)
    assert not isinstance(view.canvas.blocks["stem"], GroupItem)
    store.open(collapsed)
    assert isinstance(view.canvas.blocks["stem"], GroupItem)
    assert {wire.target.objectName() for wire in view.canvas.blocks["stem"].wires} == {"stem", "dense_2"}
    store.open(named)
    assert not isinstance(view.canvas.blocks["stem"], GroupItem)
