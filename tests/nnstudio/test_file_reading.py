"""Files of other tools opened in the window: read beside it, cancelled, undone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from engine import Network, layers
from engine.data.progress import advance
from nnstudio.document import edits
from nnstudio.project import network_import, templates
from nnstudio.shell import file_questions
from nnstudio.shell.file_reading import ReadingDialog
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project, weight_shapes
from tests.nnstudio.desk import Desk


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk()
    qtbot.addWidget(made)
    made.files.open_template("xor")
    qtbot.waitUntil(lambda: made.session.snapshot.state is RunState.READY, timeout=10_000)
    yield made
    made.end()


def imported() -> Project:
    network = Network([layers.Dense(3), layers.Tanh(), layers.Dense(1)], (2,), seed=0)
    weights = {name: np.array(array) for name, array in network.arrays.items()}
    return Project(network_import.document_of(network), Checkpoint(weights))


class Slow:
    """Reading of a file that goes on until it is let go, looking now and then whether it is cancelled.

    After ten seconds it ends by itself: the dialog that waits for it would hold up the test for ever.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.thread, self.ended = threading.Event(), "", threading.Event()
        monkeypatch.setattr(network_import, "import_project", self.read)

    def read(self, path: Path, until: str | None = None) -> Project:
        self.thread = threading.current_thread().name
        done, end = 0, time.monotonic() + 10
        try:
            while not self.go.wait(0.005) and time.monotonic() < end:
                done += 1
                advance(done, 1000, "kB")
        finally:
            self.ended.set()
        return imported()


def dialog() -> ReadingDialog:
    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ReadingDialog))


def test_a_slow_file_is_read_beside_the_window_and_opens_when_it_is_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, seen = Slow(monkeypatch), list[str]()

    def look() -> None:
        seen.append(dialog()._label.text())
        slow.go.set()

    QTimer.singleShot(0, look)
    desk.files.open("net.onnx")
    assert slow.thread == "background"
    assert seen == ["Reading “net.onnx”…"]
    assert [block.name for block in desk.store.document.blocks] == ["dense_1", "tanh_1", "dense_2"]
    assert desk.files.title == "net"


def test_cancelling_leaves_everything_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, before, far = Slow(monkeypatch), desk.store.document, list[int]()

    def cancel() -> None:
        # Once it has told how far it is.
        if dialog()._bar.value() > 0:
            timer.stop()
            far.append(dialog()._bar.value())
            dialog().reject()

    timer = QTimer(desk, interval=20)
    timer.timeout.connect(cancel)
    timer.start()
    desk.files.open("net.onnx")
    assert far
    assert slow.ended.wait(5), "the thread goes on reading"
    assert desk.store.document is before
    assert desk.files.title == "XOR"


def test_nothing_is_shown_for_a_file_that_is_read_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_import, "import_project", lambda path, until=None: imported())
    monkeypatch.setattr(ReadingDialog, "exec", lambda self: pytest.fail("a dialog came up"))
    desk.files.open("net.onnx")
    assert desk.files.title == "net"


def weights_of(desk: Desk) -> dict[str, np.ndarray]:
    return dict(desk.session.collect().checkpoint.weights)


def test_loaded_weights_are_a_step_of_the_history(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_questions, "may_take_weights", lambda *_: True)
    stack = desk.store.undo_stack
    desk.store.edit("Batch", edits.set_training(desk.store.document, batch_size=2))
    desk.session.step_epoch()
    qtbot.waitUntil(lambda: desk.session.snapshot.epoch == 1 and desk.session.snapshot.state is not RunState.RUNNING)
    learnt = weights_of(desk)
    name = next(name for name in learnt if name.endswith("weight"))
    wanted = np.full(learnt[name].shape, 0.25, np.float32)
    save_file({name: np.ascontiguousarray(wanted.T)}, tmp_path / "w.safetensors")
    assert desk.files.load_weights(tmp_path / "w.safetensors")
    found = desk.session.collect()
    np.testing.assert_array_equal(found.checkpoint.weights[name], wanted)
    assert found.checkpoint.step == 0
    # What was learnt before is a run that is over, and the edits before can still be undone.
    assert [run.checkpoint.epoch for run in found.runs] == [1]
    assert [stack.text(place) for place in range(stack.count())] == ["Batch", "Load weights from w.safetensors"]
    stack.undo()
    back = desk.session.collect()
    assert back.checkpoint.epoch == 1
    for full, array in learnt.items():
        np.testing.assert_array_equal(back.checkpoint.weights[full], array)
    stack.redo()
    np.testing.assert_array_equal(weights_of(desk)[name], wanted)
    stack.undo()
    stack.undo()
    assert desk.store.document.training.batch_size == templates.load("xor").document.training.batch_size


def test_loaded_weights_in_an_example_are_work_to_lose(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_questions, "may_take_weights", lambda *_: True)
    assert weights_of(desk) == {}
    name, shape = next(iter(weight_shapes(desk.store.document, desk.store.analysis).items()))
    save_file({name: np.zeros(shape[::-1], np.float32)}, tmp_path / "w.safetensors")
    assert not desk.files.dirty
    assert desk.files.load_weights(tmp_path / "w.safetensors")
    assert not weights_of(desk)[name].any()
    assert desk.files.dirty
    assert not desk.files.played
    # Nothing was trained before, and nothing is then.
    desk.store.undo_stack.undo()
    assert weights_of(desk) == {}
    assert not desk.files.dirty
