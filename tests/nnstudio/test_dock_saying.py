"""Saying of a view, beside the title of its dock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.shell.dock_saying import DockSaying
from nnstudio.ui.labels import PlainLabel
from nnstudio.views import VIEWS


def test_every_view_says_what_it_shows() -> None:
    # The probe's panel has a sentence of its own.
    silent = {name for name, kind in VIEWS.items() if not kind.saying}
    assert silent == {"probeView"}
    assert all(len(kind.saying) <= 60 for kind in VIEWS.values())


@pytest.mark.parametrize(("width", "seen"), [(500, True), (160, False)])
def test_it_stands_beside_the_title_where_it_fits_as_a_whole(qtbot: QtBot, width: int, seen: bool) -> None:
    window, dock = QMainWindow(), QDockWidget("Weights")
    qtbot.addWidget(window)
    dock.setWidget(QWidget())
    window.setCentralWidget(dock)
    saying = DockSaying("the weights of a block", dock)
    window.resize(width, 300)
    window.show()
    QApplication.processEvents()
    assert saying.isVisible() == seen
    assert dock.accessibleDescription() == "the weights of a block"
    if seen:
        bold = QFont(dock.font())
        bold.setWeight(QFont.Weight.DemiBold)
        assert saying.x() > QFontMetrics(bold).horizontalAdvance("Weights")
        assert saying.geometry().right() <= width - 50
        assert saying.geometry().bottom() < dock.widget().y()
        dock.setWindowTitle("A title that leaves no room, because it is as long as the dock is wide, or even longer")
        assert not saying.isVisible()


@pytest.mark.parametrize(("width", "text"), [(500, "in the past: step 1,240"), (170, "past"), (90, None)])
def test_it_says_unmistakably_that_its_view_shows_the_past(qtbot: QtBot, width: int, text: str | None) -> None:
    window, dock = QMainWindow(), QDockWidget("Weights")
    qtbot.addWidget(window)
    dock.setWidget(QWidget())
    window.setCentralWidget(dock)
    saying = DockSaying("the weights of a block", dock)
    window.resize(width, 300)
    window.show()
    saying.show_step(1240)
    QApplication.processEvents()
    assert (saying.text() if saying.isVisible() else None) == text
    assert saying.findChild(PlainLabel).property("role") == "past"
    # Who hears the window instead of seeing it has it as a whole.
    assert dock.accessibleDescription() == "in the past: step 1,240"
    saying.show_step(None)
    assert saying.text() == "the weights of a block"
    assert saying.findChild(PlainLabel).property("role") == "muted"
    assert dock.accessibleDescription() == "the weights of a block"


def test_behind_another_dock_it_waits_until_it_is_seen(qtbot: QtBot) -> None:
    """Else a window full of tabs would measure twenty texts for each moment of a film."""
    window = QMainWindow()
    qtbot.addWidget(window)
    docks = [QDockWidget(title) for title in ("Weights", "Curves")]
    sayings = []
    for dock in docks:
        dock.setWidget(QWidget())
        window.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, dock)
        sayings.append(DockSaying("what it shows", dock))
    window.tabifyDockWidget(*docks)
    window.resize(500, 300)
    window.show()
    docks[0].raise_()
    QApplication.processEvents()
    for saying in sayings:
        saying.show_step(7)
    QApplication.processEvents()
    assert [saying.text() for saying in sayings] == ["in the past: step 7", "what it shows"]
    docks[1].raise_()
    QApplication.processEvents()
    assert sayings[1].text() == "in the past: step 7"
    assert sayings[1].isVisible()
