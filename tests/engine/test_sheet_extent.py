"""Spreadsheets whose cells lie far apart: refused before every place between them is made a cell."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from engine.data.tables.sheet_extent import check_extent
from engine.errors import DataError

_HEAD = "<worksheet><sheetData>"
_TAIL = "</sheetData></worksheet>"
_TABLE = '<office:body xmlns:office="o" xmlns:table="t" xmlns:text="x"><table:table>'
_BODY_END = "</table:table></office:body>"


def zipped(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def record(kind: int, data: bytes) -> bytes:
    return bytes((kind, len(data))) + data


def number(value: int) -> bytes:
    return value.to_bytes(4, "little")


FAR = {
    "named cells": f'{_HEAD}<row><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>1</v></c></row>{_TAIL}',
    "in few columns": f'{_HEAD}<c r="A1"><v>1</v></c><c r="D1048576"><v>1</v></c>{_TAIL}',
    "in few rows": f'{_HEAD}<c r="A1"><v>1</v></c><c r="XFD999"><v>1</v></c>{_TAIL}',
    "another prefix": f"{_HEAD}<x:c r='A1'><x:v>1</x:v></x:c><x:c r = 'xfd1048576'><x:v>1</x:v></x:c>{_TAIL}".replace(
        "<worksheet>", '<worksheet xmlns:x="y">'
    ),
    "cells without names": f"{_HEAD}<row><c><v>1</v></c></row><row r='1048576'>{'<c><v>1</v></c>' * 100}</row>{_TAIL}",
    "repeated cells": f'{_TABLE}<table:table-row table:number-rows-repeated="1000000">'
    f'<table:table-cell office:value-type="float" table:number-columns-repeated="9000"/></table:table-row>{_BODY_END}',
    "apart by empty ones": f'{_TABLE}<table:table-row><table:table-cell office:value-type="float"/></table:table-row>'
    '<table:table-row table:number-rows-repeated="1000000"/><table:table-row>'
    '<table:table-cell table:number-columns-repeated="16000"/><table:table-cell><text:p>x</text:p></table:table-cell>'
    f"</table:table-row>{_BODY_END}",
}
NEAR = {
    "a table": f'{_HEAD}<row><c r="A1"><v>1</v></c><c r="B3000"><v>1</v></c></row>{_TAIL}',
    "far cells that are empty": f'{_HEAD}<c r="A1"><v>1</v></c><c r="XFD1048576" s="1"/>{_TAIL}',
    "far from the corner": f'{_HEAD}<c r="XFC1048575"><v>1</v></c><c r="XFD1048576"><v>1</v></c>{_TAIL}',
    "empty rows to the end": f'{_TABLE}<table:table-row><table:table-cell office:value-type="float"/>'
    '<table:table-cell table:number-columns-repeated="16383"/></table:table-row>'
    f'<table:table-row table:number-rows-repeated="1048575"/>{_BODY_END}',
}


@pytest.mark.parametrize("content", FAR.values(), ids=FAR)
def test_places_without_end_are_refused(tmp_path: Path, content: str) -> None:
    path = zipped(tmp_path, "content.xml", content)
    assert path.stat().st_size < 2000
    begin = time.process_time()
    with pytest.raises(DataError, match=r"a sheet with [\d,]{9,} places"):
        check_extent(path)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize("content", NEAR.values(), ids=NEAR)
def test_others_are_read(tmp_path: Path, content: str) -> None:
    check_extent(zipped(tmp_path, "content.xml", content))


def test_binary_sheets(tmp_path: Path) -> None:
    def sheet(row: int, column: int) -> bytes:
        cells = record(0, number(0)) + record(2, number(0)), record(0, number(row)) + record(5, number(column))
        return b"".join(cells)

    check_extent(zipped(tmp_path, "xl/worksheets/sheet1.bin", sheet(10_000, 100)))
    with pytest.raises(DataError, match="1,000,110,001 places"):
        check_extent(zipped(tmp_path, "xl/worksheets/sheet1.bin", sheet(100_000, 10_000)))
