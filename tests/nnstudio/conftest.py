"""Fixtures shared by tests of the studio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.app import make_application
from nnstudio.faults import log
from nnstudio.loading import data_reader
from nnstudio.panels import reading_box
from nnstudio.shell import file_reading
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.commands import Quit
from nnstudio.training.session import Session
from nnstudio.views.data import base as data_views
from tests.nnstudio.shared_choices import shared_choices_kept
from tests.nnstudio.worker_support import Line


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Leave to pytest-qt only widgets that still are: it closes all, but a closed dialog may have deleted itself.

    Which of them Python still remembers then is up to its collector.
    """
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    kept = getattr(item, "qt_widgets", [])
    kept[:] = [one for one in kept if (widget := one[0]()) is None or shiboken6.isValid(widget)]
    return (yield)


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application as it is for its users: fonts, style and style sheet decide what fits where."""
    return make_application()


@pytest.fixture(autouse=True)
def _no_widgets_are_left() -> Iterator[None]:
    """Widgets that a test gave up go before the next one begins.

    `deleteLater` waits for an event loop, which most tests never enter. Else every change of the theme would dress all
    widgets of all earlier tests anew, and take longer and longer.
    """
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def _small_files_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread among many processes gets its turn later than on a quiet machine."""
    waiting = (
        (data_reader, "PATIENCE"),
        (reading_box, "PATIENCE"),
        (data_views, "_PATIENCE"),
        (file_reading, "_PATIENCE"),
    )
    for module, name in waiting:
        monkeypatch.setattr(module, name, 0.5)


@pytest.fixture(autouse=True, scope="session")
def _settings_of_the_tests_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings in a file of the tests, on every system: Windows would keep them in the registry, beside one's own."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture(autouse=True)
def _settings_are_fresh() -> None:
    """Recent files, docks and choices of earlier tests are those of another user."""
    if QCoreApplication.instance() is not None:
        QSettings().clear()


@pytest.fixture(autouse=True)
def _theme_and_motion_are_as_before() -> Iterator[None]:
    """What the whole program shares is given back: which files run in one process, and in which order, is chance."""
    with shared_choices_kept():
        yield


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """pytest-qt's, whose `waitUntil` also waits until the window has drawn what is there.

    A session has its newest snapshot up to a frame before buttons, legends and the status bar show it.
    """
    sessions: WeakSet[Session] = WeakSet()
    begin, wait = Session.__init__, qtbot.waitUntil

    def remembered(session: Session, *arguments: Any, **named: Any) -> None:
        sessions.add(session)
        begin(session, *arguments, **named)

    def all_drawn() -> bool:
        return not any(shiboken6.isValid(each) and each.drawing_is_due for each in sessions)

    def wait_until_drawn(*arguments: Any, **named: Any) -> None:
        wait(*arguments, **named)
        wait(all_drawn)

    monkeypatch.setattr(Session, "__init__", remembered)
    monkeypatch.setattr(qtbot, "waitUntil", wait_until_drawn)
    return qtbot


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """The studio's window, on screen."""
    made = MainWindow()
    made.show()
    yield made
    made.session.close()
    made.hide()
    made.deleteLater()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.worker.post(Quit())
    made.worker.join(timeout=10)
    assert not made.worker.is_alive()


@pytest.fixture
def faults() -> Iterator[list[object]]:
    """Faults of the program that are reported while the test runs."""
    found: list[object] = []
    stop = log.listen(found.append)
    yield found
    stop()
