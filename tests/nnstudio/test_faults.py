"""Faults of the program: log, guard around Qt's calls, unsaved work."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QRect, QRectF, QSize
from PySide6.QtGui import QAccessible, QCloseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QGraphicsItem, QWidget
from pytestqt.qtbot import QtBot
from shibokensupport.signature import get_signature

from nnstudio.document import edits
from nnstudio.faults import guard, log
from nnstudio.faults.log import Fault
from nnstudio.faults.user_paths import state_folder
from nnstudio.project import project_file
from nnstudio.shell import autosave, unsaved_work
from nnstudio.shell.fault_messages import FaultMessage
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.ui.controls import ComboBox, NumberBox, Slider


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Fault]]:
    """The faults that are told, with none met before."""
    monkeypatch.setattr(log, "_times", {})
    told: list[Fault] = []
    stop = log.listen(told.append)
    yield told
    stop()


@pytest.fixture
def log_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A log of the test's own."""
    root = logging.getLogger()
    before = list(root.handlers)
    monkeypatch.setattr(log, "_log_path", None)
    log.keep_log(tmp_path / "state")
    yield tmp_path / "state" / "nnstudio.log"
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    logging.captureWarnings(False)


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    made = MainWindow()
    made.show()
    made.files.open_template("xor")
    qtbot.waitUntil(lambda: made.session.snapshot.state is RunState.READY, timeout=10_000)
    yield made
    made.rescue.close()
    made.session.close()
    made.hide()
    made.deleteLater()


def fail(number: int = 0) -> None:
    raise ZeroDivisionError(f"number {number}")


def report(number: int = 0) -> None:
    try:
        fail(number)
    except ZeroDivisionError as error:
        log.report(error)


