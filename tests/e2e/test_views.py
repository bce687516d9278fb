"""Views that a project opens on, and their sizes. With a real mouse."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def open_template(studio: Studio, name: str) -> None:
    """From wherever one is, by the start page."""
    if not studio.ask("widget", name=f"template_{name}")["visible"]:
        studio.key("ctrl+Home")
    studio.press(f"template_{name}")
    studio.wait(lambda: studio.state["state"] == "ready")


def tab(studio: Studio, text: str) -> bool:
    return bool(studio.ask("tab", text=text)["visible"])


def resize(studio: Studio, width: int, height: int) -> None:
    """As a window manager does when one leads the corner of the window."""
    command = ["xdotool", "windowsize", "--sync", str(studio.state["window"]), str(width), str(height)]
    subprocess.run(command, env=studio.environment, check=True, timeout=30)


def test_what_was_looked_at_in_one_project_is_not_what_the_next_opens_on(start: Callable[..., Studio]) -> None:
    studio = start()
    open_template(studio, "xor")
    assert studio.state["views"] == {"lossView": "Loss", "boundaryView": "Decision boundary"}
    # Somebody looks at the second layer's weights, and at which classes are predicted as which.
    studio.click(studio.where("block", name="dense_2"))
    studio.click(studio.where("tab", text="Weights"))
    studio.click(studio.where("tab", text="Confusion"))
    studio.wait(lambda: studio.state["views"].keys() == {"confusionView", "kernelView"})
    assert studio.state["weights_of"] == "dense_2"
    # XOR keeps no data for validation: those are judged that there are.
    studio.wait(lambda: "of 4 correct on the training data" in studio.state["confused"])
    studio.shot("xor")

    open_template(studio, "digits-cnn")
    studio.wait(lambda: studio.state["views"] == {"lossView": "Loss", "kernelView": "Weights"})
    assert studio.state["weights_of"] == "conv2d_1"
    assert (tab(studio, "Confusion"), tab(studio, "Decision boundary")) == (True, True)
    studio.click(studio.where("tab", text="Confusion"))
    studio.wait(lambda: "on the validation data" in studio.state["confused"])
    studio.shot("digits")

    open_template(studio, "regression-hills")
    studio.wait(lambda: studio.state["views"] == {"lossView": "Loss", "boundaryView": "Prediction"})
    assert (tab(studio, "Prediction"), tab(studio, "Confusion")) == (True, False)
    # The command palette offers it as little as the tabs do.
    studio.key("ctrl+k")
    studio.type("show confusion", into="commandField")
    studio.shot("palette")
    studio.key("Return", "Escape")
    assert not tab(studio, "Confusion")

    open_template(studio, "spiral")
    studio.wait(lambda: studio.state["views"] == {"lossView": "Loss", "boundaryView": "Decision boundary"})
    assert tab(studio, "Confusion")
    # Other data in the same project leave the tab that somebody chose.
    studio.click(studio.where("tab", text="Accuracy"))
    studio.click(studio.where("tab", text="Data"))
    studio.wait(lambda: studio.ask("widget", name="tile_Moons")["visible"])
    studio.press("tile_Moons")
    studio.wait(lambda: studio.state["dataset"] == "Moons")
    assert studio.state["views"] == {"metricView": "Accuracy", "boundaryView": "Decision boundary"}


def test_the_edge_that_somebody_has_led_stays_in_the_next_session(start: Callable[..., Studio]) -> None:
    def height(name: str) -> int:
        found: list[int] = studio.ask("widget", name=name)["rect"]
        return found[3]

    studio = start()
    resize(studio, 1280, 800)
    open_template(studio, "xor")
    before = height("boundaryView")
    # In a smaller window the views get less, in the larger one as much again.
    resize(studio, 1240, 690)
    studio.wait(lambda: height("boundaryView") < before - 20)
    resize(studio, 1280, 800)
    studio.wait(lambda: height("boundaryView") == before)
    left, top, width, _ = studio.ask("widget", name="boundaryView")["rect"]
    studio.drag((left + width // 2, top - 3), (left + width // 2, top - 63))
    studio.wait(lambda: height("boundaryView") > before + 40)
    own = height("boundaryView")
    resize(studio, 1240, 760)
    studio.wait(lambda: studio.ask("widget", name="mainWindow")["rect"][3] == 760)
    assert height("boundaryView") == own
    studio.shot("own-size")
    studio.key("ctrl+q")
    assert studio.ended() == 0
    studio = start()
    # In this window the example lies below the edge of the start page: the wheel leads there.
    studio.click(studio.where("widget", name="template_xor"), 20, button=5)
    open_template(studio, "regression-hills")
    assert height("boundaryView") == own
