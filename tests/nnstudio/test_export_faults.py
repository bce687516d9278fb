"""Faults while an export is written: the file that was there or the new one, complete, a sentence, and no rest."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.whole_file import write_whole
from nnstudio.curve_files.csv_file import CsvFile
from nnstudio.document import edits
from nnstudio.export import diagram
from nnstudio.export.animation import ANIMATIONS
from nnstudio.export.film_writer import FilmWriter
from nnstudio.export.predictions import write_predictions
from nnstudio.export.registry import EXPORTERS, export
from nnstudio.files.atomic_write import replace_file
from nnstudio.files.failure_reason import failure_reason
from nnstudio.headless import finish, start
from nnstudio.project import templates
from nnstudio.training.export_subject import known_preparation
from nnstudio.training.project import Project
from tests.nnstudio.injected_faults import injected

FULL, BROKEN = OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "Input/output error")
OLD = b"what was here before"
# One call of each kind: those that make, fill, flush and name the new file.
_CALLS = ("fdopen", "file.write", "file.flush", "fsync", "chmod", "replace")


@pytest.fixture(scope="module")
def trained() -> Project:
    project = Project(edits.with_epochs(templates.load("xor").document, 1))
    run = start(project)
    run.advance(60, 1, lambda: False)
    return finish(project, run)


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _walk(folder: Path, write: Callable[[], object], errors: tuple[BaseException, ...]) -> None:
    """Write with one fault after the other: each of the files is as it was before, or as it is without a fault."""
    with injected(0, FULL) as counted:
        write()
    new = _content(folder)
    assert {"fsync", "replace"} <= set(counted.names), "it is not flushed and renamed"
    places = [place + 1 for place, name in enumerate(counted.names) if name in _CALLS]
    for turn, place in enumerate(places):
        for name in new:
            (folder / name).write_bytes(OLD)
        error = errors[turn % len(errors)]
        failed: BaseException | None = None
        with injected(place, error):
            try:
                write()
            except (OSError, EngineError, MemoryError) as found:
                failed = found
        left = _content(folder)
        if failed is None:
            # Some drives refuse to flush a folder.
            assert left == new
            continue
        for name in new:
            assert left[name] in (OLD, new[name]), (name, counted.names[place - 1])
        assert left.keys() == new.keys(), counted.names[place - 1]
        reason = failure_reason(failed)
        assert 10 < len(reason) < 300
        assert not re.search(r"Errno|\w+Error\b", reason)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", list(EXPORTERS))
def test_an_export_that_fails_anywhere_leaves_whole_files(
    name: str, trained: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = EXPORTERS[name]()
    if reason := exporter.why_not(trained):
        pytest.skip(reason)
    _made_once(exporter, monkeypatch)
    path = tmp_path / f"mine{exporter.suffix}"
    path.write_bytes(OLD)
    _walk(tmp_path, partial(export, exporter, trained, path), (FULL, BROKEN, MemoryError()))


def _made_once(exporter: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the content be made once: a picture takes half a second, and a .pdf names the time at which it was made."""
    owner, name = (type(exporter), "files") if hasattr(exporter, "files") else (diagram, "render")
    monkeypatch.setattr(owner, name, _remembered(getattr(owner, name)))


def _remembered(make: Callable[..., object]) -> Callable[..., object]:
    made: list[object] = []

    def once(*arguments: object) -> object:
        if not made:
            made.append(make(*arguments))
        return made[0]

    return once


@pytest.mark.parametrize("write", [write_whole, replace_file], ids=["engine", "studio"])
def test_a_file_is_replaced_with_its_rights_and_through_its_link(
    write: Callable[[Path, bytes], None], tmp_path: Path
) -> None:
    target, link, own = tmp_path / "target", tmp_path / "link", tmp_path / "link.part"
    target.write_bytes(OLD)
    target.chmod(0o640)
    link.symlink_to(target)
    own.write_bytes(b"somebody's")
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert own.read_bytes() == b"somebody's"
    with pytest.raises(OSError, match="a folder or a device"):
        write(tmp_path, b"")


def test_the_files_of_the_engine_fail_anywhere_and_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "network"
    path.write_bytes(OLD)
    _walk(tmp_path, partial(write_whole, path, b"new"), (FULL, MemoryError()))


@pytest.mark.parametrize("kind", sorted(ANIMATIONS))
def test_a_film_that_fails_anywhere_leaves_whole_files(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(OLD)

    def film() -> None:
        ended: list[Exception | None] = []
        writer = FilmWriter(ANIMATIONS[kind]((4, 2), 0.1, loop=True), path, ended.append)
        assert writer.offer(bytes(24))
        assert writer.finish()
        assert writer.join(5)
        if ended[0] is not None:
            raise ended[0]

    _walk(tmp_path, film, (FULL, MemoryError()))


def test_predictions_that_fail_anywhere_leave_whole_files(trained: Project, tmp_path: Path) -> None:
    known = known_preparation(trained.document, trained.checkpoint)
    assert known is not None
    path = tmp_path / "answers.csv"
    path.write_bytes(OLD)
    answers = [{"output": [0.5], "class": known.classes[0], "probabilities": {"0": 0.5, "1": 0.5}}]
    _walk(tmp_path, partial(write_predictions, answers, "", known, path), (FULL, BROKEN))


def test_curves_that_fail_anywhere_keep_what_was_written(tmp_path: Path) -> None:
    """Columns that are new have the file written anew."""
    for at in range(1, 40):
        path = tmp_path / f"{at}.csv"
        file = CsvFile(path, 0)
        file.add(1, {"loss": 1.0})
        file.close()
        with injected(at, FULL) as faults, contextlib.suppress(OSError):
            file.add(2, {"loss": 0.5, "accuracy": 1.0})
        file.close()
        assert path.read_text(encoding="utf-8").startswith(("step,loss\n1,1", "step,loss,accuracy\n1,1,"))
        if faults.count < at:
            break
    assert at > 10
    assert not [rest for rest in tmp_path.iterdir() if rest.suffix != ".csv"]
