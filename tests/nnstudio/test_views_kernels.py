"""Weights view: chosen block, layout of arrays, values under the mouse."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import layers
from engine.data import Digits, Spirals
from engine.layers import Layer
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.store import Store
from nnstudio.training.build import build
from nnstudio.training.checkpoint import Initial
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.weights import WeightPicture, Weights
from nnstudio.training.split import Split
from nnstudio.ui.colours import DARK, LIGHT
from nnstudio.views import KernelView
from nnstudio.views.plotting import short
from nnstudio.views.weights.patches import kernel_layout, matrix_layout
from nnstudio.views.weights.picture_input import PictureInput, picture_input
from nnstudio.views.weights.weight_sheet import atlas, images_of, sheet_of, thin
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import hover, shown, themed


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


def document(*blocks: Layer, points: bool = False) -> Document:
    return document_of(*blocks, dataset=Spirals() if points else Digits())


CNN = document(
    layers.Conv2D(filters=4),
    layers.ReLU(),
    layers.Conv2D(filters=6),
    layers.Flatten(),
    layers.Dense(units=10),
    layers.Softmax(),
)


@pytest.fixture
def view(qapp: QApplication) -> Iterator[KernelView]:
    store = opened(CNN)
    with shown(KernelView(store), 460, 340) as made:
        yield made


def snapshot(view: KernelView, generation: int = 1) -> Snapshot:
    """What the worker would answer, from a network of the view's document."""
    network = build(view.store.document)
    data = Split(view.store.document.data.dataset.load(), None)
    answers = {request: request.answer(network, data) for request in view.requests()}
    return Snapshot(generation, RunState.READY, answers=answers, data=data)


def show(view: KernelView, generation: int = 2, **parameters: object) -> None:
    """Draws these parameters as those of the block on show."""
    arrays = {name: np.asarray(array, np.float32) for name, array in parameters.items()}
    picture = WeightPicture(view.block, "Any", arrays)
    view.draw_in_time(Snapshot(generation, RunState.PAUSED, answers={Weights(view.block): picture}))


def read(view: KernelView) -> str:
    """What the label beside the mouse says."""
    assert view.inspection is not None
    return view.inspection.readout.text() if view.inspection.readout.isVisible() else ""


def colour_at(view: KernelView, point: QPointF) -> QColor:
    return view.canvas.grab().toImage().pixelColor(point.toPoint())


def close(found: QColor, wanted: str) -> bool:
    other = QColor(wanted)
    pairs = ((found.red(), other.red()), (found.green(), other.green()), (found.blue(), other.blue()))
    return all(abs(a - b) <= 3 for a, b in pairs)


def patches(view: KernelView, image: str = "weight") -> list[QPointF]:
    """The centres of the patches of an image."""
    return [patch.target.center() for patch in view.canvas.arranged.patches if patch.image == image]


def test_the_first_block_with_weights_is_shown_and_all_are_offered(view: KernelView) -> None:
    assert view.block == "conv2d_1"
    assert [view.choice.itemText(index) for index in range(view.choice.count())] == ["conv2d_1", "conv2d_2", "dense_1"]
    assert view.requests() == {Weights("conv2d_1")}


def test_selecting_a_block_shows_it_and_one_without_weights_changes_nothing(view: KernelView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.requests_changed):
        view.store.select("dense_1")
    assert view.requests() == {Weights("dense_1")}
    assert view.choice.currentText() == "dense_1"
    for name in ("relu_1", "input", ""):
        view.store.select(name)
        assert view.requests() == {Weights("dense_1")}


def test_a_block_can_be_chosen_here(view: KernelView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.requests_changed):
        qtbot.keyClick(view.choice, Qt.Key.Key_Down)
    assert view.requests() == {Weights("conv2d_2")}
    assert view.store.selected == ""


