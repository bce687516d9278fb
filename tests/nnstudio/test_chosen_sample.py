"""Choice of a sample: window state, clicks and keys on the preview."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine import datasets, layers
from engine.data import Dataset
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import SampleRef, UnitRef
from nnstudio.panels.sample_browser import Samples
from nnstudio.store import Store
from nnstudio.training.build import read_data
from tests.nnstudio.builders import document_of, opened

THIRD = SampleRef("train", 2)


@pytest.fixture
def store(qapp: QApplication) -> Store:
    return opened(edits.set_data(Document(), dataset=datasets.Digits(), validation=0.2))


def browser(dataset: Dataset) -> tuple[Samples, list[SampleRef | None]]:
    samples, seen = Samples(), list[SampleRef | None]()
    samples.resize(320, 420)
    samples.show()
    samples.show_split(read_data(edits.set_data(Document(), dataset=dataset, validation=0.2).data))

    def take(sample: SampleRef | None) -> None:
        seen.append(sample)
        samples.show_chosen(sample)

    samples.chosen.connect(take)
    return samples, seen


@pytest.fixture(params=[datasets.Spirals(), datasets.Digits(), datasets.Iris()], ids=["points", "pictures", "table"])
def browsed(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[tuple[Samples, list[SampleRef | None]]]:
    samples, seen = browser(request.param)
    yield samples, seen
    samples.deleteLater()


def test_a_sample_is_chosen_and_given_up(store: Store) -> None:
    changes: list[SampleRef | None] = []
    store.sample_changed.connect(lambda: changes.append(store.sample))
    store.choose_sample(THIRD)
    store.choose_sample(THIRD)
    store.choose_sample(None)
    assert changes == [THIRD, None]
    assert THIRD.title == "Training sample 3"


def test_the_choice_is_no_step_and_survives_edits_of_the_network(store: Store) -> None:
    store.choose_sample(THIRD)
    assert store.undo_stack.count() == 0
    store.edit("Set epochs", edits.set_training(store.document, epochs=3))
    assert store.sample == THIRD


def test_other_data_or_another_split_give_it_up(store: Store) -> None:
    for changed in ({"validation": 0.3}, {"dataset": datasets.Iris()}, {"split_seed": 7}):
        store.choose_sample(THIRD)
        store.edit("Change the data", edits.set_data(store.document, **changed))
        assert store.sample is None
    store.choose_sample(THIRD)
    store.undo_stack.undo()
    assert store.sample is None
    store.choose_sample(THIRD)
    store.open(store.document)
    assert store.sample is None


def test_a_unit_is_chosen_until_its_block_is_gone(qapp: QApplication) -> None:
    store = opened(document_of(layers.Dense(3), layers.Tanh()))
    changes: list[UnitRef | None] = []
    store.unit_changed.connect(lambda: changes.append(store.unit))
    unit = UnitRef("dense_1", 2)
    assert unit.title == "dense_1, unit 3"
    store.choose_unit(unit)
    store.edit("Delete tanh_1", edits.remove(store.document, "tanh_1"))
    assert store.unit == unit
    store.edit("Delete dense_1", edits.remove(store.document, "dense_1"))
    assert store.unit is None
    store.choose_unit(unit)
    store.open(Document())
    assert changes == [unit, None, unit, None]


def place_of(samples: Samples, index: int) -> QPoint:
    """A place on the preview at which this sample is found."""
    preview = samples.preview
    for y in range(2, preview.height(), 3):
        for x in range(2, preview.width(), 3):
            if preview.sample_at(QPoint(x, y).toPointF()) == index:
                return QPoint(x, y)
    raise AssertionError(f"sample {index} is nowhere")


def test_a_click_chooses_and_a_second_one_gives_up(browsed: tuple[Samples, list[SampleRef | None]]) -> None:
    samples, seen = browsed
    before = samples.preview.grab().toImage()
    QTest.mouseClick(samples.preview, Qt.MouseButton.LeftButton, pos=place_of(samples, 3))
    assert seen == [SampleRef("train", 3)]
    assert samples.preview.chosen == 3
    assert samples.preview.grab().toImage() != before
    QTest.mouseClick(samples.preview, Qt.MouseButton.LeftButton, pos=place_of(samples, 3))
    assert seen[1:] == [None]
    assert samples.preview.grab().toImage() == before


def test_a_click_beside_all_samples_and_a_drag_choose_nothing(qapp: QApplication) -> None:
    samples, seen = browser(datasets.Spirals())
    QTest.mouseClick(samples.preview, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    place = place_of(samples, 3)
    QTest.mousePress(samples.preview, Qt.MouseButton.LeftButton, pos=place - QPoint(60, 0))
    QTest.mouseRelease(samples.preview, Qt.MouseButton.LeftButton, pos=place)
    assert seen == []


def test_keys_lead_from_sample_to_sample_and_turn_the_page(browsed: tuple[Samples, list[SampleRef | None]]) -> None:
    samples, seen = browsed
    preview = samples.preview
    last = preview.total - 1
    for key, expected in (
        (Qt.Key.Key_Right, 0),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_End, last),
        (Qt.Key.Key_Left, last - 1),
        (Qt.Key.Key_Home, 0),
    ):
        QTest.keyClick(preview, key)
        assert seen[-1] == SampleRef("train", expected)
        assert preview.first <= expected < preview.first + preview.page_size()
    count = len(seen)
    QTest.keyClick(preview, Qt.Key.Key_Left)
    assert len(seen) == count
    QTest.keyClick(preview, Qt.Key.Key_Escape)
    assert seen[-1] is None


def test_each_part_has_its_own_samples(qapp: QApplication) -> None:
    samples, seen = browser(datasets.Digits())
    samples.show_chosen(SampleRef("validation", 40))
    assert samples.validation.isChecked()
    assert samples.preview.chosen == 40
    samples.train.click()
    assert samples.preview.chosen is None
    QTest.keyClick(samples.preview, Qt.Key.Key_Right)
    assert seen == [SampleRef("train", 0)]


def test_a_double_click_chooses_like_a_click(browsed: tuple[Samples, list[SampleRef | None]]) -> None:
    samples, seen = browsed
    place, button, none = place_of(samples, 3).toPointF(), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    # As a display sends it: the second press is the double click.
    for kind in ("MouseButtonPress", "MouseButtonRelease", "MouseButtonDblClick", "MouseButtonRelease"):
        held = none if kind == "MouseButtonRelease" else button
        at = samples.preview.mapToGlobal(place)
        event = QMouseEvent(QEvent.Type[kind], place, at, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(samples.preview, event)
    assert seen == [SampleRef("train", 3)]
