"""Import time: `import engine` is quick, heavy libraries load on use."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import engine

# Processor time in seconds, which a busy machine stretches less than time by the clock.
MEASURE = """
import json, sys, time
begin = time.process_time()
import numpy, pydantic
base = time.process_time()
import engine
print(json.dumps({"base": base - begin, "own": time.process_time() - base, "modules": sorted(sys.modules)}))
"""
HEAVY = ("scipy", "safetensors", "requests", "tqdm", "PySide6", "pyqtgraph", "torch", "sklearn", "nnstudio")


def measured() -> dict:  # type: ignore[type-arg]
    result = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_nothing_heavy_is_loaded() -> None:
    modules = measured()["modules"]
    assert [name for name in modules if name.split(".")[0] in HEAVY] == []


def test_it_takes_no_longer_than_it_may() -> None:
    runs = [measured() for _ in range(5)]
    # Where machines are slower than those of people, NumPy and pydantic take longer too (elsewhere some 0.15 s).
    base = min(run["base"] for run in runs)
    assert base + min(run["own"] for run in runs) < max(0.5, 5 * base)


def test_data_sets_are_there_when_they_are_asked_for() -> None:
    code = "import sys, engine; assert 'engine.data' not in sys.modules; print(len(engine.datasets.XOR().load()))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "4"
    with pytest.raises(AttributeError, match="no attribute 'dataset'"):
        engine.dataset  # noqa: B018
