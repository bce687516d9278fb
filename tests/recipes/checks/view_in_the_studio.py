"""View from the recipe, in the studio. Run in a copy of the repository."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget
from pytestqt.qtbot import QtBot

from nnstudio.shell.docks import in_sight
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.views import VIEWS, View


def numbers(view: View) -> str:
    table = view.table()
    assert table is not None
    return table.text(",")


def test_its_dock_is_offered_and_draws_while_training_runs(window: MainWindow, qtbot: QtBot) -> None:
    name = "weightSizeView"
    assert name in VIEWS
    window.resize(1280, 800)
    window.files.open_template("moons")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    dock = window.findChild(QDockWidget, name)
    assert dock is not None
    assert (dock.windowTitle(), dock.accessibleName()) == ("Weight sizes", "Weight sizes")
    assert any(action.text().replace("&", "") == "Weight sizes" for action in window.findChildren(QAction))
    view = window.views[name]
    dock.raise_()
    qtbot.waitUntil(lambda: in_sight(view))
    play = window.findChild(QAction, "playAction")
    assert play is not None
    qtbot.waitUntil(play.isEnabled, timeout=10_000)
    qtbot.waitUntil(lambda: view.table() is not None, timeout=10_000)
    before = numbers(view)
    play.trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.step > 20, timeout=20_000)
    qtbot.waitUntil(lambda: numbers(view) != before, timeout=10_000)
    measured = [line.split(",")[0] for line in numbers(view).splitlines()[1:]]
    assert measured == [name for name in window.store.document.chain() if name.startswith("dense")]
