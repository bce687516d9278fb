"""Decision boundary and 3-D surface with a real mouse: the probe by a click, turning, zooming."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def plane(studio: Studio) -> dict[str, Any]:
    return studio.ask("plane")


def test_a_click_in_the_plane_of_xor_sets_the_probe(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("spot", view="boundaryView", x=0.4, y=0.6))
    studio.wait(lambda: plane(studio)["probe"].startswith("Probe: Own values (0.4"))
    assert plane(studio)["mark"] == pytest.approx([0.4, 0.6], abs=0.02)
    # A click on a point is that sample; a drag pans, and chooses nothing.
    studio.click(studio.where("spot", view="boundaryView", x=1, y=1))
    studio.wait(lambda: plane(studio)["probe"].endswith("at x₁ 1, x₂ 1"))
    assert plane(studio)["probe"].startswith("Probe: Training sample ")
    chosen = plane(studio)["probe"]
    studio.drag(
        studio.where("spot", view="boundaryView", x=0.3, y=0.5), studio.where("spot", view="boundaryView", x=0.6, y=0.5)
    )
    assert plane(studio)["probe"] == chosen
    studio.shot("probe")


def test_the_surface_turns_under_the_mouse_and_shows_the_probe(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("spot", view="boundaryView", x=0.4, y=0.6))
    studio.key("ctrl+k")
    studio.type("show 3-D surface", into="commandField")
    studio.key("Return")
    studio.wait(lambda: "surfaceView" in studio.state["views"])
    x, y = studio.where("widget", name="surface")
    studio.wait(lambda: plane(studio)["surface_probe"].startswith("Probe: Own values (0.4"))
    azimuth, elevation, _ = plane(studio)["camera"]
    studio.drag((x, y), (x + 60, y + 20))
    turned = plane(studio)["camera"]
    assert turned[0] < azimuth - 20
    assert turned[1] > elevation + 4
    assert plane(studio)["surface_probe"].startswith("Probe: Own values")
    studio.shot("turned")
    studio.click((x, y), button=4)
    studio.wait(lambda: plane(studio)["camera"][2] > 1)
    studio.key("Left")
    studio.wait(lambda: plane(studio)["camera"][0] != turned[0])
    studio.click((x - 5, y - 5), 2)
    studio.wait(lambda: plane(studio)["camera"] == [azimuth, elevation, 1.0])
    studio.shot("reset")
