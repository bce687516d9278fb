"""Arrangements of the window: open docks, their places, and what is remembered of each."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, QSettings, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QMenu, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.shell.arrangements import ARRANGEMENTS
from nnstudio.shell.dock_places import DockPlace, first_state
from nnstudio.shell.docks import in_sight
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.views.base import Area, Layout

# The docks of the versions that knew one arrangement only, and the number under which the last of these saved them.
OLD: tuple[tuple[str, Area, str, int], ...] = (
    ("paletteDock", "left", "layers", 10),
    ("inspector", "right", "settings", 10),
    ("lossView", "bottom", "training", 10),
    ("dataPanel", "right", "settings", 20),
    ("metricView", "bottom", "training", 20),
    ("trainingPanel", "right", "settings", 30),
    ("confusionView", "bottom", "training", 30),
    ("historyView", "right", "settings", 40),
    ("boundaryView", "bottom", "network", 50),
    ("kernelView", "bottom", "network", 60),
    ("problemsView", "bottom", "training", 90),
)
OLD_NAMES = {place[0] for place in OLD}
OPEN: dict[Layout, set[str]] = {
    "build": OLD_NAMES,
    "watch": {"lossView", "metricView", "confusionView", "boundaryView", "kernelView"},
    "understand": {"inspector", "dataPanel", "trainingPanel", "boundaryView", "kernelView"},
}


def open_template(window: MainWindow, qtbot: QtBot, name: str = "xor") -> None:
    window.files.open_template(name)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)


def arrange(window: MainWindow, name: Layout) -> None:
    action = window.findChild(QAction, f"{name}LayoutAction")
    assert action is not None
    action.trigger()
    QApplication.processEvents()
    assert action.isChecked()


def shown(window: MainWindow) -> set[str]:
    return {name for name, dock in window.docks.all.items() if not dock.isHidden()}


def again(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window of the next session."""
    window.close()
    made = MainWindow()
    qtbot.addWidget(made)
    made.show()
    open_template(made, qtbot)
    return made


def old_state(version: int, *closed: str) -> QByteArray:
    """What an older version has saved, with some docks closed."""
    places = [DockPlace(*place) for place in OLD]
    size = QSize(1280, 700)
    desk = QMainWindow()
    desk.resize(size)
    desk.setCentralWidget(QWidget())
    docks = {name: QDockWidget(desk) for name in OLD_NAMES}
    for name, dock in docks.items():
        dock.setObjectName(name)
    assert desk.restoreState(first_state(places, ARRANGEMENTS["build"], size), 5)
    for name in closed:
        docks[name].hide()
    return desk.saveState(version)


def test_a_new_user_finds_the_docks_that_build(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot)
    assert window.docks.arrangement == "build"
    assert shown(window) == OLD_NAMES


@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_each_arrangement_opens_what_declares_it(window: MainWindow, qtbot: QtBot, name: Layout) -> None:
    window.resize(1280, 800)
    open_template(window, qtbot)
    arrange(window, name)
    signature = window.store.analysis.signature
    assert signature is not None
    declared = {view for view, kind in window.views.kinds.items() if name in kind.layouts and kind.suits(signature)}
    assert OPEN[name] | declared == shown(window)
    assert OPEN[name] & set(window.views) <= declared
    assert window.canvas.isVisible()
    assert window.canvas.width() >= 300
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
    titles = [bar.tabText(index) for bar in bars for index in range(bar.count())]
    assert sorted(titles) == sorted(set(titles))


