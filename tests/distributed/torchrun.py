"""PyTorch's torchrun, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# A busy machine takes a minute for what takes seconds.
PATIENCE = 300


def torchrun(folder: Path, *arguments: object, restarts: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a module in two processes, in a folder. Any free port will do, so that tests may run side by side."""
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
            *("--max-restarts", str(restarts), "-m", *map(str, arguments)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
