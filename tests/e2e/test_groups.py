"""Groups with a real mouse and keyboard: made from a rubber band, repeated, collapsed, trained, expanded, undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e

PATTERN = ["conv2d_1", "relu_1", "maxpool2d_1"]


@pytest.fixture
def studio(start: Callable[..., Studio]) -> Studio:
    """The program with the digits, whose network begins with Conv-ReLU-MaxPool."""
    made = start()
    made.press("template_digits-cnn")
    made.wait(lambda: made.state["state"] == "ready")
    return made


def band(studio: Studio, first: str, last: str) -> None:
    """Draws a rubber band around blocks that stand in one column."""
    (x, top), (_, bottom) = studio.where("block", name=first), studio.where("block", name=last)
    above = studio.where("wire", source="input", target=first)[1]
    # From beside the wire above the first block to below the last one, clear of both.
    studio.drag((x - 30, (above + top) // 2 - (top - above) // 4), (x + 30, bottom + 3))


def test_a_pattern_is_grouped_repeated_collapsed_trained_and_undone(studio: Studio) -> None:
    first = studio.state
    band(studio, PATTERN[0], PATTERN[-1])
    studio.key("ctrl+g")
    studio.wait(lambda: studio.state["groups"] == {"group_1": PATTERN})
    assert studio.state["selected"] == "group_1"
    assert studio.state["undo"] == "Group 3 blocks"
    studio.shot("grouped")
    for count in (2, 3):
        studio.click(studio.where("frame", name="group_1", part="more"))
        studio.wait(lambda count=count: len(studio.state["groups"]["group_1"]) == 3 * count)
    assert studio.state["undo"] == "Repeat group_1 3 times"
    assert studio.state["problems"] == {}
    studio.shot("repeated")
    studio.key("ctrl+period")
    studio.wait(lambda: studio.state["collapsed"] == ["group_1"])
    assert set(studio.state["blocks"]) & {*PATTERN, "conv2d_3"} == set()
    assert studio.state["wires"]["input->group_1"] == "1x8x8"
    assert studio.state["wires"]["group_1->conv2d_2"] == "16x1x1"
    studio.press("playButton")
    studio.wait(lambda: studio.state["validation_accuracy"] > 0.5, 60)
    studio.shot("collapsed-and-training")
    studio.press("pauseButton")
    studio.wait(lambda: studio.state["state"] != "running")
    studio.click(studio.where("block", name="group_1"), times=2)
    studio.wait(lambda: not studio.state["collapsed"])
    for _ in range(4):
        studio.key("ctrl+z")
    studio.wait(lambda: studio.state["undo"] == first["undo"])
    assert studio.state["chain"] == first["chain"]
    assert studio.state["groups"] == {}
    studio.wait(lambda: studio.state["blocks"] == first["blocks"])


def test_a_collapsed_group_is_dragged_inserted_behind_and_deleted(studio: Studio) -> None:
    band(studio, PATTERN[0], PATTERN[-1])
    studio.key("ctrl+g")
    studio.wait(lambda: "group_1" in studio.state["groups"])
    # The title of the frame takes all blocks along.
    before = studio.state["blocks"]
    x, y = studio.where("frame", name="group_1")
    studio.drag((x, y), (x + 24, y + 24))
    studio.wait(lambda: studio.state["undo"] == "Move 3 blocks")
    after = studio.state["blocks"]
    ways = {tuple(round(b - a) for a, b in zip(before[name], after[name], strict=True)) for name in PATTERN}
    assert len(ways) == 1
    studio.key("ctrl+z")
    studio.click(studio.where("frame", name="group_1", part="collapse"))
    studio.wait(lambda: studio.state["collapsed"] == ["group_1"])
    wire = studio.where("wire", source="group_1", target="conv2d_2")
    studio.drag(studio.where("palette", layer="Dropout"), wire)
    studio.wait(lambda: "dropout_2" in studio.state["chain"])
    assert studio.state["chain"][2:4] == ["maxpool2d_1", "dropout_2"]
    assert studio.state["groups"] == {"group_1": PATTERN}
    # Let go on another wire, the whole group goes there.
    studio.drag(studio.where("block", name="group_1"), studio.where("wire", source="dropout_2", target="conv2d_2"))
    studio.wait(lambda: studio.state["chain"][:4] == ["dropout_2", *PATTERN])
    studio.click(studio.where("block", name="group_1"))
    studio.wait(lambda: studio.state["selected"] == "group_1")
    studio.shot("selected")
    studio.key("Delete")
    studio.wait(lambda: studio.state["chain"][:2] == ["dropout_2", "conv2d_2"])
    assert studio.state["groups"] == {}


def test_a_selection_that_cannot_be_a_group_says_why(studio: Studio) -> None:
    studio.click(studio.where("block", name="conv2d_1"))
    studio.click(studio.where("block", name="maxpool2d_1"), hold="ctrl")
    studio.key("ctrl+g")
    studio.wait(lambda: "relu_1 stands between" in studio.state["told"])
    assert studio.state["groups"] == {}
