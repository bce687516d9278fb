"""Application start: create the QApplication and open the main window."""

from __future__ import annotations

import gc
import signal
import sys

import pyqtgraph
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from engine.backends.numpy import threads
from nnstudio.faults import guard, log
from nnstudio.faults.user_paths import keep_settings_private, state_folder
from nnstudio.shell.fault_messages import FaultMessage, offer_what_was_left
from nnstudio.shell.main_window import MainWindow
from nnstudio.ui.icons import pixmap
from nnstudio.ui.theme import theme


def make_application() -> QApplication:
    """Make the application object, with the program's name, style and icon."""
    # The window needs the interpreter's lock several times a frame, whenever Qt calls into Python. With the usual 5 ms
    # for the trainer to give it up, that alone would take longer than a frame.
    sys.setswitchinterval(0.001)
    # One processor is the window's.
    threads.use(max(threads.available() - 1, 1))
    # An edit makes thousands of small values, which die by themselves. Looking for circles after every 700 of them, as
    # is usual, takes a fifth of the time between a drop and its picture. Mostly they are looked for when the user rests
    # (Collector); each such time counts towards a search through all that lives, which is to stay rare.
    gc.set_threshold(20_000, 20, 1000)
    present = QApplication.instance()
    app = present if isinstance(present, QApplication) else QApplication(sys.argv[:1])
    for name, value in (("OrganizationName", "nnstudio"), ("ApplicationName", "nnstudio")):
        getattr(QCoreApplication, f"set{name}")(value)
    # Qt's own style looks the same everywhere and takes all its colours from the palette.
    app.setStyle("Fusion")
    keep_settings_private()
    pyqtgraph.setConfigOptions(antialias=True, imageAxisOrder="row-major")
    theme().load()
    app.setWindowIcon(QIcon(pixmap("nnstudio", 128)))
    return app


def run(path: str | None = None, *, debug: bool = False) -> int:
    """Open the window, with a project if a path is given, until it is closed.

    With `debug`, log messages are printed as well. Returns the exit code.
    """
    log.keep_log(state_folder(), debug=debug)
    log.keep_crashes(state_folder())
    guard.catch_the_rest()
    guard.guard_overrides()
    app = make_application()
    try:
        window = MainWindow()
    except Exception as error:
        log.report(error, quiet=True)
        raise
    FaultMessage(window.files, window.rescue, window)
    window.show()
    if path is not None:
        window.files.open(path)
    offer_what_was_left(window.files, window.rescue, window)
    _listen_to_ctrl_c(window)
    return app.exec()


def _listen_to_ctrl_c(window: MainWindow) -> None:
    """Ctrl-C in the terminal closes the window, with its question about unsaved work."""
    signal.signal(signal.SIGINT, lambda *_: window.close())
    # Python sees a signal only when some Python code runs.
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(250)
