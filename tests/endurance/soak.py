"""Soak test of the window: python -m tests.endurance.soak --minutes 60

Trains with all views open, and watches memory, frames, threads, file handles and objects of Qt; then opens, trains and
closes projects over and over in one window, and at last windows in the same process. Exit code 1 if anything drifts
beyond its limit.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication

from nnstudio.project import templates
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import Snapshot
from nnstudio.training.project import Project
from tests.endurance.harmless import let_run

# Limits: growth of the memory, of the slowest frames, and of the number of objects, each as a share.
MOST_DRIFT, MOST_SLOWER = 0.03, 0.25
# Bytes that a window may leave behind. The program never has another one: what counts are threads, files and objects,
# and small pieces that hold on to freed memory between them.
MOST_LEFT = 1 << 20
# Milliseconds by which frames may be slower however fast they were; bytes of memory that say nothing.
_NOISE_MS, _NOISE = 4.0, 8 << 20
# One for the whole process, from its first formula on.
_SHARED_THREAD = "formulas"
# An open window locks its copy once there is something to save.
_OWN = "/unsaved/"
# Bytes that moments may take here, so that they are full, and thinned, within the warm-up.
MOMENTS = 2 << 20
# Share of the time after which caches and logs are as full as they get.
_WARM_UP = 0.25
# Seconds between two looks at the process.
_LOOK = 2.0
# Windows, and rounds of projects, that are thrown away before those are counted that are compared.
_FIRST_CYCLES, _FIRST_ROUNDS = 5, 10
# Projects that are opened in turn: points, a table, pictures.
PROJECTS = ("xor", "moons", "iris", "digits-cnn")
PARTS = ("training", "projects", "windows")


@dataclass(frozen=True)
class Usage:
    """Usage of the process: resident bytes, threads, open files, and objects of Qt by their class."""

    memory: int
    threads: tuple[str, ...]
    files: tuple[str, ...]
    objects: Counter[str]


@dataclass
class Soaked:
    """Findings of a soak test.

    Attributes:
        before, after: usage after the warm-up, and at the end.
        memory: resident bytes over time, as (n, 2) pairs of seconds and bytes.
        allowed: bytes by which the memory may grow; 0 for a share of it.
        frames: milliseconds of the processor that the window took for each frame in the first and the last part; those
            of the clock would tell of the machine's other work. steps: trained in all.
    """

    before: Usage
    after: Usage
    memory: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    frames: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))
    steps: int = 0
    allowed: int = 0

    @property
    def drift(self) -> float:
        """Growth of the memory from the warm-up to the end, as a share."""
        first, last = self.ends
        return (last - first) / first

    @property
    def ends(self) -> tuple[float, float]:
        """Bytes of memory in the beginning and in the end."""
        if not len(self.memory):
            return float(self.before.memory), float(self.after.memory)
        # Medians of the first and the last fifth: a single look may fall upon a large array that goes again.
        part = max(len(self.memory) // 5, 1)
        return float(np.median(self.memory[:part, 1])), float(np.median(self.memory[-part:, 1]))

    @property
    def slowest(self) -> tuple[float, float]:
        """99th percentile of the frames in the first and the last part, in milliseconds; nan without frames."""
        first, last = (float(np.percentile(part, 99)) if len(part) else float("nan") for part in self.frames)
        return first, last

    @property
    def more(self) -> Counter[str]:
        """Objects of Qt that there are more of than before, by class."""
        return self.after.objects - self.before.objects

    def problems(self) -> list[str]:
        """Limits that were missed, each in a sentence."""
        found = []
        first, last = self.ends
        if last - first > (self.allowed or max(MOST_DRIFT * first, _NOISE)):
            found.append(f"memory grew by {self.drift:.1%}, from {first / 1e6:,.0f} to {last / 1e6:,.0f} MB")
        early, late = self.slowest
        if late > early * (1 + MOST_SLOWER) + _NOISE_MS:
            found.append(f"99 of 100 frames took {early:.1f} ms at first, and {late:.1f} ms in the end")
        for what, before, after in (
            ("threads", self.before.threads, self.after.threads),
            ("files", self.before.files, self.after.files),
        ):
            left = Counter(after) - Counter(before)
            if left:
                found.append(f"{what} left open: {', '.join(left.elements())}")
        if self.more.total() > max(MOST_DRIFT * self.before.objects.total(), 3):
            found.append(f"more objects of Qt: {dict(self.more.most_common(8))}")
        return found


def usage() -> Usage:
    """Usage of the process now, once everything that can go has gone."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    _give_back()
    files = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        # Handles of pipes and events bear numbers of their own.
        if _OWN not in target:
            files.append(target.partition(":[")[0])
    objects = Counter(type(found).__name__ for found in gc.get_objects() if isinstance(found, QObject))
    threads = sorted(thread.name for thread in threading.enumerate() if not thread.name.startswith(_SHARED_THREAD))
    return Usage(resident(), tuple(threads), tuple(files), objects)


