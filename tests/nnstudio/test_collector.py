"""Garbage collection when idle, never in the middle of an edit."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.document import edits
from nnstudio.shell.idle_gc import Collector
from nnstudio.store import Store


class Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def by_hand() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_what_an_edit_leaves_behind_is_collected_when_the_user_rests(by_hand: None, qtbot: QtBot) -> None:
    store = Store()
    collector = Collector(store)
    left = weakref.ref(Circle())
    store.edit("Append", edits.append(store.document, layers.Tanh()))
    assert left() is not None
    qtbot.waitUntil(lambda: left() is None, timeout=3000)
    collector.deleteLater()
