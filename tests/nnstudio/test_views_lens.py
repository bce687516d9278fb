"""Window lens: its arithmetic on the screen against the trace, its keys, its own grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from engine.layers import Layer
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import SampleRef, UnitRef
from nnstudio.store import Store
from nnstudio.training.build import build
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.split import Split
from nnstudio.ui.motion import motion
from nnstudio.views.cell_grid import number_text
from nnstudio.views.lens.layout import Cells, lens_layout
from nnstudio.views.lens.own_grid import INPUTS, OPERATIONS, WEIGHTS, OwnGrid, Settings
from nnstudio.views.lens.sums import SumLine, visible_lines
from nnstudio.views.lens.view import LensView
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import hover, shown, themed


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture(autouse=True)
def _moving(qapp: QApplication) -> Iterator[None]:
    before = motion().on
    motion().set_on(True)
    yield
    motion().set_on(before)


def on_digits(*stack: Layer) -> Document:
    """Network for the digits that begins with these layers."""
    return document_of(*stack, layers.Flatten(), layers.Dense(10), layers.Softmax(), dataset=datasets.Digits())


CNN = on_digits(
    layers.Conv2D(filters=4, bias_init="normal"), layers.ReLU(), layers.Conv2D(6, padding="same"), layers.MaxPool2D()
)


@pytest.fixture
def view(qapp: QApplication) -> Iterator[LensView]:
    with shown(LensView(opened(CNN)), 700, 320) as made:
        yield made


def answered(view: LensView) -> Any:
    """Draws what the worker would answer; returns network and data."""
    document = view.store.document
    network, split = build(document), Split(document.data.dataset.load(), None)
    answers = {request: request.answer(network, split) for request in view.requests()}
    view.draw_in_time(Snapshot(1, RunState.READY, answers=answers, data=split))
    return network, split


def centre(view: LensView, name: str, row: int, column: int) -> QPointF:
    return view.canvas.cell(name, row, column).center()


def point_at(view: LensView, row: int, column: int) -> None:
    """Moves the mouse over an output pixel."""
    hover(view.canvas, centre(view, "output", row, column).toPoint())


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def total(view: LensView) -> float:
    """Total as it is written in the list of sums."""
    assert view.canvas.lines[-1].total
    return number(view.canvas.lines[-1].value)


WINDOWS = [
    *(
        layers.Conv2D(
            4, kernel_size=3, padding=padding, stride=stride, dilation=dilation, bias=bias, bias_init="normal"
        )
        for padding in ("valid", "same", "full", 1)
        for stride, dilation in ((1, 1), (2, 1), (1, 2))
        for bias in ("per_filter", "per_position", "none")
    ),
    layers.ConvTranspose2D(3, kernel_size=3, stride=2, bias_init="normal"),
    layers.ConvTranspose2D(3, kernel_size=3, padding="same"),
    layers.MaxPool2D(padding="same"),
    layers.AvgPool2D(pool_size=3, stride=2, padding="same"),
    layers.Upsample2D(),
    layers.ZeroPad2D(),
]


@pytest.mark.parametrize("layer", WINDOWS, ids=lambda layer: layer.model_dump_json(exclude_defaults=True))
def test_the_pixel_under_the_mouse_is_the_trace_s(qapp: QApplication, layer: Layer) -> None:
    document = on_digits(layers.Conv2D(4, kernel_size=2), layer)
    with shown(LensView(opened(document)), 800, 400) as view:
        block = view.choice.names[-1]
        view.choice.choose(block)
        network, split = answered(view)
        y = network.trace(split.train.x[:1]).outputs[block][0]
        rng = np.random.default_rng(0)
        for unit in range(min(2, len(y))):
            view.store.choose_unit(UnitRef(block, unit))
            for row, column in rng.integers(0, y.shape[1:], (4, 2)).tolist():
                point_at(view, row, column)
                assert view.canvas.accessibleDescription() == view.info.text()
                assert f"map {unit + 1}, row {row + 1}, column {column + 1}: " in view.info.text()
                assert total(view) == pytest.approx(float(y[unit, row, column]), rel=1e-3, abs=1e-4)
                assert number(view.info.text().split()[-1]) == total(view)


def test_the_output_stays_where_it_is_under_the_mouse(qapp: QApplication) -> None:
    """The window of a transposed convolution has one, two or four pixels, by turns."""
    document = on_digits(layers.Conv2D(4), layers.ConvTranspose2D(2, stride=2))
    with shown(LensView(opened(document)), 500, 330) as view:
        view.choice.choose("convtranspose2d_1")
        answered(view)
        sizes, places = set(), set()
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1), (6, 7)):
            point_at(view, row, column)
            assert view.canvas.picture is not None
            assert (view.canvas.picture.row, view.canvas.picture.column) == (row, column)
            sizes.add(view.canvas.grids["patch"].shape)
            places.add(view.canvas.places()["output"].getRect())
        assert sizes == {(1, 1), (1, 2), (2, 1), (2, 2)}
        assert len(places) == 1


def test_groups_show_their_own_channels(qapp: QApplication) -> None:
    document = on_digits(layers.Conv2D(4), layers.Conv2D(filters=6, groups=2))
    with shown(LensView(opened(document)), 800, 400) as view:
        view.choice.choose("conv2d_2")
        network, split = answered(view)
        y = network.trace(split.train.x[:1]).outputs["conv2d_2"][0]
        view.store.choose_unit(UnitRef("conv2d_2", 5))
        assert [line.name for line in view.canvas.lines] == ["Σ channel 3", "Σ channel 4", "bias", "="]
        assert (view.controls.channel.minimum(), view.controls.channel.maximum()) == (3, 4)
        point_at(view, 1, 2)
        assert total(view) == pytest.approx(float(y[5, 1, 2]), rel=1e-3, abs=1e-4)
        x = network.trace(split.train.x[:1]).outputs["conv2d_1"][0]
        view.controls.channel.setValue(4)
        np.testing.assert_allclose(view.canvas.grids["input"], x[3])
        np.testing.assert_array_equal(view.canvas.grids["weights"], network.parameters["conv2d_2.weight"][5, 1])


def test_a_global_mean_has_the_whole_image_in_its_window(qapp: QApplication) -> None:
    document = document_of(layers.Conv2D(10), layers.GlobalAvgPool2D(), layers.Softmax(), dataset=datasets.Digits())
    with shown(LensView(opened(document)), 700, 320) as view:
        view.choice.choose("globalavgpool2d_1")
        network, split = answered(view)
        view.controls.map_.setValue(3)
        mean = network.trace(split.train.x[:1]).outputs["conv2d_1"][0, 2].mean()
        assert [line.name for line in view.canvas.lines] == ["sum", "divided by", "="]
        assert view.canvas.lines[1].value == "36"
        assert total(view) == pytest.approx(float(mean), rel=1e-3)
        assert "channel 3: " in view.info.text()


def test_the_parts_on_the_screen_are_those_of_the_network(view: LensView) -> None:
    view.store.choose_sample(SampleRef("train", 3))
    view.store.select("conv2d_2")
    network, split = answered(view)
    x = network.trace(split.train.x[3:4]).outputs["relu_1"][0]
    view.controls.map_.setValue(2)
    view.controls.channel.setValue(3)
    point_at(view, 0, 4)
    assert view.store.unit == UnitRef("conv2d_2", 1)
    padded = np.pad(x[2], 1)
    np.testing.assert_array_equal(view.canvas.grids["input"], padded)
    np.testing.assert_allclose(view.canvas.grids["patch"], padded[0:3, 4:7])
    weight = network.parameters["conv2d_2.weight"][1, 2]
    np.testing.assert_array_equal(view.canvas.grids["weights"], weight)
    np.testing.assert_allclose(view.canvas.grids["products"], padded[0:3, 4:7] * weight, rtol=1e-6)
    sums = [number(line.value) for line in view.canvas.lines[:4]]
    wanted = [(np.pad(x[c], 1)[0:3, 4:7] * network.parameters["conv2d_2.weight"][1, c]).sum() for c in range(4)]
    assert sums == pytest.approx(wanted, rel=1e-3, abs=1e-5)
    assert view.canvas.lines[2].chosen
    # Read with the mouse: a pixel, padding, a weight.
    assert view.canvas.reading(centre(view, "input", 2, 5)).startswith("input, channel 3, row 2, column 5: ")
    assert view.canvas.reading(centre(view, "patch", 0, 0)) == "padding: counts as 0"
    assert number(view.canvas.reading(centre(view, "weights", 1, 2)).split(": ")[1]) == pytest.approx(
        float(weight[1, 2]), rel=1e-3
    )


def test_a_channel_is_chosen_in_the_list_of_sums(view: LensView, qtbot: QtBot) -> None:
    view.store.select("conv2d_2")
    answered(view)
    line, place = view.canvas._sum_places()[1]
    assert (line.name, line.chosen) == ("Σ channel 2", False)
    assert view.canvas.reading(place.center()).startswith(f"channel 2: {line.value}\n")
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    assert view.controls.channel.value() == 2
    assert [line.name for line in view.canvas.lines if line.chosen] == ["Σ channel 2"]


def test_the_table_has_every_product_and_the_total(view: LensView) -> None:
    view.store.select("conv2d_2")
    answered(view)
    point_at(view, 0, 0)
    table = view.table()
    assert table is not None
    lines = [line.split(",") for line in table.text(",").splitlines()]
    assert lines[0] == ["channel", "row", "column", "input", "weight", "product"]
    assert len(lines) == 1 + 4 * 9 + 2
    assert lines[1][:4] == ["1", "0", "0", "padding"]
    products = [float(line[5]) for line in lines[1:-2]]
    assert sum(products) + float(lines[-2][5]) == pytest.approx(float(lines[-1][5]))
    assert float(lines[-1][5]) == pytest.approx(total(view), rel=1e-3)


def test_the_largest_pixel_is_marked(view: LensView) -> None:
    view.store.select("maxpool2d_1")
    network, split = answered(view)
    x = network.trace(split.train.x[:1]).outputs["conv2d_2"][0, 0]
    point_at(view, 1, 2)
    window = x[2:4, 4:6]
    assert view.canvas.picture is not None
    assert view.canvas.picture.winner == np.unravel_index(window.argmax(), window.shape)
    assert [line.name for line in view.canvas.lines] == ["largest of", "="]
    assert view.canvas.lines[0].value == "4 pixels"
    assert total(view) == pytest.approx(float(window.max()), rel=1e-3)


def test_arrow_keys_and_buttons_move_the_window(view: LensView, qtbot: QtBot) -> None:
    answered(view)
    point_at(view, 2, 2)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(view.canvas, key)
    assert view.canvas.picture is not None
    assert (view.canvas.picture.row, view.canvas.picture.column) == (4, 3)
    for _ in range(9):
        qtbot.keyClick(view.canvas, Qt.Key.Key_Left)
    assert (view.canvas.picture.row, view.canvas.picture.column) == (4, 0)
    view.transport.back.click()
    assert (view.canvas.picture.row, view.canvas.picture.column) == (3, 5)
    point_at(view, 5, 5)
    view.transport.forth.click()
    assert (view.canvas.picture.row, view.canvas.picture.column) == (0, 0)


def test_play_slides_the_window_until_somebody_points_elsewhere(view: LensView, qtbot: QtBot) -> None:
    answered(view)
    point_at(view, 0, 0)
    view.transport._timer.setInterval(5)
    view.transport.play.click()
    qtbot.waitUntil(lambda: view.canvas.picture is not None and view.canvas.picture.row == 1, timeout=5000)
    point_at(view, 4, 4)
    assert not view.transport.play.isChecked()
    assert not view.transport._timer.isActive()
    view.transport.play.click()
    view.hide()
    assert not view.transport.play.isChecked()


def test_without_animations_nothing_slides_by_itself(view: LensView) -> None:
    answered(view)
    view.transport.play.click()
    motion().set_on(False)
    assert not view.transport.play.isEnabled()
    assert not view.transport.play.isChecked()
    assert view.transport.forth.isEnabled()
    assert view.transport.play.toolTip().startswith("Animations are switched off")


def test_only_sliding_blocks_are_offered_and_the_selection_is_followed(view: LensView) -> None:
    assert view.choice.names == ["conv2d_1", "conv2d_2", "maxpool2d_1"]
    assert view.choice.block == "conv2d_1"
    view.store.select("maxpool2d_1")
    assert view.choice.block == "maxpool2d_1"
    view.store.select("relu_1")
    assert view.choice.block == "maxpool2d_1"
    answered(view)
    view.store.edit("Delete", edits.remove(view.store.document, "maxpool2d_1"))
    assert view.choice.block == "conv2d_1"
    assert view.pages.hint == ""
    # With the last of them its numbers go, before the next snapshot comes.
    view.store.edit("Delete", edits.remove(view.store.document, "conv2d_2"))
    view.store.edit("Delete", edits.remove(view.store.document, "conv2d_1"))
    assert view.choice.block == ""
    assert view.pages.hint.startswith("No block of this network")
    assert not view.controls.map_.isVisible()


def test_without_a_window_the_view_says_so_and_offers_the_own_grid(qapp: QApplication, qtbot: QtBot) -> None:
    store = opened(document_of(layers.Dense(1), dataset=datasets.XOR(), validation=0.0))
    with shown(LensView(store), 700, 320) as view:
        assert view.requests() == frozenset()
        view.draw_in_time(Snapshot(1, RunState.READY))
        assert view.pages.hint.startswith("No block of this network slides a window over images. ")
        assert view.table() is None
        assert not view.transport.forth.isEnabled()
        qtbot.mouseClick(view.controls.own, Qt.MouseButton.LeftButton)
        assert view.pages.hint == ""
        assert view.table() is not None
        view.draw_in_time(Snapshot(1, RunState.READY))
        assert view.pages.hint == ""
        view.store.open(Document())
        assert view.pages.hint == ""
        qtbot.mouseClick(view.controls.network, Qt.MouseButton.LeftButton)
        assert view.pages.hint != ""


class TestOwnGrid:
    @pytest.fixture
    def view(self, qapp: QApplication) -> Iterator[LensView]:
        with shown(LensView(Store()), 800, 400) as made:
            made.controls.own.click()
            made.grab()
            yield made

    def type_into(self, view: LensView, qtbot: QtBot, name: str, row: int, column: int, text: str) -> None:
        at = centre(view, name, row, column).toPoint()
        qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
        assert view.typing.field.isVisible()
        view.typing.field.selectAll()
        qtbot.keyClicks(view.typing.field, text)

    def test_asks_the_worker_for_nothing(self, view: LensView) -> None:
        assert view.requests() == frozenset()

    def test_typed_numbers_change_the_output(self, view: LensView, qtbot: QtBot) -> None:
        grid = view.controls.grid.grid
        self.type_into(view, qtbot, "input", 2, 3, "5.5")
        qtbot.keyClick(view.typing.field, Qt.Key.Key_Return)
        assert not view.typing.field.isVisible()
        assert view.controls.grid.grid.image[2, 3] == 5.5
        self.type_into(view, qtbot, "weights", 1, 1, "-2")
        qtbot.keyClick(view.typing.field, Qt.Key.Key_Return)
        assert view.controls.grid.grid.kernel[1, 1] == -2
        view.controls.grid.bias.setValue(0.5)
        image, kernel = grid.image.copy(), grid.kernel.copy()
        image[2, 3], kernel[1, 1] = 5.5, -2
        wanted = [[(image[r : r + 3, c : c + 3] * kernel).sum() + 0.5 for c in range(5)] for r in range(5)]
        np.testing.assert_allclose(view.canvas.grids["output"], wanted)
        point_at(view, 1, 2)
        assert total(view) == pytest.approx(wanted[1][2])

    def test_tab_walks_on_and_escape_leaves_the_number(self, view: LensView, qtbot: QtBot) -> None:
        self.type_into(view, qtbot, "input", 6, 5, "7")
        qtbot.keyClick(view.typing.field, Qt.Key.Key_Tab)
        qtbot.keyClicks(view.typing.field, "8")
        qtbot.keyClick(view.typing.field, Qt.Key.Key_Tab)
        # From the last pixel to the first weight.
        qtbot.keyClicks(view.typing.field, "9")
        qtbot.keyClick(view.typing.field, Qt.Key.Key_Escape)
        assert view.controls.grid.grid.image[6].tolist()[5:] == [7, 8]
        assert view.controls.grid.grid.kernel[0, 0] == -1
        assert not view.typing.field.isVisible()

    def test_the_field_stays_on_the_canvas(self, view: LensView, qtbot: QtBot) -> None:
        for row, column in ((0, 0), (6, 6)):
            self.type_into(view, qtbot, "input", row, column, "1")
            assert view.canvas.rect().contains(view.typing.field.geometry())

    def test_a_key_begins_at_the_window(self, view: LensView, qtbot: QtBot) -> None:
        point_at(view, 1, 3)
        qtbot.keyClick(view.canvas, Qt.Key.Key_F2)
        qtbot.keyClicks(view.typing.field, "4")
        qtbot.keyClick(view.typing.field, Qt.Key.Key_Return)
        assert view.controls.grid.grid.image[1, 3] == 4

    def test_what_is_no_number_is_not_taken(self, view: LensView, qtbot: QtBot) -> None:
        before = view.controls.grid.grid.image.copy()
        self.type_into(view, qtbot, "input", 0, 0, "abc-")
        qtbot.keyClick(view.typing.field, Qt.Key.Key_Return)
        assert view.typing.field.isVisible()
        np.testing.assert_array_equal(view.controls.grid.grid.image, before)

    def test_in_a_network_no_cell_can_be_edited(self, qapp: QApplication, qtbot: QtBot) -> None:
        with shown(LensView(opened(CNN)), 800, 400) as view:
            answered(view)
            at = centre(view, "input", 2, 3).toPoint()
            qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
            assert not view.typing.field.isVisible()

    def test_a_window_that_does_not_fit_is_explained(self, view: LensView) -> None:
        view.controls.grid.size_.setValue(3)
        view.controls.grid.dilation.setValue(2)
        assert view.pages.hint.startswith("Conv2D needs at least 5x5 pixels, but its input has only 3x3.")
        view.controls.grid.padding.setCurrentIndex(view.controls.grid.padding.findText("padding full"))
        view.controls.grid.padding.activated.emit(view.controls.grid.padding.currentIndex())
        assert view.pages.hint == ""
        assert view.canvas.grids["output"].shape == (7, 7)

    def test_fills_are_offered_and_random_ones_differ(self, view: LensView) -> None:
        menu = view.controls.grid.fill_input.menu()
        actions = {action.text(): action for action in menu.actions()}
        assert list(actions) == list(INPUTS)
        actions["Clear"].trigger()
        assert not view.controls.grid.grid.image.any()
        actions["Random"].trigger()
        first = view.controls.grid.grid.image.copy()
        actions["Random"].trigger()
        assert not np.array_equal(first, view.controls.grid.grid.image)
        kernels = {action.text(): action for action in view.controls.grid.fill_kernel.menu().actions()}
        kernels["Horizontal edges"].trigger()
        assert view.controls.grid.grid.kernel.tolist() == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_every_operation_shows_what_it_has(self, view: LensView, operation: str) -> None:
        view.controls.grid.operation.setCurrentText(operation)
        view.controls.grid.operation.textActivated.emit(operation)
        assert view.canvas.picture is not None
        assert view.canvas.picture.layer.type_name() == operation
        weighted = OPERATIONS[operation].weighted
        assert view.controls.grid.fill_kernel.isVisible() == view.controls.grid.bias.isVisible() == weighted
        assert ("products" in view.canvas.grids) == weighted
        assert view.controls.grid.dilation.isVisible() == (operation == "Conv2D")


def test_in_a_narrow_dock_the_settings_of_the_own_grid_are_folded(qapp: QApplication, qtbot: QtBot) -> None:
    with shown(LensView(Store()), 300, 300) as view:
        assert not view.controls.settings.isVisible()
        view.controls.own.click()
        assert view.controls.settings.isVisible()
        assert not view.controls.grid.stride.isVisible()
        view.controls.settings.click()
        assert view.controls.grid.stride.isVisible()
        view.controls.settings.click()
        view.resize(700, 300)
        qtbot.waitUntil(lambda: view.controls.grid.stride.isVisible())
        assert not view.controls.settings.isVisible()


def test_settings_that_an_operation_lacks_are_put_back() -> None:
    grid = OwnGrid().with_settings(Settings(padding="full", dilation=2, kernel=2, stride=2))
    pooled = grid.with_settings(Settings("MaxPool2D", padding="full", dilation=2, kernel=2, stride=2))
    assert (pooled.settings.padding, pooled.settings.dilation, pooled.settings.stride) == ("valid", 1, 2)
    assert pooled.picture().y.shape == (1, 3, 3)


def test_a_grid_that_grows_keeps_its_numbers() -> None:
    grid = OwnGrid().with_input("Random")
    grown = grid.with_settings(Settings(size=9))
    np.testing.assert_array_equal(grown.image[:7, :7], grid.image)
    assert not grown.image[7:].any()
    np.testing.assert_array_equal(grown.with_settings(Settings(size=4)).image, grid.image[:4, :4])


@pytest.mark.parametrize("side", range(1, 6))
@pytest.mark.parametrize("name", [*INPUTS, *WEIGHTS])
def test_contents_have_every_size(name: str, side: int) -> None:
    for presets in (INPUTS, WEIGHTS):
        if name in presets:
            made = np.asarray(presets[name](side, np.random.default_rng(0)), float)
            assert made.shape == (side, side)
            assert np.isfinite(made).all()


def test_a_vertical_edge_is_found_by_its_detector() -> None:
    grid = OwnGrid().with_input("Edge").with_kernel("Vertical edges")
    y = grid.picture().y[0]
    assert np.abs(y).max(axis=0).nonzero()[0].tolist() == [1, 2]
    assert not grid.with_kernel("Horizontal edges").picture().y.any()


@pytest.mark.parametrize(("width", "height"), [(330, 240), (420, 300), (900, 220), (360, 560), (1200, 500)])
@pytest.mark.parametrize(
    "cells",
    [
        {"input": (8, 8), "output": (6, 6), "patch": (3, 3), "weights": (3, 3), "products": (3, 3)},
        {"input": (28, 28), "output": (28, 28), "patch": (2, 2)},
        {"input": (5, 5), "output": (9, 9), "patch": (0, 1), "weights": (0, 1), "products": (0, 1), "kernel": (3, 3)},
        {"input": (20, 6), "output": (1, 1), "patch": (20, 6)},
    ],
)
def test_the_parts_lie_on_the_widget_and_do_not_touch(cells: dict[str, Cells], width: int, height: int) -> None:
    layout = lens_layout(QSizeF(width, height), cells, QSizeF(160, 17))
    assert layout.grids.keys() == cells.keys()
    places = [*layout.grids.values(), layout.sums]
    for place in places:
        assert place.left() >= 0
        assert place.top() >= 0
        assert place.right() <= width + 1
        assert place.bottom() <= height + 1
    for index, place in enumerate(places):
        assert not any(place.intersects(other) for other in places[index + 1 :])
    for name, (rows, columns) in cells.items():
        if rows and columns:
            place = layout.grids[name]
            assert place.width() / columns == pytest.approx(place.height() / rows)


def test_sums_that_do_not_fit_are_added_up_in_a_line() -> None:
    sums = [SumLine(f"Σ channel {index}", str(index), index, float(index)) for index in range(10)]
    lines = [*sums, SumLine("bias", "1"), SumLine("=", "46", total=True)]
    assert visible_lines(lines, 0, 12) == lines
    seen = visible_lines(lines, 3, 6)
    assert [line.name for line in seen] == ["Σ channel 3", "Σ channel 4", "Σ channel 5", "… 7 others", "bias", "="]
    assert float(seen[3].value) == sum(range(10)) - 12
    assert visible_lines(lines, 99, 6)[0].name == "Σ channel 7"
    assert [line.name for line in visible_lines(lines, 0, 2)] == ["bias", "="]


@pytest.mark.parametrize(
    ("value", "reach", "digits", "text"),
    [
        (0.0, 1.4, 2, "0"),
        (-0.0, 1.4, 2, "0"),
        (-0.8123, 1.4, 2, "−0.8"),
        (0.5, 0.94, 2, "0.5"),
        (0.0123, 0.34, 2, "0.01"),
        (0.0001, 0.34, 2, "0.00"),
        (-0.0123, 0.34, 1, "−0.0"),
        (3.0, 4.0, 2, "3"),
        (1234.0, 9999.0, 2, "1.2e3"),
        (float("nan"), 1.0, 2, "not a number"),
    ],
)
def test_numbers_in_cells_are_short_and_never_zero_if_they_are_not(
    value: float, reach: float, digits: int, text: str
) -> None:
    assert number_text(value, reach, digits) == text
