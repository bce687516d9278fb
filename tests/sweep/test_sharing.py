"""Studies that several processes share: a journal file, SQLite and PostgreSQL; processes that are killed."""

from __future__ import annotations

import glob
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.project import project_file
from tests.sweep.conftest import Start
from tests.sweep.studies import running, table, trained, wait

pytestmark = pytest.mark.peers

RATE = "training.learning_rate=1e-4..1e-1 log"
UNITS = "dense_1.units=4..16"


def test_two_processes_share_a_journal_and_the_one_that_stays_finishes_what_a_killed_one_began(
    project: Path, tmp_path: Path, start: Start
) -> None:
    journal = tmp_path / "study.sweep"
    common = [project, "--storage", journal, "--search", RATE, "--search", UNITS, "--epochs", "30", "--trials", "5"]
    killed = start(*common, "--no-runs")
    other = start(*common, "--keep", "2")
    wait(lambda: running(journal, killed.pid))
    killed.kill()
    killed.wait(timeout=30)
    out, complaints = other.communicate(timeout=120)
    assert other.returncode == 0, complaints
    found = table(journal)
    assert found.done >= 5
    lost = [row for row in found.rows if row.state == "cut off"]
    assert len(lost) == 1
    assert trained(lost[0], found)
    assert not any(row.state in ("running", "waiting") for row in found.rows)
    best = found.best(2)
    assert f"best: trial {best[0].number} with val_loss" in out
    made = project_file.load(project)
    assert [run.checkpoint.curves["val_loss"].y[-1] for run in made.runs] == pytest.approx(
        [row.value for row in best], rel=1e-6
    )
    assert [label.name for label in made.document.runs] == [f"Trial {row.number}" for row in best]


def test_a_sweep_goes_on_after_a_kill(project: Path, tmp_path: Path, start: Start) -> None:
    journal = tmp_path / "study.sweep"
    common = [str(project), "--storage", str(journal), "--search", RATE, "--sampler", "random", "--pruner", "none"]
    first = start(*common, "--epochs", "40", "--trials", "2")
    wait(lambda: running(journal, first.pid))
    first.kill()
    first.wait(timeout=30)
    assert table(journal).rows[-1].state == "running"
    assert cli.main(["sweep", *common, "--epochs", "40", "--trials", "2", "--keep", "1"]) == 0
    found = table(journal)
    assert found.done == 2
    assert all(trained(row, found) for row in found.rows if row.state == "cut off")
    assert len(project_file.load(project).runs) == 1


def test_sqlite_is_shared(project: Path, tmp_path: Path, start: Start) -> None:
    share(project, f"sqlite:///{tmp_path / 'study.db'}", start)


def share(project: Path, url: str, start: Start) -> None:
    """A sweep by another process and this one."""
    common = [str(project), "--storage", url, "--search", RATE, "--trials", "4", "--no-runs"]
    other = start(*common)
    assert cli.main(["sweep", *common]) == 0
    _, complaints = other.communicate(timeout=120)
    assert other.returncode == 0, complaints
    found = table(url)
    assert found.done >= 4
    assert not any(row.state in ("running", "waiting") for row in found.rows)
    assert found.ranges == ("training.learning_rate=0.0001..0.1 log",)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """URL of a PostgreSQL server of its own; skipped where server or driver are not installed."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    places = [os.path.dirname(found) for found in [shutil.which("initdb")] if found]
    places += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    if not places:
        pytest.skip("PostgreSQL's server (initdb, postgres) is not installed")
    user: str | None = None
    folder = tmp_path / "data"
    folder.mkdir()
    if os.getuid() == 0:
        # The server refuses to run as root.
        user = "nobody"
        for parent in folder.parents:
            if parent.owner() == "root" and not parent.stat().st_mode & 1:
                parent.chmod(parent.stat().st_mode | 0o011)
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = [f"{places[0]}/initdb", "-D", str(folder), "-U", "sweeper", "-A", "trust", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, user=user, cwd=folder)
    options = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
    server = subprocess.Popen(
        [f"{places[0]}/postgres", "-D", str(folder), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        cwd=folder,
    )
    try:

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait(answers, 30)
        time.sleep(0.5)
        yield f"postgresql+psycopg://sweeper@127.0.0.1:{port}/postgres"
    finally:
        # At once, whoever is still connected.
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=60)


def test_postgresql_is_shared(project: Path, start: Start, postgres: str) -> None:
    share(project, postgres, start)
