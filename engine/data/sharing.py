"""Reading of large files, shared between processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Protocol, TypeVar

from engine.data.stored_samples import Samples, StoredSamples, block_length, blocks
from engine.errors import DataError
from engine.types import Array

T = TypeVar("T")


class Readers(Protocol):
    """Processes that read the same data at the same time.

    Attributes:
        rank: number of this one, from 0. size: how many there are.
    """

    @property
    def rank(self) -> int: ...
    @property
    def size(self) -> int: ...
    def gather(self, value: T, /) -> list[T]:
        """Values of all processes, by rank, in all of them."""


_current: ContextVar[Readers | None] = ContextVar("readers", default=None)


@contextmanager
def reading_together(readers: Readers) -> Iterator[None]:
    """Within, each of these processes reads a part of what stays on disk, and is told of the rest."""
    token = _current.set(readers if readers.size > 1 else None)
    try:
        yield
    finally:
        _current.reset(token)


def is_shared() -> bool:
    """True if other processes read the same data at the same time."""
    return _current.get() is not None


def own_rank() -> int:
    """Number of this process among those that read together; 0 where it is alone."""
    readers = _current.get()
    return 0 if readers is None else readers.rank


def part_of(count: int) -> range:
    """Part of so many rows that this process reads: all of them, where it is alone."""
    readers = _current.get()
    if readers is None:
        return range(count)
    return range(count * readers.rank // readers.size, count * (readers.rank + 1) // readers.size)


def shared(work: Callable[[], T]) -> list[T]:
    """Results of all processes for their parts, in order; where one fails, all do.

    Raises DataError.
    """
    readers = _current.get()
    if readers is None:
        return [work()]
    made: list[T] = []
    wrong = ""
    try:
        made.append(work())
    except DataError as error:
        wrong = error.message
    found = readers.gather((made, wrong))
    for _, sentence in found:
        if sentence:
            raise DataError(sentence)
    return [result for results, _ in found for result in results]


def in_turn(value: T, work: Callable[[T], T]) -> T:
    """Value handed on from process to process, each of which does its part of the work. Raises DataError."""
    readers = _current.get()
    if readers is None:
        return work(value)

    def turn(before: T, rank: int) -> T:
        return work(before) if readers.rank == rank else before

    for rank in range(readers.size):
        value = shared(partial(turn, value, rank))[rank]
    return value


def own_blocks(x: Samples) -> Iterator[Array]:
    """Samples in their order, in blocks: of those on disk, the part of this process; of an array, all."""
    if not isinstance(x, StoredSamples):
        yield from blocks(x)
        return
    part, step = part_of(len(x)), block_length(x.shape[1:])
    for start in range(part.start, part.stop, step):
        yield x[start : min(start + step, part.stop)]
