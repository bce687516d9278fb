"""Tables as people have them, read by `nnstudio data TABLE --json`: one test for each way in which they differ."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio import cli

Read = Callable[..., dict[str, Any]]
Refused = Callable[..., str]

FLOWERS = [(5.1, 3.5, 1.4, 0.2, "setosa"), (4.9, 3.0, 1.4, 0.2, "setosa"), (7.0, 3.2, 4.7, 1.4, "versicolor")] * 6
NUMBERS = [(1.5, 2.25, 10.5), (2.5, 3.75, 20.25), (3.5, 4.5, 30.75), (4.5, 0.25, 41.5), (5.25, 1.125, 49.0)] * 5


@pytest.fixture
def read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Read:
    """Writes a table and reads it by the command line."""

    def call(content: str | bytes, *options: str, name: str = "table.csv", encoding: str = "utf-8") -> dict[str, Any]:
        path = _write(tmp_path / name, content, encoding)
        code = cli.main(["data", str(path), "--json", *options])
        out, err = capsys.readouterr()
        assert code == 0, err
        found: dict[str, Any] = json.loads(out)
        return found

    return call


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Writes a table, and gives the one line by which the command line refuses it."""

    def call(content: str | bytes, *options: str, name: str = "table.csv") -> str:
        path = _write(tmp_path / name, content, "utf-8")
        code = cli.main(["data", str(path), "--json", *options])
        out, err = capsys.readouterr()
        assert code == 1, out
        assert len(err.splitlines()) == 1
        return err.replace(str(path), name)

    return call


