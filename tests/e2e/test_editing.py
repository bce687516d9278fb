"""Editing blocks with mouse and keyboard.

Clipboard, selecting, nudging, renaming, disabling and replacing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e

# Another program, which has a text on the clipboard until it is killed; or says what another one has there.
_GIVE = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
app.clipboard().setText(sys.stdin.read())
print("ready", flush=True)
app.exec()
"""
_TAKE = """
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
QTimer.singleShot(300, app.quit)
app.exec()
print(app.clipboard().text())
"""


def taken_from(studio: Studio) -> str:
    """The text on the clipboard, as a text editor would get it."""
    done = subprocess.run(
        [sys.executable, "-c", _TAKE], env=studio.environment, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


class Giver:
    """A text editor that has copied a text."""

    def __init__(self, studio: Studio, text: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _GIVE],
            env=studio.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(text)
        self._process.stdin.close()
        assert self._process.stdout.readline() == "ready\n"

    def __enter__(self) -> Giver:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def studio(start: Callable[..., Studio]) -> Studio:
    """The program with the smallest example, a chain of four blocks."""
    made = start()
    made.press("template_xor")
    made.wait(lambda: made.state["chain"] == ["dense_1", "tanh_1", "dense_2", "tanh_2"])
    return made


def select(studio: Studio, *names: str) -> None:
    """Clicks a block, then further ones with Ctrl held."""
    for index, name in enumerate(names):
        studio.click(studio.where("block", name=name), hold="ctrl" if index else "")
    wanted = names[0] if len(names) == 1 else ""
    studio.wait(lambda: studio.state["selected"] == wanted)


def choose(studio: Studio, name: str, *texts: str) -> None:
    """Chooses from the context menu of a block."""
    studio.click(studio.where("block", name=name), button=3)
    for text in texts:
        studio.click(studio.where("menu", text=text))


def test_copy_and_paste_by_keys_and_from_a_text_editor(studio: Studio) -> None:
    select(studio, "dense_1", "tanh_1")
    studio.key("ctrl+c")
    studio.wait(lambda: "Copied 2 blocks" in studio.state["told"])
    copied = json.loads(taken_from(studio))
    assert [block["name"] for block in copied["blocks"]] == ["dense_1", "tanh_1"]
    select(studio, "tanh_1")
    studio.key("ctrl+v")
    studio.wait(lambda: studio.state["chain"][:4] == ["dense_1", "tanh_1", "dense_3", "tanh_3"])
    assert studio.state["undo"] == "Paste 2 blocks"
    assert studio.state["layers"]["dense_3"] == studio.state["layers"]["dense_1"]
    studio.shot("pasted")
    # A text editor changes the text and copies it.
    copied["blocks"][0]["layer"]["units"] = 5
    with Giver(studio, json.dumps(copied)):
        select(studio, "tanh_2")
        studio.key("ctrl+v")
        studio.wait(lambda: len(studio.state["chain"]) == 8)
    assert studio.state["layers"]["dense_4"]["units"] == 5
    # It copies something else: that is refused, with a sentence.
    before = studio.state
    with Giver(studio, "just some words"):
        studio.key("ctrl+v")
        studio.wait(lambda: "just some words" in studio.state["told"])
        studio.shot("refused")
    assert studio.state["chain"] == before["chain"]
    assert studio.state["undo"] == before["undo"]


def test_cut_duplicate_and_undo(studio: Studio) -> None:
    select(studio, "tanh_1")
    studio.key("ctrl+x")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "dense_2", "tanh_2"])
    select(studio, "tanh_2")
    studio.key("ctrl+v")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "dense_2", "tanh_2", "tanh_1"])
    select(studio, "dense_1", "dense_2")
    studio.key("ctrl+d")
    studio.wait(lambda: studio.state["chain"][:4] == ["dense_1", "dense_2", "dense_3", "dense_4"])
    for _ in range(3):
        studio.key("ctrl+z")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "tanh_1", "dense_2", "tanh_2"])


def test_two_windows_share_the_clipboard(studio: Studio, start: Callable[..., Studio]) -> None:
    select(studio, "dense_1", "tanh_1")
    studio.key("ctrl+c")
    studio.wait(lambda: "Copied" in studio.state["told"])
    other = start()
    other.press("emptyProject")
    other.where("widget", name="palette")
    other.click(other.where("widget", name="canvas"))
    other.key("ctrl+v")
    other.wait(lambda: other.state["chain"] == ["dense_1", "tanh_1"])


def test_text_fields_keep_their_keys(studio: Studio) -> None:
    select(studio, "dense_1")
    studio.key("ctrl+c")
    studio.wait(lambda: "Copied" in studio.state["told"])
    studio.click(studio.where("widget", name="blockName"))
    studio.key("ctrl+a")
    studio.key("ctrl+c")
    assert taken_from(studio).strip() == "dense_1"
    studio.key("End")
    studio.key("ctrl+v")
    studio.key("Return")
    studio.wait(lambda: studio.state["chain"][0] == "dense_1dense_1")
    assert len(studio.state["chain"]) == 4


def test_select_all_delete_and_undo(studio: Studio) -> None:
    studio.click(studio.where("block", name="output"))
    studio.key("ctrl+a")
    studio.key("Delete")
    studio.wait(lambda: studio.state["chain"] == [])
    assert studio.state["undo"] == "Delete 4 blocks"
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "tanh_1", "dense_2", "tanh_2"])


