"""Speed of the engine against PyTorch, in the same run on the same machine: python -m tests.benchmarks

Exit code 1 if a case with a target falls short of it.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import ThreadpoolController

from tests.benchmarks.cases import Case, cases
from tests.benchmarks.measure import Contender, Timing, time_in_turns

THREADS = (1, 2)
HEADS = ("case", "engine, 1 thread", "2", "PyTorch, 1 thread", "2", "ratio", "target", "by hand")
_BLAS = ThreadpoolController().select(internal_api="openblas").lib_controllers


@dataclass(frozen=True)
class Result:
    case: Case
    timings: dict[str, Timing]

    @property
    def ratio(self) -> float:
        """The engine's rate over PyTorch's, each with the number of threads that suits it better."""
        engine, peer = (min(self.timings[_name(who, n)].median for n in THREADS) for who in ("engine", "torch"))
        return peer / engine

    @property
    def short(self) -> bool:
        return self.case.target is not None and self.ratio < self.case.target

    def row(self) -> tuple[str, ...]:
        hand = self.timings.get("by hand")
        return (
            self.case.title,
            *(_show(self.timings[_name(who, count)]) for who in ("engine", "torch") for count in THREADS),
            f"{self.ratio:.2f}",
            "" if self.case.target is None else f"{self.case.target:g}" + (" missed" if self.short else ""),
            "" if hand is None else _show(hand),
        )


def _name(who: str, threads: int) -> str:
    return f"{who} {threads}"


def _show(timing: Timing) -> str:
    micro = timing.median * 1e6
    return f"{micro:.1f} us" if micro < 1000 else f"{micro / 1000:.2f} ms"


def _set_threads(count: int) -> None:
    torch.set_num_threads(count)
    for library in _BLAS:
        library.set_num_threads(count)


def measure(case: Case, seconds: float) -> Result:
    engine, peer = case.engine(), case.peer()
    contenders = {
        _name(who, count): Contender(action, partial(_set_threads, count))
        for who, action in (("engine", engine), ("torch", peer))
        for count in THREADS
    }
    contenders |= {name: Contender(make(), partial(_set_threads, 1)) for name, make in case.others.items()}
    return Result(case, time_in_turns(contenders, seconds=seconds))


def machine() -> str:
    """Processor, cores and versions, in a line."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}"
    return f"{processor}, {os.cpu_count()} cores; {platform.system()}; {versions}; {date.today().isoformat()}"


def as_text(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_markdown(rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    rule = "| --- |" + " ---: |" * (len(HEADS) - 1)
    note = (
        "Time per call, medians of interleaved turns. Ratio: the engine's rate over PyTorch's, each at its better one."
    )
    return "\n".join([f"{machine()}.", "", note, "", lines[0], rule, *lines[1:], ""])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="time for each contender of a case (default: 2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases with this text in their title")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table as Markdown")
    arguments = parser.parse_args()
    chosen = [case for case in cases() if arguments.only.lower() in case.title.lower()]
    if not chosen:
        parser.error(f"no case has {arguments.only!r} in its title")
    results = []
    for case in chosen:
        print(f"measuring {case.title} ...", file=sys.stderr, flush=True)
        results.append(measure(case, arguments.seconds))
    rows = [HEADS, *(result.row() for result in results)]
    print(machine())
    print(as_text(rows))
    if arguments.markdown:
        arguments.markdown.write_text(as_markdown(rows), encoding="utf-8")
    missed = [result.case.title for result in results if result.short]
    for title in missed:
        print(f"below its target: {title}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
