"""Layouts of tables: delimiters, encodings, headers, lines around the table, quotes; what is shown and kept of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data import TableFile, open_path
from engine.data.progress import CancelledError, Progress, watched
from engine.errors import DataError
from tests.engine.tables import lines, table

ROWS = [[1.5, 2], [2.5, 3]]


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("a;b;y\n1,5;2;x\n2,5;3;z\n", "t.csv", "columns divided by semicolons, decimal comma"),
        ("a;b;y\n1.5;2;x\n2.5;3;z\n", "t.csv", "columns divided by semicolons, UTF-8"),
        ("a\tb\ty\n1.5\t2\tx\n2.5\t3\tz\n", "t.tsv", "columns divided by tabs"),
        ("a\tb\ty\n1,5\t2\tx\n2,5\t3\tz\n", "t.txt", "columns divided by tabs, decimal comma"),
        ("a|b|y\n1.5|2|x\n2.5|3|z\n", "t.txt", "columns divided by bars"),
        ("a  b y\n1.5 2  x\n 2.5  3 z\n", "t.txt", "columns divided by spaces"),
        ("sep=;\na;b;y\n1,5;2;x\n2,5;3;z\n", "t.csv", "1 line above the table left out"),
        ('"a","b","y"\r\n"1,5","2","x"\r\n"2,5","3","z"\r\n', "t.csv", "columns divided by commas, decimal comma"),
        ("a,b,y\r1.5,2,x\r2.5,3,z\r", "t.csv", "columns divided by commas"),
        ("a,b,y\n1.5,2,'x'\n2.5,3,'z'\n", "t.csv", "columns divided by commas"),
        ("a,b,y\n\n1.5,2,x\n\n\n2.5,3,z", "t.csv", "with a header line"),
    ],
)
def test_delimiters_and_decimals_are_guessed_and_shown(tmp_path: Path, text: str, name: str, shown: str) -> None:
    (tmp_path / name).write_bytes(text.encode())
    dataset = open_path(tmp_path / name)
    assert isinstance(dataset, TableFile)
    assert shown in dataset.guess_table().words()[0]
    for read in (dataset, dataset.settled()):
        data = read.load()
        assert (data.x.tolist(), data.features, data.classes) == (ROWS, ("a", "b"), ("x", "z"))


def test_a_comma_in_a_header_divides_no_columns(tmp_path: Path) -> None:
    data = table(tmp_path, "Temperatur, C;Klasse\n21,5;warm\n3,5;kalt\n4,0;kalt\n").load()
    assert (data.features, data.x.tolist()) == (("Temperatur, C",), [[21.5], [3.5], [4.0]])
    assert (data.classes, data.y.tolist()) == (("kalt", "warm"), [1, 0, 0])


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("latin-1", "Latin-1"),
        ("cp1252", "Latin-1"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, shown: str) -> None:
    text = "größe;süß\n" + "1,5;é\n2;ü\n" * 20
    dataset = table(tmp_path, text.encode(encoding))
    assert shown in dataset.guess_table().words()[0]
    for read in (dataset, dataset.settled()):
        data = read.load()
        assert (data.features, data.classes, len(data)) == (("größe",), ("é", "ü"), 40)


def test_windows_1252_and_a_chosen_encoding(tmp_path: Path) -> None:
    dataset = table(tmp_path, "a,y\n1,€\n2,x\n".encode("cp1252"))
    assert dataset.load().classes == ("x", "€")
    assert dataset.with_changes(encoding="latin-1").load().classes == ("x", "\x80")
    with pytest.raises(DataError, match="its bytes are no utf-8"):
        dataset.with_changes(encoding="utf-8").load()


def test_an_encoding_that_shows_far_into_a_file(tmp_path: Path) -> None:
    text = b"a,y\n" + b"1,x\n2,z\n" * 60_000 + b"3,\xfc\n" * 2
    data = table(tmp_path, text).load()
    assert data.classes == ("x", "z", "ü")


@pytest.mark.parametrize(
    ("text", "features", "samples"),
    [
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n", ("column 1", "column 2"), 3),
        ("0,1,2,3,4\n5.1,3.5,1.4,0.2,0\n4.9,3.0,1.4,0.2,1\n", ("0", "1", "2", "3"), 2),
        (",0,1,2,y\n0,5.1,3.5,1.4,0\n1,4.9,3.0,1.4,1\n2,7.0,3.2,4.7,2\n", ("0", "1", "2"), 3),
        ("a,b,y\nu,v,x\nu,w,z\n", ("a_u", "b_v", "b_w"), 2),
        ("u,v,x\nu,w,z\nu,v,z\n", ("column 1_u", "column 2_v", "column 2_w"), 3),
        (lines("1990,1991,kind", *([i, i * i, "ab"[i % 2]] for i in range(20))), ("1990", "1991"), 20),
        (
            "x1\tx2\ty\nr1\t1.5\t2\t0.5\nr2\t2.5\t3\t1.5\nr3\t3\t4\t2.5\n",
            ("column 1_r1", "column 1_r2", "column 1_r3", "x1", "x2"),
            3,
        ),
    ],
)
def test_headers(tmp_path: Path, text: str, features: tuple[str, ...], samples: int) -> None:
    data = table(tmp_path, text).load()
    assert (data.features, len(data)) == (features, samples)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Report of May\n\na;b;y\n1,5;2;x\n2,5;3;z\n", "2 lines above the table left out"),
        ("# made by me\n# on Monday\na,b,y\n1.5,2,x\n2.5,3,z\n", "2 lines above the table left out"),
        ("a;b;y\nm;s;\n1,5;2;x\n2,5;3;z\n", "1 line below the header left out"),
        ("a,b,y\n1.5,2,x\n2.5,3,z\nSource: me\n\n", "1 line at the end left out"),
        ("Title\na;b;y\n[m];[s];[]\n1,5;2;x\n2,5;3;z\n\nSource: me", "1 line at the end left out"),
    ],
)
def test_lines_that_are_no_rows_are_left_out(tmp_path: Path, text: str, shown: str) -> None:
    dataset = table(tmp_path, text)
    assert shown in dataset.guess_table().words()[0]
    for read in (dataset, dataset.settled()):
        data = read.load()
        assert (data.x.tolist(), data.features, data.classes) == (ROWS, ("a", "b"), ("x", "z"))


def test_what_is_skipped_can_be_set(tmp_path: Path) -> None:
    text = "1,2,x\na,b,y\n1.5,2,x\n2.5,3,z\n"
    data = table(tmp_path, text, skip_first=1, header="yes").load()
    assert (data.x.tolist(), data.features) == (ROWS, ("a", "b"))


@pytest.mark.parametrize("text", ["a,b,y,\n1.5,2,x,\n2.5,3,z,\n", "a,b,y\n1.5,2,x,\n2.5,3,z,\n"])
def test_a_comma_at_the_end_of_each_line(tmp_path: Path, text: str) -> None:
    dataset = table(tmp_path, text)
    data = dataset.load()
    assert (data.x.tolist(), data.features, data.classes) == (ROWS, ("a", "b"), ("x", "z"))
    assert str(dataset.guess_table().remarks[0]) == "The column 'column 4' is empty and left out."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b,y\n1,2,"x\n3,4,z\n5,6,x\n', 2),
        ('a,b,y\n1,2,x\n3,"4,z\n5,6,"x"\n', 3),
        ('a,b,y\n1,2,x\n3,4,"z\n5,6,x\n7,8,"w"\n', 3),
        ("a,b,y\n" + '1,2,"p\nq"\n' * 3 + '3,4,"z\n5,6,x\n', 8),
        ("a;y\n1;'x\n2;'z'\n3;'w'\n", 2),
    ],
)
def test_a_quote_that_is_never_closed(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(DataError, match=rf"t\.csv, line {line}: the quote that opens here .* is never closed"):
        table(tmp_path, text).load()


def test_quotes_within_cells_stand_for_themselves(tmp_path: Path) -> None:
    data = table(tmp_path, 'a,b,y\n1,"pipe 5"" x",x\n3,5" pipe,z\n5,k,x\n').load()
    assert data.features == ("a", 'b_5" pipe', "b_k", 'b_pipe 5" x')
    data = table(tmp_path, 'a, b, y\n1, "p, q", "x"\n3, r, "z"\n').load()
    assert (data.features, data.classes) == (("a", "b_p, q", "b_r"), ("x", "z"))


def test_lines_of_another_length_are_named(tmp_path: Path) -> None:
    for text, line, found in (("a,b,y\n1,2,x\n\n1,2\n3,4,z\n", 4, 2), ("a,b,y\n1,2,x\n1,2,3,4\n", 3, 4)):
        with pytest.raises(DataError, match=rf"t\.csv, line {line}: found {found} values, expected 3"):
            table(tmp_path, text).load()
    # One too many makes up for one too few.
    with pytest.raises(DataError, match=r"expected 3|more fields"):
        table(tmp_path, "a,b,y\n1,2,x\n1,2\n1,2,3,4\n").load()


def test_parquet_arrow_and_sheets(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(
        {"a": [1.5, None, 2.5], "b": [True, False, True], "c": ["u", "v", "u"], "y": [0.5, 1.5, 2.25]},
        schema_overrides={"c": pl.Categorical},
    )
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ipc(tmp_path / "t.feather")
    for name in ("t.parquet", "t.feather"):
        data = open_path(tmp_path / name).load()
        assert data.features == ("a", "b", "c_u", "c_v")
        np.testing.assert_array_equal(data.x, [[1.5, 1, 1, 0], [np.nan, 0, 0, 1], [2.5, 1, 1, 0]])
        assert data.y.tolist() == [[0.5], [1.5], [2.25]]


@pytest.mark.parametrize("name", ["t.parquet", "t.feather"])
def test_damaged_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=rf"{name} cannot be read as a"):
        table(tmp_path, b"no such thing" * 20, name).load()


def test_large_tables_are_read_in_blocks_with_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.data.tables.text_table._BLOCK", 1000)
    rows = [(i, "p\nq" if i % 7 == 0 else "r", i % 3) for i in range(2000)]
    text = "a,b,y\n" + "".join(f'{a + 0.5},"{b}",{y}\n' for a, b, y in rows)
    dataset = table(tmp_path, text)
    progress = Progress()
    with watched(progress):
        data = dataset.load()
    assert (progress.total, progress.unit) == (len(text), "bytes")
    assert progress.done == progress.total
    assert data.x[:, 0].tolist() == [a + 0.5 for a, _, _ in rows]
    assert data.x[:, data.features.index("b_r")].sum() == sum(b == "r" for _, b, _ in rows)
    progress.cancel()
    with watched(progress), pytest.raises(CancelledError):
        table(tmp_path, text + "1,r,1\n").load()


def test_blocks_name_lines_of_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.data.tables.text_table._BLOCK", 1000)
    monkeypatch.setattr("engine.data.tables.text_table._WHOLE", 1000)
    monkeypatch.setattr("engine.data.tables.text_table._HEAD", 2000)
    good = "".join(f"{i},{i % 3},{i % 5 / 2}\n" for i in range(80_000))
    with pytest.raises(DataError, match=r"line 80002, column 'a': 'oops' is not a number"):
        table(tmp_path, "a,b,y\n" + good + "oops,1,0.5\n" + "1,2,0.5\n" * 90_000).load()
    with pytest.raises(DataError, match=r"line 80003: found 2 values, expected 3"):
        table(tmp_path, "a,b,y\n" + good + "1,1,0.5\n1,2\n").load()
