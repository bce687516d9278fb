"""Inspector page of the loss: same choices as in the training panel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from engine import losses, optimizers
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.panels.inspector import Inspector
from nnstudio.panels.training import TrainingPanel
from nnstudio.store import Store


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def inspector(qtbot: QtBot, store: Store) -> Iterator[Inspector]:
    made = Inspector(store)
    made.resize(320, 700)
    made.show()
    store.select(OUTPUT)
    yield made
    made.deleteLater()


def test_another_loss_and_another_optimiser_are_one_undoable_edit_each(store: Store, inspector: Inspector) -> None:
    page = inspector.loss_page
    page.loss.combo.setCurrentIndex(page.loss.combo.findText("Hinge"))
    page.loss.combo.activated.emit(page.loss.combo.currentIndex())
    assert isinstance(store.document.training.loss, losses.Hinge)
    page.optimizer.combo.setCurrentIndex(page.optimizer.combo.findText("SGD"))
    page.optimizer.combo.activated.emit(page.optimizer.combo.currentIndex())
    assert isinstance(store.document.training.optimizer, optimizers.SGD)
    assert store.undo_stack.undoText() == "Change optimiser from Adam to SGD"
    store.undo_stack.undo()
    store.undo_stack.undo()
    assert isinstance(store.document.training.loss, losses.BinaryCrossEntropy)
    assert page.loss.combo.currentText() == "Binary cross-entropy"


def test_fields_of_the_optimiser_are_set_where_the_training_panel_shows_them(
    store: Store, inspector: Inspector, qtbot: QtBot
) -> None:
    panel = TrainingPanel(store)
    qtbot.addWidget(panel)
    form = inspector.loss_page.optimizer.form
    assert form is not None
    form.changed.emit("learning_rate", 0.5)
    assert store.document.training.optimizer.learning_rate == 0.5
    assert (
        panel.optimizer_form.rows["learning_rate"].editor.control.text()  # type: ignore[attr-defined]
        == form.rows["learning_rate"].editor.control.text()  # type: ignore[attr-defined]
    )
    form.changed.emit("learning_rate", -1.0)
    assert store.document.training.optimizer.learning_rate == 0.5


def test_the_page_of_the_data_leads_to_their_panel(store: Store, inspector: Inspector, qtbot: QtBot) -> None:
    store.select(INPUT)
    button = inspector.findChild(QPushButton, "showData")
    assert button is not None
    with qtbot.waitSignal(inspector.data_wanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
