"""Network view: numbers under the mouse against the trace, and weights set by hand from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine import datasets, layers, losses
from engine.layers import Layer
from engine.types import Array
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import OwnSample, SampleRef, UnitRef
from nnstudio.project import project_file, templates
from nnstudio.shell.main_window import MainWindow
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.training.requests.unit_planes import UnitPlanePicture, UnitPlanes
from nnstudio.training.run import TrainingRun
from nnstudio.training.sample_text import probe_text
from nnstudio.training.session import Session
from nnstudio.ui.value_image import value_image
from nnstudio.views.network.frame import LEVELS
from nnstudio.views.network.layout import bias_mark
from nnstudio.views.network.painting import brief_number
from nnstudio.views.network.view import NetworkView
from nnstudio.views.plotting import short
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import hover, shown
from tests.nnstudio.worker_support import run_of


def xor(*stack: Layer) -> Document:
    stack = stack or (layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh())
    made = edits.set_data(document_of(*stack), dataset=datasets.XOR(), validation=0.0)
    return edits.set_training(made, loss=losses.MeanSquaredError())


def digits() -> Document:
    stack = layers.Conv2D(4), layers.ReLU(), layers.MaxPool2D(2), layers.Flatten(), layers.Dense(10), layers.Softmax()
    return edits.set_training(
        document_of(*stack, dataset=datasets.Digits(), validation=0.2), loss=losses.CategoricalCrossEntropy()
    )


class Stage:
    """A view of a run, without a worker between them."""

    def __init__(self, document: Document, width: int = 700, height: int = 420) -> None:
        self.store = opened(document)
        self.run: TrainingRun = run_of(document)
        self.view = NetworkView(self.store)
        self.view.resize(width, height)
        self.view.show()
        self.view.grab()
        self.show()

    def show(self, state: RunState = RunState.PAUSED) -> None:
        """Two snapshots: the second has what the view asks for once it knows the data."""
        for _ in range(2):
            answers = {each: each.answer(self.run.network, self.run.split) for each in self.view.requests()}
            snapshot = Snapshot(1, state, step=self.run.step, answers=answers, data=self.run.split)
            self.view.draw_in_time(snapshot)
        self.view.canvas.repaint()

    @property
    def picture(self) -> ProbePicture:
        assert self.view.picture is not None
        return self.view.picture

    def unit(self, block: str, place: int) -> QPointF:
        cell = self.view.canvas.cell((block, place))
        assert cell is not None
        return self.view.canvas.to_widget(cell.center())

    def bias(self, block: str, place: int) -> QPointF:
        cell = self.view.canvas.cell((block, place))
        assert cell is not None
        return self.view.canvas.to_widget(bias_mark(cell).center())

    def wire(self, target: str, row: int, column: int) -> QPointF:
        """A point on a wire, near its end, where no other crosses it."""
        scene, start = self.view.canvas.scene, 0
        assert scene is not None
        for bundle in scene.model.bundles:
            if bundle.target == target:
                (at,) = np.flatnonzero((bundle.rows == row) & (bundle.columns == column)).tolist()
                return self.view.canvas.to_widget(scene.lines[start + at].pointAt(0.9))
            start += len(bundle)
        raise AssertionError(target)

    def close(self) -> None:
        self.view.close()
        self.view.deleteLater()


@pytest.fixture
def stage(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Stage]:
    made = Stage(request.param() if hasattr(request, "param") else xor())
    yield made
    made.close()


def click(view: NetworkView, point: QPointF) -> None:
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point.toPoint())


# What is read


def test_every_weight_under_the_mouse_is_that_of_the_trace(stage: Stage) -> None:
    picture = stage.picture
    for target, source in (("dense_1", "input"), ("dense_2", "tanh_1")):
        weight, slope = picture.parameters[f"{target}.weight"], picture.trace.parameter_gradients[f"{target}.weight"]
        for row, column in np.ndindex(weight.shape):
            lines = stage.view.reading(stage.wire(target, row, column)).splitlines()
            value, number = float(picture.value(source)[row]), float(weight[row, column])
            assert lines[0].endswith(f"→ {target}, unit {column + 1}")
            assert lines[1:4] == [
                f"Weight {short(number)}",
                f"dE/d(weight) {short(float(slope[row, column]))}",
                f"Carries {short(value)} × {short(number)} = {short(value * number)}",
            ]


def test_every_unit_under_the_mouse_is_that_of_the_trace(stage: Stage) -> None:
    picture = stage.picture
    for block, outputs in picture.trace.outputs.items():
        for unit, value in enumerate(outputs[0].tolist()):
            lines = stage.view.reading(stage.unit(block, unit)).splitlines()
            gradient = picture.gradient(block)
            assert gradient is not None
            assert lines[1:3] == [f"Output {short(value)}", f"dE/d(output) {short(float(gradient[unit]))}"]
            if block.startswith("dense"):
                bias = float(picture.parameters[f"{block}.bias"][unit])
                slope = float(picture.trace.parameter_gradients[f"{block}.bias"][unit])
                assert lines[3] == f"Bias {short(bias)}, gradient {short(slope)}"
                own = stage.view.reading(stage.bias(block, unit)).splitlines()
                assert own[0] == f"Bias of {block}, unit {unit + 1}: {short(bias)}"


def test_the_probe_and_the_data_are_named_as_everywhere_else(stage: Stage) -> None:
    stage.store.choose_sample(SampleRef("train", 1))
    stage.show()
    named = probe_text(SampleRef("train", 1), stage.run.split)
    assert " · class " in named
    assert named in stage.view.legend.text().replace("&nbsp;", " ")
    assert stage.view.canvas.scene is not None
    title = stage.view.canvas.scene.arrangement.titles["input"].center()
    assert stage.view.reading(stage.view.canvas.to_widget(title)).startswith("data\n")


def test_values_of_one_s_own_are_read_without_gradients(stage: Stage) -> None:
    stage.store.choose_sample(OwnSample((0.25, -2.0)))
    stage.show()
    assert stage.view.reading(stage.unit("input", 1)) == "x₂\nOutput −2"
    weight = float(stage.picture.parameters["dense_1.weight"][1, 0])
    assert stage.view.reading(stage.wire("dense_1", 1, 0)).splitlines()[1:] == [
        f"Weight {short(weight)}",
        f"Carries −2 × {short(weight)} = {short(-2 * weight)}",
        "Click to change it",
    ]
    assert "Own values" in stage.view.legend.text().replace("&nbsp;", " ")


@pytest.mark.parametrize("stage", [digits], indirect=True)
def test_a_kernel_is_read_in_full(stage: Stage) -> None:
    kernel = stage.picture.parameters["conv2d_1.weight"][2, 0]
    lines = stage.view.reading(stage.wire("conv2d_1", 0, 2)).splitlines()
    assert lines[1] == f"Kernel, sum {short(float(kernel.sum()))}, norm {short(float(np.linalg.norm(kernel)))}"
    assert [line.split() for line in lines[2:5]] == [[short(n, 2) for n in row] for row in kernel.tolist()]
    canvas = stage.view.canvas
    hover(canvas, stage.wire("conv2d_1", 0, 2).toPoint())
    assert canvas.kernel == value_image(kernel, float(np.abs(stage.picture.parameters["conv2d_1.weight"]).max()))
    hover(canvas, stage.wire("relu_1", 3, 3).toPoint())
    assert canvas.kernel is None
    image = stage.picture.value("conv2d_1")[2]
    assert f"map 6 × 6: {short(float(image.min()))} to {short(float(image.max()))}" in stage.view.reading(
        stage.unit("conv2d_1", 2)
    )
    assert stage.view.reading(stage.wire("relu_1", 3, 3)).startswith("conv2d_1, unit 4 → relu_1, unit 4\nCarries map")


# What is drawn


def sheet(stage: Stage, block: str) -> QImage:
    assert stage.view.canvas.scene is not None
    return stage.view.canvas.scene.frame.sheets[block]


def test_a_unit_is_drawn_over_the_plane_of_two_inputs(stage: Stage) -> None:
    (request,) = (each for each in stage.view.requests() if isinstance(each, UnitPlanes))
    planes: Any = request.answer(stage.run.network, stage.run.split)
    assert isinstance(planes, UnitPlanePicture)
    for block, reach in (("tanh_1", 1.0), ("dense_1", float(np.abs(planes.planes["dense_1"]).max()))):
        expected: Array = planes.planes[block][:, ::-1].reshape(-1, request.resolution)
        assert sheet(stage, block) == value_image(expected, reach)


def test_a_snapshot_without_planes_keeps_the_last_ones(stage: Stage) -> None:
    before = sheet(stage, "tanh_1")
    request = stage.view.request()
    answers = {request: request.answer(stage.run.network, stage.run.split)}
    stage.view.draw(Snapshot(1, RunState.RUNNING, answers=answers, data=stage.run.split))
    assert sheet(stage, "tanh_1") == before


@pytest.mark.parametrize("stage", [digits], indirect=True)
def test_maps_and_numbers_are_those_of_the_probe(stage: Stage) -> None:
    scene, picture = stage.view.canvas.scene, stage.picture
    assert scene is not None
    maps = picture.value("conv2d_1")
    assert sheet(stage, "conv2d_1") == value_image(maps.reshape(-1, 6), float(np.abs(maps).max()))
    np.testing.assert_array_equal(scene.frame.numbers["softmax_1"], picture.prediction)
    assert scene.after == tuple("0123456789")
    stage.store.choose_sample(SampleRef("validation", 5))
    stage.show()
    assert not np.array_equal(stage.picture.value("conv2d_1"), maps)
    np.testing.assert_array_equal(scene.frame.numbers["softmax_1"], picture.prediction)


def test_a_wire_s_sign_and_width_are_its_weight_s(stage: Stage) -> None:
    weight = stage.run.network.parameters["dense_1.weight"]
    weight[:] = [[1.0, -1.0, 0.0], [0.5, -0.1, 0.02]]
    stage.show()
    assert stage.view.canvas.scene is not None
    frame = stage.view.canvas.scene.frame
    assert frame.signs[:6].tolist() == [1, -1, 0, 1, -1, 1]
    levels = frame.levels[:6].tolist()
    assert levels[0] == levels[1] == max(levels)
    assert levels[0] > levels[3] > levels[4] >= levels[5] >= levels[2] == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.500"),
        (-3.14159, "−3.142"),
        (0.00001, "0.000"),
        (42.123, "42.12"),
        (123.46, "123.5"),
        (-12345, "−1.2e4"),
    ],
)
def test_a_bar_s_number_has_always_about_the_same_length(value: float, text: str) -> None:
    assert brief_number(value) == text


def test_large_layers_show_a_few_units_and_the_rest_on_request(qapp: QApplication) -> None:
    stage = Stage(xor(layers.Dense(40), layers.ReLU(), layers.Dense(1)), 700, 300)
    try:
        scene = stage.view.canvas.scene
        assert scene is not None
        few = len(scene.model.blocks["relu_1"].units)
        assert few < 40
        assert scene.model.blocks["relu_1"].left_out == f"+ {40 - few} more"
        more = scene.arrangement.more["relu_1"]
        click(stage.view, stage.view.canvas.to_widget(QPointF(more.right() - 5, more.center().y())))
        scene = stage.view.canvas.scene
        assert scene is not None
        assert scene.model.blocks["relu_1"].units == tuple(range(few))
        assert scene.model.blocks["relu_1"].left_out == f"1–{few} of 40"
    finally:
        stage.close()


def test_a_diverged_network_is_drawn_and_read_all_the_same(stage: Stage) -> None:
    for name, number in (("dense_1.weight", np.inf), ("dense_1.bias", np.nan), ("dense_2.weight", np.nan)):
        stage.run.network.parameters[name][...] = number
    with np.errstate(all="ignore"):
        stage.show(RunState.FAILED)
    assert stage.view.canvas.scene is not None
    levels = stage.view.canvas.scene.frame.levels
    assert 0 <= levels.min() <= levels.max() < LEVELS
    assert "Weight infinite" in stage.view.reading(stage.wire("dense_1", 0, 0))
    assert "Output not a number" in stage.view.reading(stage.unit("dense_1", 0))


def test_another_block_s_surroundings_come_into_sight_when_it_is_selected(qapp: QApplication) -> None:
    stage = Stage(xor(*[layers.Dense(1) for _ in range(40)]))
    try:
        assert stage.view.canvas.cell(("dense_40", 0)) is None
        assert stage.view.note.isVisible()
        stage.store.select("dense_40")
        assert stage.view.canvas.cell(("dense_40", 0)) is not None
    finally:
        stage.close()


# Zoom


def wheel(canvas: QWidget, point: QPointF, notches: int) -> None:
    none = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        point,
        QPointF(canvas.mapToGlobal(point)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        none,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_the_wheel_zooms_about_the_mouse_and_a_double_click_shows_everything(stage: Stage) -> None:
    canvas = stage.view.canvas
    before = stage.unit("dense_1", 1)
    wheel(canvas, before, 5)
    after = stage.unit("dense_1", 1)
    assert canvas.scale == pytest.approx(1.15**5)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1e-6)
    assert canvas.look(after).unit == ("dense_1", 1)
    start = QPoint(canvas.width() // 2, 3)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    move(canvas, start + QPoint(-40, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + QPoint(-40, 0))
    assert stage.unit("dense_1", 1).x() == pytest.approx(after.x() - 40, abs=1e-6)
    assert stage.store.unit is None
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(3, 3))
    assert canvas.scale == 1.0
    assert stage.unit("dense_1", 1) == before
    wheel(canvas, before, -5)
    assert canvas.scale == 1.0


def move(widget: QWidget, place: QPoint) -> None:
    """Moves the mouse with the left button held."""
    left = Qt.MouseButton.LeftButton
    at, outside = QPointF(place), QPointF(widget.mapToGlobal(place))
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, at, outside, left, left, none))


def test_the_keyboard_brings_its_unit_into_sight(stage: Stage) -> None:
    canvas = stage.view.canvas
    wheel(canvas, stage.unit("input", 0), 12)
    canvas.setFocus()
    for _ in range(4):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.focus == ("tanh_2", 0)
    assert canvas.rect().contains(stage.unit("tanh_2", 0).toPoint())
    assert not canvas.rect().contains(stage.unit("input", 0).toPoint())


# What is chosen


def test_a_click_chooses_a_unit_for_all_views(stage: Stage) -> None:
    click(stage.view, stage.unit("tanh_1", 1))
    assert stage.store.unit == UnitRef("tanh_1", 1)
    assert stage.store.selected == "tanh_1"
    assert stage.view.canvas.chosen == ("tanh_1", 1)
    click(stage.view, stage.unit("tanh_1", 1))
    assert stage.store.unit is None


def test_keys_move_among_units_and_tell_of_them(stage: Stage, qtbot: QtBot) -> None:
    canvas, said = stage.view.canvas, list[str]()
    stage.view.message.connect(said.append)
    canvas.setFocus()
    assert canvas.focus == ("input", 0)
    for key, spot in (
        (Qt.Key.Key_Down, ("input", 1)),
        (Qt.Key.Key_Down, ("input", 1)),
        (Qt.Key.Key_Right, ("dense_1", 1)),
        (Qt.Key.Key_Down, ("dense_1", 2)),
        (Qt.Key.Key_Right, ("tanh_1", 2)),
        (Qt.Key.Key_Up, ("tanh_1", 1)),
        (Qt.Key.Key_Left, ("dense_1", 1)),
    ):
        QTest.keyClick(canvas, key)
        assert canvas.focus == spot
    value = short(float(stage.picture.value("dense_1")[1]))
    assert canvas.accessibleDescription().startswith(f"dense_1, unit 2, Output {value}, ")
    assert said[-1] == canvas.accessibleDescription()
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert stage.store.unit == UnitRef("dense_1", 1)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    box = stage.view.box
    assert [entry.name for entry in box.entries] == ["dense_1.bias", "dense_1.weight", "dense_1.weight"]
    assert [entry.index for entry in box.entries] == [(1,), (0, 1), (1, 1)]
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert box.isHidden()


# What is changed


def edited(stage: Stage) -> list[ParameterEdit]:
    made: list[ParameterEdit] = []
    stage.view.parameter_edited.connect(made.append)
    return made


def test_a_typed_number_is_the_weight_that_was_clicked(stage: Stage) -> None:
    made = edited(stage)
    click(stage.view, stage.wire("dense_1", 1, 2))
    box = stage.view.box
    assert box.isVisible()
    assert box.number.value() == pytest.approx(float(stage.picture.parameters["dense_1.weight"][1, 2]), abs=1e-6)
    QTest.keyClicks(box.number, "-1.25")
    QTest.keyClick(box.number, Qt.Key.Key_Return)
    assert made == [ParameterEdit("dense_1.weight", (1, 2), -1.25, 0)]
    assert box.isHidden()
    click(stage.view, stage.bias("dense_2", 0))
    assert box.entry is not None
    assert (box.entry.name, box.entry.index) == ("dense_2.bias", (0,))


def test_opening_and_leaving_the_box_changes_nothing(stage: Stage) -> None:
    made = edited(stage)
    stage.run.network.parameters["dense_1.weight"][1, 2] = 0.123456789
    stage.show()
    click(stage.view, stage.wire("dense_1", 1, 2))
    QTest.keyClick(stage.view.box.number, Qt.Key.Key_Return)
    assert made == []


def test_a_slider_is_one_gesture_until_it_is_taken_again(stage: Stage) -> None:
    made = edited(stage)
    click(stage.view, stage.wire("dense_1", 0, 0))
    slider = stage.view.box.slider
    for _ in range(2):
        slider.setSliderDown(True)
        for step in (10, 20):
            slider.setValue(slider.value() + step)
        slider.setSliderDown(False)
    gestures = [edit.gesture for edit in made]
    assert gestures[0] == gestures[1] != gestures[2] == gestures[3]
    assert 0 not in gestures
    assert len({edit.value for edit in made}) == 4


def test_the_box_follows_an_undo_and_goes_when_training_runs(stage: Stage) -> None:
    click(stage.view, stage.wire("dense_1", 0, 0))
    stage.run.network.parameters["dense_1.weight"][0, 0] = 1.5
    stage.show()
    assert stage.view.box.number.value() == 1.5
    stage.show(RunState.RUNNING)
    assert stage.view.box.isHidden()
    said: list[str] = []
    stage.view.message.connect(said.append)
    click(stage.view, stage.wire("dense_1", 0, 0))
    assert stage.view.box.isHidden()
    assert said == ["Pause training to change a weight."]
    assert stage.view.reading(stage.wire("dense_1", 0, 0)).endswith("Pause to change it")


def test_the_loss_on_show_is_that_of_the_network_as_it_is(stage: Stage) -> None:
    x, y = stage.run.split.train.x, stage.run.split.train.y

    def loss() -> float:
        return float(losses_of(stage, x, y))

    before = loss()
    assert stage.view.loss.text() == f"Loss now {short(before)}"
    stage.run.set_parameter(ParameterEdit("dense_1.weight", (0, 0), 3.0))
    stage.show()
    assert stage.view.loss.text() == f"Loss now {short(loss())} (was {short(before)})"
    assert loss() != before


def losses_of(stage: Stage, x: Array, y: Array) -> float:
    """Mean squared error, worked out on its own: the targets of two classes are −1 and 1 or 0 and 1."""
    targets = stage.store.document.training.loss.encode(y, stage.run.network.output_shape)
    return float(np.mean((stage.run.network.predict(x) - targets) ** 2))


@pytest.mark.parametrize("stage", [digits], indirect=True)
def test_a_number_of_a_kernel_can_be_chosen(stage: Stage) -> None:
    made = edited(stage)
    click(stage.view, stage.wire("conv2d_1", 0, 3))
    box = stage.view.box
    assert len(box.entries) == 9
    box.choice.setCurrentIndex(5)
    assert box.entry is not None
    assert box.entry.index == (3, 0, 1, 2)
    assert box.number.value() == pytest.approx(float(stage.picture.parameters["conv2d_1.weight"][3, 0, 1, 2]), abs=1e-6)
    box.number.setValue(0.5)
    assert made == [ParameterEdit("conv2d_1.weight", (3, 0, 1, 2), 0.5, 0)]


def test_what_passes_on_without_a_weight_cannot_be_changed(stage: Stage) -> None:
    said: list[str] = []
    stage.view.message.connect(said.append)
    click(stage.view, stage.wire("tanh_1", 1, 1))
    assert stage.view.box.isHidden()
    assert said == ["No weight lies on this wire: it passes values on."]


# With the worker


def prediction(window: MainWindow) -> Array:
    project = window.session.collect()
    run = run_of(project.document, project.checkpoint)
    found: Array = run.network.predict(run.split.train.x)
    return found


def test_a_weight_set_in_the_window_changes_the_prediction_and_undo_restores_it(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.open(templates.load("xor"))
    window.pages.show_project()
    window.docks.all["networkView"].show()
    window.docks.all["networkView"].raise_()
    view = window.views["networkView"]
    assert isinstance(view, NetworkView)
    for _ in range(3):
        window.session.step()
    qtbot.waitUntil(lambda: window.session.snapshot.step == 3 and view.picture is not None)
    before = window.session.collect()
    assert window.store.undo_stack.isClean()
    view.parameter_edited.emit(ParameterEdit("dense_1.weight", (1, 2), 0.75))
    assert not window.store.undo_stack.isClean()
    qtbot.waitUntil(lambda: view.picture is not None and view.picture.parameters["dense_1.weight"][1, 2] == 0.75)
    weights = {name: array.copy() for name, array in before.checkpoint.weights.items()}
    weights["dense_1.weight"][1, 2] = 0.75
    hidden = np.tanh(datasets.XOR().load().x @ weights["dense_1.weight"] + weights["dense_1.bias"])
    expected = np.tanh(hidden @ weights["dense_2.weight"] + weights["dense_2.bias"])
    np.testing.assert_allclose(prediction(window), expected, rtol=1e-5, atol=1e-6)
    assert window.session.snapshot.loss is None
    # Saved and opened again, it is still there.
    project_file.save(window.session.collect(), tmp_path / "edited.nnstudio")
    again = project_file.load(tmp_path / "edited.nnstudio")
    for name, array in weights.items():
        np.testing.assert_array_equal(again.checkpoint.weights[name], array)
    window.store.undo_stack.undo()
    after = window.session.collect()
    for name, array in before.checkpoint.weights.items():
        np.testing.assert_array_equal(after.checkpoint.weights[name], array)
    assert after.checkpoint.marks == before.checkpoint.marks
    assert window.store.undo_stack.isClean()
    window.store.undo_stack.redo()
    qtbot.waitUntil(lambda: window.session.collect().checkpoint.weights["dense_1.weight"][1, 2] == 0.75)


def test_hidden_it_asks_for_nothing_and_running_not_for_the_loss(qapp: QApplication) -> None:
    store = Store()
    store.open(xor())
    session = Session(store)
    view = NetworkView(store)
    with shown(view):
        kinds = {type(each).__name__ for each in view.requests()}
        assert kinds == {"ProbeTrace", "BatchLoss"}
        view.draw_in_time(Snapshot(1, RunState.RUNNING))
        assert {type(each).__name__ for each in view.requests()} == {"ProbeTrace"}
    session.close()


def test_a_wire_under_the_mouse_is_marked(stage: Stage) -> None:
    canvas = stage.view.canvas
    hover(canvas, stage.wire("dense_1", 0, 1).toPoint())
    assert canvas.hovered.wire is not None
    hover(canvas, QPoint(2, 2))
    assert (canvas.hovered.wire, canvas.hovered.unit) == (None, None)
