"""Random actions on the main window: python -m tests.endurance.monkey --actions 20000

Commands, mouse and keys on all views, settings, docks, edits, training, saving and opening; the same for the same seed.
Faults, warnings of Qt and actions that take long are gathered in `Report`; at the end everything is undone.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)
from shiboken6 import isValid

from engine.layers import REGISTRY
from nnstudio.document.model import Document
from nnstudio.project.project_file import to_bytes
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project
from nnstudio.ui.theme import MODES, theme
from tests.endurance.harmless import Report, harmless, let_run, play_in
from tests.endurance.tricks import Tricks

# Commands that end the program, or leave it.
_LEFT_OUT = frozenset({"quitAction", "closeAction", "exitAction"})
_KEYS = [
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Tab, Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_1, Qt.Key.Key_9, Qt.Key.Key_A, Qt.Key.Key_Period),
]
_MODIFIERS = [
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
]
_LINES = ["0", "1", "-1", "3.5", "nan", "1e400", "", "a", "dense_1", "<b>x</b>", "x" * 300]
# Seconds of the processor that an action may take of the window's thread, and seconds that it may wait.
_LONG, _PATIENCE = 1.0, 5.0
# Actions between two looks at whether everything can be undone.
_OFTEN = 500


class Monkey:
    """Random user of a main window; `folder` is where it saves."""

    def __init__(self, window: MainWindow, seed: int, folder: Path) -> None:
        self.window, self.folder = window, folder
        self.random = random.Random(seed)
        self.report = Report()
        self.tricks = Tricks(window, self.random, folder)
        # The document as it was opened, as the bytes of its file; undo must lead back to them.
        self._first = _bytes(window.store.document)
        window.store.opened.connect(self._opened)
        self._impatience = QTimer(interval=100)
        self._impatience.timeout.connect(self._close_what_opened)
        self._impatience.start()
        self._actions: list[tuple[int, Callable[[], str]]] = [
            (12, self._command),
            (30, self._mouse),
            (12, self._key),
            (14, self._setting),
            (12, self._edit),
            (6, self._dock),
            (4, self._train),
            (3, self._undo),
            (2, self._look),
            *self.tricks.all,
        ]

    def act(self) -> None:
        """Do one thing."""
        weights, actions = zip(*self._actions, strict=True)
        action = self.random.choices(actions, weights)[0]
        before = self.report.bad
        begun, worked = time.perf_counter(), time.thread_time()
        try:
            told = action()
        except Exception:
            # What Qt would have called, and contained.
            self.report.faults.append(traceback.format_exc())
            told = action.__name__
        QApplication.processEvents()
        told += self._play_in_dialogs()
        self._close_what_opened()
        self.report.done.append(told)
        work = time.thread_time() - worked
        if work > _LONG:
            self.report.slow.append((work, told))
        elif time.perf_counter() - begun - work > _PATIENCE:
            self.report.waits.append((time.perf_counter() - begun, told))
        if self.report.bad > before:
            self.report.faults.append(f"  ... after: {' | '.join(self.report.done[-6:])}")

    def _play_in_dialogs(self) -> str:
        told = ""
        for widget in QApplication.topLevelWidgets():
            # What was pressed in one of them may have ended another.
            if isinstance(widget, QDialog) and isValid(widget) and widget.isVisible() and self.random.random() < 0.8:
                told += f", {play_in(widget, self.random)}"
                let_run(self.random.choice((0, 0, 0.03, 0.2)))
        return told

    def leave(self) -> None:
        """Stop closing what opens: other windows of the process are none of its business."""
        self._impatience.stop()

    def _close_what_opened(self) -> None:
        """Close dialogs and menus; called by a timer too, since some wait in a loop of their own until they are."""
        for widget in QApplication.topLevelWidgets():
            if isValid(widget) and widget.isVisible() and isinstance(widget, QDialog | QMenu):
                widget.close()
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()

    def _command(self) -> str:
        actions = [
            action
            for action in self.window.actions_.all()
            if action.isEnabled() and action.objectName() not in _LEFT_OUT
        ]
        action = self.random.choice(actions)
        action.trigger()
        return f"command {action.objectName()}"

    def _visible(self, *kinds: type[QWidget]) -> list[QWidget]:
        inner = self.window.rect()
        return [
            widget
            for widget in self.window.findChildren(QWidget)
            if isinstance(widget, kinds)
            and widget.isVisible()
            and widget.isEnabled()
            and inner.contains(widget.mapTo(self.window, widget.rect().center()))
        ]

    def _place(self) -> tuple[QWidget, QPoint] | None:
        """A widget that is under a point of a dock, or of the canvas, and the point in it."""
        docks = [dock for dock in self._visible(QDockWidget) if not dock.visibleRegion().isEmpty()]
        whole = self.random.choice([*docks, self.window.canvas])
        point = QPoint(
            self.random.randrange(max(whole.width(), 1)),
            self.random.randrange(min(30, whole.height() // 2), max(whole.height(), 2)),
        )
        target = whole.childAt(point) or whole
        return target, target.mapFrom(whole, point)

    def _mouse(self) -> str:
        found = self._place()
        if found is None:
            return "nothing"
        widget, point = found
        modifier = self.random.choice(_MODIFIERS)
        name = widget.objectName() or type(widget).__name__
        kind = self.random.choice(("click", "click", "click", "double", "drag", "wheel", "hover", "menu"))
        left = Qt.MouseButton.LeftButton
        if kind == "click":
            QTest.mouseClick(widget, left, modifier, point)
        elif kind == "double":
            QTest.mouseDClick(widget, left, modifier, point)
        elif kind == "menu":
            QTest.mouseClick(widget, Qt.MouseButton.RightButton, modifier, point)
        elif kind == "hover":
            QTest.mouseMove(widget, point)
        elif kind == "wheel":
            notch = QPoint(0, self.random.choice((120, -120, 360)))
            event = QWheelEvent(
                QPointF(point),
                QPointF(widget.mapToGlobal(point)),
                QPoint(),
                notch,
                Qt.MouseButton.NoButton,
                modifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(widget, event)
        else:
            end = point + QPoint(self.random.randint(-200, 200), self.random.randint(-100, 100))
            QTest.mousePress(widget, left, modifier, point)
            for step in range(1, 5):
                QTest.mouseMove(widget, point + (end - point) * step / 4)
            QTest.mouseRelease(widget, left, modifier, end)
        return f"{kind} on {name} at {point.x()}, {point.y()}"

    def _key(self) -> str:
        key, modifier = self.random.choice(_KEYS), self.random.choice(_MODIFIERS)
        target = self.window.focusWidget() or self.window
        if self.random.random() < 0.4:
            able = [one for one in self._visible(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
            if able:
                target = self.random.choice(able)
                target.setFocus()
        QTest.keyClick(target, key, modifier)
        return f"{modifier.name} {key.name} on {target.objectName() or type(target).__name__}"

    def _setting(self) -> str:
        able = self._visible(QComboBox, QAbstractSpinBox, QAbstractButton, QAbstractSlider, QLineEdit, QPlainTextEdit)
        if not able:
            return "nothing"
        widget = self.random.choice(able)
        name = widget.objectName() or widget.accessibleName() or type(widget).__name__
        if isinstance(widget, QComboBox) and widget.count():
            widget.setCurrentIndex(self.random.randrange(widget.count()))
            widget.activated.emit(widget.currentIndex())
        elif isinstance(widget, QSpinBox):
            span = widget.maximum() - widget.minimum()
            widget.setValue(widget.minimum() + self.random.randint(0, min(span, 12)))
        elif isinstance(widget, QAbstractSpinBox):
            widget.stepBy(self.random.choice((-3, -1, 1, 3)))
        elif isinstance(widget, QAbstractSlider):
            widget.setValue(self.random.randint(widget.minimum(), widget.maximum()))
        elif isinstance(widget, QLineEdit):
            widget.setText(self.random.choice(_LINES))
            QTest.keyClick(widget, Qt.Key.Key_Return)
        elif isinstance(widget, QAbstractButton):
            widget.click()
        return f"set {name}"

    def _edit(self) -> str:
        name = self.random.choice(sorted(REGISTRY))
        self.window.palette_.chosen.emit(name)
        return f"append {name}"

    def _dock(self) -> str:
        dock = self.random.choice(list(self.window.docks.all.values()))
        kind = self.random.choice(("show", "show", "close", "raise", "layout", "size", "theme"))
        if kind == "show":
            dock.show()
            dock.raise_()
        elif kind == "close":
            dock.close()
        elif kind == "raise":
            dock.raise_()
        elif kind == "layout":
            self.window.docks.arrange(self.random.choice(("build", "watch", "understand")))
        elif kind == "size":
            self.window.resize(*self.random.choice(((1280, 800), (1920, 1080), (1400, 900))))
        else:
            theme().set_mode(self.random.choice(list(MODES)))
        return f"{kind} {dock.objectName()}"

    def _train(self) -> str:
        kind = self.random.choice(("play", "pause", "step", "step_epoch", "reset"))
        getattr(self.window.session, kind)()
        let_run(self.random.choice((0, 0.02, 0.06)))
        return kind

    def _undo(self) -> str:
        stack, count = self.window.store.undo_stack, self.random.randint(1, 6)
        forth = self.random.random() < 0.4
        for _ in range(count):
            (stack.redo if forth else stack.undo)()
        return f"{'redo' if forth else 'undo'} {count}"

    def _look(self) -> str:
        let_run(self.random.choice((0.02, 0.1)))
        return "wait"

    def _opened(self) -> None:
        self._first = _bytes(self.window.store.document)

    def check_undo(self) -> None:
        """Undo everything, do it again, and report where the document is not the same, byte for byte."""
        stack, index = self.window.store.undo_stack, self.window.store.undo_stack.index()
        there = _bytes(self.window.store.document)
        if stack.undoLimit() == 0:
            stack.setIndex(0)
            if _bytes(self.window.store.document) != self._first:
                self.report.faults.append(f"undo of {index} steps does not lead back to the first document")
            stack.setIndex(stack.count())
            stack.setIndex(index)
            if _bytes(self.window.store.document) != there:
                self.report.faults.append(f"redo of {index} steps does not lead to the same document")
        self.report.undone += 1


def _bytes(document: Document) -> bytes:
    return to_bytes(Project(document))


def run(
    window: MainWindow, seed: int, actions: int, folder: Path, *, told: Callable[[str], None] = lambda _: None
) -> Report:
    """Do random actions on a window that shows a project."""
    monkey = Monkey(window, seed, folder)
    with harmless(monkey.random, folder, monkey.report), ExitStack() as ending:
        ending.callback(monkey.leave)
        for number in range(actions):
            met = monkey.report.bad
            monkey.act()
            if monkey.report.bad > met:
                told("\n".join((*monkey.report.warnings[-1:], *monkey.report.faults[-2:])))
            if number % _OFTEN == _OFTEN - 1:
                monkey.check_undo()
                told(f"{number + 1} actions, {monkey.report.bad} faults and warnings")
        window.session.pause()
        monkey.check_undo()
        QApplication.processEvents()
        deadline = time.monotonic() + 10
        while window.session.snapshot.state is RunState.RUNNING and time.monotonic() < deadline:
            let_run(0.02)
        if window.session.snapshot.state is RunState.RUNNING:
            monkey.report.faults.append("training goes on after pause")
    return monkey.report


def main() -> int:
    from nnstudio.app import make_application
    from nnstudio.faults import guard

    parser = argparse.ArgumentParser(prog="python -m tests.endurance.monkey", description=__doc__)
    parser.add_argument("--actions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    guard.catch_the_rest()
    guard.guard_overrides()
    app = make_application()
    window = MainWindow()
    window.resize(1280, 800)
    window.show()
    window.files.open_template("xor")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = run(window, arguments.seed, arguments.actions, Path(folder), told=print)
    print(
        f"{arguments.actions} actions, seed {arguments.seed}, in {time.perf_counter() - begun:.0f} s; "
        f"{report.undone} times all undone and done again"
    )
    for title, lines in (
        ("faults", report.faults),
        ("warnings", report.warnings),
        ("over a second", [f"{taken:.1f} s: {what}" for taken, what in report.slow]),
        ("that waited", [f"{taken:.1f} s: {what}" for taken, what in report.waits]),
    ):
        print(f"{len(lines)} {title}")
        print("\n".join(f"  {line}" for line in lines))
    window.session.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
    app.processEvents()
    return int(bool(report.faults or report.warnings))


if __name__ == "__main__":
    sys.exit(main())
