"""Edits of selected blocks: clipboard, selecting, nudging, disabling, renaming, replacing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from nnstudio.canvas.actions.block_actions import FINE_STEP, STEP
from nnstudio.canvas.actions.context_menu import context_menu
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.keyboard.descriptions import describe_block
from nnstudio.canvas.overlays.name_field import NameField
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from nnstudio.document.model import Wire
from nnstudio.store import Store
from tests.nnstudio.builders import digits_network, opened
from tests.nnstudio.canvas_support import canvas_on, submenu

LEFT, CTRL, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(digits_network())


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    made = canvas_on(store, qtbot, 700)
    made.setFocus()
    return made


@pytest.fixture
def told(view: CanvasView) -> list[str]:
    """What the canvas says to the person."""
    sentences: list[str] = []
    view.canvas.message.connect(sentences.append)
    return sentences


def choose(view: CanvasView, *names: str) -> None:
    view.canvas.editing.choose(names)


def chosen(view: CanvasView) -> list[str]:
    return [item.objectName() for item in view.canvas.selected_blocks()]


def place(view: CanvasView, name: str) -> QPoint:
    return view.mapFromScene(QPointF(*edits.position(view.store.document, name)))


class TestClipboard:
    def test_copy_and_paste_behind_the_selected_block(self, view: CanvasView, store: Store, told: list[str]) -> None:
        choose(view, "conv2d_1", "relu_1")
        assert view.canvas.editing.copy()
        assert told == ["Copied 2 blocks."]
        choose(view, "relu_1")
        view.canvas.editing.paste()
        assert store.document.chain()[:4] == ("conv2d_1", "relu_1", "conv2d_2", "relu_2")
        assert store.undo_stack.undoText() == "Paste 2 blocks"
        assert chosen(view) == ["conv2d_2", "relu_2"]
        assert told[-1] == "Pasted 2 blocks."
        store.undo_stack.undo()
        assert store.document.chain() == ("conv2d_1", "relu_1", "flatten_1", "dense_1")

    def test_paste_lands_on_the_chosen_wire_the_near_one_or_at_the_end(self, view: CanvasView, store: Store) -> None:
        choose(view, "relu_1")
        view.canvas.editing.copy()
        choose(view)
        view.canvas.editing.paste(point=view.canvas.wires[Wire(source="input", target="conv2d_1")].middle)
        assert store.document.chain()[0] == "relu_2"
        view.canvas.choose_wire(Wire(source="flatten_1", target="dense_1"))
        view.canvas.editing.paste()
        assert store.document.chain()[-2:] == ("relu_3", "dense_1")
        choose(view)
        view.canvas.editing.paste(point=QPointF(5000, 5000))
        assert store.document.chain()[-1] == "relu_4"

    def test_cut_takes_out_what_paste_brings_back(self, view: CanvasView, store: Store) -> None:
        first = store.document
        choose(view, "relu_1")
        view.canvas.editing.cut()
        assert store.document.chain() == ("conv2d_1", "flatten_1", "dense_1")
        assert store.undo_stack.undoText() == "Cut relu_1"
        choose(view, "conv2d_1")
        view.canvas.editing.paste()
        assert store.document.chain() == first.chain()

    def test_duplicate_stands_right_behind(self, view: CanvasView, store: Store) -> None:
        QGuiApplication.clipboard().setText("untouched")
        choose(view, "conv2d_1", "relu_1")
        view.canvas.editing.duplicate()
        assert store.document.chain()[:4] == ("conv2d_1", "relu_1", "conv2d_2", "relu_2")
        assert store.undo_stack.undoText() == "Duplicate 2 blocks"
        assert QGuiApplication.clipboard().text() == "untouched"

    def test_bad_text_is_refused_and_nothing_is_lost(self, view: CanvasView, store: Store, told: list[str]) -> None:
        before = store.document
        QGuiApplication.clipboard().setText("a shopping list")
        view.canvas.editing.paste()
        assert "holds no blocks, but “a shopping list”" in told[-1]
        assert store.document is before

    def test_nothing_selected_copies_nothing(self, view: CanvasView, told: list[str]) -> None:
        QGuiApplication.clipboard().setText("untouched")
        choose(view, "input")
        assert not view.canvas.editing.copy()
        assert "Nothing is selected" in told[-1]
        assert QGuiApplication.clipboard().text() == "untouched"


class TestSelecting:
    def test_select_all_leaves_the_ends(self, view: CanvasView, store: Store) -> None:
        view.canvas.editing.select_all()
        assert chosen(view) == ["conv2d_1", "relu_1", "flatten_1", "dense_1"]

    @pytest.mark.parametrize("key", [CTRL, SHIFT])
    def test_a_click_with_ctrl_or_shift_adds_and_takes_away(
        self, view: CanvasView, qtbot: QtBot, key: Qt.KeyboardModifier
    ) -> None:
        for name, expected in (
            ("relu_1", ["relu_1"]),
            ("conv2d_1", ["conv2d_1", "relu_1"]),
            ("relu_1", ["conv2d_1"]),
        ):
            qtbot.mouseClick(view.viewport(), LEFT, key, place(view, name))
            assert chosen(view) == expected
        qtbot.mouseClick(view.viewport(), LEFT, pos=place(view, "dense_1"))
        assert chosen(view) == ["dense_1"]

    @pytest.mark.parametrize("key", [CTRL, SHIFT])
    def test_a_frame_with_ctrl_or_shift_adds(self, view: CanvasView, qtbot: QtBot, key: Qt.KeyboardModifier) -> None:
        choose(view, "dense_1")
        area = view.mapFromScene(view.canvas.blocks["conv2d_1"].sceneBoundingRect()).boundingRect()
        start, end = area.topLeft() - QPoint(20, 0), area.center()
        qtbot.mousePress(view.viewport(), LEFT, key, start)
        for step in range(1, 6):
            qtbot.mouseMove(view.viewport(), start + (end - start) * step / 5)
        qtbot.mouseRelease(view.viewport(), LEFT, key, end)
        assert set(chosen(view)) == {"dense_1", "conv2d_1"}


class TestNudging:
    def test_pushes_in_a_row_are_one_step(self, view: CanvasView, store: Store, qtbot: QtBot) -> None:
        choose(view, "relu_1", "flatten_1")
        before = store.document
        x, y = edits.position(before, "relu_1")
        for _ in range(3):
            qtbot.keyClick(view, Qt.Key.Key_Right, CTRL)
        qtbot.keyClick(view, Qt.Key.Key_Up, CTRL | SHIFT)
        assert edits.position(store.document, "relu_1") == (x + 3 * STEP, y - FINE_STEP)
        assert edits.position(store.document, "conv2d_1") == edits.position(before, "conv2d_1")
        assert store.undo_stack.undoText() == "Nudge 2 blocks"
        assert store.undo_stack.count() == 1
        store.undo_stack.undo()
        assert store.document == before

    def test_there_and_back_leaves_no_step(self, view: CanvasView, store: Store, qtbot: QtBot) -> None:
        choose(view, "relu_1")
        qtbot.keyClick(view, Qt.Key.Key_Left, CTRL)
        qtbot.keyClick(view, Qt.Key.Key_Right, CTRL)
        assert not store.undo_stack.canUndo()

    def test_plain_arrows_still_walk(self, view: CanvasView, store: Store, qtbot: QtBot) -> None:
        choose(view, "relu_1")
        qtbot.keyClick(view, Qt.Key.Key_Down)
        assert store.selected == "flatten_1"
        assert store.undo_stack.count() == 0


class TestDisabling:
    def test_is_shown_in_words_and_kept_in_the_chain(self, view: CanvasView, store: Store) -> None:
        choose(view, "relu_1")
        view.canvas.editing.toggle()
        assert store.document.block("relu_1").disabled
        assert store.undo_stack.undoText() == "Disable relu_1"
        face = view.canvas.blocks["relu_1"].face
        assert face.off == "off"
        assert "passes its input on unchanged" in face.tip
        labels = {wire.source: item.label for wire, item in view.canvas.wires.items()}
        assert labels["conv2d_1"] == labels["relu_1"] == "4x6x6"
        view.canvas.editing.toggle()
        assert not store.document.block("relu_1").disabled
        assert store.undo_stack.undoText() == "Enable relu_1"

    def test_of_a_mixed_selection_all_become_off_first(self, view: CanvasView, store: Store) -> None:
        store.edit("off", edits.set_disabled(store.document, True, "relu_1"))
        choose(view, "relu_1", "conv2d_1")
        view.canvas.editing.toggle()
        assert all(store.document.block(name).disabled for name in ("relu_1", "conv2d_1"))
        view.canvas.editing.toggle()
        assert not any(block.disabled for block in store.document.blocks)

    def test_off_is_drawn_otherwise(self, view: CanvasView, store: Store, qtbot: QtBot) -> None:
        before = view.grab().toImage()
        store.edit("off", edits.set_disabled(store.document, True, "relu_1"))
        assert view.grab().toImage() != before


class TestRenaming:
    @pytest.fixture
    def field(self, view: CanvasView) -> NameField:
        choose(view, "relu_1")
        view.canvas.editing.ask_rename()
        (found,) = view.findChildren(NameField)
        return found

    def test_a_double_click_on_the_name_opens_the_field(self, view: CanvasView, qtbot: QtBot) -> None:
        item = view.canvas.blocks["relu_1"]
        qtbot.mouseDClick(view.viewport(), LEFT, pos=place(view, "relu_1"))
        assert not view.findChildren(NameField)
        qtbot.mouseDClick(view.viewport(), LEFT, pos=view.mapFromScene(item.mapToScene(item.name_rect().center())))
        (field,) = view.findChildren(NameField)
        assert (field.text(), field.selectedText()) == ("relu_1", "relu_1")

    def test_enter_takes_the_name(self, field: NameField, store: Store, view: CanvasView, qtbot: QtBot) -> None:
        qtbot.keyClicks(field, "hidden")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert store.document.chain() == ("conv2d_1", "hidden", "flatten_1", "dense_1")
        assert store.undo_stack.undoText() == "Rename relu_1 to hidden"
        assert store.selected == "hidden"
        assert view.hasFocus()

    def test_escape_leaves_it(self, field: NameField, store: Store, view: CanvasView, qtbot: QtBot) -> None:
        before = store.document
        qtbot.keyClicks(field, "hidden")
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert store.document is before
        assert store.selected == "relu_1"
        assert view.hasFocus()
        qtbot.waitUntil(lambda: not view.findChildren(NameField))

    def test_a_bad_name_says_why_and_stays_to_be_mended(self, field: NameField, store: Store, qtbot: QtBot) -> None:
        before = store.document
        for text, part in (("dense_1", "is taken"), ("9lives", "Try _9lives."), ("", "is not a valid name")):
            field.clear()
            qtbot.keyClicks(field, text)
            reason = field.parent().findChild(QLabel, "renameError")
            assert reason.isVisible()
            assert part in reason.text()
            qtbot.keyClick(field, Qt.Key.Key_Return)
            assert field.isVisible()
            assert store.document is before
        qtbot.keyClicks(field, "good")
        assert not reason.isVisible()
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert store.document.has_block("good")

    def test_a_click_elsewhere_takes_a_good_name_and_leaves_a_bad_one(
        self, field: NameField, store: Store, view: CanvasView, qtbot: QtBot
    ) -> None:
        field.setText("good")
        view.setFocus()
        assert store.document.has_block("good")
        view.rename("good")
        (second,) = (found for found in view.findChildren(NameField) if found.isVisible())
        second.setText("dense_1")
        view.setFocus()
        assert store.document.has_block("good")

    def test_zooming_and_scrolling_end_it(self, field: NameField, view: CanvasView, qtbot: QtBot) -> None:
        view.set_zoom(2.5)
        view.verticalScrollBar().setValue(view.verticalScrollBar().value() + 10)
        assert not field.isVisible()

    def test_an_edit_from_elsewhere_ends_it(self, field: NameField, view: CanvasView, store: Store) -> None:
        store.edit("Remove", edits.remove(store.document, "relu_1"))
        assert not field.isVisible()
        field.take()
        assert store.document.chain() == ("conv2d_1", "flatten_1", "dense_1")

    def test_the_ends_keep_their_names(self, view: CanvasView, told: list[str]) -> None:
        choose(view, "input")
        view.canvas.editing.ask_rename()
        view.rename("input")
        assert not view.findChildren(NameField)
        assert told == ["Select one block to rename it."]


def menu_texts(menu: QMenu) -> list[str]:
    return [action.text().partition("\t")[0] for action in menu.actions() if action.text()]


def test_the_menu_of_a_block_offers_it_all(view: CanvasView, store: Store) -> None:
    menu = context_menu(view.canvas, view.canvas.blocks["relu_1"].pos(), view)
    assert menu_texts(menu) == [
        *("Insert before", "Insert after", "Cut", "Copy", "Paste after", "Duplicate"),
        *("Rename…", "Replace by", "Disable relu_1", "Group", "Delete relu_1"),
    ]
    replace = submenu(menu, "Replace by")
    assert replace is not None
    category = submenu(replace, "Activation")
    assert category is not None
    (tanh,) = (action for action in category.actions() if action.text() == "Tanh")
    tanh.trigger()
    assert store.document.chain() == ("conv2d_1", "tanh_1", "flatten_1", "dense_1")
    assert store.undo_stack.undoText() == "Replace relu_1 by Tanh"
    assert store.selected == "tanh_1"
    choose(view, "conv2d_1", "tanh_1")
    many = context_menu(view.canvas, view.canvas.blocks["tanh_1"].pos(), view)
    assert "Disable selected blocks" in menu_texts(many)
    assert "Replace by" not in menu_texts(many)


class TestFreezing:
    def test_is_an_undoable_edit_that_a_lock_shows(self, view: CanvasView, store: Store) -> None:
        choose(view, "conv2d_1")
        before = view.canvas.blocks["conv2d_1"]
        free = _picture(before)
        view.canvas.editing.freeze()
        assert store.document.block("conv2d_1").frozen
        assert store.undo_stack.undoText() == "Freeze conv2d_1"
        assert before.face.frozen
        assert "weights stay fixed" in before.face.tip
        assert _picture(before) != free
        assert "frozen" in describe_block(store.document, store.analysis, "conv2d_1", before.face)
        view.canvas.editing.freeze()
        assert store.undo_stack.undoText() == "Unfreeze conv2d_1"
        store.undo_stack.undo()
        store.undo_stack.undo()
        assert not store.document.block("conv2d_1").frozen

    def test_is_offered_where_there_are_weights(self, view: CanvasView, store: Store, told: list[str]) -> None:
        choose(view, "relu_1")
        view.canvas.editing.freeze()
        assert store.undo_stack.count() == 0
        assert "has weights" in told[-1]
        texts = _menu_texts(view, "relu_1")
        assert not any("Freeze" in text for text in texts)
        choose(view, "conv2d_1")
        assert any(text.startswith("Freeze conv2d_1") for text in _menu_texts(view, "conv2d_1"))
        store.edit("freeze", edits.set_frozen(store.document, True, "conv2d_1"))
        assert any(text.startswith("Unfreeze conv2d_1") for text in _menu_texts(view, "conv2d_1"))

    def test_of_several_blocks_those_with_weights_are_frozen(self, view: CanvasView, store: Store) -> None:
        choose(view, "conv2d_1", "relu_1")
        view.canvas.editing.freeze()
        assert [block.name for block in store.document.blocks if block.frozen] == ["conv2d_1"]

    def test_a_block_that_lost_its_weights_shows_no_lock(self, view: CanvasView, store: Store) -> None:
        store.edit("freeze", edits.set_frozen(store.document, True, "relu_1"))
        assert not view.canvas.blocks["relu_1"].face.frozen
        assert store.analysis.ok


def _picture(item: BlockItem) -> QImage:
    image = QImage(260, 80, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.translate(130, 40)
    item.draw(painter)
    painter.end()
    return image


def _menu_texts(view: CanvasView, name: str) -> list[str]:
    return [action.text() for action in context_menu(view.canvas, view.canvas.blocks[name].pos(), view).actions()]
