"""Reading of large files shared between processes, which are threads here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import open_path, stored_samples, storing
from engine.data.preparation import fingerprint
from engine.data.samples import Data
from engine.data.sharing import in_turn, part_of, reading_together, shared
from engine.data.steps.scaling import measure
from engine.errors import DataError


class Reader:
    """One of several that meet whenever all have something to tell."""

    def __init__(self, rank: int, size: int, meeting: threading.Barrier, table: list[Any]) -> None:
        self.rank, self.size, self._meeting, self._table = rank, size, meeting, table

    def gather(self, value: Any) -> list[Any]:
        self._table[self.rank] = value
        self._meeting.wait(60)
        found = list(self._table)
        self._meeting.wait(60)
        return found


def together(size: int, work: Callable[[], Any]) -> list[Any]:
    """What each of so many readers makes of the same work; an error in the place of what raised one."""
    meeting, table, made = threading.Barrier(size), [None] * size, [None] * size

    def read(rank: int) -> None:
        with reading_together(Reader(rank, size, meeting, table)):
            try:
                made[rank] = work()
            except DataError as error:
                made[rank] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=read, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return made


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(storing, "memory_bound", lambda: 100)
    monkeypatch.setattr(storing, "_BLOCK", 200)
    monkeypatch.setattr(stored_samples, "_BLOCK", 60)
    rng = np.random.default_rng(0)
    path = tmp_path / "large.npz"
    np.savez(path, x=rng.normal(3, 2, (101, 6)), y=rng.integers(0, 2, 101))
    return path


@pytest.mark.parametrize("size", [1, 2, 3])
def test_parts_are_all_there_is_and_results_come_in_order(size: int) -> None:
    for parts in together(size, lambda: shared(lambda: list(part_of(10)))):
        assert [row for part in parts for row in part] == list(range(10))
    assert together(size, lambda: in_turn("", lambda text: f"{text}{len(text)}")) == ["0123"[:size]] * size


def test_where_one_fails_all_do() -> None:
    def fail() -> list[int]:
        def read() -> int:
            if 9 in part_of(10):
                raise DataError("the end of the file is missing")
            return 1

        return shared(read)

    assert [str(error) for error in together(2, fail)] == ["the end of the file is missing"] * 2


@pytest.mark.parametrize("size", [2, 3])
def test_what_is_seen_of_a_file_together_is_what_one_sees(large: Path, size: int) -> None:
    def look() -> tuple[Data, int, Any, Any]:
        data = open_path(large).load()
        return data, fingerprint(data), data.signature, measure(data.x, "standard")

    alone = look()
    assert isinstance(alone[0].x, stored_samples.StoredSamples)
    for data, checksum, signature, (shift, spread) in together(size, look):
        assert np.array_equal(data.x[:], alone[0].x[:])
        assert data.x.dtype == alone[0].x.dtype
        assert (checksum, signature, signature.largest) == (alone[1], alone[2], alone[2].largest)
        np.testing.assert_allclose(shift, alone[3][0], rtol=1e-12)
        np.testing.assert_allclose(spread, alone[3][1], rtol=1e-12)


def test_a_bad_number_in_one_part_is_told_by_all(large: Path) -> None:
    x = np.zeros((50, 6))
    x[40, 2] = np.nan
    np.savez(large, x=x, y=np.arange(50) % 2)
    for error in together(2, lambda: open_path(large).load()):
        assert isinstance(error, DataError)
        assert "first in sample 40" in error.message
