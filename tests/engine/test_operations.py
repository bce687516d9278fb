"""Operations in sequence: equal splits run through in one go, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.backends.numpy import threads
from engine.backends.numpy.operations import Divided, InTurn, arrange, by_channel, slices_for


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = threads.count()
    threads.use(1)
    yield
    threads.use(before)


def _noting(seen: list[str]) -> Callable[[str], Callable[[], None]]:
    return lambda name: lambda: seen.append(name)


def test_neighbours_that_are_cut_alike_become_one() -> None:
    seen: list[str] = []
    note = _noting(seen)
    operations = [
        note("a"),
        Divided([note("b0"), note("b1")], channels=8),
        InTurn([Divided([note("c0"), note("c1")], channels=8), note("d")]),
        Divided([note("e0"), note("e1")], channels=8),
    ]
    arranged = arrange(operations)
    assert len(arranged) == 4
    for operation in arranged:
        operation()
    # Each part goes through both operations before the next part begins.
    assert seen == ["a", "b0", "c0", "b1", "c1", "d", "e0", "e1"]


@pytest.mark.parametrize(
    ("first", "second"),
    [((2, 8), (2, 6)), ((2, 8), (3, 8)), ((2, None), (2, None)), ((2, 8), (2, None)), ((2, None), (2, 8))],
)
def test_operations_that_are_cut_otherwise_wait_for_each_other(
    first: tuple[int, int | None], second: tuple[int, int | None]
) -> None:
    seen: list[str] = []
    note = _noting(seen)
    operations = [
        Divided([note(f"{name}{part}") for part in range(parts)], channels)
        for name, (parts, channels) in (("a", first), ("b", second))
    ]
    arranged = arrange(operations)
    assert len(arranged) == 2
    for operation in arranged:
        operation()
    assert "".join(seen).index("b") > max(seen.index(name) for name in seen if name[0] == "a")


def test_small_arrays_are_not_cut() -> None:
    assert slices_for(64, threads.PART_NUMBERS) == [slice(0, 64)]
    assert slices_for(64, 3 * threads.PART_NUMBERS) == [slice(0, 21), slice(21, 42), slice(42, 64)]
    assert slices_for(2, 9 * threads.PART_NUMBERS) == [slice(0, 1), slice(1, 2)]


def test_by_channel_covers_every_channel_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PART_NUMBERS", 4)
    array = np.zeros((5, 4))

    def part(own: slice) -> Callable[[], None]:
        return lambda: np.add(array[own], 1, out=array[own])  # type: ignore[return-value]

    operation = by_channel(5, array.size, part)
    assert isinstance(operation, Divided)
    operation()
    assert (array == 1).all()
