"""Round trips of tables that Python's csv module has written: whatever the cells hold, they come back."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.data import TableFile
from engine.data.tables.settings import ColumnSetting
from engine.data.tables.values import GAPS
from engine.errors import DataError
from tests.engine.tables import lines, table

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from(",;\t|\"'\n ."), max_size=8
)


def kept(word: str) -> str | None:
    """What is left of a cell: without spaces around it, and nothing where it stands for nothing."""
    stripped = word.strip()
    return None if stripped in GAPS else stripped


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    cells=st.lists(WORDS, min_size=2, max_size=12),
    delimiter=st.sampled_from([("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|")]),
    ends=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    mark=st.booleans(),
)
@example(['"', '""', "a\n\nb", ",", "", "é", "\n"], ("comma", ","), "\r\n", "utf-8", False)
@example(["x"] * 3, ("tab", "\t"), "\n", "utf-16", True)
def test_cells_come_back(cells: list[str], delimiter: tuple[str, str], ends: str, encoding: str, mark: bool) -> None:
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=delimiter[1], lineterminator=ends, quoting=csv.QUOTE_ALL if mark else csv.QUOTE_MINIMAL
    )
    writer.writerow(["number", "word", "y"])
    writer.writerows([i / 2, cell, i % 2] for i, cell in enumerate(cells))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        dataset = TableFile(
            path=str(path),
            delimiter=delimiter[0],
            header="yes",
            skip_first=0,
            skip_below=0,
            skip_last=0,
            target="y",
            columns=(ColumnSetting(name="word", role="name"),),
        )
        data = dataset.load()
    assert data.x[:, 0].tolist() == [i / 2 for i in range(len(cells))]
    assert data.y.tolist() == [i % 2 for i in range(len(cells))]
    found, wanted = data.beside["word"], [kept(cell) for cell in cells]
    if found.dtype == np.float64:
        np.testing.assert_array_equal(found, [np.nan if word is None else float(word) for word in wanted])
    else:
        assert [kept(str(word)) for word in found.tolist()] == wanted


NUMBERS = st.floats(-1e30, 1e30, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-30)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    x=st.integers(1, 4).flatmap(lambda k: st.lists(st.lists(NUMBERS, min_size=k, max_size=k), min_size=1, max_size=9)),
    comma=st.booleans(),
)
def test_numbers_come_back_to_the_bit(x: list[list[float]], comma: bool) -> None:
    names = [f"c{place}" for place in range(len(x[0]))]
    rows = [[*(f"{value!r}" for value in row), "uv"[i % 2]] for i, row in enumerate(x)]
    text = "".join(";".join(row) + "\n" for row in [[*names, "y"], *rows])
    if comma:
        text = text.replace(".", ",")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(text)
        kinds = tuple(
            ColumnSetting(name=name, kind="number", role="input", decimal="," if comma else ".") for name in names
        )
        data = TableFile(path=str(path), header="yes", columns=kinds, target="y").load()
    np.testing.assert_array_equal(data.x, np.array(x))


def test_one_row_and_none(tmp_path: Path) -> None:
    data = table(tmp_path, "a,b,y\n1,2,x\n").load()
    assert (data.x.tolist(), data.classes) == ([[1, 2]], ("x",))
    for text, said in (("a,b,y\n", "header line but no values"), ("", "it is empty"), ("\n \n", "it is empty")):
        with pytest.raises(DataError, match=said):
            table(tmp_path, text).load()


def test_ten_thousand_columns(tmp_path: Path) -> None:
    names = [f"c{place}" for place in range(10_000)]
    x = np.random.default_rng(0).normal(size=(30, 10_000)).round(3)
    rows = [[*row, "uv"[i % 2]] for i, row in enumerate(x.tolist())]
    dataset = table(tmp_path, lines([*names, "y"], *rows)).settled()
    data = dataset.load()
    np.testing.assert_array_equal(data.x, x)
    assert (data.features, data.classes) == (tuple(names), ("u", "v"))
    # Only the target needs a setting of its own.
    assert [column.name for column in dataset.columns] == ["y"]
