"""Training panel: choose loss and optimiser, set the run, undoably."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.data import Digits
from engine.errors import SpecError
from engine.layers import Dense, Flatten
from engine.losses import LOSSES, CategoricalCrossEntropy, MeanSquaredError
from engine.optimizers import OPTIMIZERS, SGD, Adam, RMSprop
from nnstudio.document import edits
from nnstudio.document.model import DataSettings, Document, TrainingSettings
from nnstudio.panels.panel import refusal
from nnstudio.panels.switching import carry_over
from nnstudio.panels.training import TrainingPanel
from nnstudio.store import Store
from nnstudio.ui.theme import theme
from tests.nnstudio.panels_support import (
    NARROW,
    assert_fits,
    assert_named,
    background,
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
    store = Store()
    document = Document(training=TrainingSettings(loss=MeanSquaredError(), optimizer=SGD(), epochs=100))
    store.open(edits.append(document, Dense(2)))
    return store


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> TrainingPanel:
    panel = TrainingPanel(store)
    shown(qtbot, panel)
    return panel


def test_nothing_is_edited_by_showing(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    store.open(Document(training=TrainingSettings(optimizer=Adam(learning_rate=0.02), epochs=7, shuffle=False)))
    assert store.undo_stack.count() == 0
    assert text_of(panel.optimizer_form, "learning_rate") == "0.02"
    assert text_of(panel.form, "epochs") == "7"


def test_the_learning_rate_is_a_named_step(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    type_into(qtbot, panel.optimizer_form, "learning_rate", "0.03")
    assert store.document.training.optimizer == SGD(learning_rate=0.03)
    assert last_step(store) == "Change learning rate from 0.1 to 0.03"
    store.undo_stack.undo()
    assert text_of(panel.optimizer_form, "learning_rate") == "0.1"


def test_the_run_is_set(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    type_into(qtbot, panel.form, "epochs", "250")
    type_into(qtbot, panel.form, "batch_size", "4")
    qtbot.keyClick(panel.form.rows["shuffle"].editor.control, Qt.Key.Key_Space)
    training = store.document.training
    assert (training.epochs, training.batch_size, training.shuffle) == (250, 4, False)
    assert last_step(store) == "Change shuffle from on to off"
    assert list(panel.form.rows) == ["batch_size", "epochs", "shuffle", "seed"]


def test_another_loss_and_optimiser_are_chosen(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    choose(qtbot, panel.loss.combo, "categorical_cross_entropy")
    assert store.document.training.loss == CategoricalCrossEntropy()
    choose(qtbot, panel.optimizer.combo, "Adam")
    assert store.document.training.optimizer == Adam()
    text = visible_text(panel)
    for part in (CategoricalCrossEntropy.help, CategoricalCrossEntropy.formula, Adam.help, *Adam.formula.split(",  ")):
        assert part in text
    while store.undo_stack.canUndo():
        store.undo_stack.undo()
    assert panel.optimizer.combo.currentData() == "SGD"
    assert panel.optimizer_form.isVisible()


def test_a_learning_rate_is_kept_only_where_it_means_the_same() -> None:
    same_start = lambda before, after: before.default == after.default  # noqa: E731
    assert carry_over(SGD(learning_rate=0.5), Adam, same_start) == Adam()
    assert carry_over(RMSprop(learning_rate=0.5, epsilon=1e-6), Adam, same_start) == Adam(epsilon=1e-6)


def test_coming_back_to_an_optimiser_finds_it_as_it_was(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    type_into(qtbot, panel.optimizer_form, "momentum", "0.9")
    choose(qtbot, panel.optimizer.combo, "Adam")
    choose(qtbot, panel.optimizer.combo, "SGD")
    assert store.document.training.optimizer == SGD(momentum=0.9)
    store.open(Document())
    choose(qtbot, panel.optimizer.combo, "SGD")
    assert store.document.training.optimizer in (SGD(), Document().training.optimizer)


def test_what_the_document_refuses_is_one_sentence_without_a_path() -> None:
    with pytest.raises(ValidationError) as error:
        edits.set_training(Document(), epochs=0)
    assert refusal(error.value, "Epochs") == "Epochs: input should be greater than or equal to 1, found 0."
    with pytest.raises(SpecError) as refused:
        SGD(momentum=1)
    assert refusal(refused.value, "Momentum") == "Momentum: input should be less than 1, found 1."


def test_an_output_that_does_not_fit_is_shown_with_its_cure(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    document = Document(data=DataSettings(dataset=Digits()))
    store.open(edits.append(edits.append(document, Flatten()), Dense(3)))
    assert not store.analysis.ok
    qtbot.mouseClick(button(panel, "fix"), Qt.MouseButton.LeftButton)
    assert store.analysis.ok
    store.undo_stack.undo()
    assert not store.analysis.ok
    assert button(panel, "fix").isVisible()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_everything_fits_a_narrow_dock(qtbot: QtBot, loss: str, optimizer: str) -> None:
    store = Store()
    panel = TrainingPanel(store)
    shown(qtbot, panel, NARROW, 300)
    store.open(Document(training=TrainingSettings(loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer]())))  # type: ignore[call-arg]
    panel.grab()
    assert_fits(panel)
    assert_named(panel)
    for combo in (panel.loss.combo, panel.optimizer.combo):
        assert combo.fontMetrics().horizontalAdvance(combo.currentText()) < combo.width() - 30


def test_a_new_one_has_the_background_of_the_theme(qtbot: QtBot) -> None:
    theme().set_mode("dark")
    panel = TrainingPanel(Store())
    shown(qtbot, panel)
    assert background(panel) == theme().colours.panel
    theme().set_mode("light")


def test_all_themes_are_drawn(panel: TrainingPanel) -> None:
    repaint_in_all_themes(panel)
