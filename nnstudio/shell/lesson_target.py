"""Targets of lessons: where in the window the thing is that a step points at."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QTabBar, QWidget

from nnstudio.shell.docks import in_sight
from nnstudio.shell.studio import Studio

Place = tuple[QWidget, QRect]


def place_of(studio: Studio, point: str) -> Place | None:
    """Window and rectangle of a target that can be seen; None if it cannot."""
    kind, _, name = point.rpartition(" ")
    if kind == "block":
        return _of_block(studio, name)
    dock = studio.docks.all.get(name) if kind == "dock" else None
    if dock is not None:
        return _of_widget(dock) if in_sight(dock) else _of_tab(dock)
    found = _widget(studio, name)
    return None if found is None or not in_sight(found) else _of_widget(found)


def bring_into_sight(studio: Studio, point: str) -> None:
    """Open and raise the dock of a target, and scroll to it."""
    kind, _, name = point.rpartition(" ")
    if kind == "block":
        if name in studio.canvas.canvas.blocks:
            studio.canvas.bring_into_sight(name)
        return
    target: QWidget | None = studio.docks.all.get(name) if kind == "dock" else _widget(studio, name)
    scroll: QScrollArea | None = None
    above = target
    while above is not None and above is not studio:
        if isinstance(above, QScrollArea) and above is not target:
            scroll = scroll or above
        if isinstance(above, QDockWidget) and above.objectName() in studio.docks.all:
            if above.objectName() not in studio.docks.unsuited:
                above.show()
                above.raise_()
            break
        above = above.parentWidget()
    if scroll is not None and target is not None:
        scroll.ensureWidgetVisible(target)


def _widget(studio: Studio, name: str) -> QWidget | None:
    """Widget of this name, rather one in sight: a field of a form may be there several times."""
    found = studio.findChildren(QWidget, name)
    if not found:
        # It may belong to a view that nobody has looked at so far.
        for view in studio.views.values():
            found += view.findChildren(QWidget, name)
    return next((each for each in found if in_sight(each)), found[0] if found else None)


def _of_widget(widget: QWidget) -> Place:
    window = widget.window()
    return window, QRect(widget.mapTo(window, QPoint()), widget.size()).intersected(window.rect())


def _of_tab(dock: QDockWidget) -> Place | None:
    """Its tab, where the dock stands behind another one."""
    desk = dock.parentWidget()
    if not isinstance(desk, QMainWindow) or dock.isHidden():
        return None
    for bar in desk.findChildren(QTabBar):
        for index in range(bar.count()):
            if bar.tabText(index) == dock.windowTitle() and in_sight(bar):
                window = bar.window()
                rect = bar.tabRect(index)
                return window, QRect(bar.mapTo(window, rect.topLeft()), rect.size())
    return None


def _of_block(studio: Studio, name: str) -> Place | None:
    view = studio.canvas
    item = view.canvas.blocks.get(name)
    port = view.viewport()
    if item is None or not in_sight(port):
        return None
    rect = view.mapFromScene(item.sceneBoundingRect()).boundingRect().intersected(port.rect())
    window = port.window()
    return (window, QRect(port.mapTo(window, rect.topLeft()), rect.size())) if not rect.isEmpty() else None
