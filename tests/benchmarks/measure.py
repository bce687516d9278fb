"""Timing of several contenders in turns, so that noise hits all alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Action = Callable[[], object]


@dataclass(frozen=True)
class Contender:
    """What is timed, what sets it up before each turn, untimed, and how many steps a call makes."""

    action: Action
    prepare: Action = lambda: None
    steps: int = 1


@dataclass(frozen=True)
class Timing:
    """Seconds per step: median over the turns, and the quickest turn."""

    median: float
    best: float


def time_in_turns(contenders: Mapping[str, Contender], *, seconds: float = 2.0, turns: int = 15) -> dict[str, Timing]:
    """Times each contender for about `seconds`, cut into turns.

    Every turn makes as many calls as fit its share of the time, at least one, after one that is not timed.
    """
    calls = {}
    for name, contender in contenders.items():
        contender.prepare()
        contender.action()
        started = time.perf_counter()
        contender.action()
        once = max(time.perf_counter() - started, 1e-7)
        calls[name] = max(1, round(seconds / turns / once))
    results: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    gc.disable()
    try:
        for _ in range(turns):
            for name, contender in contenders.items():
                contender.prepare()
                contender.action()
                count, action = calls[name], contender.action
                started = time.perf_counter()
                for _ in range(count):
                    action()
                results[name].append((time.perf_counter() - started) / count / contender.steps)
    finally:
        gc.enable()
    return {name: Timing(statistics.median(times), min(times)) for name, times in results.items()}
