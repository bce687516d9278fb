"""Faults at every system call of a save: the old file or the new one is there, complete, and nothing else is raised."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

import pytest

from nnstudio.document import edits
from nnstudio.files.atomic_write import replace_file
from nnstudio.project import journal, known_projects, project_file, templates, versions
from nnstudio.project.archive import ProjectError
from nnstudio.project.journal import History, Journal, Step
from nnstudio.project.run_file import RunFile
from nnstudio.training.project import Project
from tests.nnstudio.injected_faults import Dead, injected


def project(units: int) -> Project:
    return Project(edits.set_field(templates.load("xor").document, "dense_1", "units", units))


def units(path: Path) -> int:
    return project_file.load(path).document.block("dense_1").layer.units  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "Input/output error"), MemoryError()],
    ids=["full", "broken", "memory"],
)
def test_a_save_that_fails_anywhere_leaves_the_old_file_or_the_new(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "mine.nnstudio"
    project_file.save(project(3), path)
    with injected(0, error) as counted:
        project_file.save(project(4), path)
    assert counted.count > 20
    assert {"file.write", "fsync", "replace", "chmod", "flock", "zip"} <= set(counted.names) or os.name != "posix"
    for at in range(1, counted.count + 1):
        project_file.save(project(3), path)
        failed = None
        with injected(at, error) as faults:
            try:
                project_file.save(project(4), path)
            except ProjectError as told:
                failed = str(told)
        # Where it says that it has failed, the new file may be in its place all the same, but is not sure to stay.
        assert units(path) == 4 or failed, at
        assert failed is None or len(failed) < 400
        # The next one is as if nothing had been.
        project_file.save(project(5), path)
        assert units(path) == 5
        assert [rest.name for rest in tmp_path.iterdir()] == ["mine.nnstudio"], (at, faults.names[at - 1])


def test_a_save_that_is_killed_anywhere_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "mine.nnstudio"
    project_file.save(project(3), path)
    with injected(0, Dead()) as counted:
        project_file.save(project(4), path)
    seen = set()
    for at in range(1, counted.count + 1):
        project_file.save(project(3), path)
        with injected(at, Dead()), pytest.raises(Dead):
            project_file.save(project(4), path)
        seen.add(units(path))
    assert seen == {3, 4}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), Dead()], ids=["full", "killed"])
def test_a_journal_that_fails_anywhere_has_what_was_written_before(tmp_path: Path, error: BaseException) -> None:
    steps = tuple(Step(f"Units {number}", project(number).document) for number in range(3, 9))
    for long in (False, True):
        at = 0
        while True:
            at += 1
            path = tmp_path / f"{long}-{at}"
            writer = Journal(path)
            writer.write(History(steps[:2], 1))
            if long:
                # Then the file is begun anew.
                writer._size = 1 << 30
            with injected(at, error) as faults:
                try:
                    writer.write(History(steps, 5))
                    failed = False
                except (OSError, Dead):
                    failed = True
            assert journal.read(path).document in (
                [steps[1].document, steps[5].document] if failed else [steps[5].document]
            )
            writer.write(History(steps, 5))
            assert journal.read(path).document == steps[5].document
            if faults.count < at:
                break
        assert at > 4


def test_a_journal_and_a_save_do_not_share_their_rests(tmp_path: Path) -> None:
    """What a killed save has left is swept by the next save of that file alone."""
    other = tmp_path / "other"
    replace_file(other, b"1")
    with injected(0, Dead()) as counted:
        replace_file(other, b"2")
    place = counted.names.index("fsync") + 1
    with injected(place, Dead()), pytest.raises(Dead):
        replace_file(other, b"3")
    (rest,) = tmp_path.glob(".nnstudio-*")
    replace_file(tmp_path / "mine", b"")
    assert rest.exists()
    replace_file(other, b"4")
    assert not rest.exists()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State folder of the user."""
    monkeypatch.setattr(known_projects, "place", lambda: tmp_path / "state" / "known-projects")
    return tmp_path / "state"


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.usefixtures("state")
def test_a_checkpoint_that_fails_anywhere_is_in_the_second_place(tmp_path: Path) -> None:
    path, at, spared = tmp_path / "mine.nnstudio", 0, 0
    while True:
        at += 1
        project_file.save(project(3), path)
        with RunFile(path, path, 30, lambda sentence: None) as file:
            file.begin(1, 1)
            with injected(at, FULL) as faults:
                place = file.save(project(4))
            assert units(place) == 4, (at, faults.names[at - 1 : at])
            assert units(path) in (3, 4)
            spared += place != path
            # As soon as there is room again, it goes to its place.
            assert file.save(project(5)) == path
            assert units(path) == 5
            file.end()
        if faults.count < at:
            break
    assert at > 20
    assert spared > 5
    assert [rest.name for rest in tmp_path.iterdir() if rest.is_file()] == ["mine.nnstudio"]


def test_a_version_that_cannot_be_kept_leaves_the_others_and_no_rest(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "mine.nnstudio"
    at = 0
    while True:
        at += 1
        project_file.save(project(2 + at), path)
        with injected(at, FULL) as faults, contextlib.suppress(OSError):
            versions.keep(path)
        versions.keep(path)
        assert units(versions.versions(path)[0].path) == 2 + at
        if faults.count < at:
            break
    assert at > 4
    assert not list(state.rglob("*.tmp"))


def test_known_projects_are_there_whatever_fails(tmp_path: Path, state: Path) -> None:
    for at in range(1, 40):
        known_projects.remember(b"first")
        with injected(at, FULL):
            known_projects.remember(f"{at}".encode())
        assert known_projects.is_known(b"first")
    assert [rest.name for rest in state.iterdir()] == ["known-projects"]
