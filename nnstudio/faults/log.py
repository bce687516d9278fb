"""Fault log: each fault is written, and reported only once. Knows no Qt.

What a user can bring about is an `EngineError` with a sentence of its own and never comes here.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

_LARGEST, _OLDER = 1 << 20, 2
_LOG = logging.getLogger(__name__)
_PACKAGES = ("nnstudio", "engine")


@dataclass(frozen=True)
class Fault:
    """Fault of the program, in words.

    Attributes:
        sentence: Python's message, in one line: "ZeroDivisionError: division by zero".
        place: the line that raised it: "nnstudio/canvas/items/block_item.py, line 120".
    """

    sentence: str
    place: str


class _LogFile(RotatingFileHandler):
    """A log that stays small. A disk that is full must not make a second fault of the first."""

    def _open(self) -> TextIOWrapper:
        return _open_privately(Path(self.baseFilename), again=True)

    def handleError(self, record: logging.LogRecord) -> None:
        global _log_path
        _log_path = None


def _open_privately(path: Path, *, again: bool) -> TextIOWrapper:
    """File to write on in, `again` after what is there; it is its owner's alone. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if again else os.O_TRUNC)
    return TextIOWrapper(os.fdopen(os.open(path, flags, 0o600), "wb"), encoding="utf-8", line_buffering=True)


def private_folder(folder: Path) -> None:
    """Make a folder that is its owner's alone, also if it is there already. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(OSError):
        folder.chmod(0o700)


# A fault may come up while another is counted: when something is thrown away, or in a signal.
_lock = threading.RLock()
# By the kind of fault and its place: a sentence may name another number each time.
_times: dict[tuple[str, str], int] = {}
_listeners: list[Callable[[Fault], None]] = []
_log_path: Path | None = None
# Kept open: after a crash nothing can be opened any more.
_crashes: TextIO | None = None


def keep_log(folder: Path, *, debug: bool = False) -> None:
    """Log warnings of the program and its libraries into a file in the folder.

    With `debug` they are printed as well.
    """
    global _log_path
    layout = logging.Formatter("%(asctime)s %(name)s: %(message)s")
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    if debug:
        printer = logging.StreamHandler()
        printer.setFormatter(layout)
        root.addHandler(printer)
    _log_path = folder / "nnstudio.log"
    try:
        private_folder(folder)
        file = _LogFile(_log_path, maxBytes=_LARGEST, backupCount=_OLDER, encoding="utf-8", delay=True)
    except OSError:
        _log_path = None
        # Else Python prints what finds no handler.
        root.addHandler(logging.NullHandler())
        return
    file.setFormatter(layout)
    root.addHandler(file)


def keep_crashes(folder: Path) -> None:
    """Write the stacks of all threads into the folder when the process crashes."""
    global _crashes
    path = folder / "crashes.log"
    with contextlib.suppress(OSError):
        again = not (path.exists() and path.stat().st_size > _LARGEST)
        _crashes = _open_privately(path, again=again)
        faulthandler.enable(_crashes)


def log_path() -> Path | None:
    """Path of the log; None if none can be written."""
    return _log_path


def listen(listener: Callable[[Fault], None]) -> Callable[[], None]:
    """Call the listener at every new fault, in the thread where it occurs.

    Returns a function that unsubscribes the listener.
    """
    _listeners.append(listener)

    def stop() -> None:
        with contextlib.suppress(ValueError):
            _listeners.remove(listener)

    return stop


def report(error: BaseException, *, quiet: bool = False) -> int:
    """Report a fault, from any thread; returns how often it has occurred.

    A fault in painting comes back with every frame: listeners hear of it once, and it is logged the 1st, 10th, 100th,
    ... time. With `quiet` it is only logged.
    """
    fault = Fault(_in_one_line(error), _place(error))
    with _lock:
        key = type(error).__name__, fault.place
        times = _times[key] = _times.get(key, 0) + 1
    if times == 1:
        _LOG.error("%s\n%s", fault.sentence, "".join(traceback.format_exception(error)))
        if not quiet:
            where = f"; see {_log_path}" if _log_path is not None else ""
            with contextlib.suppress(OSError, ValueError, AttributeError):  # there may be no terminal at all
                print(f"nnstudio: a fault in the program: {fault.sentence}{where}", file=sys.stderr)  # noqa: T201
            for listener in tuple(_listeners):
                listener(fault)
    elif str(times).strip("0") == "1":
        _LOG.error("%s (%s): met %s times", fault.sentence, fault.place, f"{times:,}")
    return times


def _in_one_line(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words:.200}" if words else type(error).__name__


def _place(error: BaseException) -> str:
    """The innermost line of the program's own."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        parts = Path(frame.filename).parts
        for package in _PACKAGES:
            if package in parts:
                index = len(parts) - 1 - parts[::-1].index(package)
                return f"{'/'.join(parts[index:])}, line {frame.lineno}"
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "unknown"
