"""Steps and split in the data panel: added, set, moved, switched off, undone; previews."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine import datasets
from engine.data.steps import (
    STEPS,
    Balance,
    LabelNoise,
    PointFeatures,
    PolynomialFeatures,
    ScaleInputs,
    ScaleTargets,
    Step,
    Subsample,
)
from nnstudio.document import edits, step_edits
from nnstudio.document.model import DataSettings, Document
from nnstudio.panels.data import DataPanel
from nnstudio.store import Store
from nnstudio.training.build import read_data
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.step_preview import MOST_COLUMNS, Histogram, preview_of
from nnstudio.ui.theme import theme
from tests.nnstudio.builders import opened
from tests.nnstudio.panels_support import (
    assert_fits,
    assert_named,
    last_step,
    repaint_in_all_themes,
    shown,
    visible_text,
)


@pytest.fixture(autouse=True)
def _light(qtbot: QtBot) -> None:
    theme().set_mode("light")


def document(*steps: Step, dataset: datasets.Dataset | None = None, **settings: Any) -> Document:
    return Document(data=DataSettings(dataset=dataset or datasets.Moons(), steps=steps, **settings))


def panel_of(qtbot: QtBot, made: Document) -> tuple[DataPanel, Store]:
    store = opened(made)
    panel = DataPanel(store)
    shown(qtbot, panel, height=900)
    draw(panel, made)
    return panel, store


def draw(panel: DataPanel, made: Document) -> None:
    panel.draw(Snapshot(1, RunState.READY, data=read_data(made.data)))


def click(qtbot: QtBot, widget: Any) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def offered(panel: DataPanel) -> dict[str, bool]:
    panel.steps.menu.aboutToShow.emit()
    return {action.text(): action.isEnabled() for action in panel.steps.menu.actions() if not action.isSeparator()}


@pytest.mark.parametrize("kind", [datasets.Iris, datasets.Wine, datasets.Diabetes])
def test_the_setting_of_the_data_and_the_step_give_the_same_numbers(kind: type[datasets.Dataset]) -> None:
    made = document(dataset=kind())
    assert made.data.dataset.standardised
    stepped = step_edits.change(step_edits.change(made, 0, enabled=False), 0, enabled=True)
    assert (stepped.data.dataset.standardised, stepped.data.steps) == (False, (ScaleInputs(),))
    one, two = read_data(made.data), read_data(stepped.data)
    np.testing.assert_array_equal(one.train.x, two.train.x)
    np.testing.assert_array_equal(one.validation.x, two.validation.x)


class TestScaleOfTheData:
    """Data sets that scale their inputs by a setting of their own, as all tables do at first."""

    def test_it_is_the_first_step_and_no_field_of_the_data(self, qtbot: QtBot) -> None:
        panel, _ = panel_of(qtbot, document(PolynomialFeatures(), dataset=datasets.Iris()))
        assert [card.kind.title for card in panel.steps.cards] == ["Scale inputs", "Polynomial features"]
        assert "standardize" not in panel.form.rows
        assert "No steps" not in visible_text(panel)

    def test_its_preview_shows_the_columns(self, qtbot: QtBot) -> None:
        found = preview_of(read_data(document(dataset=datasets.Iris()).data), (), -1)
        assert found is not None
        assert [change.name for change in found.columns] == list(datasets.Iris().load().features)
        before, after = found.columns[0].before, found.columns[0].after
        assert before is not None
        assert after is not None
        assert (before.low, before.high) == pytest.approx((4.3, 7.9), abs=0.3)
        assert -3 < after.low < 0 < after.high < 3
        assert preview_of(read_data(document().data), (), -1) is None

    def test_setting_switching_and_taking_out_end_the_setting(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(PolynomialFeatures(), dataset=datasets.Iris()))
        card = panel.steps.cards[0]
        click(qtbot, card.switch)
        assert store.document.data.steps == (ScaleInputs(enabled=False), PolynomialFeatures())
        assert not store.document.data.dataset.standardised
        store.undo_stack.undo()
        assert store.document.data.dataset.standardised
        card = panel.steps.cards[0]
        card.form.changed.emit("method", "min_max")
        assert store.document.data.steps == (ScaleInputs(method="min_max"), PolynomialFeatures())
        store.undo_stack.undo()
        click(qtbot, panel.steps.cards[0].out)
        assert store.document.data.steps == (PolynomialFeatures(),)
        assert not store.document.data.dataset.standardised
        store.undo_stack.undo()
        # What is done to the others leaves it as it is.
        click(qtbot, panel.steps.cards[1].out)
        assert store.document.data.steps == ()
        assert store.document.data.dataset.standardised


class TestList:
    def test_without_steps_it_says_so(self, qtbot: QtBot) -> None:
        panel, _ = panel_of(qtbot, document())
        assert panel.steps.cards == []
        assert "as they are" in panel.steps._empty.text()

    def test_every_kind_is_offered_and_what_does_not_fit_is_grey_with_the_reason(self, qtbot: QtBot) -> None:
        panel, _ = panel_of(qtbot, document(dataset=datasets.Iris()))
        found = offered(panel)
        assert set(found) == {kind.title for kind in STEPS.values()}
        assert not found["Features of a point"]
        assert not found["Scale targets"]
        assert found["Balance classes"]
        tip = next(each.toolTip() for each in panel.steps.menu.actions() if each.text() == "Features of a point")
        assert "two inputs, found 4" in tip

    def test_a_step_is_added_and_undone(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document())
        offered(panel)
        next(each for each in panel.steps.menu.actions() if each.text() == "Features of a point").trigger()
        assert store.document.data.steps == (PointFeatures(),)
        assert last_step(store) == "Add step Features of a point"
        (card,) = panel.steps.cards
        assert card.title.isChecked()
        store.undo_stack.undo()
        assert store.document.data.steps == ()
        assert panel.steps.cards == []

    def test_fields_are_set_one_by_one(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(PointFeatures()))
        (card,) = panel.steps.cards
        click(qtbot, card.title)
        card.form.rows["x_squared"].editor.control.click()  # type: ignore[attr-defined]
        assert store.document.data.steps == (PointFeatures(x_squared=True),)
        assert "x₁²" in card.summary.text()
        assert "x₁² of features of a point from off to on" in last_step(store)

    def test_a_value_that_is_refused_is_told_at_its_field(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(PointFeatures(y=False)))
        (card,) = panel.steps.cards
        click(qtbot, card.title)
        card.form.rows["x"].editor.control.click()  # type: ignore[attr-defined]
        assert store.document.data.steps == (PointFeatures(y=False),)
        assert "at least one feature" in card.form.rows["x"].error.text()

    def test_moved_switched_off_and_taken_out(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(ScaleInputs(), LabelNoise()))
        first, second = panel.steps.cards
        assert [first.up.isEnabled(), first.down.isEnabled()] == [False, True]
        assert [second.up.isEnabled(), second.down.isEnabled()] == [True, False]
        click(qtbot, second.up)
        assert store.document.data.steps == (LabelNoise(), ScaleInputs())
        assert last_step(store) == "Move Label noise up"
        card = panel.steps.cards[0]
        click(qtbot, card.switch)
        assert store.document.data.steps[0] == LabelNoise(enabled=False)
        assert card.summary.text() == "off"
        assert last_step(store) == "Switch Label noise off"
        click(qtbot, card.out)
        assert store.document.data.steps == (ScaleInputs(),)
        for _ in range(3):
            store.undo_stack.undo()
        assert store.document.data.steps == (ScaleInputs(), LabelNoise())

    def test_two_of_a_kind_are_told_apart(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(ScaleInputs(), PolynomialFeatures(), ScaleInputs(method="min_max")))
        click(qtbot, panel.steps.cards[2].out)
        assert store.document.data.steps == (ScaleInputs(), PolynomialFeatures())

    def test_names_widths_and_themes(self, qtbot: QtBot) -> None:
        steps = (ScaleInputs(), PolynomialFeatures(), LabelNoise(), Balance(), Subsample())
        panel, store = panel_of(qtbot, document(*steps, dataset=datasets.Iris(), test=0.2, split_by="order"))
        for card in panel.steps.cards:
            card.unfold(True)
        draw(panel, store.document)
        assert_named(panel)
        assert_fits(panel)
        repaint_in_all_themes(panel)


class TestPreview:
    def preview(self, made: Document, index: int = 0) -> Any:
        return preview_of(read_data(made.data), made.data.steps, index)

    def test_columns_before_and_after(self) -> None:
        found = self.preview(document(ScaleInputs(method="min_max"), dataset=datasets.Iris(standardize=False)))
        assert [column.name for column in found.columns] == list(datasets.Iris().load().features)
        (column, *_) = found.columns
        assert column.before.low > 4
        assert (column.after.low, column.after.high) == (0, 1)
        assert sum(column.before.counts) == sum(column.after.counts) == 120

    def test_a_later_step_begins_with_what_the_one_before_left(self) -> None:
        made = document(ScaleInputs(method="min_max"), PointFeatures(x_squared=True))
        found = self.preview(made, 1)
        assert [column.name for column in found.columns] == ["x₁", "x₂", "x₁²"]
        assert found.columns[0].before.high == 1
        assert found.columns[2].before is None
        assert found.columns[2].after.high == 1

    def test_of_many_columns_a_few_are_shown(self) -> None:
        found = self.preview(document(PolynomialFeatures(degree=3), dataset=datasets.Iris()))
        assert len(found.columns) == MOST_COLUMNS
        assert found.more == 34 - MOST_COLUMNS

    def test_targets(self) -> None:
        found = self.preview(document(ScaleTargets(method="min_max"), dataset=datasets.Hills()))
        (column,) = found.columns
        assert column.before.low < -0.5
        assert (column.after.low, column.after.high) == (0, 1)

    def test_pictures(self) -> None:
        found = self.preview(document(ScaleInputs(per="all"), dataset=datasets.Digits()))
        before, after = found.pictures
        assert before.shape == after.shape == (4, 1, 8, 8)
        assert before.max() <= 1 < after.max()

    def test_counts_of_samples(self) -> None:
        made = document(Subsample(share=0.5), Balance(), LabelNoise(amount=0.1))
        half, balanced, noisy = (self.preview(made, index) for index in range(3))
        assert [(count.name, count.before) for count in half.counts] == [("0", 80), ("1", 80), ("All", 160)]
        assert half.counts[-1].after == balanced.counts[-1].before == 80
        assert noisy.sentence == "8 of 80 targets are changed."

    def test_a_step_that_is_off_or_not_fitted_yet_has_none(self) -> None:
        made = document(ScaleInputs(enabled=False), PointFeatures())
        assert self.preview(made) is None
        assert self.preview(made, 1) is not None
        assert preview_of(read_data(document().data), made.data.steps, 1) is None

    def test_it_is_drawn_and_told(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(ScaleInputs(method="min_max"), Balance()))
        scale, balance = panel.steps.cards
        assert scale.preview.preview is None
        click(qtbot, scale.title)
        assert "x₁: " in scale.preview.words()
        assert "becomes 0 to 1" in scale.preview.words()
        click(qtbot, balance.title)
        assert "All: 160 become 160" in balance.preview.words()
        # Other settings: until the worker has read the data again, there is nothing to show.
        changed = edits.set_data(store.document, steps=(ScaleInputs(), Balance()))
        store.edit("Change", changed)
        assert scale.preview.preview is None
        assert "as soon as" in scale.waiting.text()
        draw(panel, changed)
        assert scale.preview.preview is not None
        table = balance.preview._table()
        assert table is not None
        assert list(table.rows())[-1] == ("All", 160, 160)

    def test_a_histogram_counts_all(self) -> None:
        values = np.array([0.0, 1, 2, 16, np.nan])
        found = Histogram.of(values)
        assert found is not None
        assert (found.low, found.high, sum(found.counts), found.counts[-1]) == (0, 16, 4, 1)
        assert Histogram.of(np.array([np.nan])) is None
        constant = Histogram.of(np.full(3, 7.0))
        assert constant is not None
        assert constant.counts[0] == 3


class TestSplit:
    def test_a_test_part_is_set_and_shown(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document())
        assert panel.samples.test.isHidden()
        panel.split.test.slider.setValue(10)
        assert store.document.data.test == 0.1
        assert last_step(store) == "Change test split from 0% to 10%"
        draw(panel, store.document)
        assert panel.samples.test.text() == "Test (20)"
        click(qtbot, panel.samples.test)
        assert panel.samples.part is not None
        assert len(panel.samples.part) == 20
        assert "Test\n20" in visible_text(panel)

    def test_shares_that_leave_nothing_are_refused_in_words(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(validation=0.6))
        panel.split.test.slider.setValue(60)
        assert store.document.data.test == 0.0
        assert "too little to train on" in panel.split.test.error.text()
        assert panel.split.test.slider.value() == 0

    def test_a_column_is_chosen_among_those_there_are(self, qtbot: QtBot) -> None:
        panel, store = panel_of(qtbot, document(dataset=datasets.Iris()))
        assert not panel.split.columns.isVisibleTo(panel)
        panel.split.form.changed.emit("split_by", "column")
        first = datasets.Iris().load().features[0]
        assert (store.document.data.split_by, store.document.data.split_column) == ("column", first)
        assert panel.split.columns.isVisibleTo(panel)
        assert first in panel.split.columns.fields[0].choices
        panel.split.columns.changed.emit("split_column", "(order of the data)")
        assert store.document.data.split_column == ""

    def test_in_order_there_is_no_seed(self, qtbot: QtBot) -> None:
        panel, _ = panel_of(qtbot, document(split_by="order"))
        assert not panel.split.form.rows["split_seed"].isVisibleTo(panel)
