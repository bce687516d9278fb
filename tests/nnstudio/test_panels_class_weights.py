"""Class weights set by hand in the training panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.data import Digits, Hills, Iris, TableFile
from engine.layers import Dense, Softmax
from engine.losses import CategoricalCrossEntropy, MeanSquaredError
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.panels.class_weights import class_fields
from nnstudio.panels.training import TrainingPanel
from nnstudio.store import Store
from tests.nnstudio.builders import opened
from tests.nnstudio.panels_support import (
    NARROW,
    assert_fits,
    assert_named,
    button,
    choose,
    last_step,
    repaint_in_all_themes,
    shown,
    text_of,
    type_into,
    visible_text,
)


@pytest.fixture
def store() -> Store:
    made = edits.append(edits.append(Document(), Dense(3)), Softmax())
    made = edits.set_data(made, dataset=Iris())
    return opened(edits.set_training(made, loss=CategoricalCrossEntropy()))


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> TrainingPanel:
    panel = TrainingPanel(store)
    shown(qtbot, panel, height=1200)
    return panel


def by_hand(qtbot: QtBot, panel: TrainingPanel) -> None:
    choose(qtbot, panel.weight_form.rows["class_weight"].editor.control, "by_hand")  # type: ignore[arg-type]


def weights(store: Store) -> dict[str, float]:
    return {entry.name: entry.weight for entry in store.document.training.class_weights}


def test_a_field_for_each_class_is_there_while_they_are_set_by_hand(
    qtbot: QtBot, store: Store, panel: TrainingPanel
) -> None:
    section = panel.class_weights
    assert not section.isVisible()
    by_hand(qtbot, panel)
    assert section.isVisible()
    assert [row.label.text() for row in section.form.rows.values()] == ["setosa", "versicolor", "virginica"]
    assert "all 1" in section.button.accessibleName()
    type_into(qtbot, section.form, "class_1", "5")
    type_into(qtbot, section.form, "class_2", "0,25")
    assert weights(store) == {"versicolor": 5.0, "virginica": 0.25}
    assert last_step(store) == "Change weight of class virginica from 1 to 0.25"
    assert "versicolor: 5, virginica: 0.25" in section.button.accessibleName()
    choose(qtbot, panel.weight_form.rows["class_weight"].editor.control, "none")  # type: ignore[arg-type]
    assert not section.isVisible()
    by_hand(qtbot, panel)
    assert text_of(section.form, "class_1") == "5"


def test_each_class_is_a_step_of_its_own(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    by_hand(qtbot, panel)
    first = store.undo_stack.index()
    form = panel.class_weights.form
    control = form.rows["class_0"].editor.control
    control.setFocus()
    for _ in range(3):
        qtbot.keyClick(control, Qt.Key.Key_Up)
    assert weights(store) == {"setosa": 2.5}
    assert last_step(store) == "Change weight of class setosa from 1 to 2.5"
    assert store.undo_stack.index() == first + 1
    type_into(qtbot, form, "class_1", "3")
    assert store.undo_stack.index() == first + 2
    store.undo_stack.undo()
    assert text_of(form, "class_1") == "1"
    store.undo_stack.undo()
    assert weights(store) == {}
    assert text_of(form, "class_0") == "1"


@pytest.mark.parametrize("text", ["-1", "2000000", "much", ""])
def test_what_is_no_weight_is_refused(qtbot: QtBot, store: Store, panel: TrainingPanel, text: str) -> None:
    by_hand(qtbot, panel)
    type_into(qtbot, panel.class_weights.form, "class_0", text or " ")
    assert weights(store) == {}
    assert "a number from 0 to 1,000,000" in visible_text(panel)


def test_a_class_of_weight_0_is_told_of_and_all_of_them_are_a_mistake(
    qtbot: QtBot, store: Store, panel: TrainingPanel
) -> None:
    by_hand(qtbot, panel)
    form = panel.class_weights.form
    type_into(qtbot, form, "class_0", "0")
    assert store.analysis.ok
    assert "The class setosa weighs 0, so the network never learns it" in visible_text(panel)
    for name in ("class_1", "class_2"):
        type_into(qtbot, form, name, "0")
    assert "all class weights are 0" in store.analysis.problems["output"].sentence
    store.undo_stack.undo()
    qtbot.mouseClick(button(panel, "fix"), Qt.MouseButton.LeftButton)
    assert weights(store) == {}


def test_other_data_have_weights_of_their_own_and_lose_none(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    by_hand(qtbot, panel)
    section = panel.class_weights
    type_into(qtbot, section.form, "class_0", "4")
    assert not section.forget_button.isVisible()
    before = store.document
    store.edit("other data", edits.set_data(store.document, dataset=Digits()))
    assert [row.label.text() for row in section.form.rows.values()] == [str(digit) for digit in range(10)]
    assert "all 1" in section.button.accessibleName()
    assert "Kept for other data (setosa: 4); these data have no such class." in visible_text(panel)
    type_into(qtbot, section.form, "class_7", "2")
    store.edit("back", edits.set_data(store.document, dataset=before.data.dataset))
    assert text_of(section.form, "class_0") == "4"
    assert "Kept for other data (7: 2)" in visible_text(panel)
    qtbot.mouseClick(section.forget_button, Qt.MouseButton.LeftButton)
    assert weights(store) == {"setosa": 4.0}
    assert not section.forget_button.isVisible()
    store.undo_stack.undo()
    assert weights(store) == {"7": 2.0, "setosa": 4.0}


def test_data_without_classes_are_told_of(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    by_hand(qtbot, panel)
    store.open(edits.append(store.document, Dense(1)))
    store.edit("numbers", edits.set_training(edits.set_data(store.document, dataset=Hills()), loss=MeanSquaredError()))
    assert (
        "set by hand, but these data are for regression"
        in store.analysis.problems.get("output", next(iter(store.analysis.problems.values()))).sentence
    )
    assert panel.weight_form.isVisible()
    assert not panel.class_weights.isVisible()


def test_names_of_classes_may_hold_anything(qtbot: QtBot, store: Store, panel: TrainingPanel, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    names = ["R&D", "<b>bold</b>", "a name that is longer than its column"]
    path.write_text("a,b,class\n" + "".join(f"{row},{row % 7},{names[row % 3]}\n" for row in range(60)))
    store.open(edits.set_data(store.document, dataset=TableFile(path=str(path))))
    by_hand(qtbot, panel)
    form = panel.class_weights.form
    classes = store.analysis.signature.classes  # type: ignore[union-attr]
    assert sorted(classes) == sorted(names)
    for index, name in enumerate(classes):
        type_into(qtbot, form, f"class_{index}", str(index + 2))
        assert weights(store)[name] == index + 2
    assert form.rows[f"class_{classes.index(names[2])}"].toolTip().startswith(names[2])
    panel.resize(NARROW, 900)
    assert_fits(panel)
    assert_named(panel)
    repaint_in_all_themes(panel)


def test_fields_follow_from_the_declaration() -> None:
    (field,) = class_fields(("only",))
    assert (field.kind, field.minimum, field.maximum, field.title) == ("float", 0, 1e6, "only")


def test_fields_are_made_only_once_they_are_wanted(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    """Data may have hundreds of classes, and most runs no weights."""
    assert not panel.class_weights.form.rows
    by_hand(qtbot, panel)
    assert len(panel.class_weights.form.rows) == 3
