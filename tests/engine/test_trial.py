"""Tables made against the libraries that read them: refused in a sentence, within bounds."""

from __future__ import annotations

import io
import struct
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from engine.data import open_path
from engine.data.progress import CancelledError, Progress, watched
from engine.data.tables import trial
from engine.data.tables.settings import LONGEST_WORD
from engine.errors import DataError

_NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_ALIKE = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 2001))


def book(path: Path, rows: str, *, sheet: str = "sheet1.xml", words: tuple[str, ...] = ()) -> Path:
    """Spreadsheet (.xlsx) with these rows, in an entry of this name."""
    relations = f'<Relationship Id="a" Type="{_RELATIONS}/worksheet" Target="{sheet}"/>'
    relations += f'<Relationship Id="b" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        whole = f'<Relationship Id="c" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}">{whole}</Relationships>')
        sheets = '<sheets><sheet name="S" sheetId="1" r:id="a"/></sheets>'
        archive.writestr("xl/workbook.xml", f'<workbook {_NAMES} xmlns:r="{_RELATIONS}">{sheets}</workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>')
        archive.writestr(
            "xl/sharedStrings.xml", f"<sst {_NAMES}>{''.join(f'<si><t>{word}</t></si>' for word in words)}</sst>"
        )
        archive.writestr(f"xl/{sheet}", f"<worksheet {_NAMES}><sheetData>{rows}</sheetData></worksheet>")
    return path


def far_cells_under_another_name(folder: Path) -> Path:
    return book(folder / "t.xlsx", _FAR, sheet="sheet1.dat")


def far_cells_before_other_bytes(folder: Path) -> Path:
    path = book(folder / "t.xlsx", _FAR)
    path.write_bytes(path.read_bytes() + bytes(70_000))
    return path


def one_long_word_in_every_row(folder: Path) -> Path:
    return book(folder / "t.xlsx", _ALIKE, words=("a" * 1_000_000,))


def old_book(folder: Path) -> tuple[Path, bytearray]:
    xlwt = pytest.importorskip("xlwt")
    made, target = xlwt.Workbook(), io.BytesIO()
    made.add_sheet("One").write(0, 0, "a")
    made.save(target)
    return folder / "t.xls", bytearray(target.getvalue())


def chain_in_a_circle(folder: Path) -> Path:
    path, data = old_book(folder)
    (table,), (first,) = struct.unpack_from("<I", data, 76), struct.unpack_from("<I", data, 48)
    # Of the directory's sectors, each is followed by itself.
    struct.pack_into("<I", data, 512 * (table + 1) + 4 * first, first)
    path.write_bytes(data)
    return path


def dimensions_without_end(folder: Path) -> Path:
    path, data = old_book(folder)
    place = data.index(struct.pack("<HH", 0x0200, 14))
    struct.pack_into("<IIHH", data, place + 4, 0, 1 << 31, 0, 256)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "made",
    [
        far_cells_under_another_name,
        far_cells_before_other_bytes,
        one_long_word_in_every_row,
        chain_in_a_circle,
        dimensions_without_end,
    ],
    ids=lambda made: made.__name__,
)
@pytest.mark.peers
def test_spreadsheets_that_take_all_memory(tmp_path: Path, made: object) -> None:
    pytest.importorskip("fastexcel")
    path = made(tmp_path)  # type: ignore[operator]
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"is damaged, or takes more than (256|768) MB once it is unpacked"):
        open_path(path).load()


def without_end(folder: Path) -> Path:
    """Spreadsheet (.ods) whose table is never closed, at which its reader never comes to an end."""
    parts = "office", "table", "text"
    names = " ".join(f'xmlns:{part}="{_OASIS}:{part}:1.0"' for part in parts)
    row = "<table:table-row><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(folder / "t.ods", "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "content.xml",
            f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="S">{row}'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0"/>')
    return folder / "t.ods"


@pytest.mark.peers
def test_a_reading_without_end_is_given_up_and_can_be_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastexcel")
    monkeypatch.setattr(trial, "_SECONDS", 1)
    path, progress = without_end(tmp_path), Progress()
    begin = time.monotonic()
    with pytest.raises(DataError, match="reading it takes more than 1 s"):
        open_path(path).load()
    monkeypatch.setattr(trial, "_SECONDS", 100)
    progress.cancel()
    with watched(progress), pytest.raises(CancelledError):
        trial.check_by_trial(path)
    assert time.monotonic() - begin < 20


@pytest.mark.peers
def test_a_file_is_tried_once_for_each_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastexcel")
    started: list[object] = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **o: started.append(a) or popen(*a, **o))
    for row in ("1", "22"):
        path = book(tmp_path / "t.xlsx", f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>')
        for _ in range(2):
            trial.check_by_trial(path)
    assert len(started) == 2


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_one_long_word_that_every_row_names(tmp_path: Path, name: str) -> None:
    pl = pytest.importorskip("polars")
    path, rows = tmp_path / name, 600
    frame = pl.DataFrame({"a": range(rows), "w": ["a" * 200_000] * rows, "y": [0, 1] * (rows // 2)})
    if name.endswith("arrow"):
        frame.write_ipc(path, compression="zstd")
    else:
        frame.write_parquet(path)
    assert path.stat().st_size < 20_000
    with pytest.raises(DataError, match=r"unpacks to 120,\d{3},\d{3} bytes, [\d,]+ times its size"):
        open_path(path).load()


@pytest.mark.parametrize(
    ("header", "cells", "message"),
    [
        ("a,n{long},y", "{row},u,{answer}", "a column with a name of 10,001 characters"),
        ("a,w,y", "{row},u,{answer}{long}", "has a word of 1[0-9,]+ characters in the column 'y'"),
    ],
    ids=["name", "class"],
)
def test_words_too_long_to_be_told(tmp_path: Path, header: str, cells: str, message: str) -> None:
    path, long = tmp_path / "t.csv", "n" * LONGEST_WORD
    rows = [cells.format(row=row, answer="yn"[row % 2], long=long) for row in range(20)]
    path.write_text("\n".join([header.format(long=long), *rows]))
    with pytest.raises(DataError, match=message):
        open_path(path).load()


@pytest.mark.parametrize("other", ["u", "{row}.5"], ids=["words", "numbers"])
def test_a_column_with_one_word_too_long_is_no_input(tmp_path: Path, other: str) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{row},{'n' * 10_001 if row == 3 else other.format(row=row)},{'yn'[row % 2]}" for row in range(40)]
    path.write_text("\n".join(["a,w,y", *rows]))
    dataset = open_path(path)
    assert dataset.load().features == ("a",)
    # What could be done about it would be refused.
    (told,) = [remark for remark in dataset.remarks() if "'w'" in remark]
    assert told == (
        "The column 'w' has a word of 10,001 characters, more than the 10,000 that are told apart: it is ignored."
    )
