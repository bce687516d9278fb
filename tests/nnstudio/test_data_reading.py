"""Data read off the window's thread: responsive window, correct results."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from engine import datasets, layers, losses
from engine.data import Data, TableFile
from engine.errors import DataError
from nnstudio.document import edits
from nnstudio.document.data_state import Known, Loading, Refused
from nnstudio.document.model import DataSettings, Document
from nnstudio.document.problems import Severity
from nnstudio.faults import log
from nnstudio.loading import data_reader
from nnstudio.loading.data_reader import DataReader
from nnstudio.panels.data import DataPanel
from nnstudio.project import project_file
from nnstudio.shell.main_window import MainWindow
from nnstudio.store import Store
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project
from tests.nnstudio.panels_support import button, shown, visible_text

# Enough for a small file on a busy machine, and little beside what a test may take.
_USUAL = 0.3


class Disk:
    """A slow disk: tables are read when the test says so; by name, how many times each was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read = TableFile.read
        self._gates: dict[str, threading.Event] = {}
        self.reads: list[str] = []
        self.fault: Exception | None = None
        monkeypatch.setattr(TableFile, "read", lambda dataset: self._slowly(dataset))

    def hold(self, *names: str) -> None:
        data_reader.PATIENCE = _USUAL
        for name in names:
            self._gates[name] = threading.Event()

    def release(self, *names: str) -> None:
        for name in names or tuple(self._gates):
            self._gates[name].set()

    def _slowly(self, dataset: TableFile) -> Data:
        name = Path(dataset.path).name
        self.reads.append(name)
        if name in self._gates:
            assert self._gates[name].wait(20)
        if self.fault is not None:
            raise self.fault
        return self._read(dataset)


