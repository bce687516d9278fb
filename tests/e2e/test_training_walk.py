"""Walk through a training step with real keys, against an untouched run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nnstudio.project import templates
from nnstudio.training.run import TrainingRun
from tests.e2e.driver import fingerprint
from tests.e2e.studio import Studio
from tests.nnstudio.worker_support import run_of

pytestmark = pytest.mark.e2e


def opened(start: Callable[..., Studio], template: str) -> tuple[Studio, TrainingRun]:
    studio = start()
    studio.press(f"template_{template}")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("canvas")
    plain = run_of(templates.load(template).document)
    # A step by hand: there are no weights to be saved, and no loss, before the first.
    studio.key("F10")
    studio.wait(lambda: studio.state["step"] == 1)
    plain.step_once()
    return studio, plain


def digest(studio: Studio) -> str:
    found: str = studio.ask("digest")["digest"]
    return found


def plain_digest(run: TrainingRun) -> str:
    return fingerprint(run.network.arrays)


def place(studio: Studio) -> str:
    found: str = studio.state["walk"][0]
    return found


def test_a_step_of_xor_is_walked_forth_and_back_and_then_made(start: Callable[..., Studio]) -> None:
    studio, plain = opened(start, "xor")
    for step in (2, 3):
        studio.key("F10")
        plain.step_once()
        studio.wait(lambda step=step: studio.state["step"] == step)  # type: ignore[misc]
    before, loss = digest(studio), studio.state["loss"]
    assert before == plain_digest(plain)
    studio.key("F7")
    studio.wait(lambda: place(studio).startswith("Step through 1 of 19: product of dense_1"))
    assert "mathematicsView" in studio.state["views"]
    batch = plain.trainer.next_batch.tolist()
    studio.wait(lambda: studio.state["probe"].startswith(f"Probe: Training sample {batch[0] + 1} "))
    seen = [place(studio)]
    while not seen[-1].startswith("Step through 19"):
        studio.key("F7")
        seen.append(place(studio))
        block = seen[-1].rpartition(" of ")[2].removesuffix(". F7 takes the update")
        assert studio.state["selected"] == (block if "_" in block else "output")
    assert len(seen) == 19
    studio.wait(lambda: studio.state["walk"][1] == "dense_2: Update of bias")
    studio.shot("last-stop")
    for expected in reversed(seen[-4:-1]):
        studio.key("shift+F7")
        assert place(studio) == expected
    for expected in seen[-3:]:
        # By the lens's button this time.
        studio.press("walkForthButton")
        assert place(studio) == expected
    assert (digest(studio), studio.state["loss"], studio.state["step"]) == (before, loss, 3)
    studio.key("F7")
    studio.wait(lambda: studio.state["step"] == 4)
    plain.step_once()
    assert place(studio) == ""
    assert digest(studio) == plain_digest(plain) != before
    # The run goes on as if nobody had looked.
    studio.key("F11")
    studio.wait(lambda: studio.state["epoch"] == 2)
    while plain.epoch < 2:
        plain.step_once()
    assert digest(studio) == plain_digest(plain)


def test_the_walk_is_left_by_key_and_menu(start: Callable[..., Studio]) -> None:
    studio, plain = opened(start, "xor")
    studio.key("F7")
    studio.wait(lambda: place(studio) != "")
    studio.key("F7", "Escape")
    studio.wait(lambda: place(studio) == "")
    studio.click(studio.where("menu", text="Train"))
    studio.click(studio.where("menu", text="Walk through a step"))
    studio.wait(lambda: place(studio).startswith("Step through 1 of"))
    studio.click(studio.where("menu", text="Train"))
    studio.click(studio.where("menu", text="Leave the walk"))
    studio.wait(lambda: place(studio) == "")
    assert (digest(studio), studio.state["step"]) == (plain_digest(plain), 1)


def test_a_step_of_the_tutorial_s_network_for_pictures_is_walked(start: Callable[..., Studio]) -> None:
    studio, plain = opened(start, "mnist-tutorial")
    before = digest(studio)
    studio.key("F7")
    studio.wait(lambda: place(studio).startswith("Step through 1 of"))
    seen = [place(studio)]
    while "takes the update" not in seen[-1]:
        studio.key("F7")
        seen.append(place(studio))
    for words in ("correlation of conv2d_1", "gradient of the input of reshape_1", "update of bias of conv2d_1"):
        assert sum(words in each for each in seen) == 1
    studio.shot("tutorial")
    assert digest(studio) == before == plain_digest(plain)
    studio.key("F7")
    studio.wait(lambda: studio.state["step"] == 2)
    plain.step_once()
    assert digest(studio) == plain_digest(plain) != before