def test_frames_clicks_and_dragging_several(studio: Studio) -> None:
    left, *_ = studio.ask("widget", name="canvas")["rect"]
    first, second = studio.where("block", name="dense_1"), studio.where("block", name="tanh_1")
    studio.drag((max(first[0] - 160, left + 8), first[1] - 36), (first[0], second[1]))
    select(studio, "tanh_2")
    # With Ctrl, a frame adds to what is selected.
    with studio.holding("ctrl"):
        studio.drag((max(first[0] - 160, left + 8), first[1] - 36), (first[0], second[1]))
    studio.wait(lambda: studio.state["chosen"] == ["dense_1", "tanh_1", "tanh_2"])
    # With Shift, a click takes out again.
    studio.click(studio.where("block", name="tanh_2"), hold="shift")
    studio.wait(lambda: studio.state["chosen"] == ["dense_1", "tanh_1"])
    before = studio.state["blocks"]
    studio.drag(first, (first[0] + 40, first[1] + 10))
    studio.wait(lambda: studio.state["undo"] == "Move 2 blocks")
    after = studio.state["blocks"]
    moves = [[b - a for a, b in zip(before[name], after[name], strict=True)] for name in ("dense_1", "tanh_1")]
    assert moves[0] == pytest.approx(moves[1], abs=0.11)
    assert moves[0][0] > 0


def test_nudge_with_the_arrow_keys(studio: Studio) -> None:
    select(studio, "tanh_1")
    x, y = studio.state["blocks"]["tanh_1"]
    for _ in range(3):
        studio.key("ctrl+Right")
    studio.key("ctrl+shift+Down")
    studio.wait(lambda: studio.state["blocks"]["tanh_1"] == [x + 72, y + 4])
    assert studio.state["undo"] == "Nudge tanh_1"
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["blocks"]["tanh_1"] == [x, y])
    # Without Ctrl they walk.
    studio.key("Down")
    studio.wait(lambda: studio.state["selected"] == "dense_2")


def test_rename_on_the_block(studio: Studio) -> None:
    studio.click(studio.where("name", name="dense_1"), times=2)
    studio.where("widget", name="renameField")
    studio.type("tanh_1")
    studio.where("widget", name="renameError")
    studio.shot("bad-name")
    studio.key("Return")
    assert studio.state["chain"][0] == "dense_1"
    # What the keys do elsewhere, they do not do while one types.
    studio.key("ctrl+d")
    studio.key("ctrl+a")
    studio.type("hidden")
    studio.key("Return")
    studio.wait(lambda: studio.state["chain"] == ["hidden", "tanh_1", "dense_2", "tanh_2"])
    assert studio.state["undo"] == "Rename dense_1 to hidden"
    assert studio.state["selected"] == "hidden"
    studio.key("F2")
    studio.where("widget", name="renameField")
    studio.type("other")
    studio.key("Escape")
    assert studio.state["chain"][0] == "hidden"
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["chain"][0] == "dense_1")


def test_disable_and_enable(studio: Studio) -> None:
    select(studio, "dense_1")
    studio.key("ctrl+e")
    studio.wait(lambda: studio.state["off"] == ["dense_1"])
    # Its four outputs are gone: the two inputs pass.
    assert studio.state["wires"]["dense_1->tanh_1"] == "2"
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.shot("disabled")
    choose(studio, "dense_1", "Enable dense_1")
    studio.wait(lambda: studio.state["off"] == [])
    assert studio.state["undo"] == "Enable dense_1"
    for _ in range(2):
        studio.key("ctrl+z")
    studio.wait(lambda: studio.state["undo"] == "")


def test_replace_by_another_type(studio: Studio) -> None:
    choose(studio, "tanh_1", "Replace by", "Activation", "ReLU")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "relu_1", "dense_2", "tanh_2"])
    assert studio.state["undo"] == "Replace tanh_1 by ReLU"
    assert studio.state["selected"] == "relu_1"
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["chain"][1] == "tanh_1")


def test_weights_follow_a_rename_and_new_ones_are_marked(studio: Studio) -> None:
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("playButton")
    studio.wait(lambda: studio.state["loss"] is not None and studio.state["loss"] < 0.05, 30)
    studio.press("pauseButton")
    studio.wait(lambda: studio.state["state"] == "paused")
    select(studio, "dense_1")
    studio.key("F2")
    studio.type("hidden", into="renameField")
    studio.key("Return")
    studio.wait(lambda: studio.state["chain"][0] == "hidden")
    assert studio.state["notes"] == {}
    # It still knows what it had learnt: an epoch more leaves the error low.
    studio.press("epochButton")
    studio.wait(lambda: studio.state["state"] == "paused")
    assert studio.state["loss"] < 0.1
    studio.click(studio.where("widget", name="units"))
    studio.key("ctrl+a")
    studio.type("6")
    studio.key("Return")
    studio.wait(lambda: studio.state["notes"] == {"hidden": "new weights", "dense_2": "new weights"})
    studio.shot("new-weights")
    studio.press("playButton")
    studio.wait(lambda: studio.state["notes"] == {})
