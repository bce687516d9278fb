"""`import engine` is quick: what is heavy is loaded where it is used."""

from __future__ import annotations

import json
import subprocess
import sys

# Times in seconds of the engine and of what it stands on, each the best of three fresh processes.
MEASURE = """
import json, sys, time
begin = time.perf_counter()
import numpy, pydantic
base = time.perf_counter()
import engine
print(json.dumps({"base": base - begin, "own": time.perf_counter() - base, "modules": sorted(sys.modules)}))
"""
HEAVY = ("scipy", "safetensors", "pooch", "tqdm", "PySide6", "pyqtgraph", "torch", "sklearn", "nnstudio", "resources")


def measured() -> dict:
    result = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def test_nothing_heavy_is_loaded() -> None:
    modules = measured()["modules"]
    assert [name for name in modules if name.split(".")[0] in HEAVY] == []


def test_it_takes_no_longer_than_it_may() -> None:
    runs = [measured() for _ in range(3)]
    # On a busy machine all takes longer, but alike: 0.4 s in all where NumPy and pydantic take some 0.15 s.
    assert min(run["own"] for run in runs) < max(0.25, 2 * min(run["base"] for run in runs))
