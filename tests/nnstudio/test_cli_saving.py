"""Training on the command line never loses what it has done: checkpoints, second place, locks, changed files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnstudio import cli, cli_train
from nnstudio.document import edits
from nnstudio.files.process_lock import HeldError, ProcessLock
from nnstudio.project import known_projects, project_file, run_file, templates
from nnstudio.project.project_file import ProjectError, load, save
from nnstudio.project.run_file import RunFile
from nnstudio.training.project import Project
from nnstudio.training.repeat import Repeat
from nnstudio.training.run import TrainingRun

ROOT = Path(__file__).parents[2]
Call = Callable[..., tuple[int, str, str]]


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


@pytest.fixture
def moons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a folder of its own, with the user's state in another."""
    monkeypatch.setattr(known_projects, "place", lambda: tmp_path / "state" / "known-projects")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "moons.nnstudio"
    save(templates.load("moons"), path)
    return path


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*words: object) -> tuple[int, str, str]:
        code = cli.main([str(word) for word in words])
        return (code, *capsys.readouterr())

    return run


class Killed(BaseException):
    """As if the process had been killed."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets training be cut off at the end of an epoch, and saves between any two bursts of steps."""
    monkeypatch.setattr(run_file, "_SHARE", 0)
    advance, leave = TrainingRun.advance, RunFile.__exit__

    def at(epoch: int) -> None:
        def until(self: TrainingRun, seconds: float, until: int, *rest: object) -> None:
            if self.epoch >= epoch:
                raise Killed
            advance(self, seconds, min(until, self.epoch + 1), *rest)

        def left(self: RunFile, kind: object, *rest: object) -> None:
            # The system gives the lock back, and nobody else does anything.
            if kind is Killed:
                self._lock.give_back(keep_note=True)
            else:
                leave(self, kind, *rest)

        monkeypatch.setattr(TrainingRun, "advance", until)
        monkeypatch.setattr(RunFile, "__exit__", left)

    return at


def weights_after(path: Path, epochs: int) -> dict[str, np.ndarray]:
    """Those of a training that nothing interrupts."""
    other = path.with_name("whole.nnstudio")
    save(templates.load("moons"), other)
    assert cli.main(["train", str(other), "--epochs", str(epochs)]) == 0
    return dict(load(other).checkpoint.weights)


def assert_equal(found: Project, wanted: dict[str, np.ndarray]) -> None:
    assert found.checkpoint.weights.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found.checkpoint.weights[name], array)


def test_what_was_killed_goes_on_where_it_was_and_ends_where_it_was_to(
    moons: Path, call: Call, kill_at: Callable[[int], None]
) -> None:
    whole = weights_after(moons, 12)
    kill_at(7)
    with pytest.raises(Killed):
        cli.main(["train", str(moons), "--epochs", "12", "--checkpoint", "0"])
    assert load(moons).checkpoint.epoch == 7
    kill_at(1000)
    code, out, err = call("train", moons, "--epochs", "12")
    assert code == 0
    assert "was cut off; it goes on" in err
    assert "done after epoch 12" in out
    assert_equal(load(moons), whole)
    # It is over now: as many epochs once more are asked for.
    code, out, err = call("train", moons, "--epochs", "2")
    assert "cut off" not in err
    assert "done after epoch 14" in out


def test_another_number_of_epochs_counts_from_where_it_was_cut_off(
    moons: Path, call: Call, kill_at: Callable[[int], None]
) -> None:
    kill_at(3)
    with pytest.raises(Killed):
        cli.main(["train", str(moons), "--epochs", "12", "--checkpoint", "0"])
    kill_at(1000)
    assert "done after epoch 5" in call("train", moons, "--epochs", "2")[1]


