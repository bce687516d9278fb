"""Loss and metric views: the drawing of a snapshot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from nnstudio.document.model import Document, TrainingSettings
from nnstudio.shell.status_bar import StatusBar
from nnstudio.store import Store
from nnstudio.training.checkpoint import Curve, Mark
from nnstudio.training.curves import CurveLog
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment
from nnstudio.ui.colours import DARK, LIGHT
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views import VIEWS, LossView, MetricView
from nnstudio.views.base import brief
from nnstudio.views.curves.cleaning import clean, smooth
from nnstudio.views.curves.loss import AUTOMATIC, LINEAR, LOG
from nnstudio.views.plotting import short
from tests.nnstudio.views_support import hover, shown, themed


@pytest.fixture
def loss_view(qapp: QApplication) -> Iterator[LossView]:
    for key in ("lossSmoothing", "lossScale", "lossLogScale"):
        QSettings().remove(key)
    with shown(LossView(Store())) as view:
        yield view


@pytest.fixture
def metric_view(qapp: QApplication) -> Iterator[MetricView]:
    with shown(MetricView(Store())) as view:
        yield view


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


def snapshot(
    metrics: tuple[str, ...] = ("accuracy",), state: RunState = RunState.RUNNING, message: str = "", **curves: object
) -> Snapshot:
    made = {
        name: Curve(np.arange(1.0, len(y) + 1), np.asarray(y, float))  # type: ignore[arg-type]
        for name, y in curves.items()
    }
    return Snapshot(1, state, curves=made, metrics=metrics, message=message)


def drawn(item: object) -> np.ndarray:
    """The values a curve shows, on the scale of the axis."""
    _, y = item.getData()  # type: ignore[attr-defined]
    return np.empty(0) if y is None else y


def test_all_views_have_a_dock() -> None:
    assert {"boundaryView", "confusionView", "kernelView", "lossView", "metricView"} <= set(VIEWS)


def test_both_losses_are_drawn_against_their_epochs(loss_view: LossView) -> None:
    curves = {
        "loss": Curve(np.array([0.5, 1.0, 1.5]), np.array([3.0, 2.0, 1.0])),
        "val_loss": Curve(np.array([1.0]), np.array([2.5])),
    }
    loss_view.draw(Snapshot(1, RunState.RUNNING, curves=curves))
    x, y = loss_view.train.main.getData()
    assert x.tolist() == [0.5, 1.0, 1.5]
    assert y.tolist() == [3.0, 2.0, 1.0]
    assert drawn(loss_view.validation.main).tolist() == [2.5]
    assert loss_view.pages.hint == ""
    assert "Train&nbsp;1" in loss_view.legend.text()
    assert "Validation&nbsp;2.5" in loss_view.legend.text()


def test_in_the_past_the_values_of_that_moment_are_told(loss_view: LossView, metric_view: MetricView) -> None:
    made = snapshot(state=RunState.PAUSED, loss=[3, 1], val_loss=[4, 2], accuracy=[0.5, 0.75])
    past = replace(made, moment=Moment(15, 1, 1.5, np.zeros(1, np.float32), TrainingSettings()))
    for view, then, now in ((loss_view, "3", "1"), (metric_view, "50.0%", "75.0%")):
        for shown_one, told in ((past, then), (made, now)):
            view.draw(shown_one)
            assert f"Train&nbsp;{told}" in view.legend.text()
    # Before the first epoch was over, nothing had been validated.
    loss_view.draw(replace(past, moment=Moment(0, 0, 0.0, np.zeros(1, np.float32), TrainingSettings())))
    assert "Validation" not in loss_view.legend.text()


def test_no_value_of_another_network_is_told(loss_view: LossView, metric_view: MetricView) -> None:
    """The curves stay: they are what training was like. Their ends are not what this network does."""
    made = snapshot(loss=[3, 1], val_loss=[4, 2], accuracy=[0.5, 0.75], val_accuracy=[0.25, 1])
    partly = replace(made, stale=frozenset({"val_loss", "val_accuracy"}))
    wholly = replace(made, stale=frozenset(made.curves))
    for view, train, validation in ((loss_view, "1", "2"), (metric_view, "75.0%", "100.0%")):
        for shown_one, told in ((made, (True, True)), (partly, (True, False)), (wholly, (False, False))):
            view.draw(shown_one)
            said = f"Train&nbsp;{train}" in view.legend.text(), f"Validation&nbsp;{validation}" in view.legend.text()
            assert said == told
            assert [drawn(line.main).size for line in view.lines] == [2, 2]
    both = replace(wholly, metrics=("accuracy", "f1"), curves={**made.curves, "f1": made.curves["accuracy"]})
    metric_view.draw(both)
    assert "F1&nbsp;75" in metric_view.legend.text()
    assert "Accuracy" not in metric_view.legend.text()


def test_the_axes_hold_the_whole_curves_while_they_grow(loss_view: LossView) -> None:
    for size in (2, 40, 300):
        y = np.linspace(5, 1, size)
        loss_view.draw(snapshot(loss=y))
        (x0, x1), (y0, y1) = loss_view.plot.getViewBox().viewRange()
        assert x0 <= 1
        assert size <= x1 < size * 1.2 + 1
        assert y0 <= 0
        assert 5 <= y1 < 6


def test_curve_items_are_made_once(loss_view: LossView) -> None:
    loss_view.draw(snapshot(loss=[1, 2]))
    before = list(loss_view.plot.getPlotItem().items)
    for size in range(3, 20):
        loss_view.draw(snapshot(loss=np.ones(size), val_loss=np.ones(size)))
    assert loss_view.plot.getPlotItem().items == before


def test_how_the_curve_is_looked_at_is_remembered(loss_view: LossView) -> None:
    assert (loss_view.smoothing, loss_view.log) == (0.0, False)
    loss_view.slider.setValue(60)
    loss_view.choose_scale(LOG)
    with shown(LossView(Store())) as next_one:
        assert (next_one.smoothing, next_one.log) == (0.6, True)
        assert (next_one.slider.value(), next_one.scale_choice.currentData()) == (60, LOG)
        next_one.draw(snapshot(loss=[0.5, 0.1]))
        assert next_one.plot.getPlotItem().getAxis("left").logMode
    QSettings().setValue("lossSmoothing", "much")
    QSettings().setValue("lossScale", "steep")
    with shown(LossView(Store())) as other:
        assert (other.smoothing, other.log) == (0.0, False)
        assert other.scale_choice.currentData() == AUTOMATIC


@pytest.mark.parametrize(("stored", "expected"), [("true", LOG), ("false", AUTOMATIC)])
def test_the_log_scale_of_an_older_version_is_taken_over(qapp: QApplication, stored: str, expected: str) -> None:
    QSettings().remove("lossScale")
    QSettings().setValue("lossLogScale", stored)
    with shown(LossView(Store())) as view:
        assert view.scale_choice.currentData() == expected
        assert view.log == (expected == LOG)
    QSettings().remove("lossLogScale")


@pytest.mark.parametrize(
    ("y", "log"),
    [
        ([1.0, 0.5, 0.02], False),
        ([1.0, 0.5, 0.009], True),
        ([1.0, math.nan, 0.009], True),
        # It has come to nothing, but was never seen to be small.
        ([0.4, 0.2, 0.0, 0.0], False),
        ([1.0, 0.001, 0.0], True),
        ([1.0, -0.001], False),
        ([0.0, 0.0], False),
        ([math.nan, math.inf], False),
        ([], False),
    ],
)
def test_a_loss_that_falls_far_is_shown_on_a_log_scale_by_itself(
    loss_view: LossView, y: list[float], log: bool
) -> None:
    loss_view.draw(snapshot(loss=y))
    assert loss_view.log == log
    loss_view.choose_scale(LINEAR)
    assert not loss_view.log
    loss_view.draw(snapshot(loss=y))
    assert not loss_view.log
    loss_view.choose_scale(AUTOMATIC)
    assert loss_view.log == (log and bool(y))


def test_a_curve_that_wavers_does_not_turn_the_axis_to_and_fro(loss_view: LossView) -> None:
    seen = []
    for least in (0.02, 0.0099, 0.0101, 0.0099, 0.0101, 0.03):
        loss_view.draw(snapshot(loss=[1.0, least]))
        seen.append(loss_view.log)
    assert seen == [False, True, True, True, True, False]


def test_how_calm_a_curve_is_follows_from_its_shape_on_the_axis(loss_view: LossView) -> None:
    # Small ups and downs behind a great fall: flat on a linear scale, tall on a logarithmic one.
    y = np.r_[1.0, np.tile([1e-3, 1e-6], 40)]
    for scale, calm in ((LINEAR, True), (LOG, False)):
        loss_view.choose_scale(scale)
        loss_view.draw(snapshot(loss=y))
        assert loss_view.train.main.opts["antialias"] is calm


def test_numbers_are_told_between_two_drawings_of_the_curves(loss_view: LossView) -> None:
    loss_view.draw(snapshot(loss=[1.0, 0.5]))
    loss_view.tell(snapshot(loss=[1.0, 0.5, 0.25]))
    assert "Train 0.25" in loss_view.legend.text().replace("&nbsp;", " ")
    assert loss_view.train.y.tolist() == [1.0, 0.5]


def test_a_long_rough_curve_is_painted_quickly(loss_view: LossView) -> None:
    # The outline of a wide, antialiased path would take some 50 ms, and grow with the number of its points.
    rng = np.random.default_rng(0)
    loss_view.resize(1200, 400)
    loss_view.show()
    loss_view.draw(snapshot(loss=rng.uniform(0.1, 1.0, 100_000)))
    curve = loss_view.train.main.curve
    assert curve.opts["segmentedLineMode"] == "on"
    assert len(curve.getData()[0]) <= 2 * loss_view.plot.viewport().width()


def test_the_scale_stays_while_somebody_looks_at_a_part(loss_view: LossView) -> None:
    loss_view.draw(snapshot(loss=[1.0, 0.5]))
    loss_view.plot._let_go()
    before = loss_view.plot.getViewBox().viewRange()
    loss_view.draw(snapshot(loss=[1.0, 0.5, 0.0001]))
    assert not loss_view.log
    assert loss_view.plot.getViewBox().viewRange() == before
    loss_view.plot.follow()
    loss_view.draw(snapshot(loss=[1.0, 0.5, 0.0001]))
    assert loss_view.log


def test_marks_are_read_under_the_mouse_and_by_assistive_programs(loss_view: LossView) -> None:
    marks = (Mark(2.0, "dense_2 added"), Mark(8.5, "Learning rate 0.1 → 0.01"))
    made = replace(snapshot(loss=np.linspace(1, 0.5, 10)), marks=marks)
    for log in (LINEAR, LOG):
        loss_view.choose_scale(log)
        loss_view.draw(made)
        box = loss_view.plot.getViewBox()
        places = [loss_view.plot.mapFromScene(box.mapViewToScene(QPointF(mark.x, 0))).x() for mark in marks]
        assert loss_view.marks.text_at(places[0] + 4) == "Epoch 2: dense_2 added"
        assert loss_view.marks.text_at(places[1] - 4) == "Epoch 8.5: Learning rate 0.1 → 0.01"
        assert loss_view.marks.text_at((places[0] + places[1]) / 2) == ""
    told = loss_view.plot.accessibleDescription()
    assert told == "epoch 2: dense_2 added; epoch 8.5: Learning rate 0.1 → 0.01"
    hover(loss_view.plot.viewport(), QPoint(places[0], 20))
    assert loss_view.inspection is not None
    read = loss_view.inspection.readout.text().splitlines()
    assert (read[0], read[-1]) == ("Epoch 2", "Epoch 2: dense_2 added")
    # Many of them are one item: the plot grows no slower.
    before = list(loss_view.plot.getPlotItem().items)
    loss_view.draw(replace(made, marks=tuple(Mark(0.05 * place, f"{place}") for place in range(100))))
    loss_view.grab()
    assert loss_view.plot.getPlotItem().items == before


def test_a_mark_is_drawn_where_it_is_told(loss_view: LossView) -> None:
    made = snapshot(loss=np.full(10, 0.5))
    loss_view.draw(made)
    before = loss_view.plot.grab().toImage()
    loss_view.draw(replace(made, marks=(Mark(5.0, "Reset"),)))
    after = loss_view.plot.grab().toImage()
    box = loss_view.plot.getViewBox()
    x = round(loss_view.plot.mapFromScene(box.mapViewToScene(QPointF(5.0, 0))).x())
    changed = {
        place
        for place in range(after.width())
        if any(after.pixel(place, y) != before.pixel(place, y) for y in range(after.height()))
    }
    assert changed
    assert max(abs(place - x) for place in changed) <= 2


def test_smoothing_is_a_bias_corrected_average(loss_view: LossView) -> None:
    y = [4.0, 2.0, 8.0]
    loss_view.slider.setValue(50)
    loss_view.draw(snapshot(loss=y))
    expected = [4.0, (4 * 0.5 + 2) / 1.5, (4 * 0.25 + 2 * 0.5 + 8) / 1.75]
    np.testing.assert_allclose(drawn(loss_view.train.main), expected)
    assert drawn(loss_view.train.raw).tolist() == y
    loss_view.slider.setValue(0)
    assert drawn(loss_view.train.main).tolist() == y
    assert drawn(loss_view.train.raw).size == 0


@given(
    st.lists(st.floats(-100, 100) | st.just(math.nan), max_size=60),
    st.floats(0.01, 0.99),
)
def test_smoothing_equals_its_loop(values: list[float], beta: float) -> None:
    total = weights = 0.0
    expected = []
    for value in values:
        total, weights = total * beta, weights * beta
        if math.isnan(value):
            expected.append(math.nan)
        else:
            total, weights = total + value, weights + 1
            expected.append(total / weights)
    np.testing.assert_allclose(smooth(np.array(values), beta), expected, rtol=1e-6, atol=1e-6)


def test_log_scale_draws_logarithms_and_puts_zeros_at_the_floor(loss_view: LossView) -> None:
    loss_view.draw(snapshot(loss=[100.0, 0.01, 0.0]))
    loss_view.choose_scale(LOG)
    np.testing.assert_allclose(drawn(loss_view.train.main), [2, -2, -2])
    low, high = loss_view.plot.getViewBox().viewRange()[1]
    assert -3 < low < -2
    assert 2 < high < 3
    assert "Train&nbsp;0" in loss_view.legend.text()
    loss_view.choose_scale(LINEAR)
    np.testing.assert_allclose(drawn(loss_view.train.main), [100, 0.01, 0])


@pytest.mark.parametrize(
    "y",
    [
        [],
        [math.nan],
        [math.nan, math.nan, math.nan],
        [1.0, math.nan, 0.5],
        [math.inf, 1.0],
        [0.0, 0.0, 0.0],
        [0.3, 0.3],
        [1e308, 1.0],
        [-1.0, -2.0],
    ],
)
@pytest.mark.parametrize("scale", [AUTOMATIC, LINEAR, LOG])
@pytest.mark.parametrize("smoothing", [0, 90])
def test_odd_curves_are_drawn(loss_view: LossView, y: list[float], scale: str, smoothing: int) -> None:
    loss_view.choose_scale(scale)
    loss_view.slider.setValue(smoothing)
    loss_view.draw(snapshot(loss=y, val_loss=y[:1]))
    loss_view.grab()
    ranges = np.array(loss_view.plot.getViewBox().viewRange())
    assert np.isfinite(ranges).all()
    assert (ranges[:, 0] < ranges[:, 1]).all()


def test_arrays_of_unequal_length_are_cut() -> None:
    x, y = clean(Curve(np.arange(5.0), np.arange(3.0)))
    assert x.tolist() == y.tolist() == [0, 1, 2]
    assert clean(None)[0].size == 0


def test_a_hint_stands_where_nothing_is(loss_view: LossView) -> None:
    loss_view.draw(snapshot(state=RunState.READY))
    assert "Press play" in loss_view.pages.hint
    # Who has pressed it is told something else.
    loss_view.draw(snapshot())
    assert loss_view.pages.hint == "The first point comes with the end of the first epoch."
    loss_view.draw(snapshot(state=RunState.EMPTY, message="Insert Flatten."))
    assert loss_view.pages.hint == "Insert Flatten."
    loss_view.draw(snapshot(loss=[1.0]))
    assert loss_view.pages.hint == ""
    loss_view.draw(snapshot(state=RunState.READY))
    assert "Press play" in loss_view.pages.hint


def test_a_zoom_stays_until_a_double_click(loss_view: LossView, qtbot: QtBot) -> None:
    loss_view.draw(snapshot(loss=np.linspace(5, 1, 50)))
    loss_view.grab()
    port = loss_view.plot.viewport()
    spot = QPointF(port.rect().center())
    event = QWheelEvent(
        spot,
        QPointF(port.mapToGlobal(spot.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(port, event)
    zoomed = loss_view.plot.getViewBox().viewRange()
    assert zoomed[0][1] < 50
    assert loss_view.plot.findChild(QToolButton, "fitButton").isVisible()
    loss_view.draw(snapshot(loss=np.linspace(5, 1, 60)))
    assert loss_view.plot.getViewBox().viewRange() == zoomed
    qtbot.mouseDClick(port, Qt.MouseButton.LeftButton, pos=port.rect().center())
    assert loss_view.plot.getViewBox().viewRange()[0][1] >= 60
    assert not loss_view.plot.findChild(QToolButton, "fitButton").isVisible()


def test_colours_follow_the_theme(loss_view: LossView) -> None:
    loss_view.draw(snapshot(loss=[3.0, 1.0]))
    light = loss_view.grab().toImage().pixelColor(300, 200).lightness()
    with themed("dark"):
        dark = loss_view.grab().toImage().pixelColor(300, 200).lightness()
        assert loss_view.train.main.opts["pen"].color().name() == DARK.measure
    assert light > 200
    assert dark < 60
    assert loss_view.train.main.opts["pen"].color().name() == LIGHT.measure


def test_training_and_validation_differ_in_more_than_colour(loss_view: LossView) -> None:
    loss_view.draw(snapshot(loss=[3.0, 1.0, math.nan], val_loss=[3.0, 2.0, 4.0]))
    ends = loss_view.train.end.points()[0], loss_view.validation.end.points()[0]
    assert [(end.symbol(), end.pos().x(), end.pos().y()) for end in ends] == [("o", 2, 1), ("s", 3, 4)]
    assert ends[0].brush().color().name() == LIGHT.measure
    assert ends[1].brush().color().name() == LIGHT.canvas
    colours = [line.main.opts["pen"].color().name() for line in loss_view.lines]
    # No colour of a class, of an end of the scale from minus to plus, nor of each other.
    assert len({*colours, *LIGHT.classes, LIGHT.positive, LIGHT.negative}) == len({*LIGHT.classes, LIGHT.positive}) + 2
    assert ["●" in loss_view.legend.text(), "□" in loss_view.legend.text()] == [True, True]
    loss_view.choose_scale(LOG)
    assert loss_view.validation.end.points()[0].pos().y() == pytest.approx(math.log10(4))
    loss_view.draw(snapshot(loss=[math.nan]))
    assert len(loss_view.train.end.points()) == len(loss_view.validation.end.points()) == 0


def test_of_a_long_curve_the_legend_tells_the_newest_value_as_the_status_bar_does(loss_view: LossView) -> None:
    log, status = CurveLog(most=8), StatusBar()
    for step in range(1, 30):
        log.add(step, 1 / step)
        made = Snapshot(step, RunState.PAUSED, epochs=1, loss=log.last, curves={"loss": log.curve()})
        loss_view.draw(made)
        status.show_snapshot(made)
        shown = status.findChild(StillLabel, "lossStatus").text().removeprefix("Loss ")
        assert f"Train&nbsp;{shown}" in loss_view.legend.text(), step
    # The last point stands for several values by then.
    assert float(log.curve().y[-1]) != log.last


def test_another_project_is_seen_whole(loss_view: LossView) -> None:
    loss_view.draw(snapshot(loss=np.linspace(5, 1, 50)))
    loss_view.plot.getViewBox().scaleBy((0.2, 0.2))
    loss_view.plot.getViewBox().sigRangeChangedManually.emit([True, True])
    loss_view.store.open(Document())
    loss_view.draw(snapshot(loss=np.linspace(5, 1, 8)))
    assert loss_view.plot.following
    assert 8 <= loss_view.plot.getViewBox().viewRange()[0][1] < 10


def test_accuracy_is_in_percent_and_its_axis_ends_at_a_hundred(metric_view: MetricView) -> None:
    view = metric_view
    view.draw(snapshot(accuracy=[0.52, 0.9, 1.0], val_accuracy=[0.5, 0.8, 0.9], loss=[1.0]))
    np.testing.assert_allclose(drawn(view.train.main), [52, 90, 100])
    np.testing.assert_allclose(drawn(view.validation.main), [50, 80, 90])
    assert view.windowTitle() == "Accuracy"
    assert "100.0%" in view.legend.text()
    low, high = view.plot.getViewBox().viewRange()[1]
    assert 40 < low <= 50
    assert 100 <= high < 110


def test_the_error_of_a_regression_is_in_units_of_the_target(metric_view: MetricView) -> None:
    view = metric_view
    view.draw(snapshot(metrics=("mae",), mae=[0.5, 0.25], loss=[1.0]))
    assert view.windowTitle() == "Mean absolute error"
    assert drawn(view.train.main).tolist() == [0.5, 0.25]
    view.draw(snapshot(metrics=()))
    assert view.windowTitle() == "Metric"
    assert view.pages.hint


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.123456, "0.1235"),
        (-2.5, "−2.5"),
        (1e-7, "1e−7"),
        (12345.6, "1.235e4"),
        (math.nan, "not a number"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(("size", "beside"), [((260, 200), False), ((900, 600), True)])
def test_the_plot_keeps_most_of_every_dock(loss_view: LossView, size: tuple[int, int], beside: bool) -> None:
    loss_view.draw(snapshot(loss=[1.0, 0.5], val_loss=[1.0, 0.6]))
    loss_view.resize(*size)
    QApplication.processEvents()
    assert loss_view.plot.height() > 0.7 * size[1]
    assert loss_view.plot.width() == size[0]
    assert (loss_view.legend.geometry().right() < loss_view.scale_choice.parentWidget().x()) == beside
    assert loss_view.scale_choice.visibleRegion().boundingRect() == loss_view.scale_choice.rect()


def test_several_shares_have_one_axis_and_a_legend_that_names_them(metric_view: MetricView) -> None:
    view = metric_view
    curves = {"accuracy": [0.5, 0.9], "val_accuracy": [0.4, 0.8], "f1": [0.3, 0.7], "top_3": [0.8, 1.0]}
    view.draw(snapshot(("accuracy", "f1", "top_3"), **curves))
    assert view.keys == ("accuracy", "f1", "top_3")
    assert view.windowTitle() == "Metrics"
    for text in ("Accuracy", "90.0", "80.0", "F1", "70.0", "Top", "100.0", "validation&nbsp;bold"):
        assert text in view.legend.text()
    assert [line.last for line in view.lines] == pytest.approx([90, 80, 70, None, 100, None])
    assert view.choice.isHidden()
    widths = [line.main.opts["pen"].widthF() for line in view.lines]
    assert widths == [1, 2, 1, 2, 1, 2]
    colours = {line.main.opts["pen"].color().name() for line in view.lines}
    assert len(colours) == 3
    # One again: as ever, and nothing is left of the others.
    view.draw(snapshot(("accuracy",), **curves))
    assert view.windowTitle() == "Accuracy"
    assert [line.last for line in view.lines] == pytest.approx([90, 80, None, None, None, None])
    assert "Validation" in view.legend.text()
    assert view.train.main.opts["pen"].widthF() == 2


def test_metrics_of_different_units_are_shown_one_at_a_time(metric_view: MetricView) -> None:
    view = metric_view
    drawn = snapshot(("mae", "r2"), mae=[2.0, 1.5], r2=[-1.0, 0.5], val_r2=[0.1, 0.25])
    view.draw(drawn)
    assert not view.choice.isHidden()
    assert (view.windowTitle(), view.train.last) == ("Mean absolute error", 1.5)
    view.choice.setCurrentIndex(1)
    view.choice.activated.emit(1)
    assert (view.windowTitle(), view.train.last, view.validation.last) == ("R²", 0.5, 0.25)
    view.draw(drawn)
    assert view.key == "r2"
    view.draw(snapshot(("mae",), mae=[2.0]))
    assert view.choice.isHidden()
    assert view.key == "mae"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("", ""),
        ("The file is gone.", "The file is gone."),
        ("Reading big.csv…", "Reading big.csv…"),
        ("The digits are not here yet: ~/mnist has none. Download them.", "The digits are not here yet."),
        ("Dense needs a row. Put a Flatten in front of it.", "Dense needs a row."),
        ("dense_2: the output of this layer became NaN. Use a smaller rate.", "The output of this layer became NaN."),
        (
            "relu_2: Hinge needs outputs from 0 to 1, but ReLU gave 0 to 1.5. Go.",
            "Hinge needs outputs from 0 to 1, but ReLU gave 0 to 1.5.",
        ),
    ],
)
def test_empty_views_say_in_brief_what_is_told_in_full_elsewhere(message: str, shown: str) -> None:
    assert brief(message) == shown
