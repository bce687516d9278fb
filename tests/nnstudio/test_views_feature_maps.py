"""Feature maps: every channel of a block for the probe, its sheet, and its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import SampleRef, UnitRef
from nnstudio.store import Store
from nnstudio.training.build import build
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.split import Split
from nnstudio.ui.colours import LIGHT
from nnstudio.views.feature_maps import FeatureMapsView
from nnstudio.views.map_sheet import arrange
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import hover, shown, themed

CNN = document_of(
    layers.Conv2D(filters=5, bias_init="normal"),
    layers.ReLU(),
    layers.MaxPool2D(),
    layers.Flatten(),
    layers.Dense(units=10),
    layers.Softmax(),
    dataset=datasets.Digits(),
)


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture
def view(qapp: QApplication) -> Iterator[FeatureMapsView]:
    with shown(FeatureMapsView(opened(CNN)), 600, 300) as made:
        yield made


def answered(view: FeatureMapsView, document: Document | None = None) -> Any:
    """Draws what the worker would answer, and returns the network."""
    document = document or view.store.document
    network, split = build(document), Split(document.data.dataset.load(), None)
    answers = {request: request.answer(network, split) for request in view.requests()}
    view.draw_in_time(Snapshot(1, RunState.READY, answers=answers, data=split))
    return network, split


def read(view: FeatureMapsView, channel: int, row: int, column: int) -> str:
    """The label beside the mouse over a pixel of a map."""
    place = view.canvas.place(channel)
    _, rows, columns = view.canvas.maps.shape
    at = QPointF(place.x() + (column + 0.5) * place.width() / columns, place.y() + (row + 0.5) * place.height() / rows)
    hover(view.canvas, at.toPoint())
    assert view.inspection is not None
    return view.inspection.readout.text() if view.inspection.readout.isVisible() else ""


def test_the_maps_are_the_trace_of_the_probe(view: FeatureMapsView) -> None:
    view.store.choose_sample(SampleRef("train", 7))
    network, split = answered(view)
    trace = network.trace(split.train.x[7:8])
    for block in ("conv2d_1", "relu_1", "maxpool2d_1", "input"):
        view.choice.choose(block)
        np.testing.assert_array_equal(view.canvas.maps, trace.outputs[block][0])
    view.choice.choose("conv2d_1")
    value = trace.outputs["conv2d_1"][0, 3, 2, 4]
    text = read(view, 3, 2, 4)
    assert text.startswith("map 4, row 3, column 5: ")
    assert float(text.rpartition(" ")[2].replace("−", "-")) == pytest.approx(float(value), rel=1e-3)


def test_only_blocks_with_images_are_offered_and_the_selection_is_followed(view: FeatureMapsView) -> None:
    assert view.choice.names == ["input", "conv2d_1", "relu_1", "maxpool2d_1"]
    assert view.block == "conv2d_1"
    view.store.select("relu_1")
    assert view.block == "relu_1"
    for other in ("dense_1", "flatten_1", "output", ""):
        view.store.select(other)
        assert view.block == "relu_1"
    view.store.select("input")
    assert view.block == "input"
    view.store.choose_unit(UnitRef("maxpool2d_1", 2))
    assert view.block == "maxpool2d_1"


def test_an_edit_that_removes_the_block_shows_another(view: FeatureMapsView) -> None:
    answered(view)
    view.store.edit("Delete", edits.remove(view.store.document, "conv2d_1"))
    assert view.block == "relu_1"
    answered(view)
    assert len(view.canvas.maps) == 1
    view.store.open(Document())
    assert view.pages.hint == view.waiting


def test_the_colours_are_on_one_scale_or_on_each_map_s_own(view: FeatureMapsView) -> None:
    answered(view)
    maps = view.canvas.maps
    largest = np.abs(maps).max()
    np.testing.assert_allclose(view.canvas.reaches, [largest] * 5)
    assert view.bar.limits == pytest.approx((-largest, largest))
    view.own_scale.setChecked(True)
    np.testing.assert_allclose(view.canvas.reaches, np.abs(maps).max(axis=(1, 2)))
    assert not view.bar.isVisible()
    # The largest pixel of a map has the full colour, blue if it is positive and orange if it is negative.
    image = view.canvas.grab().toImage()
    for channel, each in enumerate(maps):
        row, column = np.unravel_index(np.abs(each).argmax(), each.shape)
        place = view.canvas.place(channel)
        x = place.x() + (column + 0.15) * place.width() / each.shape[1]
        y = place.y() + (row + 0.15) * place.height() / each.shape[0]
        wanted = QColor(LIGHT.positive if each[row, column] > 0 else LIGHT.negative)
        found = image.pixelColor(QPoint(round(x), round(y)))
        assert abs(found.red() - wanted.red()) + abs(found.blue() - wanted.blue()) < 12, channel


def test_the_table_has_a_line_for_each_row_of_each_map(view: FeatureMapsView) -> None:
    answered(view)
    table = view.table()
    assert table is not None
    lines = [line.split(",") for line in table.text(",").splitlines()]
    assert lines[0] == ["map", "row", *(f"column {index}" for index in range(1, 7))]
    assert len(lines) == 1 + 5 * 6
    assert lines[1 + 2 * 6 + 3][:2] == ["3", "4"]
    np.testing.assert_array_equal(np.array(lines[1 + 2 * 6 + 3][2:], np.float32), view.canvas.maps[2, 3])


def test_maps_that_are_zero_all_over_are_told(view: FeatureMapsView) -> None:
    view.choice.choose("relu_1")
    document = view.store.document
    network, split = build(document), Split(document.data.dataset.load(), None)
    network.parameters["conv2d_1.bias"][[0, 3]] = -100
    answers = {request: request.answer(network, split) for request in view.requests()}
    view.draw_in_time(Snapshot(1, RunState.READY, answers=answers, data=split))
    assert view.info.text().endswith("· zero all over: 1, 4")
    assert view.info.text().startswith("Training sample 1 · class 0: 5 maps of 6 × 6, 0 to ")
    assert view.canvas.accessibleDescription() == view.info.text()


def test_a_click_or_an_arrow_key_chooses_a_map_for_all_views(view: FeatureMapsView, qtbot: QtBot) -> None:
    answered(view)
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(view.canvas, left, pos=view.canvas.place(2).center().toPoint())
    assert view.store.unit == UnitRef("conv2d_1", 2)
    assert view.canvas.marked == 2
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.store.unit == UnitRef("conv2d_1", 3)
    view.store.choose_unit(UnitRef("dense_1", 1))
    assert view.canvas.marked == -1


def test_the_wheel_zooms_about_the_mouse_and_a_double_click_shows_all(view: FeatureMapsView, qtbot: QtBot) -> None:
    answered(view)
    at = view.canvas.place(1).center()
    before = view.canvas.place(1).width()
    event = QWheelEvent(
        at,
        QPointF(view.canvas.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.canvas, event)
    assert view.canvas.place(1).width() == pytest.approx(before * 1.25**2)
    assert (view.canvas.place(1).center() - at).manhattanLength() < 1
    assert view.canvas.findChild(QToolButton, "fitMaps").isVisible()
    # New numbers of the same maps leave the zoom as it is; maps of another block are shown whole.
    answered(view)
    assert view.canvas.zoom > 1
    view.choice.choose("maxpool2d_1")
    assert view.canvas.zoom == 1
    qtbot.keyClick(view.canvas, "+")
    assert view.canvas.zoom == 1.25
    qtbot.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert view.canvas.zoom == 1


def test_zoomed_in_each_pixel_has_its_number(view: FeatureMapsView, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[int, ...]] = []

    def draw(painter: object, place: object, values: np.ndarray, *_: object, **__: object) -> bool:
        written.append(values.shape)
        return True

    monkeypatch.setattr("nnstudio.views.map_sheet.draw_numbers", draw)
    answered(view)
    view.canvas.grab()
    assert written == []
    view.canvas.zoom_by(4, view.canvas.place(0).center())
    view.canvas.grab()
    assert written
    assert set(written) == {(6, 6)}


@pytest.mark.parametrize("size", [(300, 120), (300, 400), (900, 200)])
@pytest.mark.parametrize("count", [1, 3, 16, 200])
def test_maps_are_within_the_room_and_do_not_touch(qapp: QApplication, count: int, size: tuple[int, int]) -> None:
    with shown(FeatureMapsView(opened(CNN)), *size) as view:
        view.pages.show_content()
        view.canvas.show_maps(np.zeros((count, 6, 5), np.float32), np.ones(count, np.float32))
        view.grab()
        places = [view.canvas.place(index) for index in range(count)]
        whole = view.canvas.rect()
        for place in places:
            assert whole.contains(place.toAlignedRect()), (place, whole)
        for index, place in enumerate(places):
            assert not any(place.intersects(other) for other in places[index + 1 :])


def test_a_map_is_as_large_as_it_can_be() -> None:
    # Two rows of four: (250 - 16 - 6) / 2 for each, less the line with its number.
    assert arrange(8, (26, 26), QSize(800, 250), 15) == (4, 99, 15)
    assert arrange(8, (26, 26), QSize(300, 600), 15)[0] == 2
    # A line of text has no room above two hundred of them.
    assert arrange(200, (26, 26), QSize(300, 200), 15)[2] == 0


def test_without_images_the_view_says_so(qapp: QApplication) -> None:
    store = opened(document_of(layers.Dense(3), dataset=datasets.XOR(), validation=0.0))
    with shown(FeatureMapsView(store)) as view:
        assert view.requests() == frozenset()
        view.draw_in_time(Snapshot(1, RunState.READY))
        assert view.pages.hint.startswith("No block gives images (channels x height x width). ")
    with shown(FeatureMapsView(Store())) as view:
        assert view.pages.hint
