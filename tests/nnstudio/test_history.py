"""Undo history: every setting named, with old and new values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from engine.declared import FieldInfo
from engine.layers import REGISTRY
from engine.optimizers import OPTIMIZERS
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.panels.data import DataPanel
from nnstudio.panels.form import Form
from nnstudio.panels.inspector import Inspector
from nnstudio.panels.training import TrainingPanel
from nnstudio.store import Store


@pytest.fixture
def store(qapp: object) -> Store:
    return Store()


def others(field: FieldInfo, value: Any) -> Iterator[Any]:
    """Values unlike the present one, some of which are allowed."""
    match field.kind:
        case "int" | "seed":
            yield from (value + 1, value - 1) if isinstance(value, int) else (1, 2)
        case "float":
            yield from (value / 2, 0.5, 0.25) if isinstance(value, float) else (0.5, 2.0)
        case "bool":
            yield not value
        case "choice" | "choice_or_int":
            yield from (choice for choice in field.choices if choice != value)
        case "shape":
            yield from (3, (3, 3), (2,))
        case _:
            yield "another"


def change_each(store: Store, form: Form) -> int:
    """Changes every setting of a form as a person would, and looks at what the history calls it."""
    done = 0
    for name, row in form.rows.items():
        stack = store.undo_stack
        for value in others(row.field, form._shown[name]):
            before, count = store.document, stack.index()
            form.changed.emit(name, value)
            if store.document is before:
                continue  # refused
            assert stack.index() == count + 1
            text = stack.undoText()
            assert text.startswith("Change "), text
            assert row.field.title.lower() in text, text
            assert " from " in text
            assert " to " in text
            stack.undo()
            assert store.document == before
            done += 1
            break
    return done


@pytest.mark.parametrize("kind", sorted(REGISTRY))
def test_settings_of_every_layer(store: Store, qtbot: QtBot, kind: str) -> None:
    document = edits.append(Document(), REGISTRY[kind]())  # type: ignore[call-arg]
    store.open(document)
    inspector = Inspector(store)
    qtbot.addWidget(inspector)
    store.select(document.blocks[0].name)
    assert inspector.form is not None
    assert change_each(store, inspector.form) == len(inspector.form.rows)


@pytest.mark.parametrize("kind", sorted(OPTIMIZERS))
def test_settings_of_training(store: Store, qtbot: QtBot, kind: str) -> None:
    store.open(edits.set_training(Document(), optimizer=OPTIMIZERS[kind]()))
    panel = TrainingPanel(store)
    qtbot.addWidget(panel)
    forms = [form for form in panel.findChildren(Form) if form._shown and form is not panel.metric_form]
    assert sum(change_each(store, form) for form in forms) > 5


def test_settings_of_the_data(store: Store, qtbot: QtBot) -> None:
    panel = DataPanel(store)
    qtbot.addWidget(panel)
    for dataset in (datasets.Circles(), datasets.Spirals(), datasets.Gaussians(), datasets.Digits()):
        store.open(edits.set_data(Document(), dataset=dataset))
        assert change_each(store, panel.form) >= len(panel.form.rows) - 1


@pytest.fixture
def inspector(store: Store, qtbot: QtBot) -> Inspector:
    store.open(edits.append(edits.append(Document(), layers.Dense(5)), layers.Tanh()))
    made = Inspector(store)
    qtbot.addWidget(made)
    store.select("dense_1")
    return made


def test_a_spin_box_that_is_turned_leaves_one_step_from_first_to_last(store: Store, inspector: Inspector) -> None:
    assert inspector.form is not None
    for units in (6, 7, 8):
        inspector.form.changed.emit("units", units)
    assert store.undo_stack.count() == 1
    assert store.undo_stack.undoText() == "Change units of dense_1 from 5 to 8"


def test_a_step_that_undo_took_back_is_not_told_of(store: Store, inspector: Inspector) -> None:
    assert inspector.form is not None
    inspector.form.changed.emit("units", 6)
    store.undo_stack.undo()
    store.edit("Rename", edits.rename(store.document, "tanh_1", "other"))
    store.edit("Set", edits.set_field(store.document, "dense_1", "units", 20))
    store.undo_stack.undo()
    inspector.form.changed.emit("units", 8)
    assert store.undo_stack.undoText() == "Change units of dense_1 from 5 to 8"
    store.undo_stack.undo()
    store.undo_stack.redo()
    inspector.form.changed.emit("units", 9)
    assert store.undo_stack.undoText() == "Change units of dense_1 from 5 to 9"
    store.undo_stack.undo()
    assert store.document.block("dense_1").layer == layers.Dense(5)


def test_saving_ends_a_series(store: Store, inspector: Inspector) -> None:
    assert inspector.form is not None
    inspector.form.changed.emit("units", 6)
    store.undo_stack.setClean()
    inspector.form.changed.emit("units", 7)
    assert store.undo_stack.undoText() == "Change units of dense_1 from 6 to 7"


def test_marks_are_steps_of_their_own(store: Store, inspector: Inspector) -> None:
    page = inspector._page
    assert page is not None
    page.marks.changed.emit("disabled", True)
    assert store.document.block("dense_1").disabled
    assert store.undo_stack.undoText() == "Disable dense_1"
    # Without the block there is nothing that could learn.
    assert page.marks.rows["frozen"].isHidden()
    page.marks.changed.emit("disabled", False)
    assert store.undo_stack.undoText() == "Enable dense_1"
    assert not page.marks.rows["frozen"].isHidden()
