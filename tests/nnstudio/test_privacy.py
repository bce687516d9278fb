"""Copies, logs and settings are private; killed saves leave nothing."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nnstudio.faults import log
from nnstudio.files.atomic_write import replace_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights as Unix has them")


@pytest.fixture(autouse=True)
def _lenient() -> object:  # type: ignore[misc]
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_file_is_never_readable_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.nnstudio"
    path.write_bytes(b"old")
    path.chmod(0o600)
    seen: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode)))
    replace_file(path, b"new")
    assert seen[0] == 0o600
    assert rights(path) == 0o600


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    replace_file(tmp_path / "a", b"")
    assert rights(tmp_path / "a") == 0o644
    replace_file(tmp_path / "b", b"", private=True)
    assert rights(tmp_path / "b") == 0o600
    os.umask(0o077)
    replace_file(tmp_path / "c", b"")
    assert rights(tmp_path / "c") == 0o600


def test_the_log_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "nnstudio"
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log.keep_log(folder)
        logging.getLogger("a").warning("word")
    finally:
        for handler in [each for each in root.handlers if each not in before]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
        logging.captureWarnings(False)
    assert rights(folder) == 0o700
    assert rights(folder / "nnstudio.log") == 0o600
    assert "word" in (folder / "nnstudio.log").read_text()


def test_the_settings_are_private(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.faults import user_paths

    path = tmp_path / "nnstudio" / "nnstudio.conf"
    path.parent.mkdir()
    path.write_text("")

    class Settings:
        def fileName(self) -> str:
            return str(path)

    monkeypatch.setattr(user_paths, "QSettings", Settings)
    user_paths.keep_settings_private()
    assert rights(path) == 0o600
    assert rights(path.parent) == 0o700


KILLED = """
import sys, os
from pathlib import Path
from nnstudio.files import atomic_write
def wait(descriptor):
    print("writing", flush=True)
    sys.stdin.read()
os.fsync = wait
atomic_write.replace_file(Path(sys.argv[1]), b"half")
"""


def test_what_a_killed_save_has_left_goes_with_the_next(tmp_path: Path) -> None:
    path, other = tmp_path / "a.nnstudio", tmp_path / "b.nnstudio"
    path.write_bytes(b"old")
    saving = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert saving.stdout is not None
    assert saving.stdin is not None
    assert saving.stdout.readline() == b"writing\n"
    replace_file(path, b"while the other is under way")
    assert len(list(tmp_path.glob(".nnstudio-*"))) == 1
    saving.send_signal(signal.SIGKILL)
    saving.wait()
    saving.stdout.close()
    saving.stdin.close()
    replace_file(other, b"of another project")
    assert len(list(tmp_path.glob(".nnstudio-*"))) == 1
    replace_file(path, b"new")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.nnstudio", "b.nnstudio"]


def test_old_names_go_when_they_are_old(tmp_path: Path) -> None:
    old, new, strange = (
        tmp_path / name
        for name in (".nnstudio-" + "0" * 16 + ".tmp", ".nnstudio-" + "1" * 16 + ".tmp", ".nnstudio-mine.tmp")
    )
    for path in (old, new, strange):
        path.write_bytes(b"")
    days_ago = time.time() - 3 * 24 * 3600
    os.utime(old, (days_ago, days_ago))
    os.utime(strange, (days_ago, days_ago))
    replace_file(tmp_path / "a", b"")
    assert [path.exists() for path in (old, new, strange)] == [False, True, True]


def test_empty_folders_of_unsaved_work_go(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtCore import QLockFile

    from nnstudio.shell import unsaved_work

    monkeypatch.setattr(unsaved_work, "_place", lambda: tmp_path)
    for name in ("empty", "left", "alive", "strange"):
        (tmp_path / name).mkdir()
    (tmp_path / "left" / "a.nnstudio").write_bytes(b"")
    (tmp_path / "empty" / ".nnstudio-00-11.tmp").write_bytes(b"")
    (tmp_path / "strange" / "notes.txt").write_bytes(b"")
    lock = QLockFile(str(tmp_path / "alive" / "lock"))
    lock.setStaleLockTime(0)
    assert lock.tryLock(0)
    assert [left.copy for left in unsaved_work.left_behind()] == [tmp_path / "left" / "a.nnstudio"]
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["alive", "left", "strange"]
    lock.unlock()
