"""Fixtures of the tests of sweeps: a small project, and `nnstudio sweep` as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nnstudio.document import edits
from nnstudio.project import project_file, templates
from nnstudio.training.project import Project

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project: two moons, five epochs."""
    pytest.importorskip("optuna")
    path = tmp_path / "moons.nnstudio"
    document = templates.load("moons").document
    project_file.save(Project(edits.set_training(document, epochs=5)), path)
    return path


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `nnstudio sweep` with these arguments; what still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "nnstudio", "sweep", *map(str, arguments)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)
