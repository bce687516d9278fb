"""Search settings with a real mouse: ranges, trials as they come, the best as a run, its settings in the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.studio import Studio

pytestmark = [pytest.mark.e2e, pytest.mark.peers]


def text(studio: Studio) -> str:
    return str(studio.ask("widget", name="searchMessage")["text"])


def fill(studio: Studio, name: str, words: str) -> None:
    """Writes into a field, in the place of what it holds, and leaves it."""
    # A tip of the field before may lie over this one, and would take the click.
    studio.move(studio.where("widget", name="searchMessage"))
    studio.press(name)
    studio.type(f"{words}\t", into=name, anew=True)


def test_settings_are_searched_and_the_best_are_taken(start: Callable[..., Studio], tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    studio = start()
    studio.press("template_moons")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("menu", text="Train"))
    studio.click(studio.where("menu", text="Search settings…"))
    studio.wait(lambda: bool(studio.ask("widget", name="searchDialog")["visible"]))
    studio.press("search:training.learning_rate")
    studio.wait(lambda: studio.state["undo"] == "Search training.learning_rate")
    # A range of one's own, and one that cannot be.
    fill(studio, "range:training.learning_rate", "0.1..0.01")
    studio.wait(lambda: bool(studio.ask("widget", name="rangeError:training.learning_rate")["visible"]))
    studio.shot("refused")
    fill(studio, "range:training.learning_rate", "1e-3..1e-1 log")
    studio.wait(lambda: not studio.ask("widget", name="rangeError:training.learning_rate")["visible"])
    for name, number in (("epochs", "100"), ("trials", "6"), ("keep", "2")):
        fill(studio, name, number)
    place = tmp_path / "moons.sweep"
    fill(studio, "searchStorage", str(place))
    studio.shot("settings")
    studio.press("searchStart")
    studio.wait(lambda: "best: trial" in text(studio), 60)
    studio.shot("under-way")
    # It can be ended at any time, and goes on.
    studio.press("searchStop")
    studio.wait(lambda: bool(studio.ask("widget", name="searchStart")["enabled"]), 30)
    assert place.exists()
    assert not text(studio).startswith("6 of")
    studio.press("searchStart")
    studio.wait(lambda: text(studio).startswith("6 of 6 trials; best: trial"), 60)
    studio.wait(lambda: not studio.ask("widget", name="searchStop")["enabled"], 30)
    studio.click(studio.where("tab", text="Parallel coordinates"))
    studio.shot("parallel")
    studio.click(studio.where("tab", text="Importance"))
    studio.shot("importance")
    studio.click(studio.where("tab", text="Trials"))
    studio.press("trialBest")
    studio.press("trialKeep")
    studio.wait(lambda: "1 trial is a run of the project now." in text(studio))
    studio.wait(lambda: len(studio.state["runs"]) == 1)
    assert list(studio.state["runs"].values()) == [100 * 24]
    before = studio.state["learning_rate"]
    studio.press("trialTake")
    studio.wait(lambda: studio.state["undo"].startswith("Settings of trial"))
    studio.wait(lambda: studio.state["learning_rate"] != before)
    assert 1e-3 <= studio.state["learning_rate"] <= 1e-1
    studio.shot("trials")
    studio.press("searchClose")
    studio.wait(lambda: not studio.ask("widget", name="searchDialog")["visible"])
    studio.focus()
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["learning_rate"] == before)
