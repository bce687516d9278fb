"""Ends of `nnstudio sweep` by Ctrl-C and by a polite kill: within seconds, with what was done, in one sentence."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.project import project_file
from tests.sweep.conftest import Start
from tests.sweep.studies import running, table, trained, wait

pytestmark = [pytest.mark.peers, pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="ends of Unix")]

RATE = "training.learning_rate=1e-3..1e-1 log"
# Seconds, also on a busy machine.
SOON = 10.0


def ended(process: subprocess.Popen[str], end: signal.Signals) -> str:
    """Last sentence of a process that is asked to end; nothing else may be said, and not later."""
    asked = time.monotonic()
    process.send_signal(end)
    out, complaints = process.communicate(timeout=SOON + 20)
    assert time.monotonic() - asked < SOON
    assert process.returncode == 0, complaints
    # Beside the bar of progress.
    assert all("%|" in line for line in complaints.replace("\r", "\n").split("\n") if line.strip()), complaints
    return out.splitlines()[-1]


def test_ctrl_c_cuts_a_long_trial_off_and_leaves_it_to_the_next(project: Path, start: Start) -> None:
    journal = project.with_suffix(".sweep")
    long = start(project, "--search", RATE, "--epochs", "30000", "--trials", "2")
    wait(lambda: running(journal, long.pid))
    assert ended(long, signal.SIGINT) == "stopped after 0 trials"
    rows = table(journal).rows
    assert [row.state for row in rows] == ["cut off", "waiting"]
    assert not project_file.load(project).runs


def test_a_polite_kill_keeps_what_was_done_and_the_same_command_goes_on(
    project: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = project.with_suffix(".sweep")
    common = [str(project), "--search", RATE, "--sampler", "random", "--pruner", "none", "--keep", "1"]
    begun = start(*common, "--epochs", "40", "--trials", "1000")
    wait(lambda: running(journal, begun.pid) and table(journal).done >= 2)
    told = ended(begun, signal.SIGTERM)
    found = table(journal)
    best = found.best()[0]
    assert told == (
        f"stopped after {found.done} trials; best: trial {best.number} with val_loss {best.value:.4g}; "
        f"1 kept as a run of {project}"
    )
    (run,) = project_file.load(project).runs
    assert run.checkpoint.curves["val_loss"].y[-1] == pytest.approx(best.value, rel=1e-6)
    wanted = found.done + 1
    assert cli.main(["sweep", *common, "--epochs", "40", "--trials", str(wanted)]) == 0
    assert f"done after {wanted} trials" in capsys.readouterr().out
    again = table(journal)
    assert {row.number for row in found.rows if row.over} < {row.number for row in again.rows if row.over}
    assert all(trained(row, again) for row in again.rows if row.state == "cut off")
