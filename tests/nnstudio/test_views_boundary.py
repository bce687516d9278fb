"""Decision boundary: pixels of known outputs, points, bounds, and odd snapshots."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import Network, layers
from engine.data import DATASETS, XOR, Data, Gaussians, Hills, Signature, split
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment
from nnstudio.training.plane_values import classify
from nnstudio.training.requests.grid import Grid, GridBand, GridPicture
from nnstudio.training.split import Split
from nnstudio.ui.colours import DARK, LIGHT
from nnstudio.ui.plane import bounds_of
from nnstudio.views import BoundaryView
from nnstudio.views.boundary.data_points import MOST_POINTS
from tests.nnstudio.views_support import shown, themed


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture
def view(qapp: QApplication) -> Iterator[BoundaryView]:
    with shown(BoundaryView(Store()), 400, 400) as made:
        yield made


def points(x: object, y: object, classes: tuple[str, ...] = ("0", "1")) -> Split:
    task = "classification" if classes else "regression"
    return Split(Data(np.asarray(x, np.float32), np.asarray(y), task, classes, ("x₁", "x₂")), None)


CORNERS = points([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])


def draw(view: BoundaryView, data: Split, values: object, generation: int = 1) -> None:
    """Lets the view ask, and answers with these values."""
    view.draw(Snapshot(generation, RunState.RUNNING, data=data))
    (request,) = view.requests()
    assert isinstance(request, Grid)
    picture = GridPicture(np.asarray(values, np.float32), request.bounds)
    view.draw(Snapshot(generation, RunState.RUNNING, data=data, answers={request: picture}))


def ramp(low: float, high: float, size: int = 100) -> NDArray[np.float32]:
    """One output that rises from left to right: (1, size, size)."""
    return np.broadcast_to(np.linspace(low, high, size, dtype=np.float32), (1, size, size))


def colours(view: BoundaryView) -> NDArray[np.int_]:
    """The drawn picture, rows from the bottom: (rows, columns, 3)."""
    return view.image.image[..., :3].astype(int)  # type: ignore[no-any-return]


def distance(pixel: NDArray[np.int_], colour: str) -> float:
    wanted = QColor(colour)
    return float(np.abs(pixel - [wanted.red(), wanted.green(), wanted.blue()]).sum())


def hue_of(pixel: NDArray[np.int_]) -> int:
    """The class whose colour a pixel leans to, seen from the canvas."""

    def rgb(colour: str) -> NDArray[np.float64]:
        found = QColor(colour)
        return np.array([found.red(), found.green(), found.blue()], float)

    lean = pixel - rgb(LIGHT.canvas)
    ways = [rgb(colour) - rgb(LIGHT.canvas) for colour in LIGHT.classes]
    return int(np.argmax([lean @ way / np.linalg.norm(way) for way in ways]))


def test_the_class_decides_the_hue_and_the_confidence_the_shade(view: BoundaryView) -> None:
    draw(view, CORNERS, ramp(0, 1))
    row = colours(view)[50]
    assert hue_of(row[2]) == 0
    assert hue_of(row[97]) == 1
    faint = [distance(pixel, LIGHT.canvas) for pixel in row]
    assert faint[0] > faint[25] > faint[49]
    assert faint[99] > faint[75] > faint[51]
    # An undecided network is almost the canvas, a certain one never hides a point of its class.
    assert faint[49] < 60
    assert distance(row[99], LIGHT.classes[1]) > 60


@pytest.mark.parametrize(("low", "high", "border"), [(-1, 1, 75), (0, 1, 50)])
def test_the_border_lies_at_the_threshold_of_the_loss(view: BoundaryView, low: float, high: float, border: int) -> None:
    draw(view, CORNERS, ramp(low, high))
    row = colours(view)[0]
    assert [hue_of(pixel) for pixel in row] == [0] * border + [1] * (100 - border)


def test_the_largest_of_several_outputs_wins_and_its_lead_is_the_confidence() -> None:
    values = np.array([[0.7, 0.2, 0.34], [0.2, 0.5, 0.33], [0.1, 0.3, 0.33]])[:, None]
    winner, confidence = classify(values, 0.5)
    assert winner.tolist() == [[0, 1, 0]]
    np.testing.assert_allclose(confidence, [[0.5, 0.2, 0.01]], atol=1e-9)


def test_two_probabilities_are_drawn_like_one() -> None:
    p = np.linspace(0, 1, 11)
    one, two = classify(p[None], 0.5), classify(np.stack([1 - p, p]), 0.5)
    np.testing.assert_allclose(one[1], two[1], atol=1e-9)
    assert one[0].tolist() == two[0].tolist()


def test_every_class_of_five_gets_its_colour(view: BoundaryView) -> None:
    data, _ = split(Gaussians(clouds=5).load(), 0, 0)
    sector = np.repeat(np.arange(100) // 20, 1)
    values = np.broadcast_to((sector == np.arange(5)[:, None]).astype(float)[:, None], (5, 100, 100))
    draw(view, Split(data, None), values)
    for index in range(5):
        assert hue_of(colours(view)[50, index * 20 + 10]) == index


def test_a_network_is_drawn_where_it_was_asked(view: BoundaryView) -> None:
    """The answer of a real network: class 1 above, class 0 below, in the picture as on screen."""
    net = Network([layers.Dense(units=1), layers.Sigmoid()], (2,), seed=0)
    net.parameters["dense_1.weight"][...] = [[0], [40]]
    net.parameters["dense_1.bias"][...] = -20
    view.draw(Snapshot(1, RunState.RUNNING, data=CORNERS))
    (request,) = view.requests()
    view.draw(Snapshot(1, RunState.RUNNING, data=CORNERS, answers={request: request.answer(net, CORNERS)}))
    shot = view.grab().toImage()
    for y, expected in ((0.2, 0), (0.8, 1)):
        spot = view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(0.5, y)))
        found = shot.pixelColor(view.plot.mapTo(view, spot))
        assert hue_of(np.array([found.red(), found.green(), found.blue()])) == expected


def test_grid_points_are_centres_of_pixels(view: BoundaryView) -> None:
    draw(view, CORNERS, ramp(0, 1, 11))
    assert view.picture is not None
    x0, y0, x1, y1 = view.picture.bounds
    place = view.image.mapRectToParent(view.image.boundingRect())
    assert place.left() == pytest.approx(x0 - (x1 - x0) / 20)
    assert place.right() == pytest.approx(x1 + (x1 - x0) / 20)
    assert place.top() == pytest.approx(y0 - (y1 - y0) / 20)


def test_the_picture_fills_the_plot_and_follows_the_zoom(view: BoundaryView, qtbot: QtBot) -> None:
    draw(view, CORNERS, ramp(0, 1, 11))
    QApplication.processEvents()
    box = view.plot.getViewBox()
    for scale in (1.0, 0.25, 3.0):
        box.scaleBy((scale, scale))
        (request,) = view.requests()
        (x0, x1), (y0, y1) = box.viewRange()
        assert request.bounds == pytest.approx((x0, y0, x1, y1), rel=1e-4)  # type: ignore[attr-defined, union-attr]
    with qtbot.waitSignal(view.requests_changed):
        box.scaleBy((0.5, 0.5))


def test_bounds_are_a_square_around_the_data_with_a_margin() -> None:
    x0, y0, x1, y1 = bounds_of(np.array([[0, 0], [2, 1]]), 0.1)
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert x0 < 0 < 2 < x1
    assert y0 < 0 < 1 < y1


def test_features_of_unlike_range_get_axes_of_their_own() -> None:
    x0, y0, x1, y1 = bounds_of(np.array([[0, 0], [1000, 1]]), 0.1)
    assert 1000 < x1 - x0 < 1400
    assert 1 < y1 - y0 < 1.4


@pytest.mark.parametrize("x", [np.zeros((1, 2)), np.full((3, 2), 5.0), np.empty((0, 2)), [[0, 3], [9, 3]]])
def test_bounds_have_an_area(x: object) -> None:
    x0, y0, x1, y1 = bounds_of(np.asarray(x, float), 0.1)
    assert x1 > x0
    assert y1 > y0


def test_training_and_validation_points_differ(view: BoundaryView) -> None:
    train, held = split(Gaussians(samples=60).load(), 0.5, 0)
    assert held is not None
    view.draw(Snapshot(1, RunState.READY, data=Split(train, held)))
    assert len(view.points.train.data) == len(train)
    assert len(view.points.validation.data) == len(held)
    assert {spot.symbol() for spot in view.points.train.points()} == {"o"}
    assert {spot.symbol() for spot in view.points.validation.points()} == {"s"}
    for spot, label in zip(view.points.train.points(), train.y, strict=True):
        assert spot.brush().color().name() == LIGHT.classes[label]
    for spot, label in zip(view.points.validation.points(), held.y, strict=True):
        assert spot.brush().color().name() == LIGHT.canvas
        assert spot.pen().color().name() == LIGHT.classes[label]
    assert "Validation" in view.legend.text()
    view.draw(Snapshot(2, RunState.READY, data=Split(train, None)))
    assert len(view.points.validation.data) == 0
    assert "Validation" not in view.legend.text()


def test_a_few_points_are_drawn_larger_than_many(view: BoundaryView) -> None:
    sizes = []
    for generation, dataset in enumerate((XOR(), Gaussians())):
        view.draw(Snapshot(generation, RunState.READY, data=Split(dataset.load(), None)))
        sizes.append(view.points.train.opts["size"])
    few, many = sizes
    assert few > many + 4


def test_points_are_set_once_for_the_same_data(view: BoundaryView, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(view, CORNERS, ramp(0, 1))
    calls = []
    monkeypatch.setattr(view.points.train, "setData", lambda *args, **kwargs: calls.append(args))
    draw(view, CORNERS, ramp(0, 0.5))
    assert calls == []


def test_very_many_points_are_thinned_and_said_so(view: BoundaryView) -> None:
    data = XOR(samples=4000, noise=0.1).load()
    view.draw(Snapshot(1, RunState.READY, data=Split(data, None)))
    assert len(view.points.train.data) == MOST_POINTS
    assert "1,500&nbsp;of&nbsp;4,000" in view.legend.text()
    brushes = {spot.brush().color().name() for spot in view.points.train.points()}
    assert brushes == set(LIGHT.classes[:2])


def test_regression_is_drawn_on_the_diverging_scale(view: BoundaryView) -> None:
    data = Hills(samples=200).load()
    reach = float(np.abs(data.y).max())
    draw(view, Split(data, None), ramp(-reach, reach, 101))
    row = colours(view)[50]
    assert distance(row[0], LIGHT.negative) < 12
    assert distance(row[50], LIGHT.neutral) < 12
    assert distance(row[100], LIGHT.positive) < 12
    assert view.bar.isVisibleTo(view)
    assert view.bar.limits == pytest.approx((-reach, reach))
    highest = view.points.train.points()[int(data.y.argmax())]
    shade = highest.brush().color()
    assert shade.blue() > shade.red()


def test_targets_without_zero_are_drawn_about_their_middle(view: BoundaryView) -> None:
    data = points([[0, 0], [1, 1]], np.array([[100.0], [300.0]], np.float32), ())
    draw(view, data, ramp(100, 300, 101))
    assert view.bar.limits == pytest.approx((100, 300))
    assert distance(colours(view)[0, 50], LIGHT.neutral) < 12


def test_one_of_several_numbers_is_chosen(view: BoundaryView) -> None:
    y = np.array([[-1.0, 5.0], [1.0, 7.0]], np.float32)
    values = np.concatenate([ramp(-1, 1), ramp(7, 5)])
    draw(view, points([[0, 0], [1, 1]], y, ()), values)
    assert distance(colours(view)[0, 0], LIGHT.negative) < 12
    view.aspects.setCurrentIndex(1)
    assert distance(colours(view)[0, 0], LIGHT.positive) < 12
    assert view.bar.limits == pytest.approx((5, 7))


def test_what_is_left_of_other_data_is_not_drawn(view: BoundaryView) -> None:
    draw(view, CORNERS, ramp(0, 1))
    pictures = Data(np.zeros((4, 1, 8, 8), np.float32), np.arange(4), "classification", tuple("0123"))
    view.draw(Snapshot(2, RunState.RUNNING, data=Split(pictures, None)))
    assert "ready to train" in view.pages.hint
    assert view.requests() == frozenset()


def test_suits_data_with_two_inputs_or_more_and_leads_with_two(view: BoundaryView) -> None:
    made = {name: kind() for name, kind in DATASETS.items() if not kind.external}
    # A new sheet has no points yet, but it is known what they will be.
    signatures = {name: dataset.expected_signature() or dataset.signature() for name, dataset in made.items()}
    assert {name for name, signature in signatures.items() if BoundaryView.leads(signature)} == {
        *("XOR", "Circles", "Moons", "Spirals", "Gaussians", "Hills", "Plane", "Formula", "PaintedPoints"),
        *("Checkerboard", "Rings"),
    }
    unsuited = {name for name, signature in signatures.items() if not BoundaryView.suits(signature)}
    assert unsuited == {"SineCurve", "StepCurve"}
    for shape in ((1,), (7, 3), (1, 1, 1), (2, 2, 2, 2)):
        signature = Signature(shape, "regression", (), 1, 10)
        assert not BoundaryView.suits(signature)


def test_is_called_after_the_task(view: BoundaryView) -> None:
    view.store.open(edits.set_data(Document(), dataset=Hills()))
    assert view.windowTitle() == view.plot.accessibleName() == "Prediction"
    view.store.edit("Data", edits.set_data(Document(), dataset=XOR()))
    assert view.windowTitle() == view.plot.accessibleName() == "Decision boundary"


@pytest.mark.parametrize(
    ("size", "filled"), [((400, 400), 0.8), ((400, 300), 0.8), ((300, 400), 0.8), ((900, 300), 0.3)]
)
def test_the_data_fill_the_plot(view: BoundaryView, size: tuple[int, int], filled: float) -> None:
    view.resize(*size)
    view.draw(Snapshot(1, RunState.RUNNING, data=CORNERS))
    view.grab()
    (x0, x1), (y0, y1) = view.plot.getViewBox().viewRange()
    shares = 1 / (x1 - x0), 1 / (y1 - y0)
    assert min(shares) > filled
    assert max(shares) == pytest.approx(1 / 1.2, rel=0.02)
    # Whoever picks out a part keeps it when the dock gets another size, and its units their proportion.
    view.plot.getViewBox().scaleBy((0.5, 0.5))
    view.plot.getViewBox().sigRangeChangedManually.emit([True, True])
    view.resize(size[0] + 40, size[1])
    view.grab()
    assert not view.plot.following
    (x0, x1), _ = view.plot.getViewBox().viewRange()
    assert x1 - x0 < 1 / shares[0]


def test_without_data_there_is_a_hint(view: BoundaryView) -> None:
    view.draw(Snapshot(1, RunState.EMPTY, message="The file is gone."))
    assert view.pages.hint == "The file is gone."
    assert view.requests() == frozenset()
    draw(view, CORNERS, ramp(0, 1), generation=2)
    assert view.pages.hint == ""


def test_a_picture_stays_until_that_of_another_network_is_there(view: BoundaryView) -> None:
    draw(view, CORNERS, ramp(0, 1))
    assert view.image.image is not None
    view.draw(Snapshot(1, RunState.RUNNING, data=CORNERS))
    assert view.image.image is not None
    # Another network: what is on show stays until its answer is there, which comes with this snapshot or the next.
    view.draw(Snapshot(2, RunState.READY, data=CORNERS))
    assert view.image.image is not None
    draw(view, CORNERS, ramp(1, 0), generation=2)
    view.draw(Snapshot(3, RunState.EMPTY, data=CORNERS))
    assert view.image.image is None


def test_the_threshold_is_that_of_the_loss(view: BoundaryView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(view.store.document.training.loss), "threshold", 0.0)
    draw(view, CORNERS, ramp(-1, 1))
    assert [hue_of(pixel) for pixel in colours(view)[0]] == [0] * 50 + [1] * 50


@pytest.mark.parametrize(
    "values",
    [
        np.full((1, 100, 100), np.nan),
        np.full((2, 100, 100), np.nan),
        np.stack([np.full((100, 100), np.inf), np.full((100, 100), -np.inf)]),
        np.full((1, 100, 100), -np.inf),
        np.full((1, 100, 100), 3e38),
        np.zeros((12, 100, 100)),
        np.zeros((1, 2, 2)),
        np.zeros((1, 1, 1)),
    ],
)
@pytest.mark.parametrize("regression", [False, True])
def test_odd_outputs_are_drawn(view: BoundaryView, values: NDArray[np.float64], regression: bool) -> None:
    y = np.zeros((2, 1), np.float32) if regression else np.zeros(2, np.int64)
    draw(view, points([[0, 0], [1, 1]], y, () if regression else ("only",)), values)
    view.grab()
    assert colours(view).shape == (*values.shape[1:], 3)


def test_the_picture_follows_the_theme(view: BoundaryView) -> None:
    draw(view, CORNERS, np.full((1, 100, 100), 0.5))
    light = colours(view)[0, 0].sum()
    with themed("dark"):
        dark = colours(view)[0, 0].sum()
        assert view.points.train.points()[0].pen().color().name() == DARK.canvas
    assert light > 600
    assert dark < 200


def test_a_moment_in_the_past_is_drawn_finer_once_the_slider_rests(view: BoundaryView, qtbot: QtBot) -> None:
    past = Moment(3, 0, 0.5, np.zeros(1, np.float32), Document().training)
    view.draw(Snapshot(1, RunState.PAUSED, data=CORNERS))
    (request,) = view.requests()
    assert isinstance(request, Grid)

    def look(moment: Moment | None) -> set[type]:
        # The worker computes a picture once for each moment.
        picture = GridPicture(ramp(0, 1), request.bounds)
        view.draw(Snapshot(1, RunState.PAUSED, data=CORNERS, answers={request: picture}, moment=moment))
        return kinds()

    def kinds() -> set[type]:
        return {type(each) for each in view.requests()}

    assert look(past) == {Grid}
    qtbot.waitUntil(lambda: kinds() == {Grid, GridBand}, timeout=2000)
    # The next moment comes first again; the present waits for nothing.
    assert look(past) == {Grid}
    assert look(None) == {Grid, GridBand}
