"""Visibility of views: in front, behind another tab, or covered by an opaque child of their own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.shell.docks import in_sight
from nnstudio.views.plotting import ThemedPlot, column


def test_a_view_that_is_one_plot_is_in_sight_while_its_tab_is_in_front(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    views, docks = [], []
    for name in ("one", "other"):
        view, dock = QWidget(), QDockWidget(name)
        column(view, ThemedPlot(name))
        dock.setWidget(view)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        views.append(view)
        docks.append(dock)
    window.tabifyDockWidget(*docks)
    assert not any(map(in_sight, views))
    window.resize(400, 300)
    window.show()
    for front in (0, 1, 0):
        docks[front].raise_()
        qtbot.waitUntil(lambda front=front: [in_sight(view) for view in views] == [front == 0, front == 1])  # type: ignore[misc]
    docks[0].hide()
    assert not in_sight(views[0])
