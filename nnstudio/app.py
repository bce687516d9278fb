"""Application start: create the QApplication and open the main window."""

from __future__ import annotations

import signal
import sys

import pyqtgraph
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from engine.backends.numpy import threads
from nnstudio.faults import guard, log
from nnstudio.faults.user_paths import keep_settings_private, state_folder
from nnstudio.shell.fault_messages import FaultMessage
from nnstudio.shell.idle_gc import leave_to_collector
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.recovery import offer_what_was_left
from nnstudio.ui.icons import pixmap
from nnstudio.ui.theme import theme

# Signals by which the system, or a terminal that is closed, ends a program.
ENDS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def make_application() -> QApplication:
    """Make the application object, with the program's name, style and icon."""
    # The window needs the interpreter's lock several times a frame, whenever Qt calls into Python. With the usual 5 ms
    # for the trainer to give it up, that alone would take longer than a frame.
    sys.setswitchinterval(0.001)
    # One processor is the window's.
    threads.use(max(threads.available() - 1, 1))
    leave_to_collector()
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
    offer_what_was_left(window)
    _listen_to_signals(window, app)
    return app.exec()


def _listen_to_signals(window: MainWindow, app: QApplication) -> None:
    """Ctrl-C in the terminal closes the window, with its question about unsaved work.

    Log-out, shutdown and the end of the terminal leave no time for a question: the work is left to the next start.
    """

    def end(number: int, _: object) -> None:
        # The terminal is gone, perhaps; a second signal must not interrupt the first.
        for each in ENDS:
            signal.signal(each, signal.SIG_IGN)
        window.end()
        app.exit(128 + number)

    signal.signal(signal.SIGINT, lambda *_: window.close())
    for number in ENDS:
        # Under nohup it is ignored already, and stays so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    # Python sees a signal only when some Python code runs.
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(250)
