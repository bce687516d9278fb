"""Answers to dialogs without a person, and a list of faults."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import requests
from PySide6.QtCore import QEventLoop, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QMenu,
    QMessageBox,
    QPushButton,
    QSpinBox,
)

# Warnings of the platform of the tests, which say nothing of the program.
_USUAL = ("propagateSizeHints", "This plugin does not support", "XDG_RUNTIME_DIR", "QFont::", "Could not connect")
# Of a spin box in a dialog, so that a film or repeats end in time.
_MOST_STEPS = 12
# Those lead out of the window.
_ABROAD = frozenset({"Open folder", "Show log"})


@dataclass
class Report:
    """Report on a run of random actions.

    Attributes:
        faults: of the program, with their tracebacks. warnings: of Qt.
        slow: actions that took the window's thread over a second of the processor, with that.
        waits: actions in which it waited for seconds, with that.
        done: all actions, in order. undone: how often everything was undone and compared.
    """

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    slow: list[tuple[float, str]] = field(default_factory=list)
    waits: list[tuple[float, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    undone: int = 0

    @property
    def bad(self) -> int:
        """Number of faults and warnings."""
        return len(self.faults) + len(self.warnings)


class _Faults(logging.Handler):
    """Gathers what is logged as an error, quiet faults too."""

    def __init__(self, report: Report) -> None:
        super().__init__(logging.ERROR)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        self._report.faults.append(record.getMessage())


def let_run(seconds: float) -> None:
    """Let window and trainer go on so long.

    `QTest.qWait` would hold the interpreter meanwhile, and the trainer would stand still.
    """
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def play_in(dialog: QDialog, chance: random.Random) -> str:
    """Change some of what a dialog offers, and press one of its buttons."""
    _fill_in(dialog, chance)
    buttons = [one for one in dialog.findChildren(QPushButton) if _usable(one) and one.text() not in _ABROAD]
    if not buttons or chance.random() < 0.3:
        return f"looks at {dialog.objectName()}"
    button = chance.choice(buttons)
    button.click()
    return f"{button.text()} in {dialog.objectName()}"


def _fill_in(dialog: QDialog, chance: random.Random) -> None:
    for _ in range(chance.randint(0, 4)):
        kinds = (QComboBox, QSpinBox, QCheckBox)
        able = [one for kind in kinds for one in dialog.findChildren(kind) if _usable(one)]
        if able:
            _change(chance.choice(able), chance)


def _usable(widget: QComboBox | QSpinBox | QAbstractButton) -> bool:
    return widget.isEnabled() and not widget.isHidden()


def _change(widget: QComboBox | QSpinBox | QAbstractButton, chance: random.Random) -> None:
    if isinstance(widget, QComboBox):
        if widget.count():
            widget.setCurrentIndex(chance.randrange(widget.count()))
            widget.activated.emit(widget.currentIndex())
    elif isinstance(widget, QSpinBox):
        span = widget.maximum() - widget.minimum()
        widget.setValue(widget.minimum() + chance.randint(0, min(span, _MOST_STEPS)))
    else:
        widget.click()


@contextmanager
def harmless(chance: random.Random, folder: Path, report: Report) -> Iterator[None]:
    """Answer every dialog without a person, and gather faults and warnings.

    Files are written to and read from `folder` alone, and nothing is fetched.
    """

    def save_name(*arguments: object, **named: object) -> tuple[str, str]:
        # The kinds come as "Comma-separated values (*.csv)".
        kinds = [suffix for text in (*arguments, *named.values()) for suffix in re.findall(r"\*(\.\w+)", str(text))]
        suffix = chance.choice(kinds) if kinds else ".nnstudio"
        return (str(folder / f"{chance.randint(1, 3)}{suffix}"), "") if chance.random() < 0.6 else ("", "")

    def open_name(*_: object, **__: object) -> tuple[str, str]:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        return (str(chance.choice(files)), "") if files and chance.random() < 0.7 else ("", "")

    def answer(box: QMessageBox, *_: object) -> int:
        buttons = box.buttons()
        if buttons:
            buttons[chance.randrange(len(buttons))].click()
        return int(QMessageBox.StandardButton.Cancel.value)

    def execute(dialog: QDialog, *_: object) -> int:
        _fill_in(dialog, chance)
        return chance.randint(0, 1)

    def no_connection(*_: object, **__: object) -> NoReturn:
        raise requests.ConnectionError("the random user stays at home")

    names = (
        (QFileDialog, "getSaveFileName", staticmethod(save_name)),
        (QFileDialog, "getOpenFileName", staticmethod(open_name)),
        (QFileDialog, "getExistingDirectory", staticmethod(lambda *_, **__: chance.choice(("", str(folder))))),
        (QMessageBox, "exec", answer),
        (QMessageBox, "about", staticmethod(lambda *_: None)),
        (QDialog, "exec", execute),
        (QMenu, "exec", lambda *_: None),
        (QMenu, "popup", lambda *_: None),
        (requests.Session, "send", no_connection),
    )
    before = [(kind, name, kind.__dict__.get(name)) for kind, name, _ in names]
    for kind, name, instead in names:
        setattr(kind, name, instead)

    def heard(kind: QtMsgType, context: object, message: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not any(usual in message for usual in _USUAL):
            report.warnings.append(message)

    handler = qInstallMessageHandler(heard)
    listener = _Faults(report)
    logging.getLogger("nnstudio").addHandler(listener)
    try:
        yield
    finally:
        logging.getLogger("nnstudio").removeHandler(listener)
        qInstallMessageHandler(handler)
        for kind, name, original in before:
            if original is None:
                delattr(kind, name)
            else:
                setattr(kind, name, original)
