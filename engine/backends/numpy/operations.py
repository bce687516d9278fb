"""Operations of a plan, some split into parts that run in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import Context
from typing import Any

import numpy as np

from engine.backends.numpy import threads

Operation = Callable[[], object]


class Divided:
    """Operation divided into parts, none of which touches what another writes.

    `channels` is the length of the axis that was cut, if part number i touches nothing but slice number i of the first
    axis of all its arrays; else None.
    """

    def __init__(self, parts: Sequence[Operation], channels: int | None = None) -> None:
        self.parts, self.channels = parts, channels

    def __call__(self) -> None:
        threads.run(self.parts)

    def follows(self, other: Divided) -> bool:
        """True if each part needs only its own part of the other operation."""
        return self.channels is not None and (self.channels, len(self.parts)) == (other.channels, len(other.parts))


class InTurn:
    """Sequence of operations as one."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = list(operations)

    def __call__(self) -> None:
        for operation in self.operations:
            operation()


def by_channel(channels: int, numbers: int, part: Callable[[slice], Operation]) -> Operation:
    """Operation that calls `part(slice)` for slices of the first axis, in parallel if large.

    `numbers` counts those of the largest array.
    """
    slices = slices_for(channels, numbers)
    if len(slices) == 1:
        return part(slices[0])
    return Divided([part(each) for each in slices], channels)


def slices_for(channels: int, numbers: int) -> list[slice]:
    """Slices of the first axis for arrays of at most so many numbers; one if small."""
    return threads.slices(channels, numbers // threads.PART_NUMBERS)


def quietly() -> Callable[..., Any]:
    """Make run(f, *arguments), which calls f with floating-point warnings off.

    Not to be called from within itself. NumPy keeps that setting in a context; one that is made once costs a tenth of
    an `errstate` for every call.
    """
    context = Context()
    context.run(np.seterr, all="ignore")
    return context.run


def arrange(operations: Iterable[Operation]) -> list[Operation]:
    """Arrange operations in sequence, with as few synchronisations of threads as possible.

    Neighbours that are divided alike become one, whose parts run through all of them: their data are then still in the
    cache.
    """
    arranged: list[Operation] = []
    for operation in _flat(operations):
        last = arranged[-1] if arranged else None
        if isinstance(operation, Divided) and isinstance(last, Divided) and operation.follows(last):
            pairs = zip(last.parts, operation.parts, strict=True)
            arranged[-1] = Divided([InTurn(_flat(pair)) for pair in pairs], operation.channels)
        else:
            arranged.append(operation)
    return arranged


def _flat(operations: Iterable[Operation]) -> list[Operation]:
    flat: list[Operation] = []
    for operation in operations:
        flat += _flat(operation.operations) if isinstance(operation, InTurn) else [operation]
    return flat
