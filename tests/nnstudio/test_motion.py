"""Animation switch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, QSettings

from nnstudio.canvas.items.block_item import GLIDE_MS
from nnstudio.canvas.scene import CanvasScene
from nnstudio.document import edits
from nnstudio.ui import motion as module
from nnstudio.ui.motion import Motion, motion
from tests.nnstudio.builders import digits_network, opened


@pytest.fixture(autouse=True)
def _as_before(qapp: object) -> Iterator[None]:
    yield
    motion().set_on(True)
    QSettings().remove("animations")


def test_off_means_at_once() -> None:
    store = opened(digits_network())
    scene = CanvasScene(store)
    item = scene.blocks["relu_1"]
    store.edit("move", edits.place(store.document, "relu_1", 300, 40))
    assert item.glides
    motion().set_on(False)
    store.edit("move", edits.place(store.document, "relu_1", 500, 40))
    assert not item.glides
    assert item.pos() == QPointF(500, 40)


def test_it_is_remembered_and_at_first_as_the_system_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    QSettings().remove("animations")
    monkeypatch.setattr(module, "_system_moves", lambda: False)
    assert not Motion().on
    motion().set_on(False)
    monkeypatch.setattr(module, "_system_moves", lambda: True)
    assert not Motion().on
    motion().set_on(True)
    assert Motion().on


def test_animations_are_short() -> None:
    assert GLIDE_MS < 200
