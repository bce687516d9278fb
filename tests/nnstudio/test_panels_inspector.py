"""Inspector: shows the selected block and edits it, undoably."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton, QTreeWidget
from pytestqt.qtbot import QtBot

from engine.data import Digits
from engine.layers import REGISTRY, Add, Concatenate, Conv2D, Dense, Flatten, ReLU, Reshape, Tanh
from engine.layers.base import Layer
from nnstudio.document import edits, replacing, wiring
from nnstudio.document.model import DataSettings, Document
from nnstudio.panels.form import Form
from nnstudio.panels.inspector import Inspector
from nnstudio.store import Store
from nnstudio.ui.controls import Switch
from nnstudio.ui.theme import theme
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.panels_support import (
    NARROW,
    assert_fits,
    assert_named,
    background,
    button,
    last_step,
    repaint_in_all_themes,
    shown,
    text_of,
    type_into,
    visible_text,
)


def project(*layers: Layer) -> Document:
    document = Document(data=DataSettings(dataset=Digits()))
    for layer in layers:
        document = edits.append(document, layer)
    return document


@pytest.fixture
def store() -> Store:
    return opened(project(Conv2D(5, 3), ReLU(), Flatten(), Dense(10)))


@pytest.fixture
def inspector(qtbot: QtBot, store: Store) -> Inspector:
    inspector = Inspector(store)
    shown(qtbot, inspector)
    return inspector


def form_of(inspector: Inspector) -> Form:
    assert inspector.form is not None
    return inspector.form


def test_a_block_is_shown_with_all_there_is_to_know(store: Store, inspector: Inspector) -> None:
    store.select("conv2d_1")
    text = visible_text(inspector)
    for part in (Conv2D.title, Conv2D.help, Conv2D.formula, Conv2D.use, "1x8x8", "5x6x6", "50", "1,620 per sample"):
        assert part in text
    assert text_of(form_of(inspector), "filters") == "5"


def test_an_edit_is_one_named_step_and_undo_shows_in_the_form(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.select("conv2d_1")
    form = form_of(inspector)
    type_into(qtbot, form, "filters", "8")
    assert store.document.block("conv2d_1").layer == Conv2D(8, 3)
    assert last_step(store) == "Change filters of conv2d_1 from 5 to 8"
    type_into(qtbot, form, "filters", "12")
    assert store.undo_stack.count() == 1
    assert last_step(store) == "Change filters of conv2d_1 from 5 to 12"
    store.undo_stack.undo()
    assert form_of(inspector) is form
    assert text_of(form, "filters") == "5"
    store.undo_stack.redo()
    assert text_of(form, "filters") == "12"


def test_steps_of_different_fields_stay_apart(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.select("conv2d_1")
    type_into(qtbot, form_of(inspector), "filters", "8")
    type_into(qtbot, form_of(inspector), "kernel_size", "3, 5")
    type_into(qtbot, form_of(inspector), "filters", "9")
    assert [store.undo_stack.text(index) for index in range(3)] == [
        "Change filters of conv2d_1 from 5 to 8",
        "Change kernel size of conv2d_1 from 3 to 3, 5",
        "Change filters of conv2d_1 from 8 to 9",
    ]


def test_after_saving_a_new_step_starts_from_what_was_saved(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.select("conv2d_1")
    type_into(qtbot, form_of(inspector), "filters", "8")
    store.undo_stack.setClean()
    type_into(qtbot, form_of(inspector), "filters", "9")
    assert last_step(store) == "Change filters of conv2d_1 from 8 to 9"


def test_a_value_that_is_refused_changes_nothing(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.open(project(Reshape(shape=(64,))))
    store.select("reshape_1")
    form = form_of(inspector)
    before = store.document
    type_into(qtbot, form, "shape", "-1, -1")
    assert form.rows["shape"].error.text() == "Shape: only one size may be -1, found (-1, -1)."
    assert text_of(form, "shape") == "-1, -1"
    assert store.document is before
    assert store.undo_stack.count() == 0


def test_another_block_of_the_same_kind_starts_clean(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.open(project(Flatten(), Dense(8), Dense(8)))
    store.select("dense_1")
    type_into(qtbot, form_of(inspector), "units", "0")
    assert form_of(inspector).rows["units"].error.isVisible()
    store.select("dense_2")
    assert not form_of(inspector).rows["units"].error.isVisible()
    assert text_of(form_of(inspector), "units") == "8"


def test_what_is_half_typed_goes_to_its_own_block(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.open(project(Flatten(), Dense(8), Dense(8)))
    store.select("dense_1")
    control = form_of(inspector).rows["units"].editor.control
    control.setFocus()
    control.lineEdit().selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(control, "6")
    store.select("dense_2")
    qtbot.wait(900)
    assert store.document.block("dense_2").layer == Dense(8)
    assert text_of(form_of(inspector), "units") == "8"


def test_a_block_can_be_renamed(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.select("dense_1")
    line = inspector._page.name.line  # type: ignore[union-attr]
    line.selectAll()
    qtbot.keyClicks(line, "answer")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert store.document.has_block("answer")
    assert store.selected == "answer"
    assert last_step(store) == "Rename dense_1 to answer"
    assert line.text() == "answer"
    assert store.undo_stack.count() == 1


@pytest.mark.parametrize(
    ("name", "part"), [("relu_1", "is taken"), ("hidden layer", "Try hidden_layer."), ("", "is not a valid name")]
)
def test_a_name_that_is_refused_stays_with_its_sentence(
    qtbot: QtBot, store: Store, inspector: Inspector, name: str, part: str
) -> None:
    store.select("dense_1")
    page = inspector._page
    assert page is not None
    page.name.line.selectAll()
    qtbot.keyClicks(page.name.line, name)
    if not name:
        qtbot.keyClick(page.name.line, Qt.Key.Key_Backspace)
    qtbot.keyClick(page.name.line, Qt.Key.Key_Return)
    assert part in page.name.error.text()
    assert page.name.error.isVisible()
    assert page.name.line.text() == name
    assert store.document.has_block("dense_1")


def test_a_problem_is_shown_and_its_cure_works(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.open(project(Conv2D(5, 3), Dense(10)))
    store.select("dense_1")
    assert "Dense needs flat input, but gets 5x6x6." in visible_text(inspector)
    qtbot.mouseClick(button(inspector, "fix"), Qt.MouseButton.LeftButton)
    assert [type(block.layer).__name__ for block in map(store.document.block, store.document.chain())] == [
        "Conv2D",
        "Flatten",
        "Dense",
    ]
    assert last_step(store) == "Insert Flatten"
    assert "Put a Flatten" not in visible_text(inspector)
    store.undo_stack.undo()
    assert "Put a Flatten" in visible_text(inspector)


def test_the_ends_are_summed_up(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.select("input")
    assert inspector.form is None
    text = visible_text(inspector)
    for part in (Digits.title, Digits.help, "1,797", "1x8x8", "10: 0 to 9"):
        assert part in text
    store.select("output")
    text = visible_text(inspector)
    for part in (store.document.training.loss.title, store.document.training.loss.formula, "10"):
        assert part in text


def test_the_loss_end_offers_the_cure_of_an_output_that_does_not_fit(
    qtbot: QtBot, store: Store, inspector: Inspector
) -> None:
    store.open(project(Flatten(), Dense(7)))
    store.select("output")
    assert "the network gives 7" in visible_text(inspector)
    qtbot.mouseClick(button(inspector, "fix"), Qt.MouseButton.LeftButton)
    assert store.analysis.ok


def test_without_a_selection_the_network_is_listed(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    tree = inspector.findChild(QTreeWidget, "layerList")
    assert tree is not None
    rows = [[tree.topLevelItem(row).text(part) for part in range(3)] for row in range(tree.topLevelItemCount())]
    assert rows == [
        ["data", "1x8x8", ""],
        ["conv2d_1", "5x6x6", "50"],
        ["relu_1", "5x6x6", "0"],
        ["flatten_1", "180", "0"],
        ["dense_1", "10", "1,810"],
        ["loss", "", ""],
    ]
    assert "1,860" in visible_text(inspector)
    place = tree.visualItemRect(tree.topLevelItem(4)).center()
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert store.selected == "dense_1"
    assert form_of(inspector).isVisible()


def test_the_list_follows_the_network_down_to_none(store: Store, inspector: Inspector) -> None:
    store.open(Document())
    tree = inspector.findChild(QTreeWidget, "layerList")
    assert tree is not None
    assert tree.topLevelItemCount() == 2
    assert "There is no layer yet" in visible_text(inspector)


def test_a_removed_block_leaves_the_inspector(store: Store, inspector: Inspector) -> None:
    store.select("dense_1")
    store.edit("Remove dense_1", edits.remove(store.document, "dense_1"))
    assert inspector.form is None
    store.undo_stack.undo()
    store.select("dense_1")
    assert inspector.form is not None


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY.keys())
def test_every_layer_fits_a_narrow_dock(qtbot: QtBot, kind: type[Layer]) -> None:
    store = Store()
    inspector = Inspector(store)
    shown(qtbot, inspector, NARROW, 400)
    store.open(project(kind()))  # type: ignore[call-arg]
    store.select(store.document.blocks[0].name)
    inspector.grab()
    assert_fits(inspector)
    assert_named(inspector)


def test_the_foot_explains_the_field_that_has_the_focus(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.select("conv2d_1")
    height = inspector.foot.height()
    form_of(inspector).rows["filters"].editor.control.setFocus()
    qtbot.waitUntil(lambda: "Number of filters" in inspector.foot.text())
    assert "From 1 to 4,096." in inspector.foot.text()
    assert inspector.foot.height() == height


def test_a_new_one_has_the_background_of_the_theme(qtbot: QtBot) -> None:
    theme().set_mode("dark")
    panel = Inspector(Store())
    shown(qtbot, panel)
    assert background(panel) == theme().colours.panel
    theme().set_mode("light")


def test_all_themes_are_drawn(store: Store, inspector: Inspector) -> None:
    for name in ("", "input", "output", "conv2d_1"):
        store.select(name)
        repaint_in_all_themes(inspector)


def test_a_block_with_weights_can_be_frozen(qtbot: QtBot, store: Store, inspector: Inspector) -> None:
    store.select("relu_1")
    assert "Frozen" not in visible_text(inspector)
    store.select("conv2d_1")
    assert "Frozen" in visible_text(inspector)
    switch = _frozen_switch(inspector)
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert store.document.block("conv2d_1").frozen
    assert last_step(store) == "Freeze conv2d_1"
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert last_step(store) == "Unfreeze conv2d_1"
    store.undo_stack.undo()
    assert switch.isChecked()
    store.select("dense_1")
    assert not _frozen_switch(inspector).isChecked()


def _frozen_switch(inspector: Inspector) -> Switch:
    return next(switch for switch in inspector.findChildren(Switch, "frozen") if switch.isVisible())


def test_remarks_stand_beside_the_settings_and_can_be_mended(qtbot: QtBot) -> None:
    store = Store()
    document = document_of(Dense(4), Dense(4), Tanh(), Dense(1), Tanh())
    store.open(document)
    made = Inspector(store)
    shown(qtbot, made)
    store.select("dense_2")
    assert "Nothing non-linear stands between dense_1 and this layer" in visible_text(made)
    assert "in training" in visible_text(made)
    qtbot.mouseClick(button(made, "fix"), Qt.MouseButton.LeftButton)
    assert store.document.chain()[:3] == ("dense_1", "relu_1", "dense_2")
    assert "Nothing between" not in visible_text(made)
    assert_fits(made)


class TestOrderOfInputs:
    """Concatenate puts its inputs side by side; which one comes first is chosen in the inspector."""

    @pytest.fixture
    def store(self) -> Store:
        document = edits.append(project(Flatten(), Dense(4), Dense(3)), Concatenate())
        document = wiring.connect(document, "dense_1", "concatenate_1")
        document = wiring.connect(document, "flatten_1", "concatenate_1")
        store = opened(document)
        store.select("concatenate_1")
        return store

    def order(self, inspector: Inspector) -> list[str]:
        labels = (inspector.findChild(QLabel, f"input{place}") for place in (1, 2, 3))
        return [label.text() for label in labels if label is not None and label.isVisible()]

    def press(self, qtbot: QtBot, inspector: Inspector, name: str) -> None:
        found = inspector.findChild(QToolButton, name)
        assert found is not None
        found.setFocus()
        qtbot.keyClick(found, Qt.Key.Key_Space)

    def test_it_is_shown_and_changed_with_the_keyboard(self, qtbot: QtBot, inspector: Inspector, store: Store) -> None:
        assert self.order(inspector) == ["dense_2", "dense_1", "flatten_1"]
        assert_named(inspector)
        assert_fits(inspector)
        self.press(qtbot, inspector, "input3Earlier")
        assert self.order(inspector) == ["dense_2", "flatten_1", "dense_1"]
        assert last_step(store) == "Make flatten_1 input 2 of concatenate_1"
        # The keyboard stays on what it moved, as long as that can go on.
        focused = inspector.focusWidget()
        assert focused is not None
        assert focused.objectName() == "input2Earlier"
        qtbot.keyClick(focused, Qt.Key.Key_Space)
        assert self.order(inspector) == ["flatten_1", "dense_2", "dense_1"]
        assert inspector.focusWidget().objectName() == "input1Later"
        store.undo_stack.undo()
        store.undo_stack.undo()
        assert self.order(inspector) == ["dense_2", "dense_1", "flatten_1"]

    def test_it_says_where_the_order_makes_no_difference(self, inspector: Inspector, store: Store) -> None:
        assert "matters only while" not in visible_text(inspector)
        store.edit("Replace", replacing.replace(store.document, "concatenate_1", Add)[0])
        store.select("add_1")
        assert "matters only while" in visible_text(inspector)
        store.edit("Off", edits.set_disabled(store.document, True, "add_1"))
        assert "matters only while" not in visible_text(inspector)

    def test_other_blocks_have_no_order(self, inspector: Inspector, store: Store) -> None:
        store.select("dense_1")
        assert self.order(inspector) == []


def test_the_list_of_blocks_keeps_up_with_every_edit(inspector: Inspector, store: Store) -> None:
    def lines(of: Inspector) -> list[tuple[str, ...]]:
        listing = of.findChild(QTreeWidget, "layerList")
        items = [listing.topLevelItem(line) for line in range(listing.topLevelItemCount())]
        role = Qt.ItemDataRole.UserRole
        return [
            (*map(item.text, range(3)), item.data(0, role), item.toolTip(0), item.foreground(0).color().name())
            for item in items
        ]

    def check() -> None:
        assert lines(inspector) == lines(Inspector(store))

    listing = inspector.findChild(QTreeWidget, "layerList")
    first = listing.topLevelItem(1)
    start = lines(inspector)
    changes: list[Callable[[Document], Document]] = [
        lambda document: edits.append(document, Dense(3)),
        lambda document: edits.remove(document, "flatten_1"),
        lambda document: edits.rename(document, "relu_1", "bend"),
        lambda document: edits.append(document, ReLU()),
        lambda document: edits.remove(document, "dense_2"),
    ]
    for change in changes:
        store.edit("change", change(store.document))
        check()
        assert listing.topLevelItem(1) is first
    while store.undo_stack.canUndo():
        store.undo_stack.undo()
        check()
    assert lines(inspector) == start
    theme().set_mode("dark")
    check()
    theme().set_mode("light")
    assert lines(inspector) == start


def test_pages_of_the_last_types_are_kept(inspector: Inspector, store: Store) -> None:
    store.select("conv2d_1")
    form = form_of(inspector)
    form.refuse("filters", "That is too many.")
    assert "too many" in visible_text(inspector)
    store.select("relu_1")
    assert form_of(inspector) is not form
    store.select("conv2d_1")
    assert form_of(inspector) is form
    # What was refused then is forgotten.
    assert form.rows["filters"].editor.value == 5
    assert "too many" not in visible_text(inspector)
    for kind in REGISTRY.values():
        store.open(edits.append(Document(), kind()))
        store.select(store.document.blocks[0].name)
        assert inspector.form is not None
    assert len(inspector._pages) == 6
