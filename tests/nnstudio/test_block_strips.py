"""Strips of the blocks: what is asked of the worker, and what the answers become."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import layers
from engine.data import Digits, Iris, Spirals
from engine.layers import Layer
from nnstudio.document import edits
from nnstudio.document.probe import SampleRef
from nnstudio.shell.main_window import MainWindow
from nnstudio.store import Store
from nnstudio.training.build import build, read_data
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.probe_trace import ProbeTrace
from nnstudio.training.requests.unit_planes import UnitPlanes
from nnstudio.ui.unit_strip import UnitStrip
from nnstudio.views.block_strips import BlockStrips
from nnstudio.views.plotting import short
from tests.nnstudio.builders import document_of, opened


class Board:
    """A canvas with some blocks in sight."""

    def __init__(self, *sight: str) -> None:
        self.sight = frozenset(sight)
        self.strips: dict[str, UnitStrip] = {}

    def in_sight(self) -> frozenset[str]:
        return self.sight

    def show(self, strips: Mapping[str, UnitStrip]) -> None:
        self.strips = dict(strips)


def points(*stack: Layer) -> Store:
    stack = stack or (layers.Dense(3), layers.Tanh(), layers.Dense(1))
    return opened(document_of(*stack, dataset=Spirals(), validation=0.2))


def snapshot(strips: BlockStrips, state: RunState = RunState.PAUSED, store: Store | None = None) -> Snapshot:
    """What the worker answers to what they ask for."""
    document = strips._store.document if store is None else store.document
    network, split = build(document), read_data(document.data)
    return Snapshot(1, state, answers={each: each.answer(network, split) for each in strips.requests()}, data=split)


def drawn(store: Store, *sight: str) -> tuple[BlockStrips, Board]:
    """With the first two snapshots: the one from which they know the data, and the one with the answer."""
    board = Board(*sight)
    strips = BlockStrips(store, board)
    for _ in range(2):
        strips.draw(snapshot(strips))
    return strips, board


def test_two_inputs_give_each_unit_over_the_plane(qapp: QApplication) -> None:
    store = points(layers.Dense(3), layers.Tanh(), layers.Dense(1))
    strips, board = drawn(store, "input", "dense_1", "tanh_1", "output")
    (request,) = strips.requests()
    assert isinstance(request, UnitPlanes)
    assert set(board.strips) == {"input", "dense_1", "tanh_1"}
    x0, y0, x1, y1 = request.bounds
    split = read_data(store.document.data)
    made = board.strips["tanh_1"]
    assert made.total == 3
    # The picture's upper right corner is the plane's.
    corner = split.scale(np.array([[x1, y1], [x0, y1], [x0, y0]]))
    expected = build(store.document).trace(corner).outputs["tanh_1"]
    for unit in range(3):
        found = [made.values[unit, 0, -1], made.values[unit, 0, 0], made.values[unit, -1, 0]]
        np.testing.assert_allclose(found, expected[:, unit], rtol=1e-5)
    assert made.reach == pytest.approx(float(np.abs(made.values).max()))
    low, high = short(float(made.values[1].min()), 3), short(float(made.values[1].max()), 3)
    assert made.describe(1) == f"tanh_1, unit 2: {low} to {high} over the plane of the inputs"


def test_of_a_very_large_block_the_first_units_are_asked_for(qapp: QApplication) -> None:
    strips, board = drawn(points(layers.Dense(300), layers.Tanh(), layers.Dense(1)), "dense_1", "dense_2")
    assert board.strips["dense_1"].total == 300
    assert len(board.strips["dense_1"].values) == 8
    (request,) = strips.requests()
    assert isinstance(request, UnitPlanes)
    assert dict(request.units) == {name: tuple(range(8)) for name in ("dense_1", "tanh_1")}


def test_pictures_give_the_maps_of_the_probe_and_a_bar_for_each_number(qapp: QApplication, qtbot: QtBot) -> None:
    stack = layers.Conv2D(filters=10), layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax()
    store = opened(document_of(*stack, dataset=Digits(), validation=0.2))
    strips, board = drawn(store, "input", "conv2d_1", "softmax_1")
    with qtbot.waitSignal(strips.requests_changed):
        store.choose_sample(SampleRef("validation", 4))
    assert strips.requests() == {ProbeTrace(SampleRef("validation", 4), store.document.training.loss)}
    strips.draw(snapshot(strips))
    split, network = read_data(store.document.data), build(store.document)
    assert split.validation is not None
    outputs = network.trace(split.validation.x[4:5]).outputs
    np.testing.assert_array_equal(board.strips["input"].values, outputs["input"][0])
    maps, bars = board.strips["conv2d_1"], board.strips["softmax_1"]
    np.testing.assert_array_equal(maps.values, outputs["conv2d_1"][0][:8])
    assert (maps.total, maps.bars, maps.shown) == (10, False, 7)
    np.testing.assert_array_equal(bars.values, outputs["softmax_1"][0])
    assert (bars.total, bars.bars, bars.shown) == (10, True, 10)
    value = short(float(outputs["softmax_1"][0, 3]))
    assert bars.describe(3) == f"softmax_1, unit 4: {value} for validation sample 5"


def test_other_data_give_a_bar_for_each_unit(qapp: QApplication) -> None:
    store = opened(document_of(layers.Dense(5), layers.Tanh(), layers.Dense(3), layers.Softmax(), dataset=Iris()))
    _, board = drawn(store, "input", "dense_1")
    assert board.strips["input"].values.shape == (4,)
    assert board.strips["dense_1"].values.shape == (5,)


def test_without_blocks_in_sight_nothing_is_asked_for(qapp: QApplication) -> None:
    strips, board = drawn(points(), "dense_1")
    assert strips.requests()
    board.sight = frozenset()
    assert strips.requests() == frozenset()


def test_while_training_runs_not_every_snapshot_has_them(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("nnstudio.views.block_strips.time", SimpleNamespace(monotonic=lambda: now))
    strips, board = drawn(points(), "dense_1")
    strips.draw(Snapshot(1, RunState.RUNNING))
    assert strips.requests() == frozenset()
    now += 0.21
    assert strips.requests()
    running = snapshot(strips, RunState.RUNNING)
    strips.draw(running)
    before = board.strips["dense_1"]
    # Another view asks for the same, and has it more often.
    now += 0.05
    strips.draw(Snapshot(1, RunState.RUNNING, answers=snapshot_of(running)))
    assert board.strips["dense_1"] is before
    assert strips.requests() == frozenset()
    # A paused run asks until it has the last values, and then stays still.
    strips.draw(Snapshot(1, RunState.PAUSED))
    last = snapshot(strips)
    strips.draw(last)
    assert board.strips["dense_1"] is not before
    shown = board.strips["dense_1"]
    assert strips.requests() == last.answers.keys()
    strips.draw(last)
    assert board.strips["dense_1"] is shown


def snapshot_of(other: Snapshot) -> dict[object, object]:
    """The same requests, with answers of a later moment."""
    return {request: type(answer)(**vars(answer)) for request, answer in other.answers.items()}


def test_what_cannot_be_computed_leaves_no_old_strip(qapp: QApplication) -> None:
    strips, board = drawn(points(), "dense_1")
    (request,) = strips.requests()
    strips.draw(Snapshot(2, RunState.PAUSED))
    assert board.strips, "the answer comes with a later snapshot"
    strips.draw(Snapshot(2, RunState.PAUSED, answers={request: Refusal("No.")}))
    assert board.strips == {}
    strips.draw(snapshot(strips))
    assert board.strips
    strips.draw(Snapshot(3, RunState.EMPTY))
    assert board.strips == {}
    strips.draw(snapshot(strips))
    strips._store.open(document_of(layers.Dense(4), dataset=Iris()))
    assert board.strips == {}


def test_the_view_that_has_come_to_rest_shows_what_is_in_sight_now(qapp: QApplication, qtbot: QtBot) -> None:
    strips, board = drawn(points(), "dense_1")
    board.sight = frozenset({"tanh_1"})
    with qtbot.waitSignal(strips.requests_changed):
        strips.look_again()
    assert set(board.strips) == {"tanh_1"}


def test_switched_off_there_are_none_for_good(qapp: QApplication) -> None:
    strips, board = drawn(points(), "dense_1")
    found = snapshot(strips)
    strips.want(False)
    assert board.strips == {}
    assert strips.requests() == frozenset()
    strips.draw(found)
    assert board.strips == {}
    assert not BlockStrips(strips._store, board).wanted
    strips.want(True)
    assert strips.requests() == found.answers.keys()
    assert BlockStrips(strips._store, board).wanted


class TestWindow:
    @pytest.fixture(autouse=True)
    def _xor(self, window: MainWindow) -> None:
        window.files.open_template("xor")

    def test_the_blocks_in_sight_show_what_the_run_computes(self, window: MainWindow, qtbot: QtBot) -> None:
        items = window.canvas.canvas.strips.items
        names = {"input", "dense_1", "tanh_1", "dense_2", "tanh_2"}
        qtbot.waitUntil(lambda: set(items) == names, timeout=5000)
        before = items["tanh_2"].strip.values
        window.session.step()
        qtbot.waitUntil(lambda: not np.array_equal(items["tanh_2"].strip.values, before), timeout=5000)
        # An edit that takes a block away takes its strip along; the others have the new network's.
        window.store.edit("Delete", edits.remove(window.store.document, "tanh_1"))
        assert set(items) == names - {"tanh_1"}
        window.store.undo_stack.undo()
        qtbot.waitUntil(lambda: set(items) == names, timeout=5000)

    def test_the_view_menu_switches_them(self, window: MainWindow, qtbot: QtBot) -> None:
        items, action = window.canvas.canvas.strips.items, window.actions_["blockStrips"]
        qtbot.waitUntil(lambda: bool(items), timeout=5000)
        assert action.isChecked()
        action.trigger()
        assert items == {}
        assert not any(isinstance(each, UnitPlanes) for each in window.strips.requests())
        action.trigger()
        qtbot.waitUntil(lambda: bool(items), timeout=5000)

    def test_shown_small_nothing_is_asked_for(self, window: MainWindow, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: bool(window.canvas.canvas.strips.items), timeout=5000)
        window.canvas.set_zoom(0.4)
        assert window.strips.requests() == frozenset()
        qtbot.waitUntil(lambda: not window.canvas.canvas.strips.items, timeout=5000)
        window.canvas.fit()
        qtbot.waitUntil(lambda: bool(window.canvas.canvas.strips.items), timeout=5000)
