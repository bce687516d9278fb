"""Garbage collection when idle, and never off the GUI thread."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.document import edits
from nnstudio.shell.idle_gc import Collector
from nnstudio.store import Store


class Circle:
    def __init__(self) -> None:
        self.itself = self


class QtCircle(QObject):
    """Object of Qt that only the collector can find, and that tells the thread in which it dies."""

    def __init__(self, died: list[int]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: died.append(threading.get_ident()))


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[Collector]:
    made = Collector(Store())
    yield made
    made.deleteLater()


def test_what_an_edit_leaves_behind_is_collected_when_the_user_rests(qtbot: QtBot) -> None:
    store = Store()
    collector = Collector(store)
    left = weakref.ref(Circle())
    store.edit("Append", edits.append(store.document, layers.Tanh()))
    assert left() is not None
    qtbot.waitUntil(lambda: left() is None, timeout=3000)
    collector.deleteLater()


def allocate() -> None:
    """Makes more circles than Python would bear."""
    for _ in range(100_000):
        Circle()


def test_no_other_thread_deletes_what_belongs_to_qt(collector: Collector, qtbot: QtBot) -> None:
    """Python would collect in the thread that makes one object too many; both threads could wait for ever then."""
    assert not gc.isenabled()
    gc.collect(1)
    died: list[int] = []
    QtCircle(died)
    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join(60)
    assert died == []
    qtbot.waitUntil(lambda: died != [], timeout=10_000)
    assert died == [threading.get_ident()]


def test_what_other_threads_leave_behind_goes_while_nobody_edits(collector: Collector, qtbot: QtBot) -> None:
    gc.collect(1)
    left = weakref.ref(Circle())
    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join(60)
    qtbot.waitUntil(lambda: left() is None, timeout=10_000)
    assert gc.get_count()[0] < 20_000
