"""Kills at random moments, as many as `NNSTUDIO_KILLS` says: nothing unreadable, no old edit lost."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nnstudio.project import project_file, templates
from nnstudio.shell import unsaved_work
from nnstudio.shell.unsaved_work import left_behind
from tests.endurance.victim import LOG, PROJECT, Victims, digest

KILLS = int(os.environ.get("NNSTUDIO_KILLS", "4"))
SEED = int(os.environ.get("NNSTUDIO_SEED", "1"))
# Windows that run at the same time, with one folder for their unsaved work.
TOGETHER = 4
# Of an edit as old as that nothing is lost; where the tests wait for each other, a machine may take longer.
LIMIT_S = 2.0 if KILLS > 100 else 5.0
SHORTEST_S, LONGEST_S = 0.5, 7.0

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes of Unix")


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    made = Victims()
    yield made
    made.close()


def test_windows_that_are_killed_lose_no_edit_that_is_two_seconds_old(
    victims: Victims, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, lost = random.Random(SEED), []
    unread: list[str] = []
    for turn in range(-(-KILLS // TOGETHER)):
        folders = [tmp_path / f"{turn}-{number}" for number in range(TOGETHER)]
        shared = tmp_path / f"{turn}-state"
        shared.mkdir()
        running = []
        for number, folder in enumerate(folders):
            folder.mkdir()
            (folder / "state").symlink_to(shared)
            project_file.save(templates.load("xor"), folder / PROJECT)
            running.append((rng.uniform(SHORTEST_S, LONGEST_S), victims.start("window", folder, SEED + turn + number)))
        begun, ends = time.monotonic(), {}
        for (after, pid), folder in sorted(zip(running, folders, strict=True)):
            time.sleep(max(0.0, begun + after - time.monotonic()))
            ends[folder] = victims.kill(pid)
        monkeypatch.setattr(unsaved_work, "_place", lambda shared=shared: shared / "nnstudio" / "unsaved")
        left = {found.history.origin.path: found for found in left_behind() if found.history is not None}
        for folder, killed in ends.items():
            try:
                saved = project_file.load(folder / PROJECT)
                found = left.get(str(folder / PROJECT))
                document = saved.document
                if found is not None:
                    found.load()
                    document = found.history.document
            except Exception as error:
                unread.append(f"{folder.name}: {type(error).__name__}: {error}")
                continue
            lost.append(seconds_lost(folder, digest(document), killed))
    print(f"{len(lost)} kills; unreadable: {unread}; lost at most {max(lost):.2f} s")  # noqa: T201
    assert not unread
    assert len(lost) == -(-KILLS // TOGETHER) * TOGETHER
    assert max(lost) < LIMIT_S


def seconds_lost(folder: Path, known: str, killed: float) -> float:
    """Age of the oldest edit that is lost, in seconds; 0 for none. Fails if the document was never there."""
    if not (folder / LOG).exists():
        return 0.0
    rows = [line.split() for line in (folder / LOG).read_text().splitlines()]
    states = [(float(row[0]), row[1]) for row in rows if len(row) == 2]
    places = [place for place, (_, name) in enumerate(states) if name == known]
    assert places, f"{folder}: its document was never one"
    if places[-1] == len(states) - 1:
        return 0.0
    return killed - states[places[-1] + 1][0]


def test_a_training_that_is_killed_again_and_again_ends_as_one_that_is_not(victims: Victims, tmp_path: Path) -> None:
    epochs, rng = 400, random.Random(SEED)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        (folder / "state").mkdir(parents=True)
        project_file.save(templates.load("moons"), folder / PROJECT)
    undisturbed = victims.start("training", whole, epochs)
    kills = 0
    for _ in range(max(3, KILLS // 10)):
        pid = victims.start("training", broken, epochs)
        time.sleep(rng.uniform(0.3, 1.2))
        victims.kill(pid)
        project_file.load(broken / PROJECT)
        kills += 1
    assert victims.wait(victims.start("training", broken, epochs)) == 0
    assert victims.wait(undisturbed) == 0
    one, other = project_file.load(whole / PROJECT), project_file.load(broken / PROJECT)
    assert kills >= 3
    assert one.checkpoint.epoch == other.checkpoint.epoch == epochs
    for name, array in one.checkpoint.weights.items():
        np.testing.assert_array_equal(other.checkpoint.weights[name], array)
