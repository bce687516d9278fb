"""Walk of the probe: keys and buttons, wrong samples found by the worker, and the probe in the status bar."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from engine.data import Digits, Iris
from engine.data.samples import Data
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import FIRST, OwnSample, SampleRef
from nnstudio.shell.docks import in_sight
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.training.requests import wrong_sample
from nnstudio.training.requests.wrong_sample import WrongSample, WrongSampleFound
from nnstudio.training.split import Split
from nnstudio.views.confusion import ConfusionView
from nnstudio.views.probe.view import ProbeView
from tests.nnstudio.builders import opened


def open_template(window: MainWindow, qtbot: QtBot, name: str = "iris") -> Split:
    window.files.open_template(name)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    split = window.session.snapshot.data
    assert split is not None
    return split


def trigger(window: MainWindow, name: str) -> None:
    action = window.findChild(QAction, f"{name}Action")
    assert action is not None
    action.trigger()


def test_the_next_sample_is_counted_from_the_last_of_the_data(qapp: QApplication) -> None:
    store = opened(edits.set_data(Document(), dataset=Iris()))
    assert store.reference == FIRST
    store.choose_sample(SampleRef("validation", 4))
    store.choose_sample(OwnSample((1, 2, 3, 4)))
    assert store.reference == SampleRef("validation", 4)
    store.choose_sample(None)
    assert store.reference == FIRST
    store.choose_sample(SampleRef("train", 9))
    store.choose_sample(OwnSample((1, 2, 3, 4)))
    # Other data: the number stands for nothing there.
    store.edit("Data", edits.set_data(store.document, dataset=Digits()))
    assert (store.probe, store.reference) == (FIRST, FIRST)


def test_keys_lead_through_the_data_and_around(window: MainWindow, qtbot: QtBot) -> None:
    split = open_template(window, qtbot)
    last, store = len(split.train) - 1, window.store
    seen = []
    for name in ("nextSample", "nextSample", "previousSample", "previousSample", "previousSample", "nextSample"):
        trigger(window, name)
        seen.append(store.probe)
    assert seen == [SampleRef("train", index) for index in (1, 2, 1, 0, last, 0)]
    store.choose_sample(OwnSample((5, 3, 1, 0.2)))
    trigger(window, "nextSample")
    assert store.probe == SampleRef("train", 1)
    for _ in range(5):
        before = store.probe
        trigger(window, "randomSample")
        assert isinstance(store.probe, SampleRef)
        assert store.probe != before
        assert 0 <= store.probe.index <= last


def test_every_wrong_sample_is_found_in_turn(window: MainWindow, qtbot: QtBot) -> None:
    split, store = open_template(window, qtbot), window.store
    assert split.validation is not None
    window.session.step_epoch()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 1)
    weights = window.session.collect().checkpoint.weights
    x = split.validation.x
    hidden = np.tanh(x @ weights["dense_1.weight"] + weights["dense_1.bias"])
    said = (hidden @ weights["dense_2.weight"] + weights["dense_2.bias"]).argmax(axis=1)
    wrong = np.flatnonzero(said != split.validation.y).tolist()
    assert len(wrong) > 2
    store.choose_sample(SampleRef("validation", wrong[-1]))
    found = []
    for _ in range(len(wrong) + 1):
        with qtbot.waitSignal(store.sample_changed, timeout=5000):
            trigger(window, "wrongSample")
        found.append(store.probe)
    assert found == [SampleRef("validation", index) for index in (*wrong, wrong[0])]
    # Nobody is asked any more.
    assert window.probe_walk.requests() == frozenset()


def test_it_is_told_that_there_is_no_wrong_sample(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot, "xor")
    trigger(window, "play")
    window.session.finish()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED, timeout=30_000)
    trigger(window, "wrongSample")
    qtbot.waitUntil(lambda: window.status.currentMessage() == "No wrong sample among 4 training samples.")
    assert window.store.sample is None


def test_numbers_are_never_wrong(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot, "regression-hills")
    trigger(window, "wrongSample")
    assert window.status.currentMessage() == "These data have no classes that could be wrong."
    window.show_welcome()
    trigger(window, "nextSample")
    assert window.status.currentMessage() == "No project is shown."
    assert window.store.sample is None


def test_a_click_on_the_confusion_matrix_shows_its_samples(window: MainWindow, qtbot: QtBot) -> None:
    split = open_template(window, qtbot, "moons")
    window.docks.all["confusionView"].raise_()
    view = window.views["confusionView"]
    assert isinstance(view, ConfusionView)
    qtbot.waitUntil(lambda: view.picture is not None)
    assert view.picture is not None
    counts = view.picture.counts
    row, column = (int(place) for place in np.argwhere(counts > 0)[-1])
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=view.canvas.cell(row, column).center().toPoint())
    model, grid = view.samples.list.model, view.samples.list.grid
    qtbot.waitUntil(lambda: model.rowCount() > 0, timeout=5000)
    assert model.rowCount() == counts[row, column]
    assert model.ranking is not None
    confidence = model.ranking.confidence
    assert (np.diff(confidence) <= 0).all()
    for line in (1, 0):
        with qtbot.waitSignal(window.store.sample_changed, timeout=5000):
            place = grid.visualRect(model.index(line, 1)).center()
            QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
        probe = window.store.probe
        assert probe == SampleRef("validation", int(model.ranking.indices[line]))
        assert split.validation is not None
        assert split.validation.y[probe.index] == row
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert view.samples.cell is None
    assert view.canvas.isVisible()


class Counting:
    """Network that says class 0 to all but some samples, and counts what it is asked."""

    output_shape = (2,)
    multiply_adds = 1_000_000_000

    def __init__(self, *exceptions: int) -> None:
        self.exceptions, self.asked = exceptions, 0

    def predict(self, x: np.ndarray) -> np.ndarray:
        self.asked += len(x)
        outputs: np.ndarray = np.eye(2)[np.isin(x[:, 0], self.exceptions).astype(int)]
        return outputs


def numbered(total: int) -> Split:
    x = np.arange(total, dtype=float)[:, None]
    return Split(Data(x, np.zeros(total, np.int64), "classification", ("no", "yes")), None)


@pytest.mark.parametrize(
    ("exceptions", "start", "answer"),
    [
        ((), 10, WrongSampleFound(None, 50, 1000)),
        ((12,), 10, WrongSampleFound(12, 3, 1000)),
        ((9,), 10, WrongSampleFound(None, 50, 1000)),
        ((3,), 990, WrongSampleFound(3, 14, 1000)),
        ((10, 11), 10, WrongSampleFound(10, 1, 1000)),
    ],
)
def test_an_answer_looks_at_a_bounded_stretch(
    exceptions: tuple[int, ...], start: int, answer: WrongSampleFound
) -> None:
    network = Counting(*exceptions)
    assert WrongSample("train", start, 0.5).answer(network, numbered(1000)) == answer  # type: ignore[arg-type]
    assert network.asked <= 50


def test_a_long_search_goes_on_stretch_by_stretch(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong_sample, "_MOST_WORK", 1)
    monkeypatch.setattr(wrong_sample, "_FEWEST", 1)
    asked: list[int] = []
    answer = WrongSample.answer

    def spy(self: WrongSample, *rest: object) -> object:
        asked.append(self.start)
        return answer(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(WrongSample, "answer", spy)
    open_template(window, qtbot, "xor")
    trigger(window, "play")
    window.session.finish()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED, timeout=30_000)
    trigger(window, "wrongSample")
    qtbot.waitUntil(lambda: window.status.currentMessage() == "No wrong sample among 4 training samples.")
    assert asked == [1, 2, 3, 0]


def test_another_choice_ends_the_search(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot)
    trigger(window, "wrongSample")
    assert window.probe_walk.requests()
    window.store.choose_sample(SampleRef("train", 30))
    assert not window.probe_walk.requests()
    qtbot.wait(100)
    assert window.store.probe == SampleRef("train", 30)


def test_the_probe_stands_in_the_status_bar_and_everywhere_the_same(window: MainWindow, qtbot: QtBot) -> None:
    assert not window.probe_label.isVisible()
    split = open_template(window, qtbot)
    label, view = window.probe_label, window.views["probeView"]
    assert isinstance(view, ProbeView)
    assert label.isVisible()
    assert not in_sight(view)
    trigger(window, "nextSample")
    text = f"Training sample 2 · {split.train.classes[int(split.train.y[1])]}"
    assert (label.text(), label.accessibleName()) == (f"Probe: {text}", f"Probe: {text}")
    QTest.mouseClick(label, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: in_sight(view) and view.name.text() == text)
    qtbot.waitUntil(lambda: view.picture is not None and len(view.bars.bars) == 3)
    assert window.data_panel.samples.preview.chosen == 1
    window.show_welcome()
    assert not label.isVisible()


def test_the_panel_has_a_button_for_each_way(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot)
    window.probe_label.click()
    window.store.choose_sample(SampleRef("train", 20))
    expected: dict[str, Callable[[int], bool]] = {
        "nextSample": lambda index: index == 21,
        "previousSample": lambda index: index == 19,
        "randomSample": lambda index: index != 20,
        "wrongSample": lambda index: index != 20,
    }
    for name, holds in expected.items():
        window.store.choose_sample(SampleRef("train", 20))
        button = window.views["probeView"].findChild(QToolButton, f"{name}Button")
        assert button is not None
        assert button.accessibleName()
        assert window.actions_[name].shortcut().toString() in button.toolTip()
        with qtbot.waitSignal(window.store.sample_changed, timeout=5000):
            button.click()
        assert isinstance(window.store.probe, SampleRef)
        assert holds(window.store.probe.index)


def test_selecting_a_block_leaves_the_probe_in_front_while_one_looks_inside(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot)
    trigger(window, "understandLayout")
    qtbot.waitUntil(lambda: in_sight(window.views["probeView"]))
    window.store.select("dense_1")
    qtbot.wait(20)
    assert in_sight(window.views["probeView"])
    trigger(window, "buildLayout")
    window.store.select("dense_2")
    assert not window.docks.all["inspector"].widget().visibleRegion().isEmpty()
