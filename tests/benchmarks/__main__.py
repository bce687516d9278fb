"""Engine benchmarks of speed and memory against others: python -m tests.benchmarks

Exit code 1 if a case falls short of a target.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks import backend, memory, ours, peer, scikit, tutorial
from tests.benchmarks.cases import CASES, Case
from tests.benchmarks.measure import Action, Contender, time_in_turns
from tests.benchmarks.peak import sgemm_peak
from tests.benchmarks.report import Result, as_text, document, machine, tables
from tests.benchmarks.threads import COUNTS, set_threads


def contenders(case: Case) -> dict[tuple[str, int], Contender]:
    """All who take part in a case, by name and number of threads."""
    actions: dict[str, tuple[Action, int]] = {
        "ours": (ours.action(case), 1),
        "peer": (peer.action(case), 1),
        "backend": (backend.action(case), 1),
    }
    if case.hidden:
        actions["scikit"] = (scikit.action(case, scikit.classifier(case)), scikit.STEPS)
    if case.hand:
        actions["hand"] = (tutorial.STEPS[case.hand](), 1)
    return {
        (name, count): Contender(action, partial(set_threads, count), steps)
        for name, (action, steps) in actions.items()
        for count in COUNTS
    }


def measure(case: Case, seconds: float, peak: float) -> Result:
    timings = time_in_turns(contenders(case), seconds=seconds)
    held = {
        who: memory.measure(who, case, min(COUNTS, key=lambda count: timings[who, count].median))  # type: ignore[index]
        for who in ("ours", "peer", "backend")
    }
    return Result(case, timings, held, ours.multiply_adds(case), peak)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="time for each contender of a case (default: 2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases with this text in their title")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables as Markdown")
    arguments = parser.parse_args()
    chosen = [case for case in CASES if arguments.only.lower() in case.title.lower()]
    if not chosen:
        parser.error(f"no case has {arguments.only!r} in its title")
    peak = sgemm_peak(min(arguments.seconds, 0.3))
    results = []
    for case in chosen:
        print(f"measuring {case.title} ...", file=sys.stderr, flush=True)
        results.append(measure(case, arguments.seconds, peak))
    print(machine(peak))
    for rows in tables(results):
        print(f"\n{as_text(rows)}")
    if arguments.markdown:
        arguments.markdown.write_text(document(results), encoding="utf-8")
    missed = [sentence for result in results for sentence in result.missed]
    for sentence in missed:
        print(f"below its target: {sentence}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
