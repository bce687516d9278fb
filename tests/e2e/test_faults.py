"""Faults injected into the program: one message, nothing lost, the program continues."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nnstudio.project import project_file
from tests.e2e.studio import PATIENCE, Studio

pytestmark = pytest.mark.e2e


def begin(start: Callable[..., Studio]) -> Studio:
    """A project with an edit that is not saved."""
    studio = start()
    studio.may_complain = True
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("block", name="dense_1"))
    studio.key("ctrl+e")
    studio.wait(lambda: studio.state["off"] == ["dense_1"])
    return studio


def move_on(studio: Studio, part: str) -> None:
    """Does what leads through the broken part."""
    if part == "event":
        studio.move(studio.where("block", name="dense_2"))
        studio.click(studio.where("block", name="dense_2"), button=4)
    elif part == "paint":
        studio.key("ctrl+1")
        studio.click(studio.where("block", name="dense_2"))
        studio.key("ctrl+2")
    elif part == "slot":
        studio.key("ctrl+l")
    elif part == "undo":
        studio.key("ctrl+z")
    elif part == "worker":
        studio.key("F5")
    elif part == "close":
        studio.key("ctrl+q")


@pytest.mark.parametrize("part", ["paint", "event", "slot", "undo", "worker", "close"])
def test_a_fault_is_told_once_and_the_work_is_kept(start: Callable[..., Studio], part: str) -> None:
    studio = begin(start)
    before = studio.state
    studio.ask("break", part=part)
    move_on(studio, part)
    studio.where("widget", name="faultMessage")
    copies = studio.state_folder / "unsaved"
    studio.wait(lambda: bool(list(copies.glob("*/XOR.nnstudio"))))
    studio.shot(part)
    copy = project_file.load(next(copies.glob("*/XOR.nnstudio")))
    assert [block.name for block in copy.document.blocks if block.disabled] == ["dense_1"]
    # However often it comes back: one message, one line, one entry.
    if part != "close":
        move_on(studio, part)
    studio.ask("repair")
    log = (studio.state_folder / "nnstudio.log").read_text()
    assert log.count("Traceback") == 1
    assert f"a fault in {part}" in log
    printed = studio.printed()
    assert "Traceback" not in printed
    assert len(printed.splitlines()) == 1
    assert "nnstudio.log" in printed
    # The program is whole again.
    studio.click(studio.where("button", text="Go on"))
    studio.focus()
    assert studio.state["layers"] == before["layers"]
    if part == "undo":
        studio.key("ctrl+shift+z")
    studio.key("F5")
    studio.wait(lambda: studio.state["step"] > 0)
    studio.key("F6")
    studio.key("ctrl+q")
    studio.click(studio.where("button", text="Discard"))
    assert studio.ended() == 0
    assert not list(copies.glob("*"))


def test_work_that_a_kill_left_unsaved_is_offered_at_the_next_start(
    start: Callable[..., Studio], tmp_path: Path
) -> None:
    studio = begin(start)
    studio.ask("break", part="slot")
    studio.key("ctrl+l")
    copies = studio.state_folder / "unsaved"
    studio.wait(lambda: bool(list(copies.glob("*/XOR.nnstudio"))))
    # While it runs, its copy is nobody else's.
    beside = start()
    beside.may_complain = True
    assert not beside.ask("widget", name="leftBehind")["visible"]
    beside.close()
    studio.process.kill()
    studio.ended()
    again = start()
    again.may_complain = True
    again.where("widget", name="leftBehind")
    again.shot("offered")
    again.click(again.where("button", text="Open it"))
    again.wait(lambda: again.state["off"] == ["dense_1"])
    assert again.state["title"] == "XOR* — nnstudio"
    again.focus()
    again.key("ctrl+s")
    target = tmp_path / "kept.nnstudio"
    again.type(str(target), into="fileNameEdit")
    again.key("Return")
    again.wait(target.is_file)
    again.wait(lambda: not list(copies.glob("*/*.nnstudio")))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_window_that_is_told_to_end_leaves_its_work_to_the_next_start(
    start: Callable[..., Studio], number: signal.Signals
) -> None:
    studio = begin(start)
    studio.key("F5")
    studio.wait(lambda: studio.state["step"] > 50)
    # While a dialog waits for an answer, too.
    studio.key("ctrl+n")
    studio.where("widget", name="unsavedQuestion")
    begun = time.monotonic()
    os.kill(studio.process.pid, number)
    assert studio.ended() == 128 + number
    assert time.monotonic() - begun < 5 * PATIENCE
    copies = studio.state_folder / "unsaved"
    assert project_file.load(next(copies.glob("*/XOR.nnstudio"))).checkpoint.step > 50
    again = start()
    again.click(again.where("button", text="Open it"))
    again.wait(lambda: again.state["off"] == ["dense_1"])
    again.wait(lambda: again.state["step"] > 50)
    again.focus()
    again.key("ctrl+z")
    again.wait(lambda: again.state["off"] == [])


def test_a_kill_loses_no_edit_that_is_two_seconds_old(start: Callable[..., Studio]) -> None:
    studio = begin(start)
    time.sleep(2)
    studio.process.kill()
    studio.ended()
    again = start()
    again.click(again.where("button", text="Open it"))
    again.wait(lambda: again.state["off"] == ["dense_1"])
