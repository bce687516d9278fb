"""Processes of a sweep that the window has begun: `nnstudio sweep`, each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Final

# What a process says at its end, at most.
_LONGEST: Final = 4000


class SweepProcesses:
    """Processes that train trials; they go on when the window is closed, and end when they are asked to."""

    def __init__(self) -> None:
        self._running: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        # Numbers of those that were asked to end: what one says that is still starting is no complaint.
        self._asked: set[int] = set()
        # What the last process that failed has said.
        self.complaint = ""

    @property
    def alive(self) -> int:
        """Number of the processes that run; what those that have failed said becomes the complaint."""
        for process, said in list(self._running):
            if process.poll() is None:
                continue
            self._running.remove((process, said))
            if process.returncode > 0 and process.pid not in self._asked:
                said.seek(0)
                self.complaint = _last_line(said.read()[-_LONGEST:].decode(errors="replace"))
            said.close()
        return len(self._running)

    def start(self, project: Path, ranges: Sequence[str], place: str, study: str, count: int) -> None:
        """Begin so many processes on a project file; without ranges, with those of the study. Raises OSError."""
        self.complaint = ""
        self._asked.clear()
        command = [sys.executable, "-m", "nnstudio", "sweep", str(project), "--storage", place, "--study", study]
        command += [word for text in ranges for word in ("--search", text)]
        for _ in range(count):
            # A file, since a pipe that nobody empties would stop them one day.
            said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
            process = subprocess.Popen(
                [*command, "--allow-outside", "--no-runs", "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
            self._running.append((process, said))

    def stop(self, others: Iterable[int] = ()) -> None:
        """Ask all of them to end, and other processes of this computer by their numbers."""
        own = {process.pid for process, _ in self._running}
        self._asked |= own
        for process, _ in self._running:
            process.send_signal(_END)
        for pid in set(others) - own:
            try:
                os.kill(pid, _END)
            except OSError:
                # It has ended, or belongs to somebody else.
                continue


# As Ctrl-C does; on Windows there is no such thing for a process without a console, and the trial is trained again.
_END: Final = signal.SIGTERM if sys.platform == "win32" else signal.SIGINT


def _last_line(text: str) -> str:
    # A bar of progress overwrites its line.
    lines = [line.strip() for line in text.replace("\r", "\n").splitlines() if line.strip()]
    said = [line.removeprefix("nnstudio: ") for line in lines if line.startswith("nnstudio: ")]
    return said[-1] if said else lines[-1] if lines else ""