def test_when_its_block_is_removed_another_takes_its_place(view: KernelView) -> None:
    view.store.select("conv2d_1")
    view.draw(snapshot(view))
    view.store.edit("Delete", edits.remove(view.store.document, "conv2d_1"))
    assert view.requests() == {Weights("conv2d_2")}
    view.store.undo_stack.undo()
    assert view.choice.count() == 3
    assert view.choice.currentText() == "conv2d_2"


def test_without_a_block_with_weights_there_is_a_hint(qapp: QApplication) -> None:
    store = Store()
    with shown(KernelView(store)) as view:
        assert view.requests() == frozenset()
        view.draw(Snapshot(1, RunState.EMPTY))
        assert "Add a Dense" in view.pages.hint
        store.open(CNN)
        view.draw(Snapshot(1, RunState.EMPTY, message="Insert Flatten."))
        assert view.pages.hint == "Insert Flatten."
        view.draw(snapshot(view))
        assert view.pages.hint == ""


@pytest.mark.parametrize(("block", "kernels"), [("conv2d_1", 4), ("conv2d_2", 24)])
def test_every_kernel_has_its_picture_and_every_filter_its_bias_and_number(
    view: KernelView, block: str, kernels: int
) -> None:
    view.store.select(block)
    view.draw(snapshot(view))
    filters = {"conv2d_1": 4, "conv2d_2": 6}[block]
    assert len(patches(view)) == kernels
    assert len(patches(view, "bias")) == filters
    assert [label.text for label in view.canvas.arranged.labels] == [str(index + 1) for index in range(filters)]


def test_kernels_are_drawn_upright_with_zero_neutral(view: KernelView) -> None:
    weight = np.zeros((2, 1, 3, 3))
    weight[1, 0, 0, 2] = 2.0
    weight[1, 0, 2, 0] = -1.0
    show(view, weight=weight)
    assert view.bar.limits == (-2, 2)
    second = [patch.target for patch in view.canvas.arranged.patches][1]
    sixth = second.width() / 6
    assert close(colour_at(view, second.topRight() + QPointF(-sixth, sixth)), LIGHT.positive)
    assert close(colour_at(view, second.center()), LIGHT.neutral)
    orange = colour_at(view, second.bottomLeft() + QPointF(sixth, -sixth))
    assert orange.red() > orange.blue()
    # Half as far from zero, half as strong.
    assert not close(orange, LIGHT.negative)


def test_a_matrix_has_a_row_per_unit_and_a_column_per_input(view: KernelView) -> None:
    weight = np.zeros((5, 2))
    weight[4, 0] = 1.0
    bias = np.array([0.0, -1.0])
    show(view, weight=weight, bias=bias)
    whole, beside = (patch.target for patch in view.canvas.arranged.patches)
    step_x, step_y = whole.width() / 5, whole.height() / 2
    assert close(colour_at(view, whole.topRight() + QPointF(-step_x / 2, step_y / 2)), LIGHT.positive)
    assert close(colour_at(view, whole.bottomRight() + QPointF(-step_x / 2, -step_y / 2)), LIGHT.neutral)
    assert close(colour_at(view, beside.center() + QPointF(0, step_y / 2)), LIGHT.negative)
    assert close(colour_at(view, beside.center() - QPointF(0, step_y / 2)), LIGHT.neutral)


def test_the_mouse_reads_values(view: KernelView) -> None:
    weight = np.arange(2 * 2 * 2 * 3, dtype=float).reshape(2, 2, 2, 3)
    show(view, weight=weight, bias=[0.5, -0.25])
    assert view.info.text().startswith("0 to 23")
    last = [patch.target for patch in view.canvas.arranged.patches if patch.image == "weight"][3]
    hover(view.canvas, (last.bottomRight() - QPointF(2, 2)).toPoint())
    assert read(view) == "filter 2, channel 2, row 2, column 3: 23"
    show(view, weight=weight * 2, bias=[0.5, -0.25])
    assert read(view).endswith(": 46")
    hover(view.canvas, patches(view, "bias")[1].toPoint())
    assert read(view) == "filter 2, bias: −0.25"
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Leave))
    assert read(view) == ""
    assert view.info.text().startswith("0 to 46")