def _give_back() -> None:
    """Gives the system what the C library keeps for later: that is no leak, and may be a hundred megabytes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def resident() -> int:
    """Resident memory of the process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def show_everything(window: MainWindow) -> None:
    """Show all views at once: tabs of one dock would hide each other, so each dock floats."""
    for place, (name, dock) in enumerate(window.docks.all.items()):
        if name not in window.docks.unsuited:
            dock.setFloating(True)
            dock.resize(420, 320)
            dock.move(60 * (place % 12), 40 * (place // 12))
            dock.show()


def train(seconds: float, template: str = "digits-cnn") -> Soaked:
    """Train so long with all views open."""
    window = _opened(template)
    show_everything(window)
    window.session.set_moment_limit(MOMENTS)
    window.speed.choose("full")
    times: list[tuple[float, float]] = []

    def drawn(snapshot: Snapshot) -> None:
        times.append((time.perf_counter(), time.thread_time()))

    window.session.arrived.connect(drawn)
    window.session.play()
    let_run(_WARM_UP * seconds)
    before, begun = usage(), time.perf_counter()
    times.clear()
    memory: list[tuple[float, int]] = []
    while (passed := time.perf_counter() - begun) < (1 - _WARM_UP) * seconds:
        let_run(min(_LOOK, (1 - _WARM_UP) * seconds - passed + 0.01))
        memory.append((time.perf_counter() - begun, resident()))
    after = usage()
    clock, worked = np.array(times).reshape(-1, 2).T
    part = min(60.0, (clock[-1] - clock[0]) / 3) if len(clock) else 0.0
    early, late = worked[clock <= clock[:1] + part], worked[clock >= clock[-1:] - part]
    steps = window.session.snapshot.step
    window.session.arrived.disconnect(drawn)
    _close(window)
    return Soaked(before, after, np.array(memory), (np.diff(early) * 1000, np.diff(late) * 1000), steps)


def projects(count: int, rounds: int = _FIRST_ROUNDS) -> Soaked:
    """Open a project, train and close it, so many times over in one window that shows what it shows at first.

    Before that come `rounds` of all projects, which fill what the program keeps.
    """
    window = _opened(PROJECTS[0])

    def cycle(place: int) -> None:
        window.session.open(_endless(PROJECTS[place % len(PROJECTS)]))
        window.pages.show_project()
        window.session.play()
        let_run(0.4)
        window.session.pause()
        let_run(0.1)

    for place in range(rounds * len(PROJECTS)):
        cycle(place)
    before = usage()
    for place in range(count):
        cycle(place)
    # The same project as before is on show.
    for place in range(len(PROJECTS)):
        cycle(place)
    after = usage()
    _close(window)
    return Soaked(before, after)


def cycles(count: int, template: str = "xor") -> Soaked:
    """Open a window, train and close it, so many times over."""
    for _ in range(_FIRST_CYCLES):
        _cycle(template)
    before = usage()
    for _ in range(count):
        _cycle(template)
    return Soaked(before, usage(), allowed=_NOISE + count * MOST_LEFT)


def _cycle(template: str) -> None:
    window = _opened(template)
    window.docks.arrange("watch")
    window.session.play()
    let_run(0.15)
    _close(window)


def _opened(template: str) -> MainWindow:
    """Window with a template that trains without an end."""
    window = MainWindow()
    window.resize(1280, 800)
    window.show()
    window.session.open(_endless(template))
    window.pages.show_project()
    return window


def _endless(template: str) -> Project:
    """Project of a template that trains without an end."""
    document = templates.load(template).document
    return Project(document.with_changes(training=document.training.with_changes(epochs=10_000_000)))


def _close(window: MainWindow) -> None:
    window.session.pause()
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.rescue.close()
    window.session.close()
    window.hide()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def _tell(title: str, found: Soaked) -> bool:
    first, last = found.ends
    early, late = found.slowest
    print(f"{title}: {found.steps:,} steps")
    print(f"  memory {first / 1e6:,.1f} MB, then {last / 1e6:,.1f} MB ({found.drift:+.2%})")
    print(f"  99 of 100 frames {early:.1f} ms, then {late:.1f} ms")
    print(f"  threads {len(found.before.threads)}, then {len(found.after.threads)}")
    print(f"  files {len(found.before.files)}, then {len(found.after.files)}")
    print(f"  objects of Qt {found.before.objects.total():,}, then {found.after.objects.total():,}")
    for problem in found.problems():
        print(f"  MISSED: {problem}")
    return bool(found.problems())


def main() -> int:
    from nnstudio.app import make_application
    from nnstudio.faults import guard

    parser = argparse.ArgumentParser(prog="python -m tests.endurance.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--template", default="digits-cnn")
    parser.add_argument("--only", choices=PARTS)
    arguments = parser.parse_args()
    guard.guard_overrides()
    app = make_application()
    match arguments.only:
        case "training":
            missed = _tell("training with all views", train(60 * arguments.minutes, arguments.template))
        case "projects":
            missed = _tell(f"{arguments.cycles} projects in one window", projects(arguments.cycles))
        case "windows":
            missed = _tell(f"{arguments.cycles} windows", cycles(arguments.cycles))
        case _:
            # Each in a process of its own, whose memory tells of nothing else.
            command = [sys.executable, "-m", "tests.endurance.soak", *sys.argv[1:], "--only"]
            missed = sum(subprocess.run([*command, part], check=False).returncode for part in PARTS) > 0
    app.processEvents()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
