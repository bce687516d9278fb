"""Collapsible sections of the training panel, and offers after failed training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.data import Digits, Hills, Iris, Moons
from engine.layers import Dense, Sigmoid
from engine.losses import BinaryCrossEntropy, Huber, MeanSquaredError
from engine.optimizers import SGD
from engine.regularisation import Clipping, Penalty
from engine.schedules import SCHEDULES, Cosine, Exponential, OneCycle, Plateau, Step
from engine.training.early_stopping import EarlyStopping
from nnstudio.document import edits
from nnstudio.document.model import DataSettings, Document, TrainingSettings
from nnstudio.document.training_checks import fitted
from nnstudio.panels.training import TrainingPanel
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.rate_forecast import forecast
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
    type_into,
    visible_text,
)
from tests.nnstudio.worker_support import run_of


def document(dataset: object = None, **training: object) -> Document:
    made = edits.append(edits.append(Document(), Dense(1)), Sigmoid())
    made = edits.set_data(made, dataset=dataset or Moons(samples=100), validation=0.2)
    settings = {"loss": BinaryCrossEntropy(), "optimizer": SGD(0.1), "batch_size": 10, "epochs": 50, **training}
    return edits.set_training(made, **settings)


@pytest.fixture
def store() -> Store:
    return opened(document())


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> TrainingPanel:
    panel = TrainingPanel(store)
    shown(qtbot, panel, height=1200)
    return panel


def test_sections_are_folded_until_somebody_unfolds_them(qtbot: QtBot, panel: TrainingPanel) -> None:
    assert not any(section.body.isVisible() for section in panel.sections)
    for section in panel.sections:
        qtbot.mouseClick(section.button, Qt.MouseButton.LeftButton)
        assert section.body.isVisible()
        assert "unfolded" in section.button.accessibleName()
    qtbot.keyClick(panel.rate_section.button, Qt.Key.Key_Space)
    assert not panel.rate_section.body.isVisible()
    # The whole line is the heading, with the words at its right.
    qtbot.mouseClick(panel.findChild(QLabel, "rateSummary"), Qt.MouseButton.LeftButton)
    assert panel.rate_section.body.isVisible()
    qtbot.mouseClick(panel.rate_section.button, Qt.MouseButton.LeftButton)
    for part in ("constant", "off", "after the epochs", "accuracy"):
        assert any(part in section.button.accessibleName() for section in panel.sections)


def test_a_schedule_is_chosen_fitted_to_the_run_and_tuned(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    panel.rate_section.unfold()
    assert not panel.preview.isVisible()
    choose(qtbot, panel.schedule.combo, "cosine")
    assert store.document.training.schedule == Cosine(total=50)
    assert panel.preview.isVisible()
    assert "Cosine" in panel.rate_section.button.accessibleName()
    assert panel.schedule.form is not None
    type_into(qtbot, panel.schedule.form, "end", "0.1")
    assert store.document.training.schedule == Cosine(total=50, end=0.1)
    assert last_step(store) == "Change final rate of schedule from 0 to 0.1"
    type_into(qtbot, panel.schedule.form, "total", "0")
    assert "from 1 to 1,000,000,000; found" in visible_text(panel)
    choose(qtbot, panel.schedule.combo, "")
    assert store.document.training.schedule is None
    choose(qtbot, panel.schedule.combo, "cosine")
    assert store.document.training.schedule == Cosine(total=50, end=0.1)
    while store.undo_stack.canUndo():
        store.undo_stack.undo()
    assert panel.schedule.combo.currentData() == ""


def test_what_is_switched_on_does_something_and_goes_off_again(
    qtbot: QtBot, store: Store, panel: TrainingPanel
) -> None:
    for section in panel.sections:
        section.unfold()
    for choice, first in (
        (panel.clipping, Clipping(norm=1.0)),
        (panel.penalty, Penalty(l2=0.001)),
        (panel.early_stopping, EarlyStopping()),
    ):
        qtbot.mouseClick(choice.switch, Qt.MouseButton.LeftButton)
        assert getattr(store.document.training, choice.name) == first
        assert last_step(store) == f"Switch {choice.title.lower()} on"
        assert choice.form is not None
        assert choice.form.isVisible()
    assert "penalty, clipping" in panel.regularisation_section.button.accessibleName()
    assert panel.clipping.form is not None
    type_into(qtbot, panel.clipping.form, "norm", " ")
    type_into(qtbot, panel.clipping.form, "value", "0.5")
    assert store.document.training.clipping == Clipping(value=0.5)
    qtbot.mouseClick(panel.clipping.switch, Qt.MouseButton.LeftButton)
    assert store.document.training.clipping is None
    assert panel.clipping.form is None
    qtbot.mouseClick(panel.clipping.switch, Qt.MouseButton.LeftButton)
    assert store.document.training.clipping == Clipping(value=0.5)


def test_without_validation_data_the_training_loss_is_watched(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    store.open(edits.set_data(store.document, validation=0.0))
    panel.stopping_section.unfold()
    qtbot.mouseClick(panel.early_stopping.switch, Qt.MouseButton.LeftButton)
    assert store.document.training.early_stopping == EarlyStopping(monitor="loss")
    assert store.analysis.ok
    store.edit("x", edits.set_training(store.document, early_stopping=EarlyStopping()))
    assert "no data are held out for validation" in store.analysis.problems["output"].sentence
    assert "no data are held out for validation" in visible_text(panel)


def test_class_weights_are_offered_for_classes_only(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    store.open(document(loss=MeanSquaredError()))
    assert panel.weight_form.isVisible()
    choose(qtbot, panel.weight_form.rows["class_weight"].editor.control, "balanced")  # type: ignore[arg-type]
    assert store.document.training.class_weight == "balanced"
    store.edit("x", edits.set_data(store.document, dataset=Hills()))
    assert "no classes; set them to none" in store.analysis.problems["output"].sentence
    assert panel.weight_form.isVisible()
    choose(qtbot, panel.weight_form.rows["class_weight"].editor.control, "none")  # type: ignore[arg-type]
    assert store.analysis.ok
    assert not panel.weight_form.isVisible()


def test_the_fields_of_a_loss_are_there(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    store.open(document(Hills(), loss=Huber()))
    assert panel.loss.form is not None
    type_into(qtbot, panel.loss.form, "delta", "2")
    assert store.document.training.loss == Huber(delta=2.0)


def test_metrics_are_those_that_suit_the_data(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    panel.metric_section.unfold()
    assert list(panel.metric_form.rows) == ["precision", "recall", "f1"]
    for name in ("f1", "recall"):
        qtbot.mouseClick(
            panel.metric_form.rows[name].editor.control, Qt.MouseButton.LeftButton, pos=_middle(panel, name)
        )
    assert store.document.training.metrics == ("f1", "recall")
    assert last_step(store) == "Measure Recall (macro)"
    assert "accuracy + 2" in panel.metric_section.button.accessibleName()
    store.edit("x", edits.set_data(store.document, dataset=Hills()))
    assert list(panel.metric_form.rows) == ["r2"]
    assert "error" in panel.metric_section.button.accessibleName()
    store.edit("x", edits.set_data(store.document, dataset=Digits()))
    assert list(panel.metric_form.rows) == ["precision", "recall", "f1", "top"]
    type_into(qtbot, panel.metric_form, "top", "3")
    assert store.document.training.metrics == ("f1", "recall", "top_3")
    type_into(qtbot, panel.metric_form, "top", " ")
    qtbot.mouseClick(panel.metric_form.rows["f1"].editor.control, Qt.MouseButton.LeftButton, pos=_middle(panel, "f1"))
    assert store.document.training.metrics == ("recall",)
    assert last_step(store) == "Leave out F1 (macro)"


def _middle(panel: TrainingPanel, name: str) -> QPoint:
    return panel.metric_form.rows[name].editor.control.rect().center()


class TestForecast:
    def test_follows_the_schedule_and_its_warm_up(self, store: Store) -> None:
        made = edits.set_training(store.document, schedule=Step(every=10, gamma=0.5, warmup=16))
        assert store.analysis.signature is not None
        told = forecast(made, store.analysis.signature, 20, points=10_000)
        # 80 samples in batches of 10: 8 steps an epoch.
        assert len(told.rates) == 160
        assert told.rates[:3] == pytest.approx([0.1 / 16, 0.2 / 16, 0.3 / 16])
        assert told.rates[[16, 79, 80]] == pytest.approx([0.1, 0.1, 0.05])
        assert told.epochs[80] == 10
        assert not told.open

    def test_is_what_training_does(self, store: Store) -> None:
        made = edits.set_training(store.document, schedule=OneCycle(total=200))
        assert store.analysis.signature is not None
        told = forecast(made, store.analysis.signature, 3, points=10_000)
        run = run_of(made)
        rates = []
        for _ in told.rates:
            rates.append(run.learning_rate)
            run.step_once()
        assert told.rates == pytest.approx(rates)

    def test_takes_as_many_points_for_a_long_run(self, store: Store) -> None:
        made = edits.set_training(store.document, schedule=Plateau(), epochs=10_000_000)
        assert store.analysis.signature is not None
        told = forecast(made, store.analysis.signature, 10_000_000)
        assert len(told.rates) <= 240
        assert told.open
        assert np.unique(told.rates).tolist() == [0.1]

    def test_fresh_settings_fit_the_run(self, store: Store) -> None:
        signature = store.analysis.signature
        assert fitted(Cosine(), store.document, signature) == Cosine(total=50)
        assert fitted(OneCycle(), store.document, signature) == OneCycle(total=400)
        assert fitted(Exponential(), store.document, signature) == Exponential()
        bare = edits.set_data(store.document, validation=0.0)
        assert fitted(Plateau(), bare, signature) == Plateau(monitor="loss")
        assert fitted(Plateau(), bare, None) == Plateau()


def test_the_preview_says_where_training_is(qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
    panel.rate_section.unfold()
    store.edit("x", edits.set_training(store.document, schedule=Cosine(total=50)))
    assert panel.preview.accessibleDescription() == "from 0.1 to 0.0000987 over 50 epochs"
    running = Snapshot(1, RunState.RUNNING, epoch=20, epochs=100, step=160, learning_rate=0.06)
    panel.draw(running)
    assert panel.preview.now == (20, 0.06)
    # The run goes on for longer than the settings say.
    assert "over 100 epochs" in panel.preview.accessibleDescription()
    before = panel.preview.grab().toImage()
    panel.draw(replace(running, epoch=80, learning_rate=0.01))
    assert panel.preview.grab().toImage() != before
    panel.draw(Snapshot(2, RunState.READY, epochs=50))
    assert panel.preview.now is None


class TestFailure:
    FAILED = Snapshot(1, RunState.FAILED, step=3, message="The loss became inf.", diverged=True)

    def test_offers_what_cures_it(self, qtbot: QtBot, store: Store, panel: TrainingPanel) -> None:
        with qtbot.waitSignal(panel.failed):
            panel.draw(self.FAILED)
        assert "The loss became inf." in visible_text(panel)
        fixes = [child.text() for child in panel.failure.findChildren(type(button(panel, "fix")), "fix")]
        assert fixes == [
            "Set the learning rate to 0.01",
            "Clip the gradients to norm 1",
            "Start again from the initial weights",
        ]
        for fix in panel.failure.findChildren(type(button(panel, "fix")), "fix")[:2]:
            qtbot.mouseClick(fix, Qt.MouseButton.LeftButton)
        training = store.document.training
        assert (training.optimizer, training.clipping) == (SGD(0.01), Clipping(norm=1.0))
        panel.draw(replace(self.FAILED, state=RunState.PAUSED, diverged=False, message=""))
        assert not panel.failure.isVisible()

    def test_the_first_weights_are_asked_for(self, qtbot: QtBot, panel: TrainingPanel) -> None:
        panel.draw(self.FAILED)
        last = panel.failure.findChildren(type(button(panel, "fix")), "fix")[-1]
        with qtbot.waitSignal(panel.reset_chosen):
            qtbot.mouseClick(last, Qt.MouseButton.LeftButton)

    def test_other_failures_are_none_of_its_business(self, panel: TrainingPanel) -> None:
        panel.draw(replace(self.FAILED, diverged=False))
        assert not panel.failure.isVisible()


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_all_of_it_fits_a_narrow_dock(qtbot: QtBot, schedule: str) -> None:
    store = Store()
    panel = TrainingPanel(store)
    shown(qtbot, panel, NARROW, 300)
    settings = TrainingSettings(
        schedule=SCHEDULES[schedule](),  # type: ignore[call-arg]
        clipping=Clipping(norm=1),
        penalty=Penalty(l1=0.1),
        early_stopping=EarlyStopping(),
        metrics=("precision", "top_2"),
    )
    store.open(Document(data=DataSettings(dataset=Iris()), training=settings))
    for section in panel.sections:
        section.unfold()
    panel.draw(TestFailure.FAILED)
    panel.grab()
    assert_fits(panel)
    assert_named(panel)


def test_all_themes_are_drawn(panel: TrainingPanel) -> None:
    panel.store.edit("x", edits.set_training(panel.store.document, schedule=Plateau()))
    for section in panel.sections:
        section.unfold()
    repaint_in_all_themes(panel)
