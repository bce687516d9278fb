"""PyTorch's torchrun, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

# Those that need PyTorch do not load it: torchrun does, in its processes, and most runs leave these tests out.
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (extra 'peers')")

# A busy machine takes a minute for what takes seconds.
PATIENCE = 300


def torchrun(folder: Path, *arguments: object, restarts: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a module in two processes, in a folder. Any free port will do, so that tests may run side by side."""
    root = str(Path(__file__).parents[2])
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
        *("--max-restarts", str(restarts), "-m", *map(str, arguments)),
    ]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except BaseException:
            # It ends its processes, which are in sessions of their own.
            process.terminate()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)
