"""Probe and arrangements with a real mouse: choosing samples, trying values, and another layout of the window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def opened(start: Callable[..., Studio], template: str) -> Studio:
    studio = start()
    studio.press(f"template_{template}")
    studio.wait(lambda: studio.state["state"] == "ready")
    return studio


def number(studio: Studio) -> int:
    """Number of the training sample that is the probe, from 1; 0 if it is none."""
    found = re.match(r"Probe: Training sample (\d+) · ", studio.state["probe"])
    return int(found[1]) if found else 0


def test_the_probe_is_led_by_keys_and_buttons_and_tried_with_other_values(start: Callable[..., Studio]) -> None:
    studio = opened(start, "iris")
    assert number(studio) == 1
    studio.press("canvas")
    studio.key("F8")
    studio.wait(lambda: number(studio) == 2)
    studio.key("shift+F8", "shift+F8")
    studio.wait(lambda: number(studio) == 120)
    studio.key("ctrl+shift+F8")
    studio.wait(lambda: number(studio) not in (0, 120))
    studio.key("F8")
    studio.key("ctrl+F8")
    wrong = number(studio)
    studio.wait(lambda: number(studio) != 0)
    assert not studio.ask("widget", name="probeView")["visible"]
    # Its name in the status bar opens its panel.
    studio.press("probeStatus")
    studio.wait(lambda: studio.state["views"].get("probeView") == "Probe")
    studio.press("nextSampleButton")
    studio.wait(lambda: number(studio) != wrong)
    before = studio.state["probe"]
    slider = studio.where("widget", name="probeSlider1")
    left, _, width, _ = studio.ask("widget", name="probeSlider1")["rect"]
    studio.click((left + width - 4, slider[1]))
    studio.wait(lambda: studio.state["probe"].startswith("Probe: Own values ("))
    studio.shot("own-values")
    studio.press("probeBack")
    studio.wait(lambda: studio.state["probe"] == before)
    assert studio.state["undo"] == ""


def test_the_window_is_arranged_by_menu_and_key_and_remembers_it(
    start: Callable[..., Studio],
) -> None:
    studio = opened(start, "xor")
    assert studio.state["arrangement"] == "build"
    studio.click(studio.where("menu", text="View"))
    studio.click(studio.where("menu", text="Layout"))
    studio.click(studio.where("menu", text="Watch"))
    studio.wait(lambda: studio.state["arrangement"] == "watch")
    studio.wait(lambda: {"lossView", "metricView", "confusionView", "boundaryView"} <= set(studio.state["views"]))
    assert not studio.ask("widget", name="palette")["visible"]
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 0)
    studio.shot("watch")
    studio.key("alt+3")
    studio.wait(lambda: studio.state["arrangement"] == "understand" and "probeView" in studio.state["views"])
    studio.shot("understand")
    studio.key("alt+1")
    studio.wait(lambda: studio.ask("widget", name="palette")["visible"])
    assert set(studio.state["views"]) == {"lossView", "boundaryView"}