def test_what_repeats_is_told_once_and_logged_seldom(
    met: list[Fault], log_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(250):
        report(number)
    assert [fault.sentence for fault in met] == ["ZeroDivisionError: number 0"]
    assert "line" in met[0].place
    text = log_file.read_text()
    assert text.count("Traceback") == 1
    assert text.count("met 10 times") == text.count("met 100 times") == 1
    assert len(text.splitlines()) < 15
    printed = capsys.readouterr().err
    assert printed.startswith("nnstudio: a fault in the program: ZeroDivisionError: number 0")
    assert len(printed.splitlines()) == 1
    assert str(log_file) in printed


def test_a_place_is_named_as_in_the_source(met: list[Fault]) -> None:
    try:
        edits.set_field(None, "dense_1", "units", 3)  # type: ignore[arg-type]
    except AttributeError as error:
        log.report(error)
    assert met[0].place.startswith("nnstudio/document/edits.py, line ")


def test_a_log_that_cannot_be_written_makes_no_second_fault(
    met: list[Fault], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    monkeypatch.setattr(log, "_log_path", None)
    (tmp_path / "file").write_text("")
    log.keep_log(tmp_path / "file" / "folder")
    assert log.log_path() is None
    log.keep_log(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    report()
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
    logging.captureWarnings(False)
    assert len(met) == 1
    assert log.log_path() is None
    assert "Traceback" not in capsys.readouterr().err


def test_a_crash_of_the_process_leaves_a_trace_in_the_log_and_none_on_the_terminal(tmp_path: Path) -> None:
    crash = "import faulthandler, pathlib, sys; from nnstudio.faults import log; "
    crash += "log.keep_crashes(pathlib.Path(sys.argv[1])); faulthandler._sigabrt()"
    done = subprocess.run([sys.executable, "-c", crash, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert done.stderr == ""
    assert "Current thread" in (tmp_path / "crashes.log").read_text()


def test_faults_in_threads_and_slots_come_to_the_same_place(met: list[Fault], monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    guard.catch_the_rest()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert len(met) == 1
    try:
        int("no number")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert [fault.sentence.partition(":")[0] for fault in met] == ["ZeroDivisionError", "ValueError"]

    class Gone:
        def __del__(self) -> None:
            raise KeyError("nobody waits for this")

    Gone()
    assert len(met) == 2, "what interrupted nothing is only logged"


class _Item(QGraphicsItem):
    def boundingRect(self) -> QRectF:
        fail()
        return QRectF()

    def paint(self, *_: object) -> None:
        fail()

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        fail()
        return value


class _Widget(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.save()
        fail()

    def sizeHint(self) -> QSize:
        fail()
        return QSize()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            fail()
        return super().event(event)


class _Window(QWidget):
    def closeEvent(self, event: QCloseEvent) -> None:
        fail()


# For good: PySide remembers the methods of an object without holding them.
for _kind in (_Item, _Widget, _Window):
    for _name, _method in guard.overrides(_kind):
        setattr(_kind, _name, guard._wrapped(_name, _method))


class _Unguarded(QGraphicsItem):
    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        fail()
        return value


def test_without_the_guard_a_fault_comes_up_in_whoever_calls_qt(qapp: QApplication) -> None:
    item = _Unguarded()
    item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges, False)
    with pytest.raises(ZeroDivisionError):
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges)


def test_nothing_leaves_what_is_guarded(qtbot: QtBot, qtlog: typing.Any, met: list[Fault]) -> None:
    item = _Item()
    item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges)
    item.setPos(3, 4)
    assert item.pos().toTuple() == (3, 4)
    assert item.boundingRect().isEmpty()
    widget = _Widget()
    qtbot.addWidget(widget)
    assert not widget.sizeHint().isValid()
    widget.resize(30, 20)
    widget.show()
    for _ in range(3):
        widget.repaint()
    assert not QApplication.sendEvent(widget, QEvent(QEvent.Type.User))
    assert len(met) == 1, "all of it is one place, in this file"
    assert not [record.message for record in qtlog.records if "endPaint" in record.message]


def test_a_window_whose_question_failed_stays_until_it_is_closed_again(qtbot: QtBot, met: list[Fault]) -> None:
    widget = _Window()
    qtbot.addWidget(widget)
    widget.show()
    assert not widget.close()
    assert widget.close()


def test_every_answer_is_of_the_kind_that_qt_expects(qapp: QApplication) -> None:
    seen = set()
    for kind in guard._kinds():
        for name, _ in guard.overrides(kind):
            wanted = _answer_of(kind, name)
            # A pointer may lead nowhere.
            if name != "itemChange" and wanted in _VALUES:
                seen.add(name)
                given = guard.ANSWERS.get(name, type(None))()
                assert isinstance(given, wanted), f"{kind.__name__}.{name} answers {given!r}, not a {wanted}"
    assert seen == guard.ANSWERS.keys() - _POINTERS


# What Qt's methods answer that is a value, so that there must be one.
_VALUES = (bool, int, str, list, QRect, QRectF, QSize, QPainterPath, QAccessible.Role, QAccessible.State)
_VALUES += (QAbstractSpinBox.StepEnabledFlag,)  # type: ignore[assignment]
_POINTERS = {"mimeData"}


def _answer_of(kind: type, name: str) -> type | None:
    """What Qt's method gives back."""
    for base in kind.__mro__:
        if base.__module__.startswith("PySide6.") and name in vars(base):
            found = get_signature(vars(base)[name])
            wanted = (found[0] if isinstance(found, list) else found).return_annotation
            return typing.get_origin(wanted) or wanted  # type: ignore[no-any-return]
    return None


def test_what_is_mixed_in_is_guarded_too() -> None:
    for kind in (NumberBox, ComboBox, Slider):
        assert "wheelEvent" in dict(guard.overrides(kind))


def test_the_message_is_one_and_says_where_the_work_lies(
    window: MainWindow, qtbot: QtBot, met: list[Fault], log_file: Path
) -> None:
    FaultMessage(window.files, window.rescue, window)
    window.store.edit("Disable", edits.set_disabled(window.store.document, True, "dense_1"))
    report()
    qtbot.waitUntil(lambda: window.rescue.path is not None)
    boxes = [box for box in window.findChildren(QWidget, "faultMessage") if box.isVisible()]
    assert len(boxes) == 1
    box = boxes[0]
    assert "number 0" in box.informativeText()  # type: ignore[attr-defined]
    assert str(window.rescue.path) in box.informativeText()  # type: ignore[attr-defined]
    assert str(log_file) in box.informativeText()  # type: ignore[attr-defined]
    assert not box.isModal()
    assert project_file.load(window.rescue.path).document == window.store.document  # type: ignore[arg-type]
    report()
    try:
        int("another fault while the message stands")
    except ValueError as error:
        log.report(error)
    qtbot.wait(50)
    assert len([box for box in window.findChildren(QWidget, "faultMessage") if box.isVisible()]) == 1
    box.close()


def test_what_was_trained_is_in_the_copy_and_a_saved_project_needs_none(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.step_epoch()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 1)
    with qtbot.waitSignal(window.rescue.kept) as kept:
        window.rescue.keep()
    assert kept.args == [""]
    copy = window.rescue.path
    assert copy is not None
    assert copy.is_relative_to(state_folder())
    assert project_file.load(copy).checkpoint.epoch == 1
    assert copy not in [left.copy for left in unsaved_work.left_behind()], "its window is there"
    window.files.path = tmp_path / "mine.nnstudio"
    assert window.files.save()
    assert not copy.exists()
    assert window.rescue.path is None


def test_copies_are_made_by_themselves_only_where_something_is_unsaved_and_new(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    window.rescue.kept.connect(kept.append)
    window.rescue._pause = 0
    window.rescue._keep_in_time()
    assert window.rescue._writer is None
    window.store.edit("Disable", edits.set_disabled(window.store.document, True, "dense_1"))
    window.rescue._keep_in_time()
    qtbot.waitUntil(lambda: kept == [""])
    window.rescue._pause = 0
    window.rescue._keep_in_time()
    assert window.rescue._writer is None


def test_a_copy_that_was_left_behind_opens_as_unsaved(window: MainWindow, qtbot: QtBot) -> None:
    left = state_folder() / "unsaved" / "1-of-a-window-that-is-gone" / "Mine.nnstudio"
    left.parent.mkdir(parents=True)
    document = edits.set_disabled(window.store.document, True, "dense_1")
    project_file.save(project_file.Project(document), left)
    found = unsaved_work.left_behind()
    assert [work.copy for work in found] == [left]
    assert window.files.recover(found[0])
    window.rescue.adopt(found[0])
    assert window.store.document == document
    assert window.files.dirty
    assert window.files.path is None
    assert window.files.title == "Mine"
    assert unsaved_work.left_behind() == []
    assert window.rescue.path is not None
    assert window.rescue.path.exists()


def test_a_copy_that_cannot_be_written_says_so(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(autosave, "replace_file", full)
    with qtbot.waitSignal(window.rescue.kept) as kept:
        window.rescue.keep()
    assert kept.args == ["No space left on device"]
    assert window.rescue.path is None


@pytest.mark.parametrize("title", ["a/b", "..", "", "x" * 300, "con:fig*?", "\x00\n"])
def test_every_title_makes_a_name_of_a_file(title: str, tmp_path: Path) -> None:
    name = unsaved_work._file_name(title)
    (tmp_path / f"{name}{project_file.SUFFIX}").write_text("")
    assert Path(name).name == name