def test_checkpoints_come_by_time_and_take_a_share_of_it(moons: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("nnstudio.project.run_file.time.monotonic", lambda: now[0])
    taken: list[float] = []

    def slow(project: Project, path: Path) -> None:
        taken.append(now[0])
        now[0] += 3.0

    monkeypatch.setattr(project_file, "save", slow)
    with RunFile(moons, moons, 30.0, print) as file:
        file._stamp = None
        monkeypatch.setattr(run_file, "stamp_of", lambda path: None)
        for _ in range(4000):
            now[0] += 0.1
            file.save_in_time(lambda: Project(templates.load("xor").document))
    assert 29 < taken[0] < 31
    pauses = np.diff(taken)
    assert (pauses > 60).all(), "saving takes a twentieth of the time at most"
    assert (pauses < 65).all()


def test_a_folder_that_becomes_unwritable_leads_to_the_second_place_and_back(
    moons: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, real = weights_after(moons, 6), project_file.save

    def full(project: Project, path: str | Path) -> None:
        if Path(path) == moons:
            raise ProjectError(f"{path} cannot be saved: No space left on device")
        real(project, path)

    monkeypatch.setattr(project_file, "save", full)
    code, out, err = call("train", moons, "--epochs", "6", "--checkpoint", "0")
    assert code == 1, "it is not where it was to be"
    assert err.count("No space left on device; what is trained is kept in") == 1
    (spare,) = (moons.parent / "state" / "trained").iterdir()
    assert f"saved to {spare}" in out
    assert spare.stat().st_mode & 0o077 == 0 or os.name != "posix" or spare.parent.stat().st_mode & 0o077 == 0
    assert not load(moons).trained
    assert_equal(load(spare), whole)
    # There is room again: all that is left to do is to save it.
    monkeypatch.setattr(project_file, "save", real)
    code, out, err = call("train", moons, "--epochs", "6")
    assert code == 0
    assert "could not be saved the last time" in err
    assert "done after epoch 6" in out
    assert_equal(load(moons), whole)
    assert not spare.exists()
    assert not list((moons.parent / "state" / "training").iterdir())


def test_what_lies_in_the_second_place_is_told_where_the_file_has_changed_since(
    moons: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = project_file.save

    def full(project: Project, path: str | Path) -> None:
        if Path(path) == moons:
            raise ProjectError("full")
        real(project, path)

    monkeypatch.setattr(project_file, "save", full)
    assert call("train", moons, "--epochs", "3")[0] == 1
    monkeypatch.setattr(project_file, "save", real)
    save(Project(edits.set_training(templates.load("moons").document, seed=9)), moons)
    code, out, err = call("train", moons, "--epochs", "1")
    assert code == 0
    (kept,) = (moons.parent / "state" / "trained").iterdir()
    assert f"that lies in {kept}, a project like any other" in err
    assert "done after epoch 1" in out
    assert load(kept).checkpoint.epoch == 3
    assert load(moons).document.training.seed == 9


def test_where_nothing_can_be_written_both_places_are_told(
    moons: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(project: Project, path: str | Path) -> None:
        raise ProjectError(f"{path} cannot be saved: Input/output error")

    monkeypatch.setattr(project_file, "save", full)
    code, _, err = call("train", moons, "--epochs", "1")
    assert code == 1
    assert err.count("Input/output error") == 2


def test_what_somebody_else_saved_meanwhile_is_kept(moons: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = Project(edits.set_training(templates.load("moons").document, seed=77))
    advance = TrainingRun.advance

    def slow(self: TrainingRun, *rest: object) -> None:
        advance(self, *rest)
        save(theirs, moons)

    monkeypatch.setattr(TrainingRun, "advance", slow)
    code, out, err = call("train", moons, "--epochs", "2")
    assert code == 0
    assert "was changed by another program meanwhile; what is trained goes to moons-trained.nnstudio" in err
    assert "moons-trained.nnstudio" in out
    assert load(moons).document.training.seed == 77
    assert load(moons.with_name("moons-trained.nnstudio")).checkpoint.epoch == 2
    assert "moons-trained-2.nnstudio" in call("train", moons, "--epochs", "1")[1]


def test_a_file_that_was_deleted_meanwhile_is_written_anew(
    moons: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = TrainingRun.advance

    def slow(self: TrainingRun, *rest: object) -> None:
        advance(self, *rest)
        moons.unlink(missing_ok=True)

    monkeypatch.setattr(TrainingRun, "advance", slow)
    assert call("train", moons, "--epochs", "1")[0] == 0
    assert load(moons).checkpoint.epoch == 1


def test_of_two_trainings_of_one_file_the_second_says_so(moons: Path, call: Call) -> None:
    before = moons.read_bytes()
    link = moons.with_name("link.nnstudio")
    link.symlink_to(moons)
    with RunFile(moons, moons, 30.0, print) as file:
        file.begin(None, 5)
        for name in (moons, link):
            code, _, err = call("train", name, "--epochs", "1")
            assert code == 1
            assert f"is being trained by process {os.getpid()}; wait for its end, or save elsewhere with -o" in err
        assert call("train", moons, "--epochs", "1", "-o", "other.nnstudio")[0] == 0
    assert moons.read_bytes() == before
    assert call("train", moons, "--epochs", "1")[0] == 0


def test_a_drive_without_room_is_refused_before_the_first_step(
    moons: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnstudio.project.run_file.shutil.disk_usage", lambda path: _Usage(100))
    monkeypatch.setattr(TrainingRun, "advance", lambda *_: pytest.fail("it has begun"))
    code, _, err = call("train", moons, "--epochs", "1")
    assert code == 1
    assert "there are 100 B free, and the project takes up to 1.68 kB" in err
    assert "make room, or save elsewhere with -o" in err


def test_runs_over_seeds_are_kept_one_by_one_and_gone_on_with(
    moons: Path, call: Call, kill_at: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_at(1000)
    advance = Repeat.advance

    def dies(self: Repeat, *rest: object) -> object:
        if self.progress.done == 2:
            raise Killed
        return advance(self, *rest)

    words = ("train", moons, "--seeds", "3", "--epochs", "1", "--checkpoint", "0")
    monkeypatch.setattr(Repeat, "advance", dies)
    with pytest.raises(Killed):
        cli.main([str(word) for word in words])
    monkeypatch.setattr(Repeat, "advance", advance)
    assert len(load(moons).runs) == 2
    code, _, err = call(*words)
    assert code == 0
    assert "was cut off; it goes on" in err
    found = load(moons)
    first = found.document.training.seed
    assert [run.document.training.seed for run in found.runs] == [first + 1, first + 2, first + 3]


def test_a_note_that_is_damaged_is_none(moons: Path, call: Call) -> None:
    with RunFile(moons, moons, 30.0, print) as file:
        file.begin(3, 4)
        path = file._lock._path
    for text in (b"{", b"\x00" * 50, b'{"pid": "x"}'):
        path.write_bytes(text)
        assert call("train", moons, "--epochs", "1")[0] == 0
        assert not path.exists()


def test_a_lock_goes_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from nnstudio.files.process_lock import ProcessLock\n"
        f"lock = ProcessLock(Path({str(path)!r})); lock.take(); lock.note(b'mine'); print('held', flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        lock = ProcessLock(path)
        with pytest.raises(HeldError) as held:
            lock.take()
        assert held.value.note == b"mine"
        process.kill()
        process.wait(timeout=10)
    lock.take()
    assert lock.found == b"mine"
    lock.give_back()
    assert not path.exists()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of Unix")
def test_the_end_of_the_terminal_saves(moons: Path) -> None:
    """The terminal is gone for good: what is printed after that goes nowhere."""
    import fcntl
    import select
    import struct
    import termios

    mine, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    environment = {**os.environ, "XDG_STATE_HOME": str(moons.parent / "home")}
    command = [sys.executable, "-m", "nnstudio", "train", str(moons), "--epochs", "1000000"]
    # Whoever runs the tests under nohup ignores the signal, and what starts from here would do so, too.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        process = subprocess.Popen(
            command, stdin=its, stdout=its, stderr=its, cwd=ROOT, env=environment, start_new_session=True
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        os.close(its)
        seen, end = b"", time.monotonic() + 60
        while b"loss" not in seen and time.monotonic() < end:
            if select.select([mine], [], [], 0.5)[0]:
                seen += os.read(mine, 1000)
        assert b"loss" in seen
        os.close(mine)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    assert load(moons).checkpoint.step > 0


def test_ignored_signals_stay_ignored() -> None:
    if not hasattr(signal, "SIGHUP"):
        pytest.skip("signals of Unix")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with cli_train.ends_noted() as stopped:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stopped()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_same_training_gives_the_same_weights_with_checkpoints_or_without(moons: Path, call: Call) -> None:
    whole = weights_after(moons, 4)
    assert call("train", moons, "--epochs", "4", "--checkpoint", "0")[0] == 0
    assert_equal(load(moons), whole)
    assert replace(load(moons).checkpoint.run, begun=0.0).id == "run-1"


@pytest.mark.parametrize("text", ["-1", "often", "nan"])
def test_a_time_that_is_none_is_wrong_use(moons: Path, call: Call, text: str) -> None:
    code, _, err = call("train", moons, f"--checkpoint={text}")
    assert code == 2
    assert "expected a number of seconds" in err
