"""Benchmark results as tables."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.cases import MEMORY_TARGET, Case
from tests.benchmarks.measure import Timing
from tests.benchmarks.memory import Memory
from tests.benchmarks.threads import COUNTS

Row = tuple[str, ...]
SPEED = ("case", "engine, 1 thread", "2", "PyTorch, 1 thread", "2", "ratio", "target", "of sgemm peak")
SPEED += ("PyTorch back end", "scikit-learn", "by hand")  # type: ignore[assignment]
MEMORY = ("peak memory", "engine", "bare import", "PyTorch", "bare import", "ratio", "target", "PyTorch back end")
NOTES = (
    "Time per step or prediction, medians of interleaved turns. Ratio: the engine's rate over PyTorch's (eager, "
    "float32), each on the number of threads that suits it better; so are the PyTorch back end "
    "(this program's own training, computed by PyTorch), scikit-learn's MLPClassifier and the engine "
    "written by hand as tutorials do, with the engine's rate over theirs. Share of the peak: multiply-adds of the "
    "network (three times the forward pass for a training step) over what the machine does in large matrix products.",
    "Peak memory: most physical memory of a process that does nothing but the case (20 steps), on the number of "
    "threads that was faster. The bare import is what was taken before anything was built.",
)


@dataclass(frozen=True)
class Result:
    """Attributes:
    timings: by contender ("ours", "peer", "backend", "scikit", "hand") and number of threads.
    memory: by "ours", "peer" and "backend".
    multiply_adds: of one call. peak: multiply-adds per second that the machine can do.
    """

    case: Case
    timings: Mapping[tuple[str, int], Timing]
    memory: Mapping[str, Memory]
    multiply_adds: int
    peak: float

    def best(self, who: str) -> float:
        """Seconds per step, on the number of threads that suits it better."""
        return min(timing.median for (name, _), timing in self.timings.items() if name == who)

    def over(self, who: str) -> float:
        """The engine's rate over another's."""
        return self.best(who) / self.best("ours")

    @property
    def share(self) -> float:
        """Of the machine's peak."""
        return self.multiply_adds / self.best("ours") / self.peak

    @property
    def memory_ratio(self) -> float:
        return self.memory["ours"].peak / self.memory["peer"].peak

    @property
    def missed(self) -> list[str]:
        """What falls short of its target, as sentences."""
        case, found = self.case, []
        if _short(self.over("peer"), case.target):
            found.append(f"{case.title}: {self.over('peer'):.2f} times PyTorch's rate, target {case.target:g}")
        if case.hand and _short(self.over("hand"), case.hand_target):
            found.append(f"{case.title}: {self.over('hand'):.1f} times the rate by hand, target {case.hand_target:g}")
        if self.memory_ratio > MEMORY_TARGET:
            found.append(f"{case.title}: {self.memory_ratio:.2f} of PyTorch's memory, target {MEMORY_TARGET:g}")
        return found

    def speed_row(self) -> Row:
        case = self.case
        return (
            case.title,
            *(_time(self.timings[who, count].median) for who in ("ours", "peer") for count in COUNTS),
            f"{self.over('peer'):.2f}",
            _judged(case.target, short=_short(self.over("peer"), case.target)),
            f"{self.share:.1%}",
            f"{_time(self.best('backend'))} ({self.over('backend'):.2f}x)",
            f"{_time(self.best('scikit'))} ({self.over('scikit'):.2f}x)" if case.hidden else "",
            self._by_hand() if case.hand else "",
        )

    def _by_hand(self) -> str:
        judged = _judged(self.case.hand_target, short=_short(self.over("hand"), self.case.hand_target))
        ratio = f"{self.over('hand'):.1f}x"
        return f"{_time(self.best('hand'))} ({', target '.join(filter(None, (ratio, judged)))})"

    def memory_row(self) -> Row:
        sizes = (size for who in ("ours", "peer") for size in (self.memory[who].peak, self.memory[who].bare))
        judged = _judged(MEMORY_TARGET, short=self.memory_ratio > MEMORY_TARGET)
        own = f"{self.memory['backend'].peak / 1e6:.0f} MB"
        return (self.case.title, *(f"{size / 1e6:.0f} MB" for size in sizes), f"{self.memory_ratio:.2f}", judged, own)


def _short(ratio: float, target: float | None) -> bool:
    return target is not None and ratio < target


def _judged(target: float | None, *, short: bool) -> str:
    return "" if target is None else f"{target:g} {'missed' if short else 'met'}"


def _time(seconds: float) -> str:
    micro = seconds * 1e6
    return f"{micro:.1f} us" if micro < 1000 else f"{micro / 1000:.2f} ms"


def machine(peak: float) -> str:
    """Processor, cores, peak, versions and date, in a line."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    packages = {"NumPy": "numpy", "SciPy": "scipy", "PyTorch": "torch", "scikit-learn": "scikit-learn"}
    versions = ", ".join(f"{title} {version(name)}" for title, name in packages.items())
    return (
        f"{processor}, {os.cpu_count()} cores, {2 * peak / 1e9:.0f} GFLOP/s in float32 matrix products; "
        f"{platform.system()}; Python {platform.python_version()}, {versions}; {date.today().isoformat()}"
    )


def tables(results: Sequence[Result]) -> list[list[Row]]:
    """Speed, and memory."""
    return [[SPEED, *(it.speed_row() for it in results)], [MEMORY, *(it.memory_row() for it in results)]]


def as_text(rows: Sequence[Row]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_markdown(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "| --- |" + " ---: |" * (len(rows[0]) - 1), *lines[1:]])


def document(results: Sequence[Result]) -> str:
    """The whole as a Markdown file."""
    parts = ["# Benchmarks", "Made by `make bench`; figures of other machines differ, ratios less so."]
    parts.append(f"{machine(results[0].peak)}.")
    for title, note, rows in zip(("Speed", "Memory"), NOTES, tables(results), strict=True):
        parts += [f"## {title}", note, as_markdown(rows)]
    return "\n\n".join(parts) + "\n"
