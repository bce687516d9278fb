"""Wide tables: thousands of columns take no more calls of the library than a few."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import polars as pl
import pytest

from engine.data import TableFile
from engine.data.preparation import Preparation

_ROWS = 12


def _written(folder: Path, count: int, cell: str) -> TableFile:
    rng = np.random.default_rng(count)
    words = np.array(["red", "v2", "none", "7a", ""])
    path = folder / f"{cell}{count}.csv"
    lines = [",".join([*(f"c{place}" for place in range(count)), "answer"])]
    for row in range(_ROWS):
        cells = [f"{value:.3f}" for value in rng.normal(size=count)]
        if cell == "word":
            cells = words[rng.integers(0, len(words), count)].tolist()
        lines.append(",".join([*cells, ("yes", "no")[row % 2]]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return TableFile(path=str(path))


@contextmanager
def _queries_counted() -> Iterator[list[int]]:
    """Count the queries that polars runs."""
    made = [0]

    def note(frame: FrameType, event: str, called: Any) -> None:
        made[0] += event == "c_call" and called.__name__ == "collect"

    sys.setprofile(note)
    try:
        yield made
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("cell", ["number", "word"])
def test_more_columns_take_no_more_queries(tmp_path: Path, cell: str) -> None:
    queries = []
    for count in (20, 120):
        dataset = _written(tmp_path, count, cell)
        with _queries_counted() as made:
            data = dataset.settled().load()
            TableFile.read_inputs(dataset.path, Preparation.fit(data))
        assert len(data) == _ROWS
        queries.append(made[0])
    assert queries[0] == queries[1] > 0


def test_words_of_many_columns_are_coded_as_those_of_one(tmp_path: Path) -> None:
    wide = _written(tmp_path, 40, "word")
    data = wide.load()
    frame = pl.read_csv(wide.path, infer_schema=False)
    for place in range(0, 40, 7):
        name = f"c{place}"
        path = tmp_path / f"{name}.csv"
        frame.select(name, "answer").write_csv(path)
        single = TableFile(path=str(path)).load()
        columns = [data.features.index(feature) for feature in single.features]
        np.testing.assert_array_equal(data.x[:, columns], single.x)


def test_numbers_of_many_columns_are_those_of_the_file(tmp_path: Path) -> None:
    wide = _written(tmp_path, 40, "number")
    wanted = np.loadtxt(wide.path, delimiter=",", skiprows=1, usecols=range(40))
    np.testing.assert_array_equal(wide.load().x, wanted)


def test_a_number_beyond_the_largest_is_told_with_its_column_among_many(tmp_path: Path) -> None:
    wide = _written(tmp_path, 40, "number")
    lines = Path(wide.path).read_text(encoding="utf-8").splitlines()
    cells = lines[3].split(",")
    cells[30] = "1e300"
    lines[3] = ",".join(cells)
    Path(wide.path).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(Exception, match=r"line 4, column 'c30': '1e\+?300' is not finite, or too large"):
        wide.load()