def test_what_is_out_of_sight_asks_for_nothing(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_template(window, qtbot)
    asked: list[str] = []
    for key, view in window.views.items():
        monkeypatch.setattr(view, "requests", lambda key=key: asked.append(key) or frozenset())
    for name in ARRANGEMENTS:
        arrange(window, name)
        asked.clear()
        window.session.requests()
        assert set(asked) == {key for key, view in window.views.present.items() if in_sight(view)}
        assert all(not window.docks.all[key].isHidden() for key in asked)


def test_watching_shows_the_curves_side_by_side_and_large(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    open_template(window, qtbot)
    before = window.views["lossView"].size()
    arrange(window, "watch")
    views = [window.views[name] for name in ("lossView", "metricView", "confusionView", "boundaryView")]
    qtbot.waitUntil(lambda: all(map(in_sight, views)))
    assert all(view.width() > before.width() and view.height() > before.height() for view in views)


def test_a_person_s_changes_stay_with_their_arrangement(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot)
    window.docks.all["kernelView"].hide()
    arrange(window, "watch")
    first = shown(window)
    assert first >= OPEN["watch"]
    window.docks.all["metricView"].hide()
    window.docks.all["historyView"].show()
    arrange(window, "build")
    assert shown(window) == OLD_NAMES - {"kernelView"}
    arrange(window, "watch")
    assert shown(window) == first - {"metricView"} | {"historyView"}
    later = again(window, qtbot)
    assert later.docks.arrangement == "watch"
    assert later.findChild(QAction, "watchLayoutAction").isChecked()  # type: ignore[union-attr]
    assert shown(later) == first - {"metricView"} | {"historyView"}
    # The first places of this arrangement only.
    later.findChild(QAction, "resetLayoutAction").trigger()  # type: ignore[union-attr]
    assert shown(later) == first
    arrange(later, "build")
    assert shown(later) == OLD_NAMES - {"kernelView"}
    later.session.close()


def test_what_does_not_suit_the_data_is_open_again_for_others(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot, "regression-hills")
    for name in ("watch", "build"):
        arrange(window, name)
        assert "confusionView" not in shown(window)
    open_template(window, qtbot, "moons")
    for name in ("build", "watch"):
        arrange(window, name)
        assert "confusionView" in shown(window), name
    later = again(window, qtbot)
    assert "confusionView" in shown(later)
    later.session.close()


@pytest.mark.parametrize("version", [4, 1984721570])
def test_an_old_layout_becomes_that_of_building(qtbot: QtBot, version: int) -> None:
    QSettings().setValue("docks", old_state(version, "kernelView", "historyView"))
    QSettings().setValue("docksVersion", version)
    QSettings().setValue("docksSized", "true")
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    open_template(window, qtbot)
    assert shown(window) == OLD_NAMES - {"kernelView", "historyView"}
    # Docks that there were not are closed, and stand in their places once they are opened.
    for name in window.docks.all.keys() - OLD_NAMES - window.docks.unsuited.keys():
        window.docks.all[name].toggleViewAction().trigger()
        qtbot.waitUntil(lambda name=name: in_sight(window.docks.all[name]))  # type: ignore[misc]
        assert window.docks.all[name].parent() is window.findChild(QMainWindow, "desk")
        assert not window.docks.all[name].isFloating()
    arrange(window, "watch")
    assert shown(window) >= OPEN["watch"]
    window.session.close()


@pytest.mark.parametrize("state", [b"", b"nonsense", bytes(200), old_state], ids=["empty", "text", "zeros", "number"])
def test_what_is_no_layout_is_left_alone(qtbot: QtBot, state: object) -> None:
    for key in ("docks", "layouts/watch"):
        QSettings().setValue(key, QByteArray(state) if isinstance(state, bytes) else old_state(77, "lossView"))
    QSettings().setValue("layout", "nowhere")
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    open_template(window, qtbot)
    assert (window.docks.arrangement, shown(window)) == ("build", OLD_NAMES)
    arrange(window, "watch")
    assert shown(window) >= OPEN["watch"]
    window.session.close()


def test_no_arrangement_is_chosen_behind_the_start_page(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot)
    window.show_welcome()
    action = window.findChild(QAction, "watchLayoutAction")
    assert action is not None
    action.trigger()
    assert window.docks.arrangement == "build"
    assert window.findChild(QAction, "buildLayoutAction").isChecked()  # type: ignore[union-attr]
    assert window.status.currentMessage() == "No project is shown."


def test_the_view_menu_groups_the_views_and_reaches_every_dock(window: MainWindow) -> None:
    view = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&View")
    entries = {action.text().replace("&", ""): action for action in view.actions()}
    listed: list[QAction] = []
    sections = {"training": "Training", "inside": "Inside", "mathematics": "Mathematics", "data": "Data"}
    for section, title in sections.items():
        menu = entries[title].menu()
        assert isinstance(menu, QMenu)
        here = [
            dock.toggleViewAction()
            for name, dock in window.docks.all.items()
            if name in window.views and window.views.kinds[name].section == section
        ]
        assert menu.actions() == here
        assert entries[title].isVisible() == bool(here)
        listed += here
    panels = entries["Panels"].menu()
    assert isinstance(panels, QMenu)
    listed += panels.actions()
    assert {dock.toggleViewAction() for dock in window.docks.all.values()} == set(listed)
    assert len(listed) == len(window.docks.all)


def test_no_two_entries_of_the_menus_have_a_key_in_common(window: MainWindow) -> None:
    keys = [
        key.toString()
        for menu in window.menuBar().findChildren(QMenu) + window.findChildren(QMenu, "layoutMenu")
        for action in menu.actions()
        for key in action.shortcuts()
    ]
    assert {"Alt+1", "Alt+2", "Alt+3"} <= set(keys)
    assert sorted(keys) == sorted(set(keys))


def test_arrangements_are_found_by_typing(window: MainWindow, qtbot: QtBot) -> None:
    open_template(window, qtbot)
    found = {command.title: command for command in window.command_palette.commands() if command.path == "View › Layout"}
    assert [(name, found[name].checked) for name in ("Build", "Watch", "Understand")] == [
        ("Build", True),
        ("Watch", False),
        ("Understand", False),
    ]
    assert found["Watch"].shortcut == "Alt+2"
    found["Watch"].run()
    assert window.docks.arrangement == "watch"


@pytest.mark.parametrize(("template", "size"), [("xor", (1280, 800)), ("iris", (1920, 1080))])
def test_what_comes_into_sight_is_answered_also_while_nothing_trains(
    window: MainWindow, qtbot: QtBot, template: str, size: tuple[int, int]
) -> None:
    window.resize(*size)
    open_template(window, qtbot, template)
    window.session.step()
    qtbot.waitUntil(lambda: window.session.snapshot.step == 1)

    def unanswered() -> set[str]:
        answers = window.session.snapshot.answers
        seen = [(name, view) for name, view in window.views.present.items() if in_sight(view)]
        return {name for name, view in seen for request in view.requests() if request not in answers}

    for name in ("watch", "understand", "build", "understand"):
        arrange(window, name)
        # The fine picture of the boundary comes in bands, which take seconds on a busy machine.
        qtbot.waitUntil(lambda: not unanswered(), timeout=30_000)
    assert in_sight(window.views["probeView"])