def test_the_mouse_reads_a_matrix(view: KernelView) -> None:
    show(view, weight=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], bias=[7.0, 8.0])
    whole, beside = (patch.target for patch in view.canvas.arranged.patches)
    hover(view.canvas, (whole.bottomLeft() + QPointF(3, -3)).toPoint())
    assert read(view) == "unit 2, input 1: 2"
    hover(view.canvas, (beside.topLeft() + QPointF(3, 3)).toPoint())
    assert read(view) == "unit 1, bias: 7"


def test_inputs_are_called_by_their_features(qapp: QApplication) -> None:
    store = opened(document(layers.Dense(units=3), layers.Tanh(), layers.Dense(units=1), points=True))
    with shown(KernelView(store)) as view:
        view.draw(snapshot(view))
        assert {"x₁", "x₂"} <= {label.text for label in view.canvas.arranged.labels}
        store.select("dense_2")
        view.draw(snapshot(view))
        assert "x₁" not in {label.text for label in view.canvas.arranged.labels}


def test_units_that_see_a_picture_can_be_shown_as_pictures(view: KernelView) -> None:
    view.store.select("conv2d_1")
    assert view.as_pictures.isHidden()
    view.store.select("dense_1")
    assert not view.as_pictures.isHidden()
    assert view.picture_input() == PictureInput((6, 4, 4), pixels=False)
    view.draw(snapshot(view))
    assert len(patches(view)) == 1
    view.as_pictures.setChecked(True)
    assert len(patches(view)) == 10 * 6
    assert view.sheet is not None
    assert view.sheet.kernels is not None
    weight = build(view.store.document).parameters["dense_1.weight"]
    np.testing.assert_array_equal(view.sheet.kernels[3], weight[:, 3].reshape(6, 4, 4))


def test_a_picture_is_found_through_what_keeps_its_order_only(qapp: QApplication) -> None:
    store = Store()
    with shown(KernelView(store)) as view:
        store.open(document(layers.Flatten(), layers.ReLU(), layers.Dense(units=3), layers.Dense(units=64)))
        assert view.picture_input() == PictureInput((1, 8, 8), pixels=True)
        store.open(document(layers.Flatten(), layers.Dense(units=64), layers.Dense(units=3)))
        store.select("dense_2")
        assert view.picture_input() is None


def test_biases_of_every_position_are_pictures(qapp: QApplication) -> None:
    store = opened(document(layers.Conv2D(filters=5, bias="per_position"), layers.Flatten(), layers.Dense(units=10)))
    with shown(KernelView(store)) as view:
        view.draw(snapshot(view))
        assert view.sheet is not None
        assert view.sheet.bias is not None
        assert view.sheet.bias.shape == (5, 6, 6)
        assert len(patches(view, "bias")) == 5


def test_scale_and_shift_are_rows_of_a_matrix() -> None:
    sheet = sheet_of({"scale": np.ones(4), "shift": np.zeros(4)})
    assert sheet is not None
    assert sheet.matrix is not None
    assert sheet.rows == ("scale", "shift")
    assert sheet.matrix.tolist() == [[1] * 4, [0] * 4]
    assert sheet.describe("weight", 1, 2) == "shift, input 3: 0"