@pytest.fixture(autouse=True)
def _small_files_are_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with other tests, even a file of four lines may take longer than the usual patience."""
    monkeypatch.setattr(data_reader, "PATIENCE", 10.0)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    made = Disk(monkeypatch)
    yield made
    made.release()


@pytest.fixture
def flowers(tmp_path: Path) -> TableFile:
    """Three classes, two inputs."""
    path = tmp_path / "flowers.csv"
    path.write_text("a,b,kind\n1,2,x\n2,3,y\n3,1,z\n4,4,x\n")
    return TableFile(path=str(path))


@pytest.fixture
def prices(tmp_path: Path) -> TableFile:
    """Numbers to predict from three inputs."""
    path = tmp_path / "prices.csv"
    path.write_text("a,b,c,price\n1,2,3,0.5\n2,3,4,1.5\n3,1,2,2.25\n4,4,1,3.5\n")
    return TableFile(path=str(path))


def network(store: Store) -> None:
    made = Document(data=DataSettings(dataset=datasets.Circles()))
    for layer in (layers.Dense(4), layers.Tanh(), layers.Dense(1), layers.Sigmoid()):
        made = edits.append(made, layer)
    store.open(edits.set_training(made, loss=losses.BinaryCrossEntropy()))


def choose(store: Store, dataset: datasets.Dataset) -> None:
    store.edit("Choose", edits.choose_data(store.document, dataset, store.data_state))


@pytest.fixture
def store(qtbot: QtBot) -> Store:
    store = Store()
    network(store)
    return store


def until(qtbot: QtBot, fits: Callable[[], bool]) -> None:
    qtbot.waitUntil(fits, timeout=10_000)


def test_a_hint_holds_training_until_the_data_are_there(
    qtbot: QtBot, store: Store, disk: Disk, flowers: TableFile
) -> None:
    disk.hold("flowers.csv")
    changes: list[bool] = []
    choose(store, flowers)
    store.changed.connect(lambda: changes.append(store.analysis.ok))
    problem = store.analysis.problems["input"]
    assert (problem.sentence, problem.severity) == ("Reading flowers.csv…", Severity.HINT)
    assert store.analysis.hindrance == "Reading flowers.csv…"
    assert store.analysis.signature is None
    disk.release()
    until(qtbot, lambda: store.analysis.signature is not None)
    assert store.analysis.signature is not None
    assert (store.analysis.signature.classes, store.analysis.signature.input_shape) == (("x", "y", "z"), (2,))
    assert "input" not in store.analysis.problems
    assert len(changes) == 1
    assert disk.reads == ["flowers.csv"]


def test_small_files_and_data_made_from_settings_are_there_at_once(
    store: Store, flowers: TableFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first table of a process loads the library that reads it, and a busy machine takes its time for that.
    monkeypatch.setattr("nnstudio.loading.data_reader.PATIENCE", 10.0)
    for dataset in (datasets.Spirals(), datasets.Digits(), flowers):
        choose(store, dataset)
        assert store.analysis.signature == dataset.signature()


def test_the_loss_follows_when_the_data_are_there_and_stays_one_step(
    qtbot: QtBot, store: Store, disk: Disk, prices: TableFile
) -> None:
    disk.hold("prices.csv")
    before = store.document
    choose(store, prices)
    assert store.document.training.loss == losses.BinaryCrossEntropy()
    # Work goes on meanwhile.
    store.edit("Append", edits.append(store.document, layers.Dense(1)))
    disk.release()
    until(qtbot, lambda: store.analysis.signature is not None)
    assert store.document.training.loss == losses.MeanSquaredError()
    stack = store.undo_stack
    assert stack.count() == 2
    after = store.document
    stack.undo()
    assert store.document.training.loss == losses.MeanSquaredError()
    assert len(store.document.blocks) == 4
    stack.undo()
    assert store.document is before
    stack.redo()
    stack.redo()
    assert store.document is after


@pytest.mark.parametrize("patience", [0.0, _USUAL])
def test_undone_while_loading_and_redone_when_it_is_there(
    qtbot: QtBot, store: Store, disk: Disk, prices: TableFile, patience: float
) -> None:
    disk.hold("prices.csv")
    data_reader.PATIENCE = patience
    before = store.document
    choose(store, prices)
    store.undo_stack.undo()
    assert store.document is before
    assert store.analysis.ok
    store.undo_stack.redo()
    assert store.analysis.hindrance == "Reading prices.csv…"
    store.undo_stack.undo()
    disk.release()
    until(qtbot, lambda: isinstance(store.data_state(prices), Known))
    assert store.document is before
    store.undo_stack.redo()
    assert store.analysis.signature is not None
    assert store.document.training.loss == losses.MeanSquaredError()
    # Undoing cancelled the first reading; who asked for the data afterwards had them read again, once.
    assert disk.reads == ["prices.csv"] * 2


def test_a_saved_step_is_unsaved_once_the_loss_has_followed(
    qtbot: QtBot, store: Store, disk: Disk, prices: TableFile, flowers: TableFile
) -> None:
    disk.hold("prices.csv")
    choose(store, prices)
    store.undo_stack.setClean()
    disk.release()
    until(qtbot, lambda: store.analysis.signature is not None)
    assert not store.undo_stack.isClean()


def test_a_newer_choice_does_not_wait_for_an_older_one(
    qtbot: QtBot, store: Store, disk: Disk, flowers: TableFile, prices: TableFile
) -> None:
    disk.hold("flowers.csv")
    choose(store, flowers)
    choose(store, prices)
    assert store.analysis.signature is not None
    assert store.analysis.signature.target == "price"
    now = store.document
    disk.release()
    until(qtbot, lambda: isinstance(store.data_state(flowers), Known))
    assert store.document is now
    assert store.analysis.signature.target == "price"


def test_what_cannot_be_read_is_told(qtbot: QtBot, store: Store, disk: Disk, flowers: TableFile) -> None:
    disk.hold("flowers.csv")
    Path(flowers.path).write_text("a,b\n1\n")
    choose(store, flowers)
    disk.release()
    until(qtbot, lambda: store.analysis.problems["input"].severity is Severity.ERROR)
    assert "found 1 values, expected 2" in store.analysis.hindrance
    # It is read again when it changes, and not before.
    store.edit("Append", edits.append(store.document, layers.Dense(1)))
    qtbot.wait(50)
    assert disk.reads == ["flowers.csv"]
    Path(flowers.path).write_text("a,b\n1,2.5\n")
    store.edit("Append", edits.append(store.document, layers.Dense(1)))
    until(qtbot, lambda: store.analysis.signature is not None)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (MemoryError(), "there is not enough memory to read flowers.csv"),
        (KeyError("odd"), "flowers.csv cannot be read because of a fault in the program"),
    ],
)
def test_faults_of_an_importer_are_told_too(
    store: Store, disk: Disk, flowers: TableFile, fault: Exception, sentence: str
) -> None:
    told: list[log.Fault] = []
    stop = log.listen(told.append)
    disk.fault = fault
    choose(store, flowers)
    stop()
    assert sentence in store.analysis.hindrance
    assert len(told) == isinstance(fault, KeyError)


def test_a_file_that_changes_is_noticed_at_the_next_edit(qtbot: QtBot, store: Store, flowers: TableFile) -> None:
    choose(store, flowers)
    Path(flowers.path).write_text("a,b,kind\n1,2,x\n2,3,y\n")
    store.edit("Append", edits.append(store.document, layers.Dense(2)))
    until(qtbot, lambda: store.analysis.signature is not None and store.analysis.signature.samples == 2)
    Path(flowers.path).unlink()
    store.edit("Append", edits.append(store.document, layers.Dense(2)))
    until(qtbot, lambda: "does not exist" in store.analysis.hindrance)
    Path(flowers.path).write_text("a,b,kind\n1,2,x\n2,3,y\n3,4,y\n")
    store.edit("Append", edits.append(store.document, layers.Dense(2)))
    until(qtbot, lambda: store.analysis.signature is not None and store.analysis.signature.samples == 3)


def test_a_file_that_changes_while_it_is_read_is_read_again(
    qtbot: QtBot, store: Store, disk: Disk, flowers: TableFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.hold("flowers.csv")
    read = disk._read
    old = read(flowers)
    monkeypatch.setattr(disk, "_read", lambda dataset: old if len(disk.reads) == 1 else read(dataset))
    choose(store, flowers)
    Path(flowers.path).write_text("a,b,kind\n1,2,x\n2,3,y\n")
    store.edit("Append", edits.append(store.document, layers.Dense(2)))
    disk.release()
    until(qtbot, lambda: store.analysis.signature is not None and store.analysis.signature.samples == 2)
    assert disk.reads == ["flowers.csv", "flowers.csv"]


def test_no_edit_looks_at_the_files_in_the_window_s_thread(
    qtbot: QtBot, store: Store, flowers: TableFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(store, flowers)
    until(qtbot, lambda: isinstance(store.data_state(flowers), Known))
    threads: list[threading.Thread] = []
    stamps = TableFile.stamps
    monkeypatch.setattr(TableFile, "stamps", lambda self: (threads.append(threading.current_thread()), stamps(self))[1])
    for _ in range(3):
        store.edit("Append", edits.append(store.document, layers.Dense(2)))
    until(qtbot, lambda: bool(threads))
    assert threading.main_thread() not in threads


def test_while_a_setting_of_the_same_file_is_taken_over_the_shapes_stay(
    qtbot: QtBot, store: Store, disk: Disk, flowers: TableFile
) -> None:
    choose(store, flowers)
    shapes = {name: report.output for name, report in store.analysis.reports.items()}
    disk.hold("flowers.csv")
    choose(store, flowers.with_changes(standardize=False))
    assert store.analysis.problems["input"].sentence == "Reading flowers.csv…"
    assert {name: report.output for name, report in store.analysis.reports.items()} == shapes
    disk.release()
    until(qtbot, lambda: "input" not in store.analysis.problems)


def test_only_so_many_are_read_at_a_time_and_the_newest_first(qtbot: QtBot, disk: Disk, tmp_path: Path) -> None:
    reader = DataReader()
    names = [f"{number}.csv" for number in range(7)]
    made = {name: TableFile(path=str(tmp_path / name)) for name in names}
    for name in names:
        (tmp_path / name).write_text("a,b\n1,2\n")
        disk.hold(name)
        assert reader.state(made[name]) == Loading(name)
    assert sorted(disk.reads) == names[:4]
    disk.release("0.csv")
    until(qtbot, lambda: len(disk.reads) == 5)
    assert disk.reads[-1] == "6.csv"
    disk.release()
    until(qtbot, lambda: all(isinstance(reader.state(dataset), Known) for dataset in made.values()))
    assert sorted(disk.reads) == names


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    state = DataReader().state(TableFile(path=str(tmp_path / "none.csv")))
    assert isinstance(state, Refused)
    assert isinstance(state.error, DataError)


# In the panel


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> DataPanel:
    panel = DataPanel(store)
    shown(qtbot, panel, height=900)
    return panel


def test_opening_a_file_changes_nothing_before_it_is_read(
    qtbot: QtBot, store: Store, panel: DataPanel, disk: Disk, prices: TableFile
) -> None:
    disk.hold("prices.csv")
    before = store.document
    panel.take_path(prices.path)
    # Its bytes were looked at for the guess already.
    assert "Reading prices.csv" in visible_text(panel)
    assert store.document is before
    disk.release()
    until(qtbot, lambda: store.document is not before)
    dataset = store.document.data.dataset
    assert isinstance(dataset, TableFile)
    assert (dataset.target, dataset.task, dataset.header) == ("price", "regression", "yes")
    assert store.document.training.loss == losses.MeanSquaredError()
    assert "Reading" not in visible_text(panel)
    assert store.undo_stack.count() == 1
    # What was guessed took reading it once; the settings that name it ask for no more.
    assert disk.reads == ["prices.csv"]


def test_the_file_opened_last_counts(
    qtbot: QtBot, store: Store, panel: DataPanel, disk: Disk, flowers: TableFile, prices: TableFile
) -> None:
    disk.hold("flowers.csv", "prices.csv")
    panel.take_path(prices.path)
    panel.take_path(flowers.path)
    disk.release("flowers.csv")
    until(qtbot, lambda: store.undo_stack.count() == 1)
    disk.release("prices.csv")
    qtbot.wait(100)
    assert store.document.data.dataset.path == flowers.path  # type: ignore[attr-defined]
    assert store.undo_stack.count() == 1


@pytest.mark.parametrize("other", ["cancel", "tile", "another project"])
def test_who_has_gone_on_to_something_else_is_not_called_back(
    qtbot: QtBot, store: Store, panel: DataPanel, disk: Disk, prices: TableFile, other: str
) -> None:
    disk.hold("prices.csv")
    panel.take_path(prices.path)
    match other:
        case "cancel":
            button(panel, "readingCancel").click()
        case "tile":
            button(panel, "tile_Moons").click()
        case _:
            store.open(Document(data=DataSettings(dataset=datasets.Hills())))
    now = store.document
    assert "Reading" not in visible_text(panel)
    disk.release()
    qtbot.wait(100)
    assert store.document is now


def test_a_file_that_turns_out_to_be_none_leaves_all_as_it_was(
    qtbot: QtBot, store: Store, panel: DataPanel, disk: Disk, flowers: TableFile
) -> None:
    disk.hold("flowers.csv")
    Path(flowers.path).write_text("a,b\n1\n")
    panel.take_path(flowers.path)
    disk.release()
    error = panel.findChild(QLabel, "openDataError")
    assert error is not None
    until(qtbot, error.isVisible)
    assert "found 1 values, expected 2" in error.text()
    assert store.undo_stack.count() == 0


# In the window


def heartbeat(window: QWidget) -> Callable[[], float]:
    """Tells the longest time, in seconds, for which the window did nothing."""
    beats = [time.perf_counter()]
    timer = QTimer(window, interval=5)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    return lambda: max(later - earlier for earlier, later in pairwise(beats))


def test_the_window_lives_while_data_are_read_and_trains_when_they_are_there(
    qtbot: QtBot, window: MainWindow, disk: Disk, flowers: TableFile
) -> None:
    window.files.new()
    network(window.store)
    until(qtbot, lambda: window.session.snapshot.state is RunState.READY)
    disk.hold("flowers.csv")
    longest = heartbeat(window)
    choose(window.store, flowers)
    until(qtbot, lambda: window.session.snapshot.message == "Reading flowers.csv…")
    assert window.session.snapshot.state is RunState.EMPTY
    until(qtbot, lambda: not window.actions_["play"].isEnabled())
    made = window.store.document
    for layer in (layers.Dense(3), layers.Softmax()):
        made = edits.append(made, layer)
    made = edits.set_training(edits.remove(made, "dense_2", "sigmoid_1"), loss=losses.CategoricalCrossEntropy())
    window.store.edit("Finish", made)
    qtbot.wait(200)
    # The trainer hears all the while, so that saving waits for nothing.
    assert window.session.project().result(timeout=5).checkpoint.step == 0
    assert longest() < 1.0
    disk.release()
    until(qtbot, lambda: window.session.snapshot.state is RunState.READY)
    until(qtbot, window.actions_["play"].isEnabled)
    assert window.session.snapshot.data is not None
    assert len(window.session.snapshot.data.train) == 3
    assert disk.reads == ["flowers.csv"]


def test_a_file_that_changed_is_trained_on_from_the_next_edit_on(
    qtbot: QtBot, window: MainWindow, flowers: TableFile
) -> None:
    made = Document(data=DataSettings(dataset=flowers, validation=0.0))
    for layer in (layers.Dense(3), layers.Softmax()):
        made = edits.append(made, layer)
    window.store.open(edits.set_training(made, loss=losses.CategoricalCrossEntropy()))
    until(qtbot, lambda: window.session.snapshot.state is RunState.READY)
    window.session.step()
    until(qtbot, lambda: window.session.snapshot.step == 1)
    Path(flowers.path).write_text("a,b,kind\n1,2,x\n2,3,y\n3,1,z\n4,4,x\n5,5,z\n")
    window.store.edit("Rate", edits.set_training(window.store.document, batch_size=2))
    until(qtbot, lambda: window.session.snapshot.data is not None and len(window.session.snapshot.data.train) == 5)
    assert window.session.snapshot.step == 1
    assert [mark.text for mark in window.session.snapshot.marks][-1:] == ["Data files read again"]


def test_closing_while_data_are_read_waits_for_nothing(qtbot: QtBot, disk: Disk, flowers: TableFile) -> None:
    window = MainWindow()
    window.show()
    network(window.store)
    disk.hold("flowers.csv")
    choose(window.store, flowers)
    window.data_panel.take_path(flowers.path)
    begin = time.perf_counter()
    window.session.close()
    window.hide()
    assert time.perf_counter() - begin < 5
    window.deleteLater()
    qtbot.wait(20)
    disk.release()
    qtbot.wait(50)


def test_a_project_opens_while_its_data_are_read(
    qtbot: QtBot, window: MainWindow, disk: Disk, flowers: TableFile, tmp_path: Path
) -> None:
    made = edits.append(Document(data=DataSettings(dataset=flowers)), layers.Dense(3))
    made = edits.set_training(edits.append(made, layers.Softmax()), loss=losses.CategoricalCrossEntropy())
    file = tmp_path / "flowers.nnstudio"
    project_file.save(Project(made, Checkpoint({"dense_1.weight": np.full((2, 3), 2, np.float32)}, step=3)), file)
    disk.hold("flowers.csv")
    window.files.open(str(file))
    until(qtbot, lambda: window.session.snapshot.message == "Reading flowers.csv…")
    assert window.session.snapshot.step == 3
    # What was trained is in the file again, though nothing is known of the data yet.
    assert window.files.save()
    assert project_file.load(file).checkpoint.weights["dense_1.weight"][0, 0] == 2
    disk.release()
    until(qtbot, lambda: window.session.snapshot.state is RunState.PAUSED)
    assert window.session.collect().checkpoint.weights["dense_1.weight"][0, 0] == 2
    assert not window.store.undo_stack.count()
