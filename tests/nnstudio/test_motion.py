"""The switch for animations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, QSettings

from nnstudio import motion as module
from nnstudio.canvas.items import GLIDE_MS, BlockItem, Face
from nnstudio.motion import Motion, motion


@pytest.fixture(autouse=True)
def _as_before(qapp: object) -> Iterator[None]:
    yield
    motion().set_on(True)
    QSettings().remove("animations")


def test_off_means_at_once() -> None:
    item = BlockItem("dense_1", Face("Dense", "dense_1", "", "", "dense", "Core"))
    item.glide_to(QPointF(100, 0))
    assert item.glides
    item.settle()
    motion().set_on(False)
    item.glide_to(QPointF(300, 0))
    assert item.pos() == QPointF(300, 0)


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