def _write(path: Path, content: str | bytes, encoding: str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def _lines(rows: list[tuple[Any, ...]], delimiter: str = ",", decimal: str = ".") -> str:
    return "".join(delimiter.join(str(cell).replace(".", decimal) for cell in row) + "\n" for row in rows)


def _said(found: dict[str, Any], *words: str) -> bool:
    """True if one remark has all of the words."""
    return any(all(word.lower() in remark.lower() for word in words) for remark in found["remarks"])


def _made_of(found: dict[str, Any], column: str) -> list[str]:
    """Inputs that a column has become."""
    return [name for name in found["inputs"] if name == column or name.startswith(f"{column}_")]


class TestText:
    @pytest.mark.parametrize(
        ("delimiter", "decimal", "name"),
        [
            (";", ",", "table.csv"),
            (";", ".", "table.csv"),
            ("\t", ".", "table.tsv"),
            ("\t", ",", "table.txt"),
            ("|", ".", "table.csv"),
            (",", ".", "table.txt"),
        ],
    )
    def test_delimiters(self, read: Read, delimiter: str, decimal: str, name: str) -> None:
        found = read(_lines([("a", "b", "cost"), *NUMBERS], delimiter, decimal), name=name)
        assert (found["rows"], found["task"]) == (25, "regression")
        assert (found["inputs"], found["target"]) == (["a", "b"], ["cost"])

    @pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
    def test_a_line_that_names_the_delimiter(self, read: Read, first: str) -> None:
        found = read(first + "\n" + _lines([("a", "b", "cost"), *NUMBERS], ";", ","))
        assert (found["rows"], found["inputs"], found["target"]) == (25, ["a", "b"], ["cost"])

    def test_a_comma_in_a_name(self, read: Read) -> None:
        found = read("Temperatur, C;Klasse\n21,5;warm\n3,5;kalt\n22,0;warm\n1,25;kalt\n")
        assert (found["inputs"], found["target"]) == (["Temperatur, C"], ["Klasse"])
        assert found["classes"] == ["kalt", "warm"]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
    def test_encodings(self, read: Read, encoding: str) -> None:
        text = "größe;art\n" + "1,5;süß\n2,5;herb\n3,25;süß\n4,5;herb\n" * 3
        found = read(("\ufeff" if encoding == "utf-16-le" else "") + text, encoding=encoding)
        assert (found["inputs"], found["target"]) == (["größe"], ["art"])
        assert found["classes"] == ["herb", "süß"]

    def test_the_euro_of_windows(self, read: Read) -> None:
        found = read("size,coin\n" + "1.5,€\n2.5,£\n" * 5, encoding="cp1252")
        assert found["classes"] == ["£", "€"]

    def test_the_encoding_is_shown(self, read: Read) -> None:
        found = read("größe;art\n1,5;süß\n2,5;herb\n" * 1 + "3,5;süß\n4,5;herb\n", encoding="utf-16")
        assert _said(found, "UTF-16")

    @pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
    def test_line_ends(self, read: Read, ending: str) -> None:
        found = read(_lines([("a", "b", "cost"), *NUMBERS]).replace("\n", ending))
        assert (found["rows"], found["inputs"]) == (25, ["a", "b"])

    def test_quotes(self, read: Read) -> None:
        found = read('size,"kind, of it"\n' + '1,"a ""good"" one"\n2,"a, b"\n3,"two\nlines"\n4.5,"a, b"\n' * 3)
        assert found["target"] == ["kind, of it"]
        assert found["classes"] == ['a "good" one', "a, b", "two\nlines"]
        assert found["rows"] == 12

    def test_a_quote_that_is_never_closed(self, refused: Refused) -> None:
        said = refused('a,kind\n1,x\n2,"y\n3,x\n4,y\n')
        assert "line 3" in said
        assert "quote" in said


class TestHeader:
    def test_none(self, read: Read) -> None:
        found = read(_lines(FLOWERS))
        assert (found["rows"], found["classes"]) == (18, ["setosa", "versicolor"])
        assert len(found["inputs"]) == 4
        assert _said(found, "header")

    def test_numbered_as_pandas_does(self, read: Read) -> None:
        rows = [(*row[:4], {"setosa": 0, "versicolor": 1}[row[4]]) for row in FLOWERS]
        found = read(_lines([(0, 1, 2, 3, 4), *rows]))
        assert (found["rows"], found["classes"]) == (18, ["0", "1"])
        assert (found["inputs"], found["target"]) == (["0", "1", "2", "3"], ["4"])

    def test_numbered_with_the_index(self, read: Read) -> None:
        rows = [(place, *row) for place, row in enumerate(FLOWERS)]
        found = read(_lines([("", 0, 1, 2, 3, 4), *rows]))
        assert (found["rows"], found["target"]) == (18, ["4"])
        assert found["inputs"] == ["0", "1", "2", "3"]

    @pytest.mark.parametrize(
        "above",
        ["Flowers of Gaspé\n", "# made by a program\n# in two lines\n", "Flowers of Gaspé\n\n", '"A title, quoted"\n'],
    )
    def test_lines_above(self, read: Read, above: str) -> None:
        found = read(above + _lines([("a", "b", "c", "d", "kind"), *FLOWERS]))
        assert (found["rows"], found["target"]) == (18, ["kind"])
        assert found["inputs"] == ["a", "b", "c", "d"]

    def test_units_below(self, read: Read) -> None:
        found = read(_lines([("a", "b", "cost"), ("cm", "kg", "EUR"), *NUMBERS]))
        assert (found["rows"], found["task"]) == (25, "regression")
        assert found["inputs"] == ["a", "b"]
        assert found["skipped"]

    def test_a_comment_at_the_end(self, read: Read) -> None:
        found = read(_lines([("a", "b", "cost"), *NUMBERS]) + "Source: the shop\n")
        assert (found["rows"], found["task"]) == (25, "regression")

    def test_a_trailing_comma_in_every_line(self, read: Read) -> None:
        found = read(_lines([("a", "b", "kind"), *[(*row[:2], row[4]) for row in FLOWERS]]).replace("\n", ",\n"))
        assert (found["inputs"], found["target"]) == (["a", "b"], ["kind"])
        assert found["classes"] == ["setosa", "versicolor"]
        assert _said(found, "empty")


class TestGaps:
    @pytest.mark.parametrize("gap", ["", "?", "NA", "nan", "NaN", "N/A", "null"])
    def test_in_an_input(self, read: Read, gap: str) -> None:
        found = read(_lines([("a", "b", "cost"), *NUMBERS, (gap, 2.5, 7.25)]))
        assert (found["task"], found["inputs"]) == ("regression", ["a", "b"])
        assert found["rows"] + len(found["skipped"]) == 26
        assert _said(found, "a")

    @pytest.mark.parametrize("gap", ["", "?", "NA", "nan"])
    def test_in_a_numeric_target(self, read: Read, gap: str) -> None:
        rows = [(size, size * 1250.5) for size in range(1, 11)]
        found = read(_lines([("size", "price"), *rows, (11, gap)]))
        assert (found["task"], found["rows"], found["classes"]) == ("regression", 10, [])
        assert len(found["skipped"]) == 1

    def test_in_a_class(self, read: Read) -> None:
        found = read(_lines([("a", "kind"), *[(row[0], row[4]) for row in FLOWERS], (5.5, "?")]))
        assert (found["rows"], found["classes"]) == (18, ["setosa", "versicolor"])


class TestNumbers:
    @pytest.mark.parametrize(
        "write",
        [
            lambda value: f'"{1000 + value * 37:,}"',
            lambda value: f"${5 + value * 1.5}",
            lambda value: f"{12 + value}%",
            lambda value: f'"{102 + value},50"',
            lambda value: f"€ {12 + value}.25",
            lambda value: f"{1 + value}.5e3",
        ],
        ids=["thousands", "dollars", "per cent", "decimal comma", "euros", "exponents"],
    )
    def test_as_target(self, read: Read, write: Callable[[int], str]) -> None:
        rows = [(value * 0.5, write(value)) for value in range(30)]
        found = read(_lines([("size", "cost"), *rows]))
        assert (found["task"], found["rows"], found["classes"]) == ("regression", 30, [])

    def test_dates_as_target(self, read: Read) -> None:
        rows = [(day * 0.5, f"2024-03-{day:02}") for day in range(1, 29)]
        found = read(_lines([("size", "when"), *rows]))
        assert (found["task"], found["classes"]) == ("regression", [])

    def test_ages_are_numbers_however_many_there_are(self, read: Read) -> None:
        tasks = []
        for last in (35, 38):
            ages = [*range(18, last + 1)] * 4
            rows = [(place * 0.37 % 11, age) for place, age in enumerate(ages)]
            tasks.append(read(_lines([("height", "age"), *rows]))["task"])
        assert tasks == ["regression", "regression"]

    def test_codes_of_letters_are_classes(self, read: Read) -> None:
        rows = [(place * 0.37 % 11, place * 0.77 % 7, place % 26 + 1) for place in range(26 * 6)]
        found = read(_lines([("a", "b", "letter"), *rows]))
        assert (found["task"], len(found["classes"])) == ("classification", 26)


class TestKinds:
    def test_words_become_columns(self, read: Read) -> None:
        rows = [(("red", "green", "blue")[i % 3], i * 0.5, i * 2.25) for i in range(30)]
        found = read(_lines([("colour", "size", "cost"), *rows]))
        assert {"colour_green", "colour_blue", "size"} <= set(found["inputs"]) or {
            "colour=green",
            "colour=blue",
        } <= set(found["inputs"])
        assert "colour" not in found["inputs"]

    @pytest.mark.parametrize("words", [("yes", "no"), ("Yes", "No"), ("true", "false"), ("ja", "nein"), ("Y", "N")])
    def test_yes_and_no_are_one_input(self, read: Read, words: tuple[str, str]) -> None:
        rows = [(words[i % 2], i * 0.5, i * 2.25) for i in range(30)]
        found = read(_lines([("member", "size", "cost"), *rows]))
        assert _made_of(found, "member") == ["member"] or len(_made_of(found, "member")) == 1

    @pytest.mark.parametrize(
        "write", ["2024-03-{:02}", "{:02}.03.2024", "2024-03-{:02} 12:30:00", "2024-03-{:02}T08:00"]
    )
    def test_dates_become_numbers(self, read: Read, write: str) -> None:
        rows = [(write.format(day), day * 0.5, day * 2.25) for day in range(1, 29)]
        found = read(_lines([("when", "size", "cost"), *rows]))
        assert 1 <= len(_made_of(found, "when")) <= 9
        assert "size" in found["inputs"]

    @pytest.mark.parametrize("name", ["id", "Row", "customer_id", "Unnamed: 0"])
    def test_an_identifier_is_no_input(self, read: Read, name: str) -> None:
        rows = [(1000 + i, i * 0.37 % 5, ("x", "y")[i % 2]) for i in range(40)]
        found = read(_lines([(name, "size", "kind"), *rows]))
        assert found["inputs"] == ["size"]
        assert _said(found, name)

    def test_a_text_that_is_never_the_same_is_no_input(self, read: Read) -> None:
        rows = [(f"Person {i * 7919 % 1000}", i * 0.37 % 5, ("x", "y")[i % 2]) for i in range(60)]
        found = read(_lines([("name", "size", "kind"), *rows]))
        assert found["inputs"] == ["size"]
        assert _said(found, "name")

    def test_a_constant_is_remarked_on(self, read: Read) -> None:
        rows = [(7, i * 0.37 % 5, ("x", "y")[i % 2]) for i in range(40)]
        assert _said(read(_lines([("shop", "size", "kind"), *rows])), "shop")

    def test_a_leak_is_remarked_on(self, read: Read) -> None:
        rows = [(i * 0.37 % 5, i * 2.25, i * 2.25) for i in range(40)]
        assert _said(read(_lines([("size", "copy", "cost"), *rows])), "copy")

    def test_codes_are_remarked_on(self, read: Read) -> None:
        rows = [(i % 4 + 1, i * 0.37 % 5, ("x", "y")[i % 2]) for i in range(40)]
        assert _said(read(_lines([("region", "size", "kind"), *rows])), "region")

    def test_a_rare_class_is_remarked_on(self, read: Read) -> None:
        rows = [(i * 0.37 % 5, "odd" if i == 7 else ("x", "y")[i % 2]) for i in range(60)]
        assert _said(read(_lines([("size", "kind"), *rows])), "odd")

    def test_time_stamps_half_a_minute_apart_differ(self, read: Read) -> None:
        rows = [(1_700_000_000 + 30 * i, i % 7 * 0.5, i * 2.25) for i in range(40)]
        found = read(_lines([("stamp", "b", "cost"), *rows]), "--target", "cost")
        assert found["rows"] == 40
        assert not _said(found, "stamp", "constant")


class TestTarget:
    @pytest.mark.parametrize("name", ["label", "class", "target", "y", "Label", "Class"])
    def test_a_label_in_front(self, read: Read, name: str) -> None:
        random = np.random.default_rng(0)
        rows = [(i % 10, *random.integers(0, 256, 784)) for i in range(30)]
        found = read(_lines([(name, *[f"pixel{place}" for place in range(784)]), *rows]))
        assert (found["target"], found["task"]) == ([name], "classification")
        assert found["classes"] == [str(digit) for digit in range(10)]
        assert "pixel783" in found["inputs"] or _said(found, "pixel")

    @pytest.mark.parametrize("last", ["same", "0", "1.5"])
    def test_one_class_only(self, refused: Refused, last: str) -> None:
        rows = [(i * 0.37 % 5, i * 0.7, last) for i in range(40)]
        said = refused(_lines([("a", "b", "end"), *rows]))
        assert "end" in said
        assert "target" in said.lower()

    def test_an_ignored_column_is_no_input(self, read: Read) -> None:
        found = read(_lines([("a", "b", "cost"), *NUMBERS]), "--ignore", "a")
        assert (found["inputs"], found["target"]) == (["b"], ["cost"])

    def test_a_target_and_ignored_columns(self, read: Read) -> None:
        table = _lines([("a", "b", "c", "kind"), *[(*row[:3], row[4]) for row in FLOWERS]])
        found = read(table, "--target", "a", "--ignore", "kind,c")
        assert (found["inputs"], found["target"], found["task"]) == (["b"], ["a"], "regression")

    def test_several_numbers(self, read: Read) -> None:
        found = read(_lines([("a", "b", "cost"), *NUMBERS]), "--target", "b,cost")
        assert (found["inputs"], found["target"], found["task"]) == (["a"], ["b", "cost"], "regression")

    def test_one_hot_answers(self, read: Read) -> None:
        rows = [(i * 0.37 % 5, i * 0.7 % 3, *np.eye(3, dtype=int)[i % 3]) for i in range(60)]
        found = read(_lines([("a", "b", "cat", "dog", "bird"), *rows]), "--target", "cat,dog,bird")
        assert (found["inputs"], found["target"]) == (["a", "b"], ["cat", "dog", "bird"])

    def test_one_hot_answers_are_guessed_or_remarked_on(self, read: Read) -> None:
        rows = [(i * 0.37 % 5, i * 0.7 % 3, *np.eye(3, dtype=int)[i % 3]) for i in range(60)]
        found = read(_lines([("a", "b", "cat", "dog", "bird"), *rows]))
        assert found["target"] == ["cat", "dog", "bird"] or _said(found, "cat", "dog")

    def test_several_labels_at_once(self, read: Read) -> None:
        rows = [(i * 0.37 % 5, i * 0.7 % 3, i % 2, i // 2 % 2, i // 3 % 2) for i in range(60)]
        found = read(_lines([("a", "b", "wet", "cold", "dark"), *rows]), "--target", "wet,cold,dark")
        assert (found["inputs"], found["target"]) == (["a", "b"], ["wet", "cold", "dark"])

    @pytest.mark.parametrize("option", ["--target", "--ignore"])
    def test_an_unknown_column(self, refused: Refused, option: str) -> None:
        said = refused(_lines([("a", "b", "cost"), *NUMBERS]), option, "price")
        assert "price" in said
        assert "a, b, cost" in said


class TestSizes:
    def test_thousands_of_columns(self, read: Read) -> None:
        names = [f"gene{place}" for place in range(3_000)]
        random = np.random.default_rng(1)
        rows = [(*random.normal(size=3_000).round(3), ("ill", "well")[i % 2]) for i in range(12)]
        found = read(_lines([(*names, "state"), *rows]))
        assert (len(found["inputs"]), found["rows"], found["target"]) == (3_000, 12, ["state"])

    def test_one_row(self, read: Read) -> None:
        found = read("a,b,cost\n1.5,2.5,3.5\n", "--target", "cost")
        assert (found["rows"], found["inputs"]) == (1, ["a", "b"])

    @pytest.mark.parametrize("text", ["", "\n\n", "a,b,cost\n"])
    def test_no_rows(self, refused: Refused, text: str) -> None:
        said = refused(text)
        assert "table.csv" in said

    def test_one_column(self, refused: Refused) -> None:
        assert "one column" in refused("a\n1\n2\n3\n")


class TestFormats:
    def test_parquet_and_arrow(self, read: Read, tmp_path: Path) -> None:
        polars = pytest.importorskip("polars")
        frame = polars.DataFrame(NUMBERS, schema=["a", "b", "cost"], orient="row")
        frame.write_parquet(tmp_path / "made.parquet")
        frame.write_ipc(tmp_path / "made.arrow")
        for name in ("made.parquet", "made.arrow"):
            found = read((tmp_path / name).read_bytes(), name=name)
            assert (found["inputs"], found["target"], found["rows"]) == (["a", "b"], ["cost"], 25)

    def test_excel(self, read: Read, tmp_path: Path) -> None:
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in [("a", "b", "cost"), *NUMBERS]:
            book.active.append(row)
        book.save(tmp_path / "made.xlsx")
        found = read((tmp_path / "made.xlsx").read_bytes(), name="made.xlsx")
        assert (found["inputs"], found["target"], found["rows"]) == (["a", "b"], ["cost"], 25)
