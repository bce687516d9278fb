"""Painting in the boundary view: brushes by mouse, wheel and keys, one undo step for each stroke."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from engine import layers
from engine.data import Circles, Hills, Iris, PaintedPoints, Points
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import SampleRef
from nnstudio.store import Store
from nnstudio.training.build import read_data
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.grid import Grid, GridPicture
from nnstudio.views import BoundaryView, SurfaceView
from nnstudio.views.painting.brush import Tool, along, nearest, sprayed, tidy
from tests.nnstudio.builders import document_of
from tests.nnstudio.views_support import hover, shown

LEFT = Qt.MouseButton.LeftButton


def sheet(points: Points | None = None, **settings: object) -> Document:
    made = document_of(layers.Dense(4), layers.Tanh(), layers.Dense(1), layers.Sigmoid())
    dataset = PaintedPoints.model_validate({"type": "PaintedPoints", "points": points or Points(), **settings})
    return edits.set_dataset(made, dataset)


@pytest.fixture
def store(qapp: QApplication) -> Store:
    made = Store()
    made.open(sheet())
    return made


@pytest.fixture
def view(store: Store) -> Iterator[BoundaryView]:
    with shown(BoundaryView(store), 460, 460) as made:
        made.begin_painting()
        QApplication.processEvents()
        yield made


def painted(store: Store) -> PaintedPoints:
    dataset = store.document.data.dataset
    assert isinstance(dataset, PaintedPoints)
    return dataset


def spot(view: BoundaryView, x: float, y: float) -> QPoint:
    """Place on the plot's viewport of coordinates of the plane."""
    at: QPoint = view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(x, y)))
    return at


def click(qtbot: QtBot, view: BoundaryView, x: float, y: float) -> None:
    qtbot.mouseClick(view.plot.viewport(), LEFT, pos=spot(view, x, y))


def drag(qtbot: QtBot, view: BoundaryView, *places: tuple[float, float]) -> None:
    ground = view.plot.viewport()
    qtbot.mousePress(ground, LEFT, pos=spot(view, *places[0]))
    for place in places[1:]:
        qtbot.mouseMove(ground, pos=spot(view, *place))
        QApplication.processEvents()
    qtbot.mouseRelease(ground, LEFT, pos=spot(view, *places[-1]))


