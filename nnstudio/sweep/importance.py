"""Importance of settings, measured in a process of its own.

Optuna's evaluators import scikit-learn wherever it is installed, which in a process with a window takes long.
"""

from __future__ import annotations

import json
import subprocess
import sys

from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.reader import StudyReader
from nnstudio.sweep.results import importances

_PATIENCE = 300


def importance_elsewhere(place: str, study: str) -> dict[str, float]:
    """Importance of each setting as `importances` measures it, in another process. Raises SweepError."""
    command = [sys.executable, "-m", "nnstudio.sweep.importance", place, study]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL)
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SweepError(f"the importance cannot be measured: {type(error).__name__}") from None
    if "missing" in found:
        raise SweepError(found["missing"])
    return dict(found)


def main(place: str, study: str) -> None:
    """Write the importance as JSON to standard output."""
    try:
        with StudyReader(place, study) as reader:
            if reader.study is None:
                raise SweepError("the study is not begun yet")
            found: dict[str, object] = {**importances(reader.study)}
    except SweepError as error:
        found = {"missing": error.message}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:3])
