"""Time travel with a real mouse: look back, go on from there, compare runs, save and open again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gestures import slide
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def trained(start: Callable[..., Studio]) -> Studio:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("block", name="dense_1"))
    studio.key("alt+2")
    studio.wait(lambda: "boundaryView" in studio.state["views"])
    studio.key("shift+F5")
    studio.wait(lambda: studio.state["state"] == "finished", 60)
    return studio


def settled(studio: Studio) -> dict[str, Any]:
    """State once the pictures of a layout that has just opened have their last fineness."""
    states = [studio.state]

    def rests() -> bool:
        time.sleep(0.5)
        states.append(studio.state)
        return all(states[-1][name] == states[-2][name] for name in ("boundary", "lens", "views"))

    studio.wait(rests)
    return states[-1]


def test_the_past_is_shown_everywhere_and_the_network_of_now_is_untouched(start: Callable[..., Studio]) -> None:
    studio = trained(start)
    studio.key("alt+3")
    studio.wait(lambda: "networkView" in studio.state["views"])
    now = studio.ask("digest")["digest"]
    seen = settled(studio)
    last = seen["step"]
    slide(studio, 0.3)
    studio.wait(lambda: studio.state["moment"] is not None)
    studio.wait(lambda: studio.state["boundary"] != seen["boundary"])
    past = studio.state["moment"]
    assert 0 < past < last
    assert "In the past: step" in studio.state["time"]
    studio.shot("past")
    then = studio.state
    slide(studio, 0.1)
    studio.wait(lambda: studio.state["moment"] < past)
    studio.wait(lambda: studio.state["boundary"] != then["boundary"])
    studio.click(studio.where("tab", text="Mathematics"))
    studio.wait(lambda: "mathematicsView" in studio.state["views"])
    lens = settled(studio)["lens"]
    studio.key("ctrl+F9")
    studio.wait(lambda: studio.state["lens"] != lens)
    studio.click(studio.where("tab", text="Decision boundary"))
    assert studio.ask("digest")["digest"] == now
    studio.key("F9")
    studio.wait(lambda: studio.state["moment"] is None)
    studio.wait(lambda: studio.state["boundary"] == seen["boundary"])
    assert studio.ask("digest")["digest"] == now


def test_a_branch_is_a_run_that_can_be_compared_and_is_saved(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = trained(start)
    last = studio.state["step"]
    slide(studio, 0.4)
    studio.wait(lambda: studio.state["moment"] is not None)
    past = studio.state["moment"]
    studio.press("momentBranchButton")
    studio.wait(lambda: studio.state["run"] == "run-2")
    assert studio.state["step"] == past
    assert studio.state["moment"] is None
    assert studio.state["runs"] == {"run-1": last}
    studio.key("F11")
    studio.wait(lambda: studio.state["step"] > past)
    studio.click(studio.where("tab", text="Runs"))
    studio.wait(lambda: "runsView" in studio.state["views"])
    left, top, _, _ = studio.ask("widget", name="runTable")["rect"]
    # The box of the first row, under the titles.
    studio.click((left + 12, top + 30))
    studio.wait(lambda: any(name.startswith("Run 1") for name in studio.state["compared"]))
    studio.shot("compared")
    file = tmp_path / "kept.nnstudio"
    studio.key("ctrl+s")
    studio.type(str(file), into="fileNameEdit")
    studio.key("Return")
    studio.wait(file.is_file)
    studio.wait(lambda: studio.state["title"] == "kept — nnstudio")
    saved = studio.state
    again = start(str(file))
    again.wait(lambda: again.state["state"] == "paused")
    found = again.state
    assert (found["run"], found["runs"], found["moments"]) == ("run-2", {"run-1": last}, saved["moments"])
    studio.focus()
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["run"] == "run-1")
    assert studio.state["step"] == last
