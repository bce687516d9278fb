"""Tricks of the random user that need to know the studio: moments, runs, films, judging, drawing, files, lessons."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget

from engine.data import DATASETS
from nnstudio.document.runs import Comparison
from nnstudio.lessons import lesson
from nnstudio.project import templates
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.speed import STOPS
from nnstudio.shell.time_travel import FILM_RATES
from nnstudio.training.moments import LIMIT
from nnstudio.views import JudgingView, LandscapeView, RunsView, TryView
from tests.endurance.harmless import let_run

# Files to open as data, a lesson or a project, sound and not.
_FILES = {
    "numbers.csv": "a,b,kind\n" + "".join(f"{i},{i * i % 7},{'xyz'[i % 3]}\n" for i in range(40)),
    "broken.csv": "a,b\n1,2,3\n\x00,\n",
    "broken.nnstudio": "PK\x03\x04 no archive",
    "broken.toml": "title = ",
}
_ANSWERS = ("0", "1", "0.25", "-3", "e", "")


class Tricks:
    """Actions on single parts of the window."""

    def __init__(self, window: MainWindow, chance: random.Random, folder: Path) -> None:
        self.window, self.random, self.folder = window, chance, folder
        for name, text in _FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.all: list[tuple[int, Callable[[], str]]] = [
            (6, self._travel),
            (2, self._branch),
            (5, self._runs),
            (1, self._repeat),
            (2, self._compare),
            (2, self._judge),
            (4, self._try),
            (2, self._landscape),
            (2, self._files),
            (2, self._dialog),
            (1, self._lesson),
            (2, self._in_lesson),
            (2, self._data),
            (2, self._speed),
            (1, self._close_project),
        ]

    def _show(self, name: str) -> None:
        dock = self.window.docks.all[name]
        dock.show()
        dock.raise_()
        QApplication.processEvents()

    # Time

    def _travel(self) -> str:
        travel, count = self.window.travel, len(self.window.travel.history.steps)
        kind = self.random.choice(("slide", "slide", "key", "back", "forward", "film", "now", "rate", "limit", "place"))
        slider = self.window.findChild(QWidget, "timeSlider")
        assert slider is not None
        if kind == "slide":
            travel.look_at_index(self.random.randint(-1, count + 1))
        elif kind == "key" and slider.isEnabled():
            keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_Home, Qt.Key.Key_End)
            QTest.keyClick(slider, self.random.choice(keys))
        elif kind in ("back", "forward"):
            travel.go(-1 if kind == "back" else 1)
        elif kind == "film":
            travel.play_film(self.random.choice((-1, 1)))
            let_run(self.random.choice((0, 0.06)))
        elif kind == "now":
            travel.go_to_now()
        elif kind == "rate":
            travel.set_rate(self.random.choice(FILM_RATES))
        elif kind == "limit":
            self.window.session.set_moment_limit(self.random.choice((0, 2000, 100_000, LIMIT)))
        else:
            travel.look_at(self.random.uniform(-1, 50))
        return f"time: {kind}"

    def _branch(self) -> str:
        travel = self.window.travel
        if len(travel.history.steps):
            travel.look_at_index(self.random.randrange(len(travel.history.steps)))
            let_run(0.06)
        as_then = self.random.random() < 0.5
        travel.branch(as_then=as_then)
        if self.random.random() < 0.5:
            self.window.session.step()
        return f"go on from there{' as then' if as_then else ''}"

    # Runs

    def _runs(self) -> str:
        view = self.window.views["runsView"]
        assert isinstance(view, RunsView)
        self._show("runsView")
        rows = view.sorted.rowCount()
        if not rows or not view.grid.isVisible():
            return "no runs"
        selection = view.grid.selectionModel()
        selection.clearSelection()
        for _ in range(self.random.choice((1, 1, 2, 3))):
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            index = view.sorted.index(self.random.randrange(rows), 0)
            selection.setCurrentIndex(index, flags)
        kind = self.random.choice(("restore", "rename", "note", "compare", "delete", "space", "sort", "mean"))
        if kind == "space":
            QTest.keyClick(view.grid, Qt.Key.Key_Space)
        elif kind == "sort":
            order = self.random.choice((Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder))
            view.grid.sortByColumn(self.random.randrange(view.sorted.columnCount()), order)
        elif kind == "mean":
            view.averaged.click()
        else:
            getattr(view, kind).trigger()
            self._type_in(view)
        return f"runs: {kind}"

    def _type_in(self, view: RunsView) -> None:
        """Types into the editor of the cell, if one has opened."""
        for editor in view.grid.viewport().findChildren(QLineEdit):
            editor.setText(self.random.choice(("", "best", "x" * 500, "<b>bold</b>", " a  b\n")))
            keys = (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab)
            QTest.keyClick(editor, self.random.choice(keys))

    def _repeat(self) -> str:
        view = self.window.views["runsView"]
        assert isinstance(view, RunsView)
        kind = self.random.choice(("ask", "begin", "stop", "stop"))
        if kind == "ask":
            view.ask_seeds()
        elif kind == "begin":
            self.window.session.repeat(tuple(range(self.random.randint(1, 3))))
            let_run(self.random.choice((0, 0.05)))
        else:
            view.progress.cancel.click()
        return f"repeat: {kind}"

    def _compare(self) -> str:
        known = [run.id for run in self.window.session.snapshot.runs] + ["run-99"]
        chosen = tuple(self.random.sample(known, self.random.randint(0, len(known))))
        self.window.store.compare(Comparison(chosen, self.random.random() < 0.5))
        if self.random.random() < 0.3:
            self.window.canvas.comparison.end()
        return f"compare {len(chosen)}"

    # Views

    def _judge(self) -> str:
        view = self.window.views["judgingView"]
        assert isinstance(view, JudgingView)
        self._show("judgingView")
        seen = [place for place in range(view.tabs.count()) if view.tabs.isTabVisible(place)]
        if seen:
            view.tabs.setCurrentIndex(self.random.choice(seen))
        self._turn_boxes(view)
        return f"judging tab {view.tabs.currentIndex()}"

    def _turn_boxes(self, view: QWidget) -> None:
        boxes = [box for box in view.findChildren(QComboBox) if box.isVisible() and box.isEnabled() and box.count()]
        if boxes and self.random.random() < 0.6:
            box = self.random.choice(boxes)
            box.setCurrentIndex(self.random.randrange(box.count()))
            box.activated.emit(box.currentIndex())

    def _try(self) -> str:
        view = self.window.views["tryView"]
        assert isinstance(view, TryView)
        self._show("tryView")
        pad, left = view.pad, Qt.MouseButton.LeftButton
        if not pad.isVisible():
            return "no pad"
        kind = self.random.choice(("stroke", "stroke", "stroke", "key", "key", "turn", "left half"))
        if kind in ("stroke", "left half"):
            QTest.mousePress(pad, left, pos=self._spot(pad))
            for _ in range(self.random.randint(1, 8)):
                QTest.mouseMove(pad, self._spot(pad))
            if kind == "stroke":
                QTest.mouseRelease(pad, left, pos=self._spot(pad))
        elif kind == "key":
            keys = (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_E, Qt.Key.Key_Backspace)
            for _ in range(self.random.randint(1, 6)):
                QTest.keyClick(pad, self.random.choice((*keys, Qt.Key.Key_Delete)))
        else:
            self._turn_boxes(view)
        return f"try: {kind}"

    def _spot(self, widget: QWidget) -> QPoint:
        # A little beyond the edge as well.
        return QPoint(self.random.randint(-5, widget.width() + 5), self.random.randint(-5, widget.height() + 5))

    def _landscape(self) -> str:
        view = self.window.views["landscapeView"]
        assert isinstance(view, LandscapeView)
        self._show("landscapeView")
        self._turn_boxes(view)
        let_run(self.random.choice((0, 0.05)))
        return "landscape"

    # Files and dialogs

    def _files(self) -> str:
        files = self.window.files
        kind = self.random.choice(("save", "save as", "open", "recent", "example", "new", "broken"))
        if kind == "save":
            files.save()
        elif kind == "save as":
            files.save_as()
        elif kind == "recent" and files.recent():
            files.open(self.random.choice(files.recent()))
        elif kind == "example" and files.examples:
            files.open_example(self.random.choice(files.examples))
        elif kind == "new":
            files.new()
        elif kind == "broken":
            files.open(self.folder / self.random.choice(sorted(_FILES)))
        else:
            files.ask_open()
        return f"files: {kind}"

    def _dialog(self) -> str:
        actions = self.window.actions_
        name = self.random.choice(("export", "exportNetwork", "film", "film", "predictFile"))
        if actions[name].isEnabled():
            actions[name].trigger()
        return f"dialog {name}"

    def _lesson(self) -> str:
        name, found = self.random.choice(sorted(lesson.bundled().items()))
        self.window.play_lesson(found)
        return f"lesson {name}"

    def _in_lesson(self) -> str:
        bar = self.window.lessons.bar
        if not bar.isVisible():
            return "no lesson"
        kind = self.random.choice(("onward", "onward", "onward", "back", "answer", "leave"))
        if kind == "answer":
            bar.answered.emit(self.random.choice(_ANSWERS))
        else:
            {"onward": bar.onward_button, "back": bar.back_button, "leave": bar.leave_button}[kind].click()
        return f"lesson: {kind}"

    def _data(self) -> str:
        name = self.random.choice(sorted(DATASETS))
        if not self.window.project_shown:
            return "no project"
        if self.random.random() < 0.3:
            self.window.data_panel.take_path(str(self.folder / self.random.choice(sorted(_FILES))))
            return "data from a file"
        self.window.data_panel.choose(name)
        return f"data {name}"

    def _speed(self) -> str:
        name = self.random.choice(tuple(STOPS))
        self.window.speed.choose(name)
        return f"speed {name}"

    def _close_project(self) -> str:
        if self.random.random() < 0.5:
            self.window.show_welcome()
            return "start page"
        chosen = self.random.choice([each.name for each in templates.TEMPLATES if not each.name.startswith("mnist")])
        self.window.files.open_template(chosen)
        return f"open {chosen}"
