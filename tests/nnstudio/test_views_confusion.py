"""Confusion matrix: the worker's counts, and their display."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from engine.losses import CategoricalCrossEntropy
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.store import Store
from nnstudio.training.build import build, read_data
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests import judged_part
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.training.requests.ranked_samples import RankedSamples
from nnstudio.training.run import TrainingRun
from nnstudio.ui.colours import LIGHT
from nnstudio.ui.theme import MODES
from nnstudio.views import matrix
from nnstudio.views.confusion import ConfusionView
from nnstudio.views.plotting import blend
from tests.nnstudio.builders import opened
from tests.nnstudio.views_support import shown, themed

ASKED = Confusion(0.5)
COUNTS = np.array([[8, 2, 0], [1, 9, 0], [0, 5, 5]])


def iris(validation: float = 0.2) -> Document:
    document = edits.set_data(Document(), dataset=datasets.Iris(), validation=validation)
    document = edits.set_training(document, loss=CategoricalCrossEntropy(), batch_size=10)
    for layer in (layers.Dense(3), layers.Softmax()):
        document = edits.append(document, layer)
    return document


@pytest.fixture
def view(qapp: QApplication) -> Iterator[ConfusionView]:
    store = opened(iris())
    with shown(ConfusionView(store)) as made:
        yield made


def snapshot(counts: np.ndarray | None = COUNTS, state: RunState = RunState.PAUSED, generation: int = 1) -> Snapshot:
    answers = {} if counts is None else {ASKED: ConfusionPicture("validation", int(counts.sum()), 40, counts)}
    return Snapshot(generation, state, step=5, answers=answers)


class TestAnswer:
    def test_counts_the_validation_data(self) -> None:
        document = iris()
        run = TrainingRun(document, read_data(document.data))
        for _ in range(600):
            run.step_once()
        picture = ASKED.answer(run.network, run.split)
        assert picture is not None
        held = run.split.validation
        assert held is not None
        said = run.network.predict(held.x).argmax(axis=1)
        for row in range(3):
            for column in range(3):
                assert picture.counts[row, column] == np.count_nonzero((held.y == row) & (said == column))
        assert picture.samples == picture.total == len(held)
        assert picture.unseen

    def test_of_one_output_what_is_above_the_threshold_is_yes(self) -> None:
        document = edits.append(edits.set_data(Document(), dataset=datasets.Moons()), layers.Dense(1))
        split = read_data(document.data)
        assert split.validation is not None
        picture = Confusion(-1e9).answer(build(document), split)
        assert picture is not None
        assert picture.counts[:, 1].tolist() == np.bincount(split.validation.y, minlength=2).tolist()

    def test_judges_the_training_data_where_none_are_kept_for_validation(self) -> None:
        bare = iris(validation=0.0)
        network, split = build(bare), read_data(bare.data)
        picture = ASKED.answer(network, split)
        assert picture is not None
        assert (picture.samples, picture.unseen) == (150, False)
        said = network.predict(split.train.x).argmax(axis=1)
        assert np.trace(picture.counts) == np.count_nonzero(said == split.train.y)

    def test_is_none_without_classes(self) -> None:
        hills = edits.append(edits.set_dataset(Document(), datasets.Hills()), layers.Dense(1))
        assert ASKED.answer(build(hills), read_data(hills.data)) is None

    def test_of_a_large_network_some_samples_must_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(judged_part, "_MOST_WORK", 1)
        monkeypatch.setattr(judged_part, "_FEWEST", 7)
        document = iris()
        picture = ASKED.answer(build(document), read_data(document.data))
        assert picture is not None
        assert (picture.samples, picture.counts.sum(), picture.total) == (7, 7, 30)


def test_shows_counts_or_shares_and_the_commonest_mistake(view: ConfusionView) -> None:
    view.draw(snapshot())
    assert view.pages.hint == ""
    names = view.canvas.names
    assert view.info.text() == (
        "22 of 30 (of 40) correct on the validation data, 73.3% · "
        f"most often {names[2]} was predicted as {names[1]} (5)"
    )
    assert view.canvas.accessibleDescription() == view.info.text()
    counts = view.canvas.grab().toImage()
    view.shares.click()
    assert view.canvas.as_shares
    assert view.canvas.grab().toImage() != counts


def test_tells_of_the_cell_under_the_mouse(view: ConfusionView) -> None:
    view.draw(snapshot())
    table = view.canvas.table()
    point = table.topLeft() + QPointF(table.width() * 0.5, table.height() * 0.1)
    assert view.canvas.cell_at(point) == (0, 1)
    assert view.canvas.cell_at(QPointF(1, 1)) == (-1, -1)
    names = view.canvas.names
    assert view.reading(point).splitlines() == [
        f"{names[0]} predicted as {names[1]}: 2 of 10 (20.0%)",
        "Click to see them",
    ]
    assert view.reading(table.center()).splitlines()[0] == f"{names[1]} recognised: 9 of 10 (90.0%)"
    assert view.reading(QPointF(1, 1)) == ""
    assert view.info.text().startswith("22 of 30")


def test_keys_move_among_the_cells_and_choose_one(view: ConfusionView, qtbot: QtBot) -> None:
    view.draw(snapshot())
    told: list[str] = []
    view.message.connect(told.append)
    keys = Qt.Key
    for key in (keys.Key_Right, keys.Key_Down, keys.Key_Down, keys.Key_Down, keys.Key_Return):
        qtbot.keyClick(view.canvas, key)
    assert told[0] == "setosa predicted as versicolor: 2 of 10 (20.0%)"
    assert told[-1] == "virginica predicted as versicolor: 5 of 10 (50.0%)"
    assert view.canvas.accessibleDescription() == told[-1]
    assert view.samples.cell == (2, 1)
    assert RankedSamples(0.5, (2, 1)) in view.requests()
    assert view.samples.info.text() == "virginica predicted as versicolor"
    qtbot.keyClick(view.samples.list.grid, keys.Key_Escape)
    assert view.samples.cell is None
    assert view.requests() == {ASKED}
    # An empty cell has no samples.
    for key in (keys.Key_Left, keys.Key_Left, keys.Key_Space):
        qtbot.keyClick(view.canvas, key)
    assert view.samples.cell is None


def test_a_hint_stands_where_there_can_be_no_table(view: ConfusionView) -> None:
    assert "ready to train" in view.pages.hint
    view.draw(snapshot())
    # Another project has a table of its own, even with as many classes.
    view.store.open(iris(validation=0.0))
    assert "ready to train" in view.pages.hint
    assert view.picture is None
    view.draw(snapshot())
    assert view.pages.hint == ""
    view.draw(replace(snapshot(None, RunState.EMPTY), message="Something is wrong."))
    assert view.pages.hint == "Something is wrong."


def test_says_which_data_are_judged(view: ConfusionView) -> None:
    seen = ConfusionPicture("train", 30, 30, COUNTS)
    view.draw(Snapshot(1, RunState.PAUSED, step=5, answers={ASKED: seen}))
    assert view.info.text().startswith("22 of 30 correct on the training data, 73.3%")
    assert "No data are held out for validation" in view.info.toolTip()
    view.draw(snapshot())
    assert "No data are held out" not in view.info.toolTip()


def test_right_and_wrong_are_told_apart_by_a_frame(view: ConfusionView) -> None:
    view.canvas.show_counts(np.array([[5, 5], [5, 5]]), ("a", "b"), as_shares=False)
    view.pages.show_content()
    with themed("light"):
        image = view.canvas.grab().toImage()
    table = view.canvas.table()

    def cell(row: int, column: int, right: float) -> str:
        """The colour at a third of a cell's height, at a place from its left edge or, below zero, its right."""
        left = table.left() + table.width() / 2 * (column + (right < 0)) + right
        return image.pixelColor(round(left), round(table.top() + table.height() / 2 * (row + 0.3))).name()

    # The same share has the same colour, right or wrong.
    assert cell(0, 0, 20) == cell(0, 1, 20) == cell(1, 0, 20) == cell(1, 1, 20)
    framed = [cell(row, column, -1) == LIGHT.text for row, column in ((0, 0), (1, 1), (1, 0))]
    assert framed == [True, True, False]


