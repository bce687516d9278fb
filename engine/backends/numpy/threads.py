"""Thread pool for the parts of one large operation.

NumPy lets go of Python's lock while it computes, so plain threads do. What is computed never depends on how many there
are: an operation is cut into the same parts on every machine, and their results are added up in the same order.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from engine.errors import SpecError

# From so many multiply-adds of a batch on, an operation is cut into parts; to wake a thread takes some 0.05 ms.
DIVIDED, PARTS = 1 << 25, 4
# Where each number is only touched, into parts of at least so many; with smaller ones, threads wait for Python's lock.
PART_NUMBERS = 1 << 18


def available() -> int:
    """Number of processors available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_Job = tuple[Callable[[], None], SimpleQueue[BaseException | None]]
_count = available()


def count() -> int:
    """Number of threads for large operations, with the calling one; initially all processors."""
    return _count


def use(threads: int) -> None:
    """Set the number of threads. Raises SpecError."""
    global _count
    if not isinstance(threads, int) or not 1 <= threads <= 1024:
        raise SpecError(f"the number of threads must be a whole number from 1 to 1024, found {threads!r}")
    _count = threads


def run(parts: Sequence[Callable[[], object]]) -> None:
    """Run all parts on the free threads, and return when all are done."""
    helpers = min(_count, len(parts)) - 1
    if helpers < 1:
        for part in parts:
            part()
        return
    waiting = iter(parts)

    def work() -> None:
        # Floating-point warnings are silenced per thread.
        with np.errstate(all="ignore"):
            for part in waiting:
                part()

    jobs, done = _jobs(helpers), SimpleQueue[BaseException | None]()
    for _ in range(helpers):
        jobs.put((work, done))
    try:
        work()
    finally:
        failures = [done.get() for _ in range(helpers)]
    for failure in failures:
        if failure is not None:
            raise failure


def slices(length: int, parts: int = PARTS) -> list[slice]:
    """Slices that divide an axis into parts of similar length, fewer if it is short."""
    parts = max(min(parts, length), 1)
    edges = [length * part // parts for part in range(parts + 1)]
    return [slice(start, stop) for start, stop in pairwise(edges)]


@cache
def _jobs(helpers: int) -> SimpleQueue[_Job]:
    """Queue of a pool of so many threads, which end with the program."""
    jobs: SimpleQueue[_Job] = SimpleQueue()
    for _ in range(helpers):
        threading.Thread(target=_help, args=(jobs,), name="engine", daemon=True).start()
    return jobs


def _help(jobs: SimpleQueue[_Job]) -> None:
    while True:
        work, done = jobs.get()
        try:
            work()
        except BaseException as failure:  # for whoever waits for it
            done.put(failure)
        else:
            done.put(None)


@contextmanager
def own() -> Iterator[None]:
    """Context for work that calls `run`: keeps BLAS from using threads of its own.

    Its threads spin for some milliseconds after each product, and take the processors from ours.
    """
    with _limited(_blas() if _count > 1 else []):
        yield


@contextmanager
def one_blas() -> Iterator[None]:
    """Context for work that uses NumPy's and SciPy's BLAS: only the former uses threads.

    The threads of the one would spin while the other's want to work.
    """
    with _limited(_second_blas()):
        yield


@contextmanager
def _limited(libraries: list[Any]) -> Iterator[None]:
    busy = [(library, library.num_threads) for library in libraries]
    busy = [(library, threads) for library, threads in busy if threads != 1]
    for library, _ in busy:
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in busy:
            library.set_num_threads(threads)


@cache
def _second_blas() -> list[Any]:
    import scipy.linalg  # noqa: F401  # loads it

    # Packages bring their copies along in folders of their own, such as numpy.libs; a system has one for both.
    others = [library for library in _blas() if "numpy" not in Path(library.filepath).parent.as_posix()]
    return others if len(others) < len(_blas()) else []


@cache
def _blas() -> list[Any]:
    # Not needed before the first large operation.
    from threadpoolctl import ThreadpoolController

    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]
