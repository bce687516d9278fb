"""Layer from the recipe, in the studio. Run in a copy of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QListWidget
from pytestqt.qtbot import QtBot

from engine import Network, gradcheck, layers
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.panels.inspector import Inspector
from nnstudio.project import project_file
from nnstudio.shell.main_window import MainWindow

# Its settings are known only where the recipe was followed.
KIND: Any = layers.REGISTRY["Maxout"]


def press(window: MainWindow, qtbot: QtBot, name: str) -> None:
    """Triggers an action of the window as soon as it is enabled."""
    action = window.findChild(QAction, f"{name}Action")
    assert action is not None
    qtbot.waitUntil(action.isEnabled, timeout=10_000)
    action.trigger()


def test_it_is_dragged_in_set_trained_undone_saved_and_opened(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    palette = window.findChild(QListWidget, "palette")
    assert palette is not None
    (item,) = [palette.item(row) for row in range(palette.count()) if palette.item(row).text() == KIND.title]
    window.files.open_template("xor")
    qtbot.waitUntil(lambda: window.session.snapshot.generation >= 0 and window.store.analysis.ok, timeout=10_000)
    start = window.store.document
    palette.itemActivated.emit(item)
    assert window.store.document.block("maxout_1").layer == KIND()
    shown = [each for each in window.canvas.scene().items() if isinstance(each, BlockItem)]
    assert "maxout_1" in [each.objectName() for each in shown]

    window.store.select("maxout_1")
    inspector = window.findChild(Inspector)
    assert inspector is not None
    form = inspector.form
    assert form is not None
    assert {"units", "pieces", "weight_init"} <= set(form.rows)
    form.changed.emit("pieces", 3)
    form.changed.emit("units", 1)
    assert window.store.document.block("maxout_1").layer == KIND(units=1, pieces=3)
    assert not window.store.analysis.problems

    before = window.session.snapshot.step
    press(window, qtbot, "play")
    qtbot.waitUntil(lambda: window.session.snapshot.step > before + 20, timeout=20_000)
    press(window, qtbot, "pause")
    path = tmp_path / "maxout.nnstudio"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    press(window, qtbot, "saveAs")
    opened = project_file.load(path)
    assert opened.document == window.store.document
    weights = opened.checkpoint.weights
    assert weights is not None
    assert weights["maxout_1.weight"].shape == (1, 3)

    while window.store.undo_stack.canUndo():
        window.store.undo_stack.undo()
    assert window.store.document == start


def test_the_engine_knows_it(tmp_path: Path) -> None:
    network = Network([KIND(units=5, pieces=3), layers.Dense(units=1)], (2,), seed=0)
    assert "Maxout" in network.summary()
    x = np.random.default_rng(1).standard_normal((6, 2))
    assert gradcheck.check(network, x, np.ones((6, 1))).worst < 1e-6
    network.save(tmp_path / "net.safetensors")
    loaded = Network.load(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(loaded.predict(x), network.predict(x))
