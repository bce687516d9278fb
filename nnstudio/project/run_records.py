"""Runs in a project file: what they were trained with, their curves, weights and moments. No pickle.

`runs.json` describes the runs that are over, and the one under way as the last of them; `runs.safetensors` holds all
their arrays, each once: "run-3/weights/dense_1.weight", "run-3/moments/120", "run-3/moments/120/order". An array that
several moments share is named by the first of them.
"""

from __future__ import annotations

from typing import Any, Final

from numpy.typing import NDArray

INFO: Final = "runs.json"
ARRAYS: Final = "runs.safetensors"
LIMITS: Final = {INFO: 64 << 20, ARRAYS: 2 << 30}

_MOST_MOMENTS: Final = 5000

Array = NDArray[Any]
