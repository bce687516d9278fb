"""Runs of tests of which one ends its process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOOK = """
import pytest
from tests.file_scheduling import FileScheduling
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return FileScheduling(config, log)
"""
# The last file is begun last, when the other process has nothing left to do.
FILES = """
import os, pathlib, time, pytest
@pytest.mark.parametrize("place", range({tests}))
def test_one(place):
    with pathlib.Path({begun!r}).open("a") as file:
        file.write("{name}-%d\\n" % place)
    time.sleep({seconds})
    if place == {fatal}:
        os._exit(1)
"""


# With one test left in its file, with none, with many.
@pytest.mark.parametrize("fatal", [1, 2, 0])
def test_the_end_of_a_process_is_the_failure_of_one_test(tmp_path: Path, fatal: int) -> None:
    begun = tmp_path / "begun"
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(HOOK)
    files = {"test_a": (4, -1, 0.0), "test_b": (4, -1, 0.0), "test_c": (3, fatal, 0.5)}
    for name, (tests, place, seconds) in files.items():
        text = FILES.format(tests=tests, begun=str(begun), name=name, fatal=place, seconds=seconds)
        (tmp_path / f"{name}.py").write_text(text)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "2",
            "--dist",
            "loadfile",
            "--no-loadscope-reorder",
            "-p",
            "no:pytest-qt",
        ],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 failed, 10 passed" in done.stdout, done.stdout
    assert f"test_c.py::test_one[{fatal}]" in done.stdout
    expected = [f"{name}-{place}" for name, (tests, _, _) in files.items() for place in range(tests)]
    assert sorted(begun.read_text().split()) == expected
