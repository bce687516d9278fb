"""Fitted curve: the network over its one input, through the samples; reading, clicking, keys."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import Network, layers
from engine.data import DATASETS, XOR, Data, Preparation, SineCurve, split
from engine.data.preparation import Standardisation
from nnstudio.document.model import DataSettings, Document
from nnstudio.document.probe import OwnSample, SampleRef
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.response_curve import CurvePicture, ResponseCurve
from nnstudio.training.split import Split
from nnstudio.ui.colours import LIGHT, class_colour
from nnstudio.views import FittedCurveView
from tests.nnstudio.builders import opened
from tests.nnstudio.views_support import hover, shown, themed

DATA = SineCurve(samples=40, seed=3)
SPLIT = Split(*split(DATA.load(), 0.25, 0))


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture
def view(qapp: QApplication) -> Iterator[FittedCurveView]:
    with shown(FittedCurveView(opened(Document(data=DataSettings(dataset=DATA)))), 420, 320) as made:
        yield made


def classes(count: int, outputs: int) -> tuple[Split, Network]:
    x = np.linspace(-1, 1, 30, dtype=np.float32)[:, None]
    y = np.arange(30) * count // 30
    data = Data(x, y, "classification", tuple("abcdefgh"[:count]), ("width",))
    last = layers.Sigmoid() if outputs == 1 else layers.Softmax()
    return Split(data, None), Network([layers.Dense(outputs), last], input_shape=(1,), seed=0)


def line(slope: float = 2.0, offset: float = 0.5) -> Network:
    """A network that is a straight line."""
    made = Network([layers.Dense(1)], input_shape=(1,), seed=0)
    made.parameters["dense_1.weight"][...] = slope
    made.parameters["dense_1.bias"][...] = offset
    return made


def draw(view: FittedCurveView, data: Split = SPLIT, network: Network | None = None) -> CurvePicture:
    """Lets the view ask, and answers as the worker would."""
    view.draw(Snapshot(1, RunState.RUNNING, data=data))
    (request,) = view.requests()
    answer = request.answer(network or line(), data)
    assert isinstance(answer, CurvePicture)
    view.draw(Snapshot(1, RunState.RUNNING, data=data, answers={request: answer}))
    return answer


class TestRequest:
    def test_is_the_network_at_regular_places(self) -> None:
        answer = ResponseCurve(-2, 4, 7).answer(line(), SPLIT)
        assert answer is not None
        np.testing.assert_allclose(answer.x, [-2, -1, 0, 1, 2, 3, 4])
        np.testing.assert_allclose(answer.values[:, 0], 2 * answer.x + 0.5, rtol=1e-6)

    def test_places_are_in_the_units_of_the_source(self) -> None:
        scale = Standardisation(mean=(10.0,), spread=(4.0,))
        fitted = Preparation(input_shape=(1,), task="regression", targets=1, standardisation=scale)
        answer = ResponseCurve(10, 14, 2).answer(line(), Split(SPLIT.train, None, fitted))
        assert answer is not None
        np.testing.assert_allclose(answer.values[:, 0], [0.5, 2.5], rtol=1e-6)

    def test_other_inputs_have_no_curve(self) -> None:
        two = Network([layers.Dense(1)], input_shape=(2,), seed=0)
        assert ResponseCurve(0, 1).answer(two, Split(XOR().load(), None)) is None


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=name) for name, kind in DATASETS.items() if kind.own != "painted"]
)
def test_suits_data_with_one_input(kind: type) -> None:
    dataset = kind()
    signature = dataset.expected_signature() if dataset.external else dataset.signature()
    if signature is not None:
        assert FittedCurveView.suits(signature) == (kind.__name__ in ("SineCurve", "StepCurve"))


def test_curve_and_samples_are_drawn(view: FittedCurveView) -> None:
    answer = draw(view)
    x, y = view.curves[0].getData()
    np.testing.assert_allclose(x, answer.x)
    np.testing.assert_allclose(y, 2 * answer.x + 0.5, atol=1e-6)
    assert view.curves[1].getData()[0] is None or not len(view.curves[1].getData()[0])
    assert SPLIT.validation is not None
    for part, data in (("train", SPLIT.train), ("validation", SPLIT.validation)):
        x, y = view.points[part].getData()  # type: ignore[index]
        np.testing.assert_allclose(x, data.shown[:, 0])
        np.testing.assert_allclose(y, data.y[:, 0])
    # All samples are seen, and something beyond them.
    (left, right), (low, high) = view.plot.getViewBox().viewRange()
    assert left < SPLIT.train.x.min() - 0.1
    assert right > SPLIT.train.x.max() + 0.1
    assert low < SPLIT.train.y.min()
    assert high > SPLIT.train.y.max()


def test_two_classes_and_one_output_lie_at_0_and_1(view: FittedCurveView) -> None:
    data, network = classes(2, 1)
    view.store.open(Document(data=DataSettings(dataset=DATA)))
    draw(view, data, network)
    _, y = view.points["train"].getData()
    assert y.tolist() == data.train.y.tolist()
    assert "the&nbsp;network" in view.legend.text()


def test_more_classes_have_a_curve_each_in_their_colour(view: FittedCurveView) -> None:
    data, network = classes(3, 3)
    answer = draw(view, data, network)
    for index in range(3):
        np.testing.assert_allclose(view.curves[index].getData()[1], answer.values[:, index])
        assert view.curves[index].opts["pen"].color().name() == class_colour(LIGHT, index).name()
    assert set(view.points["train"].getData()[1]) == {1.0}
    assert "output of class b" in view.reading(centre(view))


def centre(view: FittedCurveView) -> QPointF:
    box = view.plot.getViewBox()
    return QPointF(view.plot.mapFromScene(box.sceneBoundingRect().center()))


def spot(view: FittedCurveView, x: float, y: float) -> QPointF:
    return QPointF(view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(x, y))))


def test_values_are_read_under_the_mouse(view: FittedCurveView) -> None:
    draw(view)
    index = int(SPLIT.train.y[:, 0].argmax())
    x, y = float(SPLIT.train.x[index, 0]), float(SPLIT.train.y[index, 0])
    first, second, third = view.reading(spot(view, x, y)).splitlines()
    assert first.startswith(SampleRef("train", index).title)
    assert first.endswith(f"target {y:.4g}")
    assert second == f"x = {x:.4g}".replace("-", "−")
    assert float(third.removeprefix("prediction: ").replace("−", "-")) == pytest.approx(2 * x + 0.5, abs=0.02)
    assert view.reading(QPointF(-50, -50)) == ""
    assert not view.crosshair.line.isVisible()


def test_the_crosshair_goes_with_the_values(view: FittedCurveView) -> None:
    draw(view)
    assert view.inspection is not None
    hover(view.plot.viewport(), centre(view).toPoint())
    assert view.crosshair.line.isVisible()
    view.inspection.readout.gone.emit()
    assert not view.crosshair.line.isVisible()


def test_table_holds_the_curve(view: FittedCurveView) -> None:
    assert view.table() is None
    answer = draw(view)
    table = view.table()
    assert table is not None
    rows = list(table.rows())
    assert table.header == ("x", "prediction")
    np.testing.assert_allclose(rows, np.column_stack([answer.x, answer.values]))


def test_a_click_chooses_the_sample_or_a_place(qtbot: QtBot, view: FittedCurveView) -> None:
    draw(view)
    index = int(SPLIT.train.y[:, 0].argmin())
    x, y = float(SPLIT.train.x[index, 0]), float(SPLIT.train.y[index, 0])
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=spot(view, x, y).toPoint())
    assert view.store.sample == SampleRef("train", index)
    assert view.probe_mark.place == pytest.approx((x, y))
    QTest.qWait(QApplication.doubleClickInterval() + 50)
    low = float(SPLIT.train.y.min()) - 0.1
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=spot(view, 1.15, low).toPoint())
    chosen = view.store.sample
    assert isinstance(chosen, OwnSample)
    assert chosen.values[0] == pytest.approx(1.15, abs=0.02)
    # Where there is no target, the probe is on the curve.
    assert view.probe_mark.place == pytest.approx((chosen.values[0], 2 * chosen.values[0] + 0.5), abs=0.05)


def test_arrow_keys_move_the_probe_along(view: FittedCurveView) -> None:
    draw(view)
    view.store.choose_sample(OwnSample((0.0,)))
    QTest.keyClick(view.plot, Qt.Key.Key_Right)
    chosen = view.store.sample
    assert isinstance(chosen, OwnSample)
    assert 0 < chosen.values[0] < 0.1
    for _ in range(200):
        QTest.keyClick(view.plot, Qt.Key.Key_Left)
    chosen = view.store.sample
    assert isinstance(chosen, OwnSample)
    assert chosen.values[0] == pytest.approx(view.request().low)  # type: ignore[union-attr]


def test_data_of_another_kind_are_waited_for(view: FittedCurveView) -> None:
    draw(view)
    view.draw(Snapshot(2, RunState.READY, data=Split(XOR().load(), None)))
    assert view.requests() == frozenset()
    assert view.pages.hint == view.waiting
    view.draw(Snapshot(3, RunState.EMPTY, message="Add a block."))
    assert view.pages.hint == "Add a block."


def test_a_single_sample_has_room_around_it(view: FittedCurveView) -> None:
    one = Split(Data(np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), "regression"), None)
    draw(view, one)
    (left, right), (low, high) = view.plot.getViewBox().viewRange()
    assert left < 1 < right
    assert low < 1 < high
    assert view._name == "x"


def test_it_opens_with_data_of_one_input(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open_template("regression-plane")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    assert not window.docks.all["curveView"].toggleViewAction().isEnabled()
    window.data_panel.choose("SineCurve")
    qtbot.waitUntil(lambda: isinstance(window.views["curveView"].answer, CurvePicture), timeout=10_000)  # type: ignore[attr-defined]
    assert window.docks.all["curveView"].toggleViewAction().isEnabled()
    assert not window.docks.all["boundaryView"].toggleViewAction().isEnabled()
