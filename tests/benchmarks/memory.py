"""Peak memory of a case, measured in a process of its own.

The process is this module: python -m tests.benchmarks.memory ours|peer|backend TITLE THREADS
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cases import Case, named
from tests.benchmarks.threads import environment, set_own

CALLS = 20
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Memory:
    """Bytes of physical memory at most: once all is imported, and after `CALLS` calls."""

    bare: int
    peak: int


def measure(who: str, case: Case, threads: int) -> Memory:
    """Memory of a process in which `ours`, `peer` or `backend` does a case, on so many threads."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", who, case.title, str(threads)]
    root = Path(__file__).parents[2]
    result = subprocess.run(command, env=environment(threads), cwd=root, capture_output=True, text=True, check=True)
    return Memory(**json.loads(result.stdout))


def peak() -> int:
    """The most physical memory that this process held so far, in bytes."""
    if STATUS.is_file():
        # Not getrusage's figure: there, Linux counts what the parent held when it started this process.
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(who: str, title: str, threads: str) -> None:
    contender = importlib.import_module(f"tests.benchmarks.{who}")
    set_own(int(threads))
    bare = peak()
    action = contender.action(named(title))
    for _ in range(CALLS):
        action()
    print(json.dumps({"bare": bare, "peak": peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