@pytest.mark.parametrize("classes", [3, 40])
def test_cells_are_painted_as_they_would_be_one_by_one(view: ConfusionView, classes: int) -> None:
    """Colours are made once for all cells of a share, and cells without samples are left out: nothing else is seen."""
    counts = np.random.default_rng(3).poisson(0.3, (classes, classes)) + 9 * np.eye(classes, dtype=int)
    canvas = view.canvas
    canvas.resize(370, 240)
    canvas.show_counts(counts, tuple(map(str, range(classes))), as_shares=False)
    with themed("light"):
        image = canvas.grab().toImage()
    for row, column in np.ndindex(counts.shape):
        cell = canvas.cell(row, column)
        strength = (counts[row, column] / counts[row].sum()) ** 0.5 * 0.9
        x, y = round(cell.left() + 2), round(cell.top() + 2)
        if row != column:  # the frames of right answers lie over their cells
            assert image.pixelColor(x, y) == blend(LIGHT.measure, LIGHT.canvas, strength), (row, column)


def test_a_matrix_of_a_hundred_classes_makes_no_colour_twice(
    view: ConfusionView, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = np.random.default_rng(3).poisson(0.3, (100, 100)) + 9 * np.eye(100, dtype=int)
    made: list[QColor] = []
    monkeypatch.setattr(matrix, "blend", lambda *given: made.append(blend(*given)) or made[-1])
    view.canvas.show_counts(counts, tuple(map(str, range(100))), as_shares=False)
    view.canvas.grab()
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert len(made) == len(np.unique(shares[shares > 0])) < 300


def test_suits_data_with_classes() -> None:
    assert ConfusionView.suits(datasets.XOR().signature())
    assert ConfusionView.suits(datasets.Digits().signature())
    assert not ConfusionView.suits(datasets.Hills().signature())


@pytest.mark.parametrize(
    ("classes", "size"), [(2, (160, 120)), (10, (370, 240)), (10, (900, 700)), (100, (160, 120)), (100, (370, 240))]
)
def test_tables_of_all_sizes_are_drawn(qapp: QApplication, classes: int, size: tuple[int, int]) -> None:
    names = tuple(f"class number {index}" for index in range(classes))
    with shown(ConfusionView(Store()), *size) as view:
        view.pages.show_content()
        for mode in MODES:
            with themed(mode):
                for counts in (np.eye(classes, dtype=int) * 12345, np.zeros((classes, classes), int)):
                    for as_shares in (False, True):
                        view.canvas.show_counts(counts, names, as_shares=as_shares)
                        image = view.canvas.grab().toImage()
                        assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 1
