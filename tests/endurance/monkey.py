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
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer, QtMsgType, qInstallMessageHandler
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
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from engine.layers import REGISTRY
from nnstudio.document.model import Document
from nnstudio.faults import log
from nnstudio.project import templates
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.ui.theme import MODES, theme

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
# Warnings of the platform of the tests, which say nothing of the program.
_USUAL = ("propagateSizeHints", "This plugin does not support", "XDG_RUNTIME_DIR", "QFont::", "Could not connect")
# Steps of training are made up to so many.
_LONG = 1.0


@dataclass
class Report:
    """Report on a run of random actions.

    Attributes:
        faults: of the program, as they are logged. warnings: of Qt. slow: actions that took over a second, with that.
        done: all actions, in order.
    """

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    slow: list[tuple[float, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


class Monkey:
    """Random user of a main window; `folder` is where it saves."""

    def __init__(self, window: MainWindow, seed: int, folder: Path) -> None:
        self.window, self.folder = window, folder
        self.random = random.Random(seed)
        self.report = Report()
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
            (1, self._template),
            (2, self._look),
        ]

    def act(self) -> None:
        """Do one thing."""
        weights, actions = zip(*self._actions, strict=True)
        action = self.random.choices(actions, weights)[0]
        before, begun = len(self.report.faults) + len(self.report.warnings), time.perf_counter()
        told = action()
        QApplication.processEvents()
        self._close_what_opened()
        taken = time.perf_counter() - begun
        self.report.done.append(told)
        if taken > _LONG:
            self.report.slow.append((taken, told))
        if len(self.report.faults) + len(self.report.warnings) > before:
            self.report.faults.append(f"  ... after: {' | '.join(self.report.done[-4:])}")

    def leave(self) -> None:
        """Stop closing what opens: other windows of the process are none of its business."""
        self._impatience.stop()

    def _close_what_opened(self) -> None:
        """Close dialogs and menus; called by a timer too, since some wait in a loop of their own until they are."""
        for widget in QApplication.topLevelWidgets():
            if widget.isVisible() and isinstance(widget, QDialog | QMenu):
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
        QTest.qWait(self.random.choice((0, 20, 60)))
        return kind

    def _undo(self) -> str:
        stack, count = self.window.store.undo_stack, self.random.randint(1, 6)
        forth = self.random.random() < 0.4
        for _ in range(count):
            (stack.redo if forth else stack.undo)()
        return f"{'redo' if forth else 'undo'} {count}"

    def _template(self) -> str:
        chosen = self.random.choice(templates.TEMPLATES).name
        if chosen.startswith("mnist"):
            chosen = "xor"
        self.window.files.open_template(chosen)
        return f"open {chosen}"

    def _look(self) -> str:
        QTest.qWait(self.random.choice((20, 100)))
        return "wait"

    def undo_all(self) -> tuple[Document, Document]:
        """Pause and undo everything; returns the document then, and after it was all done again and undone."""
        self.window.session.pause()
        stack = self.window.store.undo_stack
        stack.setIndex(0)
        first = self.window.store.document
        stack.setIndex(stack.count())
        stack.setIndex(0)
        return first, self.window.store.document


@contextmanager
def harmless(monkey: Monkey) -> Iterator[None]:
    """Answer every dialog without a person, and gather faults and warnings."""
    chance, folder = monkey.random, monkey.folder

    def save_name(*_: object, **__: object) -> tuple[str, str]:
        return (str(folder / f"{chance.randint(1, 3)}.nnstudio"), "") if chance.random() < 0.5 else ("", "")

    def open_name(*_: object, **__: object) -> tuple[str, str]:
        files = sorted(folder.glob("*.nnstudio"))
        return (str(chance.choice(files)), "") if files and chance.random() < 0.7 else ("", "")

    def answer(box: QMessageBox, *_: object) -> int:
        buttons = box.buttons()
        if buttons:
            buttons[chance.randrange(len(buttons))].click()
        return int(QMessageBox.StandardButton.Cancel.value)

    names = (
        (QFileDialog, "getSaveFileName", staticmethod(save_name)),
        (QFileDialog, "getOpenFileName", staticmethod(open_name)),
        (QFileDialog, "getExistingDirectory", staticmethod(lambda *_, **__: "")),
        (QMessageBox, "exec", answer),
        (QMessageBox, "about", staticmethod(lambda *_: None)),
        (QDialog, "exec", lambda *_: 0),
        (QMenu, "exec", lambda *_: None),
        (QMenu, "popup", lambda *_: None),
    )
    before = [(kind, name, kind.__dict__.get(name)) for kind, name, _ in names]
    for kind, name, instead in names:
        setattr(kind, name, instead)

    def heard(kind: QtMsgType, context: object, message: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not any(usual in message for usual in _USUAL):
            monkey.report.warnings.append(message)

    handler = qInstallMessageHandler(heard)
    stop = log.listen(lambda fault: monkey.report.faults.append(str(fault)))
    try:
        yield
    finally:
        stop()
        qInstallMessageHandler(handler)
        for kind, name, original in before:
            if original is None:
                delattr(kind, name)
            else:
                setattr(kind, name, original)


def run(
    window: MainWindow, seed: int, actions: int, folder: Path, *, told: Callable[[str], None] = lambda _: None
) -> Report:
    """Do random actions on a window that shows a project."""
    monkey = Monkey(window, seed, folder)
    with harmless(monkey), ExitStack() as ending:
        ending.callback(monkey.leave)
        for number in range(actions):
            monkey.act()
            if number % 500 == 499:
                told(
                    f"{number + 1} actions, {len(monkey.report.faults)} faults, {len(monkey.report.warnings)} warnings"
                )
        one, again = monkey.undo_all()
        if one != again:
            monkey.report.faults.append("undo does not lead back to the first document")
        QApplication.processEvents()
        deadline = time.monotonic() + 10
        while window.session.snapshot.state is RunState.RUNNING and time.monotonic() < deadline:
            QTest.qWait(20)
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
        report = run(window, arguments.seed, arguments.actions, Path(folder))
    print(f"{arguments.actions} actions, seed {arguments.seed}, in {time.perf_counter() - begun:.0f} s")
    for title, lines in (
        ("faults", report.faults),
        ("warnings", report.warnings),
        ("over a second", [f"{taken:.1f} s: {what}" for taken, what in report.slow]),
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
