"""Views of the data: what they show of the samples, and what a click and a filter do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets
from engine.data import Data
from engine.data.stored_samples import in_memory
from nnstudio.document.probe import FIRST, SampleRef
from nnstudio.store import Store
from nnstudio.training import data_facts
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.predictions import Prediction
from nnstudio.training.split import Split
from nnstudio.ui.theme import MODES
from nnstudio.views.data.balance import BalanceView
from nnstudio.views.data.base import DataView
from nnstudio.views.data.columns import ColumnsView
from nnstudio.views.data.correlations import CorrelationsView
from nnstudio.views.data.duplicates import DuplicatesView
from nnstudio.views.data.gallery import GalleryView
from nnstudio.views.data.rows import Choice, SampleRows
from nnstudio.views.data.scatter import MOST_POINTS, ScatterView
from nnstudio.views.data.table import TableView
from tests.nnstudio.views_support import shown, themed

AnyView = TypeVar("AnyView", bound=DataView)

VIEWS = (TableView, ColumnsView, CorrelationsView, ScatterView, GalleryView, BalanceView, DuplicatesView)


def labelled(x: np.ndarray, y: list[int], source: np.ndarray | None = None) -> Data:
    data = Data(x.astype(np.float32), np.array(y), "classification", ("red", "blue"), features=("a", "b", "c"))
    if source is not None:
        object.__setattr__(data, "source", source)
    return data


def small() -> Split:
    """Three training and two validation samples; one gap."""
    train = np.array([[1.0, 20, 0.5], [3, 10, 0.5], [2, 30, 0.25]])
    holes = train.copy()
    holes[2, 1] = np.nan
    return Split(labelled(train, [0, 1, 0], holes), labelled(np.array([[0.0, 20, 0.5], [3, 10, 0.5]]), [1, 1]))


def pictures(count: int = 500) -> Split:
    x = np.random.default_rng(0).random((count, 1, 8, 8)).astype(np.float32)
    y = np.arange(count) % 2
    data = Data(x, y, "classification", ("even", "odd"))
    return Split(data.take(np.arange(count - 100)), data.take(np.arange(count - 100, count)))


def numbers(count: int = 300) -> Split:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(count, 3)).astype(np.float32)
    return Split(Data(x, x[:, :1] * 2, "regression"), None)


def snapshot(split: Split | None, **more: object) -> Snapshot:
    return Snapshot(1, RunState.PAUSED, data=split, **more)  # type: ignore[arg-type]


@contextmanager
def on_show(kind: type[AnyView], split: Split | None, qtbot: QtBot, width: int = 640) -> Iterator[AnyView]:
    with shown(kind(Store()), width, 400) as view:
        view.draw(snapshot(split))
        if split is not None:
            qtbot.waitUntil(lambda: not view._jobs)
            view.draw(snapshot(split))
        yield view


def lines(view: DataView) -> list[str]:
    table = view.table()
    assert table is not None
    return table.text(",").splitlines()


@pytest.mark.parametrize("kind", VIEWS)
class TestEveryView:
    def test_without_data_a_sentence_says_so(self, qtbot: QtBot, kind: type[DataView]) -> None:
        with on_show(kind, None, qtbot) as view:
            assert view.pages.hint == view.waiting
            assert view.table() is None
            assert view.reading(QPointF(50, 50)) == ""

    @pytest.mark.parametrize("mode", MODES)
    def test_it_is_drawn_in_both_themes(self, qtbot: QtBot, kind: type[DataView], mode: str) -> None:
        with themed(mode), on_show(kind, pictures() if kind is GalleryView else small(), qtbot) as view:  # type: ignore[arg-type]
            assert view.pages.hint == ""
            image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
            assert len({image.pixel(x, y) for x in range(0, 640, 5) for y in range(0, 400, 5)}) > 3

    def test_the_gui_thread_measures_nothing(
        self, qtbot: QtBot, kind: type[DataView], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found: list[str] = []
        for name in ("describe_data", "correlations", "find_duplicates"):
            whole = getattr(data_facts, name)

            def measure(*parts: Data, whole: Callable[..., object] = whole, **options: bool) -> object:
                found.append(threading.current_thread().name)
                return whole(*parts, **options)

            monkeypatch.setattr(data_facts, name, measure)
        with on_show(kind, pictures() if kind is GalleryView else small(), qtbot):
            assert threading.main_thread().name not in found
            assert bool(found) == (kind in (ColumnsView, CorrelationsView, DuplicatesView))

    def test_a_closed_view_lets_go_of_old_data(self, qtbot: QtBot, kind: type[DataView]) -> None:
        first, second = (pictures(), pictures()) if kind is GalleryView else (small(), small())
        with on_show(kind, first, qtbot) as view:
            view.announce(snapshot(first))
            assert view.split is first
            view.announce(snapshot(second))
            assert view.split is None
            assert view.fact is None
            view.draw(snapshot(second))
            assert view.split is second

    def test_another_project_begins_empty(self, qtbot: QtBot, kind: type[DataView]) -> None:
        with on_show(kind, pictures() if kind is GalleryView else small(), qtbot) as view:
            view.forget()
            assert view.pages.hint == view.waiting
            assert view.table() is None


class TestRows:
    def test_parts_follow_each_other(self) -> None:
        rows = SampleRows(small())
        assert rows.total == 5
        assert [rows.ref(row) for row in range(5)] == [
            *(SampleRef("train", index) for index in range(3)),
            *(SampleRef("validation", index) for index in range(2)),
        ]
        assert [rows.row_of(rows.ref(row)) for row in range(5)] == list(range(5))
        assert rows.row_of(SampleRef("validation", 2)) is None
        assert [rows.text(2, column) for column in range(4)] == ["2", "", "0.25", "red"]

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            (Choice(), None),
            (Choice(part="validation"), [3, 4]),
            (Choice(label=1), [1, 3, 4]),
            (Choice(part="train", label=1), [1]),
            (Choice(column=0), [3, 0, 2, 1, 4]),
            (Choice(column=0, falling=True), [1, 4, 2, 0, 3]),
            # The gap in row 2 comes last, whichever way.
            (Choice(column=1), [1, 4, 0, 3, 2]),
            (Choice(column=1, falling=True), [0, 3, 1, 4, 2]),
            (Choice(column=3, falling=True), [1, 3, 4, 0, 2]),
            (Choice(part="train", label=0, column=0, falling=True), [2, 0]),
        ],
    )
    def test_order(self, choice: Choice, expected: list[int] | None) -> None:
        order = SampleRows(small()).order(choice)
        assert (None if order is None else order.tolist()) == expected

    def test_some_rows_of_a_column_are_those_of_the_whole(self) -> None:
        rows = SampleRows(small())
        some = np.array([4, 0, 3, 2])
        for column in range(rows.columns):
            np.testing.assert_array_equal(rows.some(some, column), rows.column(column)[some])


class TestTable:
    def test_samples_targets_first_and_gaps_with_a_sign(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:
            model = view.model
            titles = [model.headerData(place, Qt.Orientation.Horizontal) for place in range(model.columnCount())]
            assert titles == ["part", "class", "a", "b", "c"]
            texts = [[model.text(line, place) for place in range(5)] for line in (2, 3)]
            assert texts == [["training", "red", "2", "—", "0.25"], ["validation", "blue", "0", "20", "0.5"]]
            assert [model.headerData(line, Qt.Orientation.Vertical) for line in (2, 3)] == ["3", "1"]
            assert lines(view)[0] == "part,sample,a,b,c,class"
            assert lines(view)[3:5] == ["training,3,2.0,,0.25,red", "validation,1,0.0,20.0,0.5,blue"]

    def test_qt_finds_no_fault_in_the_model(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:
            model: QAbstractItemModel = view.model
            tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
            for choice in (Choice(part="train"), Choice(label=1, column=0), Choice(column=2), Choice()):
                view._seek(choice)
                qtbot.waitUntil(lambda: not view._jobs)
            view.predictions.click()
            view.predictions.click()
            assert model.rowCount() == 5
            del tester

    def test_a_click_on_a_name_sorts_and_a_third_one_gives_the_order_back(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:
            header = view.grid.horizontalHeader()
            place = QPoint(header.sectionViewportPosition(2) + 20, header.height() // 2)
            seen = []
            for _ in range(3):
                QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
                qtbot.waitUntil(lambda: not view._jobs)
                seen.append([view.model.text(line, 2) for line in range(5)])
            assert seen == [["0", "1", "2", "3", "3"], ["3", "3", "2", "1", "0"], ["1", "3", "2", "0", "3"]]
            assert view.info.text() == "5 samples"

    def test_filters(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:
            view.label.setCurrentIndex(2)
            view.label.activated.emit(2)
            qtbot.waitUntil(lambda: view.model.rowCount() == 3)
            assert view.info.text() == "3 of 5 samples"
            view.part.setCurrentIndex(2)
            view.part.activated.emit(2)
            qtbot.waitUntil(lambda: view.model.rowCount() == 2)
            assert lines(view)[1:] == ["validation,1,0.0,20.0,0.5,blue", "validation,2,3.0,10.0,0.5,blue"]

    def test_a_click_sets_the_probe_and_the_probe_marks_its_row(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:
            cell = view.grid.visualRect(view.model.index(3, 2)).center()
            QTest.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=cell)
            assert view.store.sample == SampleRef("validation", 0)
            QTest.keyClick(view.grid, Qt.Key.Key_Up)
            assert view.store.sample == SampleRef("train", 2)
            view.store.choose_sample(SampleRef("train", 1))
            assert view.grid.selectionModel().selectedRows()[0].row() == 1
            view.part.setCurrentIndex(2)
            view.part.activated.emit(2)
            qtbot.waitUntil(lambda: view.model.rowCount() == 2)
            # It is not among the rows, and stays the probe.
            assert not view.grid.selectionModel().hasSelection()
            assert view.store.sample == SampleRef("train", 1)

    def test_ctrl_c_copies_the_row(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:
            view.store.choose_sample(SampleRef("validation", 1))
            QTest.keyClick(view.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
            assert QApplication.clipboard().text() == "3.0\t10.0\t0.5\tblue"

    def test_reading_tells_the_sample_its_value_and_that_of_the_network(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:

            def read(line: int, place: int) -> str:
                return view.reading(QPointF(view.grid.visualRect(view.model.index(line, place)).center()))

            assert read(0, 2) == "Training sample 1, a: 1\nfor the network: 1"
            assert read(2, 3) == "Training sample 3, b: a gap\nfor the network: 30"
            assert read(3, 1) == "Validation sample 1 · blue"

    def test_predictions_are_asked_for_the_rows_in_sight_and_wrong_ones_have_a_sign(self, qtbot: QtBot) -> None:
        with on_show(TableView, small(), qtbot) as view:
            assert view.requests() == frozenset()
            view.predictions.click()
            (request,) = view.requests()
            assert [ref.title for ref in request.samples][2:4] == ["Training sample 3", "Validation sample 1"]  # type: ignore[attr-defined]
            assert view.model.text(3, 2) == "…"
            answer = {ref: Prediction(0, (0.2,)) for ref in request.samples}  # type: ignore[attr-defined]
            view.draw(snapshot(view.split, answers={request: answer}))
            assert [view.model.text(line, 2) for line in (2, 3)] == ["red", "red"]
            assert [view.model.is_wrong(line, 2) for line in (2, 3)] == [False, True]
            assert view.model.headerData(2, Qt.Orientation.Horizontal) == "predicted class"
            place = QPointF(view.grid.visualRect(view.model.index(3, 2)).center())
            assert view.reading(place) == "Validation sample 1 · blue\npredicted class: red"

    def test_numbers_are_predicted_in_columns_of_their_own(self, qtbot: QtBot) -> None:
        with on_show(TableView, numbers(), qtbot) as view:
            view.predictions.click()
            (request,) = view.requests()
            view.draw(snapshot(view.split, answers={request: {FIRST: Prediction(None, (1.25,))}}))
            assert (view.model.text(0, 2), view.model.text(1, 2)) == ("1.25", "…")
            assert not view.part.isVisible()
            assert not view.label.isVisible()

    def test_of_a_million_rows_those_in_sight_are_read(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        x = np.random.default_rng(0).random((1_000_000, 3)).astype(np.float32)
        split = Split(Data(x, (x[:, 0] > 0.5).astype(np.int64), "classification", ("low", "high")), None)
        read: list[int] = []
        value = SampleRows.value
        monkeypatch.setattr(SampleRows, "value", lambda rows, *at: read.append(at[0]) or value(rows, *at))
        with on_show(TableView, split, qtbot) as view:
            assert view.model.rowCount() == 1_000_000
            assert len(read) < 2000
            read.clear()
            view.grid.verticalScrollBar().setValue(700_000)
            view.grab()
            assert set(read) <= set(range(700_000, 700_040))
            assert {700_000, 700_010} <= set(read)
            view.grid.sortByColumn(2, Qt.SortOrder.DescendingOrder)
            qtbot.waitUntil(lambda: not view._jobs, timeout=10_000)
            read.clear()
            view.grab()
            assert min(x[row, 0] for row in read) > 0.999
            assert len(read) < 1000


class TestColumns:
    def test_statistics_and_histogram_of_every_column(self, qtbot: QtBot) -> None:
        with on_show(ColumnsView, small(), qtbot) as view:
            assert view.info.text() == "5 samples, 4 columns, 1 gaps"
            assert lines(view)[2].startswith("b,input,whole number,10.0,20.0,15.0,5.0,1,4,2,")
            place = view.grid.visualRect(view.model.index(3, 1))
            assert view.reading(QPointF(place.right() - 20, place.center().y())) == "class\nblue: 3 of 5"
            place = view.grid.visualRect(view.model.index(1, 1))
            assert view.reading(QPointF(place.left() + 7, place.center().y())) == "b\n10 to 10.42: 2 of 4"
            assert view.reading(QPointF(view.grid.visualRect(view.model.index(1, 7)).center())) == "b, gaps: 1"


class TestCorrelations:
    def test_hovering_reads_and_a_click_opens_the_pair(self, qtbot: QtBot) -> None:
        with on_show(CorrelationsView, numbers(), qtbot) as view:
            assert view.info.text() == "Strongest: x1 and target, r = 1"
            asked: list[tuple[int, int]] = []
            view.pair_wanted.connect(lambda across, up: asked.append((across, up)))
            place = view.canvas.cell(3, 0).center()
            assert view.reading(place) == "target and x1: r = 1\nClick to see the samples over both"
            QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=place.toPoint())
            assert asked == [(0, 3)]
            assert view.reading(view.canvas.cell(1, 1).center()) == "x2 and itself: r = 1"
            QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=view.canvas.cell(1, 1).center().toPoint())
            assert asked == [(0, 3)]
            QTest.keyClick(view.canvas, Qt.Key.Key_Down)
            QTest.keyClick(view.canvas, Qt.Key.Key_Down)
            QTest.keyClick(view.canvas, Qt.Key.Key_Return)
            assert asked[1:] == [(0, 1)]
            assert lines(view)[0] == "column,x1,x2,x3,target"

    def test_each_class_is_one_column_of_the_samples(self, qtbot: QtBot) -> None:
        with on_show(CorrelationsView, Split(datasets.Iris().load(), None), qtbot) as view:
            asked: list[tuple[int, int]] = []
            view.pair_wanted.connect(lambda across, up: asked.append((across, up)))
            view.canvas.chosen.emit(6, 2)
            assert asked == [(2, 4)]

    def test_a_constant_column_has_no_number(self, qtbot: QtBot) -> None:
        split = Split(labelled(np.array([[1, 2, 5], [2, 1, 5], [4, 4, 5.0]]), [0, 1, 0]), None)
        with on_show(CorrelationsView, split, qtbot) as view:
            assert view.reading(view.canvas.cell(2, 0).center()) == "c and a: none, since one of them is constant"
            assert lines(view)[3] == "c,,,,"


class TestScatter:
    def test_points_over_a_pair_of_columns_and_a_click_sets_the_probe(self, qtbot: QtBot) -> None:
        with on_show(ScatterView, small(), qtbot) as view:
            view.show_pair(0, 2)
            np.testing.assert_array_equal(view.plot.places, [[1, 0.5], [3, 0.5], [2, 0.25], [0, 0.5], [3, 0.5]])
            assert view.caption() == "c over a"
            scene = view.plot.getViewBox().mapViewToScene(QPointF(2, 0.25))
            view.grab()
            assert view.reading(QPointF(view.plot.mapFromScene(scene))) == "Training sample 3 · red\na: 2\nc: 0.25"
            view.plot.clicked.emit(3)
            assert view.store.sample == SampleRef("validation", 0)
            np.testing.assert_array_equal(view.plot.probe.getData(), [[0], [0.5]])

    def test_samples_with_gaps_are_left_out_and_counted(self, qtbot: QtBot) -> None:
        with on_show(ScatterView, small(), qtbot) as view:
            assert view.info.text().startswith("4 samples, 1 left out for gaps")

    def test_points_of_a_class_stand_side_by_side(self, qtbot: QtBot) -> None:
        with on_show(ScatterView, small(), qtbot) as view:
            view.show_pair(0, 3)
            heights = view.plot.places[:, 1]
            np.testing.assert_array_equal(np.rint(heights), [0, 1, 0, 1, 1])
            assert len(set(heights.tolist())) == 5

    def test_of_many_samples_some_are_drawn_at_random(self, qtbot: QtBot) -> None:
        with on_show(ScatterView, numbers(2 * MOST_POINTS), qtbot) as view:
            assert len(view.plot.places) == MOST_POINTS
            assert view.info.text().startswith(f"{MOST_POINTS:,} of {2 * MOST_POINTS:,} samples, chosen at random")
            assert len(lines(view)) == MOST_POINTS + 1

    def test_columns_stay_chosen_with_other_data_of_the_same_names(self, qtbot: QtBot) -> None:
        with on_show(ScatterView, small(), qtbot) as view:
            view.show_pair(2, 1)
            view.draw(snapshot(small()))
            assert view.pair == (2, 1)


class TestGallery:
    def test_only_pictures_in_sight_are_made(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[int] = []
        draw = GalleryView._picture
        monkeypatch.setattr(GalleryView, "_picture", lambda view, place: made.append(place) or draw(view, place))
        with on_show(GalleryView, pictures(5000), qtbot) as view:
            view.grab()
            assert 0 < len(set(made)) < 200
            made.clear()
            view.wall.verticalScrollBar().setValue(view.wall.verticalScrollBar().maximum())
            view.grab()
            assert max(made) == 4999
            assert min(made) > 4500

    def test_a_click_and_keys_set_the_probe(self, qtbot: QtBot) -> None:
        with on_show(GalleryView, pictures(), qtbot) as view:
            QTest.mouseClick(view.wall.viewport(), Qt.MouseButton.LeftButton, pos=view.wall.box(5).center())
            assert view.store.sample == SampleRef("train", 5)
            QTest.keyClick(view.wall, Qt.Key.Key_Right)
            assert view.store.sample == SampleRef("train", 6)
            QTest.keyClick(view.wall, Qt.Key.Key_Down)
            assert view.store.sample == SampleRef("train", 6 + view.wall.columns)
            QTest.keyClick(view.wall, Qt.Key.Key_End)
            assert view.store.sample == SampleRef("validation", 99)
            assert 499 in view.wall.in_sight()

    def test_a_class_alone(self, qtbot: QtBot) -> None:
        with on_show(GalleryView, pictures(), qtbot) as view:
            view.label.setCurrentIndex(2)
            view.label.activated.emit(2)
            qtbot.waitUntil(lambda: view.wall.count == 250)
            assert view.info.text() == "250 of 500 pictures"
            assert {view._label(place) for place in range(250)} == {("odd", 1)}
            assert len(lines(view)) == 251

    def test_reading_tells_the_pixel(self, qtbot: QtBot) -> None:
        split = pictures()
        with on_show(GalleryView, split, qtbot) as view:
            box = view.wall.box(2)
            text = view.reading(QPointF(box.left() + 1, box.top() + 1))
            assert text.splitlines()[0] == "Training sample 3 · even"
            assert text.splitlines()[1] == f"row 1, column 1: {split.train.x[2, 0, 0, 0]!s}"

    def test_size(self, qtbot: QtBot) -> None:
        with on_show(GalleryView, pictures(), qtbot) as view:
            before = view.wall.columns
            view.size_slider.setValue(120)
            assert view.wall.columns < before


class TestBalance:
    def test_bars_are_the_shares_of_each_part(self, qtbot: QtBot) -> None:
        with on_show(BalanceView, small(), qtbot) as view:
            assert view.canvas.counts.tolist() == [[2, 1], [0, 2]]
            assert view.canvas.bar(1, 1).width() == pytest.approx(3 * view.canvas.bar(0, 1).width())
            assert view.reading(view.canvas.bar(0, 0).center()) == "red, training: 2 (66.7%) of 3"
            assert view.info.text().startswith("red has 2 times as many training samples as blue")
            assert lines(view) == ["class,training,validation", "red,2,0", "blue,1,2"]

    def test_a_class_without_training_samples_is_named(self, qtbot: QtBot) -> None:
        split = Split(labelled(np.ones((2, 3)), [0, 0]), labelled(np.ones((1, 3)), [1]))
        with on_show(BalanceView, split, qtbot) as view:
            assert view.info.text().startswith("no training sample of blue")


class TestDuplicates:
    def test_pairs_and_their_targets(self, qtbot: QtBot) -> None:
        split = small()
        with on_show(DuplicatesView, split, qtbot) as view:
            assert view.info.text() == "1 equal to a training sample, of 2 held out"
            assert lines(view)[1:] == ["validation,2,blue,2,blue,0.0"]
            QTest.mouseClick(
                view.grid.viewport(),
                Qt.MouseButton.LeftButton,
                pos=view.grid.visualRect(view.model.index(0, 2)).center(),
            )
            assert view.store.sample == SampleRef("train", 1)

    def test_none_is_good_news(self, qtbot: QtBot) -> None:
        with on_show(DuplicatesView, pictures(), qtbot) as view:
            assert view.pages.hint == "None of the 100 held-out samples is, or nearly is, a training sample."

    def test_nothing_held_out(self, qtbot: QtBot) -> None:
        with on_show(DuplicatesView, numbers(), qtbot) as view:
            assert view.pages.hint.startswith("No samples are held out")

    def test_pictures_stand_side_by_side(self, qtbot: QtBot) -> None:
        split = pictures()
        assert split.validation is not None
        in_memory(split.validation.x)[3] = split.train.x[8]
        with on_show(DuplicatesView, split, qtbot) as view:
            assert view.model.pictures
            assert view.model.differs(0)
            assert "The targets of the two differ" in view.reading(
                QPointF(view.grid.visualRect(view.model.index(0, 0)).center())
            )


def test_the_gallery_lets_go_of_pictures_when_the_data_have_none(qtbot: QtBot) -> None:
    # It may be open for a moment longer than there are pictures.
    with on_show(GalleryView, pictures(), qtbot) as view:
        view.draw(snapshot(small()))
        assert view.split is None
        view.wall.viewport().repaint()
        assert view.pages.hint == view.waiting
