"""Judging with a real mouse: from a cell of the confusion matrix to a sample, and a threshold that is tried."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def test_from_the_matrix_to_a_sample_and_on_to_another_threshold(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_moons")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.key("F11")
    studio.wait(lambda: studio.state["epoch"] == 1 and studio.state["state"] != "running")
    studio.click(studio.where("tab", text="Confusion"))
    studio.wait(lambda: "on the validation data" in studio.state["confused"])
    counts = {
        (row, column): studio.ask("confusion_cell", row=row, column=column)["count"]
        for row in range(2)
        for column in range(2)
    }
    row, column = max(counts, key=lambda cell: counts[cell])
    before = studio.state["probe"]
    studio.click(studio.where("confusion_cell", row=row, column=column))
    studio.wait(lambda: studio.ask("widget", name="rankedTable")["visible"])
    left, top, width, _ = studio.ask("widget", name="rankedTable")["rect"]
    studio.shot("cell")
    # The second line below the header: the second most confident.
    studio.wait(lambda: bool(studio.click((left + width // 3, top + 58)) or studio.state["probe"] != before))
    assert studio.state["probe"].startswith("Probe: Validation sample")
    assert studio.state["probe"].endswith(f"class {row}")
    studio.key("Escape")
    studio.wait(lambda: studio.ask("widget", name="confusionCanvas")["visible"])

    # The view that judges is opened by the palette, as whoever does not know the menu does.
    studio.key("ctrl+k")
    studio.type("show judging", into="commandField")
    studio.key("Return")
    studio.wait(lambda: "judgingView" in studio.state["views"])
    studio.wait(lambda: "60 validation samples" in studio.ask("judged")["told"])
    studio.click(studio.where("tab", text="ROC"))
    studio.wait(lambda: "area under ROC" in studio.ask("judged")["told"])
    assert studio.ask("judged")["cut"] == 0.5
    left, top, width, height = studio.ask("widget", name="thresholdSlider")["rect"]
    studio.click((left + 3, top + height // 2))
    studio.wait(lambda: studio.ask("judged")["cut"] < 0.5)
    studio.shot("threshold")
    assert studio.state["undo"] == ""