def wheel(view: BoundaryView, x: float, y: float, notches: int, keys: Qt.KeyboardModifier | None = None) -> None:
    ground, at = view.plot.viewport(), QPointF(spot(view, x, y))
    event = QWheelEvent(
        at,
        QPointF(ground.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys or Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(ground, event)


def steps(store: Store) -> list[str]:
    stack = store.undo_stack
    return [stack.text(index) for index in range(stack.count())]


class TestGeometry:
    def test_spray_fills_the_disc_evenly(self) -> None:
        spots = sprayed((1.0, 2.0), (0.1, 0.2), 30, 20_000, np.random.default_rng(0))
        across, up = ((spots - (1, 2)) / (0.1, 0.2)).T
        away = np.hypot(across, up)
        assert away.max() <= 30
        # Half of the points lie within the circle that has half of the area.
        assert np.mean(away < 30 / np.sqrt(2)) == pytest.approx(0.5, abs=0.02)
        assert np.mean(across > 0) == pytest.approx(0.5, abs=0.02)

    def test_the_nearest_point_is_nearest_on_screen(self) -> None:
        xy = np.array([[0, 0], [1, 0], [0, 1]])
        assert nearest(xy, (0.4, 0), (0.1, 0.1)) == 0
        # A unit to the right is ten times as many pixels as one up.
        assert nearest(xy, (0, 0.4), (0.01, 0.1)) == 0
        assert nearest(xy, (0.4, 0), (0.01, 0.1)) is None
        assert nearest(np.empty((0, 2)), (0, 0), (1, 1)) is None
        assert nearest(np.zeros((3, 2)), (0, 0), (1, 1)) == 2

    def test_no_fast_drag_leaves_gaps(self) -> None:
        places = along((0, 0), (1, 0), (0.01, 0.01), 10)
        assert len(places) == 10
        assert places[-1] == (1.0, 0.0)
        assert along((0, 0), (0, 0), (0.01, 0.01), 10) == [(0.0, 0.0)]

    def test_places_are_rounded_to_what_can_be_seen(self) -> None:
        assert tidy(np.array([0.123456789]), 2.4).tolist() == [0.1235]
        assert tidy(np.array([12345.6789]), 24_000).tolist() == [12345.7 - 0.7 + 1]


class TestPoints:
    def test_a_click_places_one(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        click(qtbot, view, 0.5, -0.25)
        click(qtbot, view, -0.5, 0.25)
        assert painted(store).points.xy == pytest.approx(np.array([[0.5, -0.25], [-0.5, 0.25]]), abs=0.02)
        assert painted(store).load().y.tolist() == [0, 0]
        assert steps(store) == ["Paint 1 point", "Paint 1 point"]
        store.undo_stack.undo()
        assert len(painted(store).points) == 1

    def test_fast_clicks_are_clicks(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        click(qtbot, view, 0, 0)
        ground, at = view.plot.viewport(), spot(view, 0.3, 0)
        for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
            button = LEFT if kind == QEvent.Type.MouseButtonDblClick else Qt.MouseButton.NoButton
            none = Qt.KeyboardModifier.NoModifier
            QApplication.sendEvent(ground, QMouseEvent(kind, at, ground.mapToGlobal(at), LEFT, button, none))
        assert len(painted(store).points) == 2

    def test_dragging_puts_the_new_point_right(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        drag(qtbot, view, (0, 0), (0.2, 0.1), (0.5, 0.5))
        assert painted(store).points.xy == pytest.approx(np.array([[0.5, 0.5]]), abs=0.02)
        assert steps(store) == ["Paint 1 point"]

    @pytest.mark.parametrize("label", range(10))
    def test_keys_choose_the_class(self, qtbot: QtBot, store: Store, view: BoundaryView, label: int) -> None:
        qtbot.keyClicks(view.plot, str((label + 1) % 10))
        assert view.painting.bar.brush.label == label
        click(qtbot, view, 0, 0)
        assert painted(store).load().y.tolist() == [label]
        assert len(painted(store).classes) == max(label + 1, 2)
        store.undo_stack.undo()
        assert painted(store).classes == ("1", "2")

    def test_swatches_choose_the_class_and_say_so(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        second = view.findChild(QAbstractButton, "paintClass2")
        assert isinstance(second, QAbstractButton)
        assert second.accessibleName() == "Class 2"
        second.click()
        click(qtbot, view, 0, 0)
        assert painted(store).load().y.tolist() == [1]
        assert [view.findChild(QAbstractButton, f"paintClass{n}").isVisible() for n in (1, 2, 3, 4)] == [
            *(True, True, True, False)
        ]

    def test_a_class_is_named_by_a_double_click_and_by_key(
        self, qtbot: QtBot, store: Store, view: BoundaryView
    ) -> None:
        first, third = (view.findChild(QAbstractButton, f"paintClass{number}") for number in (1, 3))
        store.edit("Weigh", edits.set_class_weight(store.document, "1", 3.0))
        qtbot.mouseDClick(first, Qt.MouseButton.LeftButton)
        field = view.window().findChild(QLineEdit, "paintClassName")
        assert field.text() == "1"
        qtbot.keyClicks(field, "  warm   days ")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert painted(store).classes == ("warm days", "2")
        assert store.document.training.weight_of("warm days") == 3.0
        assert store.undo_stack.undoText() == "Name class 1 warm days"
        assert "warm days" in first.toolTip()
        assert any(text == "warm days" for _, _, text in view.painting.legend())

        # The key names the class that is painted; a name that is taken is refused, and the field stays.
        told: list[str] = []
        view.message.connect(told.append)
        qtbot.keyClicks(view.plot, "2")
        qtbot.keyClick(view.plot, Qt.Key.Key_F2)
        field = view.window().findChildren(QLineEdit, "paintClassName")[-1]
        qtbot.keyClicks(field, "warm days")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert told == ["Class 1 is called warm days already; choose another name."]
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert painted(store).classes == ("warm days", "2")
        # A class without points is none yet.
        qtbot.mouseDClick(third, Qt.MouseButton.LeftButton)
        assert not [each for each in view.window().findChildren(QLineEdit, "paintClassName") if each.isVisible()]
        store.undo_stack.undo()
        assert painted(store).classes == ("1", "2")
        assert store.document.training.weight_of("1") == 3.0

    def test_another_class_offers_what_makes_the_network_fit(
        self, qtbot: QtBot, store: Store, view: BoundaryView
    ) -> None:
        click(qtbot, view, 0, 0)
        assert not view.painting.fix.isVisible()
        qtbot.keyClicks(view.plot, "3")
        click(qtbot, view, 0.4, 0)
        assert store.analysis.problems
        assert view.painting.fix.isVisible()
        view.painting.fix.click()
        assert not store.analysis.problems
        assert not view.painting.fix.isVisible()

    def test_beside_the_plane_nothing_is_painted(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        qtbot.mouseClick(view.plot.viewport(), LEFT, pos=QPoint(4, 4))
        assert steps(store) == []

    def test_the_plane_stays_where_it_is(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        before = view.plot.getViewBox().viewRange()
        (x0, x1), (y0, y1) = before
        click(qtbot, view, x0 + 0.02 * (x1 - x0), y0 + 0.02 * (y1 - y0))
        view.draw(Snapshot(2, RunState.RUNNING, data=read_data(store.document.data)))
        assert view.plot.getViewBox().viewRange() == before


class TestSpray:
    def test_points_fall_within_the_radius_while_the_button_is_held(
        self, qtbot: QtBot, store: Store, view: BoundaryView
    ) -> None:
        store.open(sheet(Points.of([[0.3, 0.2]], [0])))
        view.draw(Snapshot(1, RunState.RUNNING, data=read_data(store.document.data)))
        view.painting.bar.set(tool=Tool.SPRAY, density=200, radius=30)
        # The bar has another line now, and the plot is smaller.
        qtbot.wait(50)
        ground, at = view.plot.viewport(), spot(view, 0.3, 0.2)
        across, up = view.plot.getViewBox().viewPixelSize()
        qtbot.mousePress(ground, LEFT, pos=at)
        qtbot.waitUntil(lambda: len(painted(store).points) >= 40, timeout=5000)
        seen = len(painted(store).points)
        # Nothing moves under the brush.
        assert view.plot.getViewBox().viewPixelSize() == (across, up)
        qtbot.mouseRelease(ground, LEFT, pos=at)
        away = np.hypot(*((painted(store).points.xy - (0.3, 0.2)) / (across, up)).T)
        assert away.max() <= 33
        assert len(painted(store).points) >= seen
        # It went into the document while it was sprayed, and is one step all the same.
        assert steps(store) == [f"Paint {len(painted(store).points) - 1} points"]
        store.undo_stack.undo()
        assert len(painted(store).points) == 1
        qtbot.wait(150)
        assert len(painted(store).points) == 1

    def test_the_density_is_points_per_second(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        view.painting.bar.set(tool=Tool.SPRAY, density=100)
        QApplication.processEvents()
        ground, at = view.plot.viewport(), spot(view, 0, 0)
        begin = time.monotonic()
        qtbot.mousePress(ground, LEFT, pos=at)
        qtbot.wait(500)
        qtbot.mouseRelease(ground, LEFT, pos=at)
        passed = time.monotonic() - begin
        assert 100 * passed - 20 <= len(painted(store).points) <= 100 * passed + 2

    def test_a_full_sheet_says_so(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        full = Points.of(np.random.default_rng(0).uniform(-1, 1, (10_000, 2)), np.zeros(10_000))
        store.open(sheet(full))
        view.begin_painting()
        with qtbot.waitSignal(view.message) as told:
            click(qtbot, view, 0, 0)
        assert told.args == ["A sheet holds at most 10,000 points, found 10,001. Erase some to go on."]
        assert steps(store) == []


class TestMoveAndErase:
    @pytest.fixture(autouse=True)
    def _some(self, store: Store, view: BoundaryView) -> None:
        store.open(sheet(Points.of([[-0.5, 0], [0.5, 0], [0.5, 0.6]], [0, 1, 1])))
        view.begin_painting()
        QApplication.processEvents()

    def test_a_point_is_dragged(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        view.painting.bar.set(tool=Tool.MOVE)
        drag(qtbot, view, (0.5, 0), (0.2, -0.4), (0, -0.8))
        assert painted(store).points.xy[1] == pytest.approx([0, -0.8], abs=0.02)
        assert painted(store).points.numbers.tolist() == [0, 1, 2]
        assert steps(store) == ["Move point"]
        drag(qtbot, view, (-0.8, -0.8), (0, 0))
        assert steps(store) == ["Move point"]

    def test_the_eraser_takes_what_it_passes(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        view.painting.bar.set(tool=Tool.ERASE, radius=15)
        QApplication.processEvents()
        drag(qtbot, view, (0.5, -0.4), (0.5, 0.9))
        assert painted(store).points.numbers.tolist() == [0]
        assert steps(store) == ["Erase 2 points"]
        store.undo_stack.undo()
        assert len(painted(store).points) == 3

    def test_all_are_erased_at_once(self, store: Store, view: BoundaryView) -> None:
        view.painting.bar.clear.click()
        assert len(painted(store).points) == 0
        assert not view.painting.bar.clear.isEnabled()
        store.undo_stack.undo()
        assert len(painted(store).points) == 3

    def test_looking_leaves_the_points_alone(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        view.draw(Snapshot(1, RunState.READY, data=read_data(store.document.data)))
        view.painting.bar.set(tool=Tool.LOOK)
        QApplication.processEvents()
        click(qtbot, view, 0.5, 0)
        qtbot.waitUntil(lambda: isinstance(store.sample, SampleRef))
        split = read_data(store.document.data)
        assert isinstance(store.sample, SampleRef)
        chosen = split.part(store.sample.part)
        assert chosen is not None
        np.testing.assert_array_equal(chosen.x[store.sample.index], [0.5, 0])
        assert steps(store) == []


class TestKeys:
    def test_arrows_move_the_pen_and_enter_paints(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        press = partial(qtbot.keyClick, view.plot)
        press(Qt.Key.Key_Right)
        assert view.painting.easel.pen is not None
        start = view.painting.easel.pen
        press(Qt.Key.Key_Right)
        press(Qt.Key.Key_Up)
        press(Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
        press(Qt.Key.Key_Return)
        (placed,) = painted(store).points.xy.tolist()
        assert placed == pytest.approx(view.painting.easel.pen, abs=1e-3)
        assert placed[0] > start[0]
        assert placed[1] > start[1]
        assert "Brush: point, class 1, pen at" in view.plot.accessibleDescription()
        assert view.plot.accessibleDescription().endswith("1 point")

    def test_a_point_is_carried_and_put_down(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        press = partial(qtbot.keyClick, view.plot)
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Space):
            press(key)
        first = painted(store).points.xy[0].tolist()
        qtbot.keyClicks(view.plot, "m")
        press(Qt.Key.Key_Return)
        for _ in range(4):
            press(Qt.Key.Key_Up)
        press(Qt.Key.Key_Return)
        press(Qt.Key.Key_Up)
        moved = painted(store).points.xy[0].tolist()
        assert moved[0] == pytest.approx(first[0], abs=1e-3)
        assert moved[1] > first[1] + 0.1
        assert steps(store) == ["Paint 1 point", "Move point"]

    def test_delete_erases_the_point_at_the_pen(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Delete):
            qtbot.keyClick(view.plot, key)
        assert steps(store) == ["Paint 1 point", "Erase 1 point"]

    def test_a_puff_of_spray(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        qtbot.keyClicks(view.plot, "s")
        qtbot.keyClick(view.plot, Qt.Key.Key_Right)
        qtbot.keyClick(view.plot, Qt.Key.Key_Return)
        assert len(painted(store).points) == round(0.2 * view.painting.bar.brush.density)

    def test_letters_choose_the_tool(self, qtbot: QtBot, view: BoundaryView) -> None:
        for key, tool in zip("lspem", (Tool.LOOK, Tool.SPRAY, Tool.POINT, Tool.ERASE, Tool.MOVE), strict=True):
            qtbot.keyClicks(view.plot, key)
            assert view.painting.bar.brush.tool is tool

    def test_everything_is_named(self, view: BoundaryView) -> None:
        for button in view.painting.bar.findChildren(QAbstractButton):
            assert button.accessibleName()
            assert button.toolTip()


class TestHeights:
    @pytest.fixture(autouse=True)
    def _heights(self, store: Store, view: BoundaryView) -> None:
        store.open(sheet(Points.of([[-0.5, 0]], [0.2]), task="regression"))
        view.begin_painting()
        QApplication.processEvents()

    def test_the_wheel_changes_the_point_under_the_mouse(self, store: Store, view: BoundaryView) -> None:
        for _ in range(3):
            wheel(view, -0.5, 0, 1)
        assert painted(store).points.values.tolist() == pytest.approx([0.5])
        assert steps(store) == ["Change height"]
        store.undo_stack.undo()
        assert painted(store).points.values.tolist() == pytest.approx([0.2])

    def test_elsewhere_it_changes_the_brush(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        wheel(view, 0.5, 0.5, -12)
        assert view.painting.bar.brush.height == pytest.approx(-0.7)
        click(qtbot, view, 0.5, 0.5)
        assert painted(store).load().y.ravel().tolist() == pytest.approx([0.2, -0.7])

    def test_with_ctrl_it_zooms(self, store: Store, view: BoundaryView) -> None:
        before = view.plot.getViewBox().viewRange()
        wheel(view, -0.5, 0, 1, Qt.KeyboardModifier.ControlModifier)
        assert view.plot.getViewBox().viewRange() != before
        assert steps(store) == []

    def test_dragging_up_lifts_the_new_point(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        ground, at = view.plot.viewport(), spot(view, 0.3, -0.5)
        qtbot.mousePress(ground, LEFT, pos=at)
        qtbot.mouseMove(ground, pos=at - QPoint(0, 30))
        qtbot.mouseMove(ground, pos=at - QPoint(0, 60))
        qtbot.mouseRelease(ground, LEFT, pos=at - QPoint(0, 60))
        assert painted(store).points.values.tolist() == pytest.approx([0.2, 0.5 + 0.6])
        assert painted(store).points.xy[1] == pytest.approx([0.3, -0.5], abs=0.02)
        assert steps(store) == ["Paint 1 point"]

    def test_the_surface_stands_on_them(self, qapp: QApplication, store: Store) -> None:
        store.open(sheet(Points.of([[-0.5, 0], [0.5, 0.2], [0, 0.9]], [0.2, -1, 3]), task="regression"))
        with shown(SurfaceView(store), 400, 400) as surface:
            split = read_data(store.document.data)
            surface.draw(Snapshot(1, RunState.RUNNING, data=split))
            (request,) = surface.requests()
            assert isinstance(request, Grid)
            assert request.bounds == (-1.2, -1.2, 1.2, 1.2)
            picture = GridPicture(np.zeros((1, 20, 20), np.float32), request.bounds)
            surface.draw(Snapshot(1, RunState.RUNNING, data=split, answers={request: picture}))
            assert sorted(surface._targets.tolist()) == pytest.approx([-1, 0.2, 3])


class TestSheet:
    def test_an_empty_sheet_is_there_with_a_hint(self, store: Store, view: BoundaryView) -> None:
        view.draw(Snapshot(0, RunState.EMPTY, message="There are no points yet."))
        assert view.pages.hint == ""
        assert view.painting._hint.isVisible()
        assert "Click to place points" in view.painting._hint.text()
        assert view.plot.getViewBox().viewRect().contains(QPointF(1, 1))

    def test_the_hint_goes_with_the_first_point(self, qtbot: QtBot, view: BoundaryView) -> None:
        click(qtbot, view, 0, 0)
        assert not view.painting._hint.isVisible()

    def test_other_data_have_no_bar(self, store: Store, view: BoundaryView) -> None:
        assert view.painting.bar.isVisible()
        for dataset in (Circles(), Hills()):
            store.edit("Data", edits.choose_data(store.document, dataset))
            assert not view.painting.bar.isVisible()
            assert not view.painting.easel.painting

    def test_an_opened_project_is_looked_at_first(self, store: Store, view: BoundaryView) -> None:
        store.open(sheet(Points.of([[0, 0]], [0])))
        assert view.painting.bar.isVisible()
        assert view.painting.bar.brush.tool is Tool.LOOK

    def test_the_picture_stays_while_points_come(self, qtbot: QtBot, store: Store, view: BoundaryView) -> None:
        store.open(sheet(Points.of([[-0.5, 0], [0.5, 0]], [0, 1])))
        view.begin_painting()
        QApplication.processEvents()
        view.draw(Snapshot(1, RunState.RUNNING, data=read_data(store.document.data)))
        (request,) = view.requests()
        assert isinstance(request, Grid)
        picture = GridPicture(np.zeros((1, 10, 10), np.float32), request.bounds)
        view.draw(Snapshot(1, RunState.RUNNING, data=read_data(store.document.data), answers={request: picture}))
        click(qtbot, view, 0, 0.5)
        view.draw(Snapshot(2, RunState.RUNNING, data=read_data(store.document.data)))
        assert view.image.image is not None
        assert view.picture is picture

    def test_thousands_are_drawn_within_a_frame(self, store: Store, view: BoundaryView) -> None:
        rng = np.random.default_rng(0)
        for task, values in (("classification", rng.integers(0, 3, 9000)), ("regression", rng.normal(size=9000))):
            points = Points.of(rng.uniform(-1, 1, (9000, 2)), values)
            store.open(sheet(points, task=task, classes=("1", "2", "3")))
            took = []
            for _ in range(5):
                begin = time.perf_counter()
                view.painting.show_points((0.0, 1.0))
                took.append(time.perf_counter() - begin)
            assert min(took) < 0.016


def test_a_stroke_among_thousands_is_quick(qtbot: QtBot, store: Store, view: BoundaryView) -> None:
    rng = np.random.default_rng(0)
    store.open(sheet(Points.of(rng.uniform(-1, 1, (9000, 2)), rng.integers(0, 2, 9000))))
    view.begin_painting()
    QApplication.processEvents()
    hover(view.plot.viewport(), spot(view, 0, 0))
    took = []
    for place in range(5):
        begin = time.perf_counter()
        click(qtbot, view, 0.1 * place, 0)
        took.append(time.perf_counter() - begin)
    assert len(painted(store).points) == 9005
    assert min(took) < 0.05


def test_an_empty_sheet_shows_no_choice_of_the_data_before(store: Store, view: BoundaryView) -> None:
    iris = edits.set_dataset(store.document, Iris())
    store.edit("Iris", iris)
    view.draw(Snapshot(1, RunState.READY, data=read_data(iris.data)))
    assert not view.planes.kind.isHidden()
    store.undo_stack.undo()
    view.draw(Snapshot(2, RunState.EMPTY, message="There are no points yet."))
    assert view.planes.kind.isHidden()
    assert view.planes.rest.isHidden()