def test_a_large_matrix_keeps_what_stands_out() -> None:
    large = np.full((1000, 900), 0.1, np.float32)
    large[523, 417] = -3
    small = thin(large)
    assert max(small.shape) <= 400
    assert small.min() == -3
    assert np.argwhere(small == -3).tolist() == [[523 // 3, 417 // 3]]
    np.testing.assert_array_equal(thin(large[:300, :300]), large[:300, :300])


def test_the_atlas_lays_filters_below_and_channels_beside_each_other() -> None:
    kernels = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    sheet = atlas(kernels)
    assert sheet.shape == (8, 15)
    np.testing.assert_array_equal(sheet[4:8, 5:10], kernels[1, 1])


@pytest.mark.parametrize("shape", [(3, 2, 4, 5), (100, 40, 2, 3)])
def test_what_is_laid_out_is_in_the_images(shape: tuple[int, int, int, int]) -> None:
    kernels = np.arange(math.prod(shape), dtype=float).reshape(shape)
    sheet = sheet_of({"weight": kernels, "bias": np.arange(len(kernels), dtype=float)})
    assert sheet is not None
    images = images_of(sheet)
    for patch in kernel_layout(shape, (1, 1), QSize(2000, 2000), QSize(20, 15)).patches:
        place = patch.source
        part = images[patch.image][place.y() : place.bottom() + 1, place.x() : place.right() + 1]
        assert part.shape == (place.height(), place.width())
        filter_, channel = place.y() // place.height(), place.x() // place.width()
        expected = kernels[filter_, channel] if patch.image == "weight" else [[filter_]]
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("size", [(240, 130), (400, 250), (880, 520), (40, 30)])
@pytest.mark.parametrize(
    "shape", [(1, 1, 3, 3), (8, 1, 3, 3), (16, 8, 3, 3), (32, 1, 28, 28), (512, 512, 3, 3), (3, 2, 1, 7)]
)
def test_kernels_neither_overlap_nor_leave_the_widget(size: tuple[int, int], shape: tuple[int, int, int, int]) -> None:
    found = kernel_layout(shape, (1, 1), QSize(*size), QSize(20, 15))
    assert found.patches
    places = [patch.target for patch in found.patches]
    for index, place in enumerate(places):
        assert place.width() > 0
        assert not any(place.intersects(other) for other in places[index + 1 : index + 80])
    if min(size) >= 130:
        assert all(place.right() <= size[0] and place.bottom() <= size[1] for place in places)
    if len([patch for patch in found.patches if patch.image == "bias"]) < shape[0]:
        assert f"of {shape[0]}" in found.note


def test_numbers_beside_a_large_matrix_are_round() -> None:
    rows, columns = tuple(map(str, range(1, 41))), ("1", "2")
    found = matrix_layout((40, 2), False, QSize(400, 250), rows, columns, QSize(20, 15))
    numbers = [int(label.text) for label in found.labels if label.text.isdigit()]
    assert [number for number in numbers if number > 2] == [5, 10, 15, 20, 25, 30, 35, 40]


@pytest.mark.parametrize("size", [(240, 130), (400, 250), (880, 520), (40, 30)])
@pytest.mark.parametrize("shape", [(1, 1), (16, 2), (10, 784), (784, 10), (400, 400)])
def test_a_matrix_fits_and_its_names_do_not_overlap(size: tuple[int, int], shape: tuple[int, int]) -> None:
    rows, columns = (tuple(f"{axis}{index}" for index in range(count)) for axis, count in zip("rc", shape, strict=True))
    found = matrix_layout(shape, True, QSize(*size), rows, columns, QSize(28, 15))
    if min(size) >= 130:
        assert all(patch.target.right() <= size[0] for patch in found.patches)
        assert all(patch.target.bottom() <= size[1] for patch in found.patches)
    tops = sorted(label.place.top() for label in found.labels if label.text in rows)
    assert all(lower - upper >= 14.9 for upper, lower in pairwise(tops))
    centres = sorted(label.place.center().x() for label in found.labels if label.text in columns)
    assert all(right - left >= 27.9 for left, right in pairwise(centres))


@pytest.mark.parametrize(
    "parameters",
    [
        {"weight": np.zeros((2, 3))},
        {"weight": np.full((2, 3), np.nan), "bias": np.full(3, np.inf)},
        {"weight": np.full((4, 2, 3, 3), 0.5)},
        {"weight": np.full((4, 2, 3, 3), -np.inf), "bias": np.zeros(9)},
        {"weight": np.zeros((3, 2, 2))},
        {"weight": np.zeros((2, 2, 2, 2, 2))},
        {"alpha": np.float32(0.25)},
        {"scale": np.ones(3), "shift": np.ones(3), "other": np.ones(7)},
        {"weight": np.zeros((0, 3)), "bias": np.zeros(3)},
        {"weight": np.zeros((900, 500))},
        {"weight": np.full((2, 3), 3e38)},
    ],
)
def test_odd_weights_are_drawn(view: KernelView, parameters: dict[str, NDArray[np.float64]]) -> None:
    show(view, **parameters)
    assert view.pages.hint == ""
    for patch in view.canvas.arranged.patches:
        hover(view.canvas, patch.target.center().toPoint())
        assert read(view) or not patch.target.contains(QPointF(patch.target.center().toPoint()))
    assert view.info.text()
    view.canvas.grab()
    assert all(math.isfinite(limit) for limit in view.bar.limits)


def test_a_block_without_parameters_gets_a_hint(view: KernelView) -> None:
    show(view)
    assert "no weights" in view.pages.hint


def test_what_is_under_the_mouse_may_vanish(view: KernelView) -> None:
    show(view, weight=np.ones((8, 1, 3, 3)))
    hover(view.canvas, patches(view)[7].toPoint())
    assert read(view).startswith("filter 8")
    show(view, weight=np.ones((1, 1, 3, 3)))
    assert not read(view).startswith("filter 8")


def test_weights_stay_until_those_of_another_network_are_there(view: KernelView) -> None:
    view.draw(snapshot(view, generation=1))
    view.draw(Snapshot(1, RunState.RUNNING))
    assert view.pages.hint == ""
    # Another network: what is on show stays until its answer is there, which comes with this snapshot or the next.
    view.draw(Snapshot(2, RunState.READY))
    assert view.pages.hint == ""
    view.draw(Snapshot(3, RunState.EMPTY))
    assert view.pages.hint


def test_weights_follow_the_theme(view: KernelView) -> None:
    show(view, weight=np.zeros((1, 1, 3, 3)))
    assert close(colour_at(view, patches(view)[0]), LIGHT.neutral)
    with themed("dark"):
        assert close(colour_at(view, patches(view)[0]), DARK.neutral)
        assert close(colour_at(view, QPointF(1, 1)), DARK.canvas)


def test_weights_too_many_to_draw_are_not_asked_for(view: KernelView, monkeypatch: pytest.MonkeyPatch) -> None:
    view.store.select("dense_1")
    show(view, weight=np.ones((3, 2)))
    monkeypatch.setattr("nnstudio.views.weights.kernels.MOST_WEIGHTS", 10)
    assert not view.requests()
    view.draw(Snapshot(3, RunState.READY))
    assert "too many to draw" in view.pages.hint


def test_another_project_opens_on_its_own_first_kernels(view: KernelView) -> None:
    assert view.block == "conv2d_1"
    view._choose("dense_1")
    view.store.edit("Add", edits.append(view.store.document, layers.ReLU()))
    assert view.block == "dense_1"
    view.store.open(CNN)
    assert view.block == view.choice.currentText() == "conv2d_1"
    # Scales and shifts tell less than a matrix, and that less than kernels.
    norm, dense = layers.BatchNorm(), layers.Dense(units=3)
    view.store.open(document(norm, dense, points=True))
    assert view.block == "dense_1"
    view.store.open(document(norm, layers.Conv2D(filters=2), layers.Flatten(), dense))
    assert view.block == "conv2d_1"


DIGITS = document(layers.Flatten(), layers.Dense(units=3), layers.ReLU(), layers.Dense(units=10))


@pytest.fixture
def digits(qapp: QApplication) -> Iterator[KernelView]:
    with shown(KernelView(opened(DIGITS)), 460, 340) as made:
        made.store.select("dense_1")
        yield made


def test_units_that_see_pixels_are_shown_as_images_of_the_data(digits: KernelView) -> None:
    digits.draw(snapshot(digits))
    assert digits.as_pictures.isChecked()
    assert len(patches(digits)) == 3
    weight = build(DIGITS).parameters["dense_1.weight"]
    for unit, centre in enumerate(patches(digits)):
        place = next(patch.target for patch in digits.canvas.arranged.patches if patch.target.center() == centre)
        for row, column in ((0, 0), (2, 5), (7, 7)):
            point = place.topLeft() + QPointF((column + 0.5) * place.width() / 8, (row + 0.5) * place.height() / 8)
            value = short(float(weight[8 * row + column, unit]))
            assert digits.reading(point) == f"unit {unit + 1}, row {row + 1}, column {column + 1}: {value}"


def test_colour_pictures_have_an_image_per_channel() -> None:
    made = document(layers.Reshape(shape=(4, 4, 4)), layers.Flatten(), layers.Dense(units=2))
    found = picture_input(made, opened(made).analysis, "dense_1")
    assert found == PictureInput((4, 4, 4), pixels=True)
    weight = np.arange(128, dtype=np.float32).reshape(64, 2)
    sheet = sheet_of({"weight": weight}, found.shape)
    assert sheet is not None
    assert sheet.kernels is not None
    # A pixel stands where the engine's flattening took it from.
    np.testing.assert_array_equal(sheet.kernels[1], np.arange(1, 128, 2).reshape(4, 4, 4))


def test_a_disabled_block_does_not_hide_the_pixels(digits: KernelView) -> None:
    store = digits.store
    made = edits.insert(store.document, layers.ReLU(), store.document.wires[0])
    store.edit("Insert", made)
    store.edit("Disable", edits.set_disabled(made, True, made.blocks[-1].name))
    assert digits.picture_input() == PictureInput((1, 8, 8), pixels=True)


def test_behind_a_layer_with_weights_there_are_no_pixels(digits: KernelView) -> None:
    digits.store.select("dense_2")
    digits.draw(snapshot(digits))
    assert digits.as_pictures.isHidden()
    assert not digits.as_pictures.isChecked()
    assert digits.sheet is not None
    assert digits.sheet.kernels is None


def test_images_of_pixels_are_remembered_apart_from_those_of_feature_maps(digits: KernelView, qtbot: QtBot) -> None:
    digits.draw(snapshot(digits))
    qtbot.mouseClick(digits.as_pictures, Qt.MouseButton.LeftButton)
    assert not digits.as_pictures.isChecked()
    assert len(patches(digits)) == 1
    digits.store.select("dense_2")
    digits.store.select("dense_1")
    assert not digits.as_pictures.isChecked()
    with shown(KernelView(digits.store)) as again:
        again.store.select("dense_1")
        assert not again.as_pictures.isChecked()
        qtbot.mouseClick(again.as_pictures, Qt.MouseButton.LeftButton)
    with shown(KernelView(opened(CNN))) as other:
        other.store.select("dense_1")
        assert not other.as_pictures.isChecked()


def change_of(view: KernelView, **initial: Initial) -> WeightPicture:
    """Draws the weights of the block on show with what they began with, as the worker answers it."""
    network, data = build(view.store.document), Split(view.store.document.data.dataset.load(), None)
    first = {f"{view.block}.{name}": each for name, each in initial.items()}
    (request,) = view.requests()
    assert isinstance(request, Weights)
    answer = request.answer(network, data)
    assert answer is not None
    picture = request.compare(answer, first)
    view.draw_in_time(Snapshot(2, RunState.PAUSED, answers={request: picture}, data=data))
    return picture


def choose(view: KernelView, text: str, qtbot: QtBot) -> None:
    """Chooses one of the two entries of the switch by the arrow keys."""
    qtbot.keyClick(view.shown, Qt.Key.Key_Up if view.shown.currentIndex() else Qt.Key.Key_Down)
    assert view.shown.currentText() == text


def test_the_change_since_the_start_is_drawn_read_and_copied(digits: KernelView, qtbot: QtBot) -> None:
    digits.draw(snapshot(digits))
    with qtbot.waitSignal(digits.requests_changed):
        choose(digits, "Change since start", qtbot)
    weight = build(DIGITS).parameters["dense_1.weight"]
    first = np.zeros_like(weight)
    first[:] = weight
    first[8 * 2 + 5, 1] -= 0.5
    change_of(digits, weight=Initial(first), bias=Initial(np.zeros(3, np.float32)))
    assert digits.bar.limits == (-0.5, 0.5)
    assert digits.info.text().startswith("0 to +0.5 since the start of the run")
    place = next(p.target for p in digits.canvas.arranged.patches if p.target.center() == patches(digits)[1])
    point = place.topLeft() + QPointF(5.5 * place.width() / 8, 2.5 * place.height() / 8)
    now = short(float(weight[8 * 2 + 5, 1]))
    assert digits.reading(point) == f"unit 2, row 3, column 6: {now}\nChanged by +0.5 since the start of the run"
    assert close(colour_at(digits, point), LIGHT.positive)
    assert digits.reading(place.center()).endswith("Unchanged since the start of the run")
    assert digits.caption() == "Change of the weights of dense_1 since the start of the run"
    table = digits.table()
    assert table is not None
    lines = table.text(",").splitlines()
    assert lines[1 + 8 + 1 + 2].split(",")[:9] == ["2", "1", "3", "0.0", "0.0", "0.0", "0.0", "0.0", "0.5"]
    choose(digits, "Weights", qtbot)
    assert digits.requests() == {Weights("dense_1")}


def test_the_change_tells_when_it_is_not_that_of_the_whole_run(digits: KernelView, qtbot: QtBot) -> None:
    choose(digits, "Change since start", qtbot)
    parameters = build(DIGITS).parameters
    weight, bias = parameters["dense_1.weight"], parameters["dense_1.bias"]
    change_of(digits, weight=Initial(weight, 1200, restored=True), bias=Initial(bias, 1200, restored=True))
    assert digits.info.toolTip().startswith(
        "Nothing changed since step 1,200 · a project does not keep its first weights"
    )
    change_of(digits, weight=Initial(weight, 300), bias=Initial(bias))
    expected = "Nothing changed since step 300 (weight), since the start of the run (bias) · it was initialised again"
    assert digits.info.toolTip().startswith(expected)


def test_without_initial_weights_the_present_ones_are_shown_and_it_says_so(digits: KernelView, qtbot: QtBot) -> None:
    choose(digits, "Change since start", qtbot)
    change_of(digits)
    assert "of so large a network the first ones are not kept" in digits.info.toolTip()
    assert digits.caption() == "Weights of dense_1"
    weight = build(DIGITS).parameters["dense_1.weight"]
    assert digits.bar.limits[1] == pytest.approx(float(np.abs(weight).max()))


def test_the_switch_is_remembered(digits: KernelView, qtbot: QtBot) -> None:
    choose(digits, "Change since start", qtbot)
    with shown(KernelView(digits.store)) as again:
        assert again.shown.currentText() == "Change since start"
        again.store.select("dense_1")
        assert again.requests() == {Weights("dense_1", since_start=True)}


@pytest.mark.parametrize("columns", [2, 7, 30])
@pytest.mark.parametrize("width", [220, 400, 1200])
def test_long_names_of_inputs_do_not_run_into_each_other(columns: int, width: int) -> None:
    names = [f"mean of measurement {number}" for number in range(columns)]
    found = matrix_layout((1, columns), True, QSize(width, 250), ["1"], names, QSize(96, 15))
    below = [label.place for label in found.labels if label.text in names]
    assert below
    assert all(one.right() <= other.left() for one, other in pairwise(below))
    (bias,) = (patch.target for patch in found.patches if patch.image == "bias")
    assert below[-1].right() <= bias.center().x()
