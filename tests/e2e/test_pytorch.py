"""PyTorch back end with a real mouse: chosen in the panel, trained, looked back at, saved, and gone on with."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.gestures import slide
from tests.e2e.studio import Studio

pytest.importorskip("torch", reason="PyTorch is not installed (extra 'torch')")
pytestmark = [pytest.mark.e2e, pytest.mark.peers]


def scroll_down(studio: Studio) -> None:
    """Turns the wheel over the training panel to its end."""
    left, top, _, height = studio.ask("widget", name="trainingPanel")["rect"]
    studio.click((left + 12, top + height // 2), 30, button=5)


def test_training_views_slider_and_saving_on_pytorch(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    first = studio.ask("digest")["digest"]
    studio.click(studio.where("tab", text="Training"))
    scroll_down(studio)
    studio.press("computingSection")
    scroll_down(studio)
    studio.choose("computing", "PyTorch on the processor")
    studio.wait(lambda: studio.state["undo"] == "Compute with PyTorch on the processor")
    studio.wait(lambda: studio.state["state"] == "ready", 60)
    # Both begin with the same numbers.
    assert studio.ask("digest")["digest"] == first
    studio.key("alt+2")
    studio.wait(lambda: "boundaryView" in studio.state["views"])
    studio.key("F5")
    studio.wait(lambda: studio.state["step"] > 100, 60)
    studio.press("pauseButton")
    studio.wait(lambda: studio.state["state"] == "paused")
    now = studio.state
    digest = studio.ask("digest")["digest"]
    slide(studio, 0.1)
    studio.wait(lambda: studio.state["moment"] is not None)
    studio.wait(lambda: studio.state["boundary"] != now["boundary"])
    studio.shot("past")
    studio.key("F9")
    studio.wait(lambda: studio.state["moment"] is None)
    studio.wait(lambda: studio.state["boundary"] == now["boundary"])
    assert studio.ask("digest")["digest"] == digest
    file = tmp_path / "kept.nnstudio"
    studio.key("ctrl+s")
    studio.type(str(file), into="fileNameEdit")
    studio.key("Return")
    studio.wait(file.is_file)
    studio.wait(lambda: studio.state["title"] == "kept — nnstudio")
    saved = json.loads(zipfile.ZipFile(file).read("project.json"))
    assert saved["training"]["computing"]["engine"] == "torch"
    again = start(str(file))
    again.wait(lambda: again.state["state"] == "paused", 60)
    assert again.state["step"] == now["step"]
    assert again.ask("digest")["digest"] == digest
    again.focus()
    again.key("F11")
    again.wait(lambda: again.state["step"] > now["step"], 60)
    assert again.ask("digest")["digest"] != digest
