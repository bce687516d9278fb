"""That the measurement itself works; its figures are for `make bench` on a quiet machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.measure import Contender, time_in_turns


def test_times_are_per_call_and_in_proportion() -> None:
    timings = time_in_turns(
        {"short": Contender(lambda: time.sleep(0.001)), "long": Contender(lambda: time.sleep(0.004))},
        seconds=0.2,
        turns=5,
    )
    assert 0.001 <= timings["short"].best <= timings["short"].median
    assert timings["long"].best >= 0.004
    assert timings["long"].best > timings["short"].best


@pytest.mark.peers
def test_the_table_is_printed_and_written(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    file = tmp_path / "bench.md"
    command = [sys.executable, "-m", "tests.benchmarks", "--seconds", "0.05", "--only", "XOR", "--markdown", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    lines = result.stdout.splitlines()
    assert "NumPy" in lines[0]
    assert lines[1].startswith("case ")
    assert lines[2].startswith("XOR 2-3-1 tanh, batch 1, SGD")
    assert "| XOR 2-3-1 tanh, batch 1, SGD |" in file.read_text(encoding="utf-8")
