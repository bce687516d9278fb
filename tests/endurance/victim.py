"""Victims of the tests that kill: windows and trainings, each in a process forked from one with all imports.

A window's victim edits, undoes, saves and trains at random, and logs each state of its document with the time.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PROJECT, LOG = "mine.nnstudio", "edits.log"


class Victims:
    """Process that forks victims, seen from the tests."""

    def __init__(self) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONFAULTHANDLER": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.endurance.victim"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def start(self, kind: str, folder: Path, seed: int) -> int:
        """Start a victim, "window" or "training", in a folder; returns its process."""
        return int(self._ask({"start": kind, "folder": str(folder), "seed": seed}))

    def kill(self, pid: int) -> float:
        """Kill a victim; returns the time at which that was."""
        return float(self._ask({"kill": pid}))

    def wait(self, pid: int) -> int:
        """Exit status of a victim that ends by itself."""
        return int(self._ask({"wait": pid}))

    def _ask(self, question: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that forks victims has ended; what it wrote stands above"
        return answer

    def close(self) -> None:
        """End it; victims that are left end with it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        if self._process.stdout is not None:
            self._process.stdout.close()


def digest(document: Any) -> str:
    """Short name of a document."""
    return hashlib.sha256(document.model_dump_json().encode()).hexdigest()[:16]


def serve() -> None:
    """Answer questions until the tests have gone; in a child, be the victim."""
    for name in ("nnstudio.cli_train", "nnstudio.headless", "nnstudio.shell.autosave"):
        importlib.import_module(name)
    alive: set[int] = set()
    for line in sys.stdin:
        question = json.loads(line)
        if "kill" in question:
            begun = time.time()
            os.kill(question["kill"], signal.SIGKILL)
            os.waitpid(question["kill"], 0)
            alive.discard(question["kill"])
            answer: float = begun
        elif "wait" in question:
            answer = os.waitstatus_to_exitcode(os.waitpid(question["wait"], 0)[1])
            alive.discard(question["wait"])
        else:
            pid = os.fork()
            if not pid:
                _be(question["start"], Path(question["folder"]), question["seed"])
            alive.add(pid)
            answer = pid
        sys.stdout.write(f"{answer!r}\n")
        sys.stdout.flush()
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _be(kind: str, folder: Path, seed: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = str(folder / "state")
    if kind == "window":
        _edit_at_random(folder, random.Random(seed))
    else:
        from nnstudio import cli

        os.dup2(null, 2)
        os._exit(cli.main(["train", str(folder / PROJECT), "--epochs", str(seed), "--checkpoint", "0.1"]))


def _edit_at_random(folder: Path, rng: random.Random) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    from nnstudio.document import edits
    from nnstudio.shell.autosave import Rescue
    from nnstudio.shell.project_files import Files
    from nnstudio.store import Store
    from nnstudio.training.session import Session

    app = QApplication([])
    window = QMainWindow()
    store = Store(window)
    session = Session(store, window)
    files = Files(store, session, window)
    rescue = Rescue(store, session, files, window)
    files.open(folder / PROJECT)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note() -> None:
        os.write(log, f"{time.time()!r} {digest(store.document)}\n".encode())

    def act() -> None:
        kind = rng.choices(("edit", "undo", "redo", "save", "play", "pause", "copy"), (12, 3, 1, 2, 1, 1, 1))[0]
        if kind == "edit":
            after = edits.set_field(store.document, "dense_1", "units", rng.randint(1, 200))
            store.edit("Units", edits.set_training(after, seed=rng.randrange(1 << 30)))
        elif kind == "undo":
            store.undo_stack.undo()
        elif kind == "redo":
            store.undo_stack.redo()
        elif kind == "save":
            files.save()
        elif kind == "play":
            session.play()
        elif kind == "pause":
            session.pause()
        else:
            rescue.keep()
        note()

    note()
    timer = QTimer(interval=60)
    timer.timeout.connect(act)
    timer.start()
    app.exec()


if __name__ == "__main__":
    serve()
