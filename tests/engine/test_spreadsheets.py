"""Spreadsheets as tables, .xlsx and .xls (extra 'excel')."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data import TableFile, open_path
from engine.data.tables import typed_table
from engine.errors import DataError

fastexcel = pytest.importorskip("fastexcel")
openpyxl = pytest.importorskip("openpyxl")
xlwt = pytest.importorskip("xlwt")
pytest.importorskip("olefile")

pytestmark = pytest.mark.peers

ROWS = [[1.5, 2.0], [2.5, 3.0]]


def test_a_spreadsheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Report"], ["a", "b", "y"], [1.5, 2, "x"], [2.5, 3, "z"]):
        book.active.append(row)
    other = book.create_sheet("More")
    for row in (["p", "q"], [1, "u"], [2, "v"]):
        other.append(row)
    book.save(tmp_path / "t.xlsx")
    dataset = open_path(tmp_path / "t.xlsx")
    assert isinstance(dataset, TableFile)
    data = dataset.load()
    assert (data.x.tolist(), data.features, data.classes) == (ROWS, ("a", "b"), ("x", "z"))
    assert dataset.settled().load().x.tolist() == ROWS
    assert dataset.with_changes(sheet="More").load().features == ("p",)
    with pytest.raises(DataError, match="has no sheet 'None'; it has Sheet, More"):
        dataset.with_changes(sheet="None").load()


def test_the_cells_of_a_spreadsheet_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made anew for each column, 256 columns took 257 times as long as one."""
    book = openpyxl.Workbook()
    for row in (["a", "b", "y"], *([place, 2.5, "xz"[place % 2]] for place in range(6))):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    calls, make = [], fastexcel.ExcelSheet.to_polars
    monkeypatch.setattr(fastexcel.ExcelSheet, "to_polars", lambda sheet: calls.append(sheet) or make(sheet))
    frame = typed_table._sheet(tmp_path / "t.xlsx", "")
    assert frame.columns == ["0", "1", "2"]
    assert frame.row(1) == ("0", "2.5", "x")
    assert len(calls) == 1


@pytest.mark.parametrize("name", ["t.xlsx", "t.xls"])
def test_damaged_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no such thing" * 20)
    with pytest.raises(DataError, match=rf"{name} cannot be read as a"):
        TableFile(path=str(tmp_path / name)).load()


def old_book(path: Path, *cells: tuple[int, int, object]) -> Path:
    """Spreadsheet (.xls) with these cells, by row and column."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("One")
    for row, column, value in cells:
        sheet.write(row, column, value)
    book.add_sheet("Two").write(5, 5, "x")
    book.save(str(path))
    return path


def test_an_old_spreadsheet(tmp_path: Path) -> None:
    cells = [(0, 0, "a"), (0, 1, "b"), (0, 2, "y"), (1, 0, 1.5), (1, 1, 2), (1, 2, "x"), (2, 0, 2.5), (2, 1, 3)]
    data = open_path(old_book(tmp_path / "t.xls", *cells, (2, 2, "z"))).load()
    assert (data.x.tolist(), data.features, data.classes) == (ROWS, ("a", "b"), ("x", "z"))


def test_an_old_spreadsheet_of_cells_far_apart_is_refused(tmp_path: Path) -> None:
    """Two cells at opposite corners, a file of 5.6 kB, took 1.4 GB."""
    path = old_book(tmp_path / "t.xls", (0, 0, "a"), (65535, 255, 1.0))
    with pytest.raises(DataError, match="a sheet with 16,777,216 places from its first to its last cell"):
        open_path(path).load()


def test_blank_cells_with_a_format_alone_are_none(tmp_path: Path) -> None:
    cells = [(0, 0, "a"), (0, 1, "y"), (1, 0, 1.5), (1, 1, 2.0), (2, 0, 2.5), (2, 1, 3.0), (65535, 255, "")]
    assert len(open_path(old_book(tmp_path / "t.xls", *cells)).load()) == 2
