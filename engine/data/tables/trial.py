"""Trial reading of spreadsheets in a process that may fail.

The library that reads them has no bounds of its own: damaged or made for it, a spreadsheet of 10 kB can take all
memory, end the process, or never come to an end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.data.damage import HIGHEST_RATIO
from engine.data.file_dataset import LARGEST
from engine.data.progress import advance
from engine.errors import DataError

_READER: Final = Path(__file__).with_name("trial_reader.py")
# Bytes that any file may take, and those that the largest may: full, a sheet of that size takes so many.
_FREE: Final = 256 << 20
_MOST: Final = 3 * LARGEST
# Of an old book the reader asks for 32 bytes a place of a whole sheet, as soon as its last cell has a format.
_OLD_SHEET: Final = 32 << 24
# Seconds of the processor for any file, and bytes of a larger one in each further second.
_SECONDS: Final = 8
_RATE: Final = 100_000
# Other programs may keep the processor busy, and not every system counts its seconds.
_PATIENCE: Final = 10
_POLL: Final = 0.05


def check_by_trial(path: Path, sheet: str = "") -> None:
    """Check that a spreadsheet can be read within bounds of memory and time.

    Raises DataError, CancelledError, OSError.
    """
    status = path.stat()
    _try(str(path), sheet, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _try(path: str, sheet: str, size: int, time_ns: int) -> None:
    """Read a spreadsheet in another process, once for each version of the file."""
    memory = min(_MOST, max(_FREE, HIGHEST_RATIO * size)) + (_OLD_SHEET if path.lower().endswith(".xls") else 0)
    seconds = _SECONDS + size // _RATE
    if not sys.executable:
        return
    with subprocess.Popen(
        [sys.executable, "-P", str(_READER), os.path.abspath(path), sheet, str(memory), str(seconds)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "RUST_BACKTRACE": "0"},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        try:
            late, end = False, time.monotonic() + _PATIENCE * seconds
            while process.poll() is None and not (late := time.monotonic() > end):
                advance(0, 0, "bytes")
                time.sleep(_POLL)
        finally:
            process.kill()
    if not late and not process.returncode:
        return
    if late or process.returncode == -getattr(signal, "SIGXCPU", 0):
        raise DataError(f"{path} is damaged: reading it takes more than {seconds} s; use an intact copy of it")
    raise DataError(
        f"{path} is damaged, or takes more than {memory >> 20:,} MB once it is unpacked; use an intact copy of it, or "
        "save it as .csv"
    )
