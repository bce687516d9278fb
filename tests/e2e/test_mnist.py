"""MNIST from a folder, learnt in the window."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.schedules import Cosine
from nnstudio.document import edits
from nnstudio.project import project_file, templates
from tests.e2e.preload import ROOT
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e

LEAST = 0.975


def test_real_digits_are_read(
    start: Callable[..., Studio], mnist_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNSTUDIO_MNIST", str(mnist_folder))
    path = tmp_path / "digits.nnstudio"
    made = templates.load("mnist-cnn")
    document = edits.set_training(made.document, epochs=6, schedule=Cosine())
    project_file.save(replace(made, document=document), path)
    studio = start(str(path))
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("tab", text="Data"))
    studio.press("useLarger")
    studio.wait(lambda: studio.state["dataset"] == "MNIST" and studio.state["state"] == "ready", 20)
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "finished", 120)
    studio.shot("trained")
    before = path.stat().st_mtime_ns
    studio.key("ctrl+s")
    studio.wait(lambda: path.stat().st_mtime_ns != before, 20)
    # The digits of the test part were never seen, neither in training nor for validation.
    command = [sys.executable, "-m", "nnstudio", "evaluate", str(path), "--data", str(mnist_folder), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    scores = json.loads(done.stdout)
    assert scores["samples"] == 1000
    assert scores["accuracy"] > LEAST
