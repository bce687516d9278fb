"""Fields of a table's columns: what a person chooses becomes what the coding makes of the same cell, and back."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from engine.data.tables.coding import ColumnCoding, TableCoding
from engine.data.tables.fields import input_fields
from engine.types import Array

CODING = TableCoding(
    inputs=(
        ColumnCoding(name="age"),
        ColumnCoding(name="colour", kind="category", levels=("red", "green", "blue")),
        ColumnCoding(
            name="town", kind="category", coding="dummy", levels=("x", "y", "z"), reference="y", gap_level=True
        ),
        ColumnCoding(name="size", kind="ordered", levels=("S", "M", "L")),
        ColumnCoding(name="smokes", kind="yesno", levels=("no", "yes")),
        ColumnCoding(
            name="when", kind="date", date_format="%Y-%m-%d", parts=("days", "year", "weekday", "day_of_year")
        ),
        ColumnCoding(name="income", gaps="own_category", gap_level=True),
        ColumnCoding(name="born", kind="date", date_format="%Y-%m-%d", parts=("year", "month")),
    )
)
CELLS = {
    "age": ["31", "4.5"],
    "colour": ["green", "blue"],
    "town": ["y", "z"],
    "size": ["L", "S"],
    "smokes": ["yes", "no"],
    "when": ["2024-02-29", "1969-12-31"],
    "income": ["1200", "7"],
    "born": ["1980-05-06", "2001-12-31"],
}


def coded(cells: dict[str, list[str]]) -> Array:
    return CODING.code({name: pl.Series(name, words) for name, words in cells.items()})


def test_each_column_has_a_field() -> None:
    fields = input_fields(CODING.features, CODING)
    assert [(field.name, field.kind) for field in fields] == [
        ("age", "number"),
        ("colour", "choice"),
        ("town", "choice"),
        ("size", "choice"),
        ("smokes", "yesno"),
        ("when", "date"),
        ("income", "number"),
        ("income is missing", "yesno"),
        ("born_year", "number"),
        ("born_month", "number"),
    ]
    assert fields[2].levels == ("x", "y", "z", "missing")
    assert sum(field.width for field in fields) == len(CODING.features)


def test_every_field_written_from_one_row_into_another_makes_it_that_row() -> None:
    one, other = coded(CELLS)
    made = one
    for field in input_fields(CODING.features, CODING):
        value = field.read(other)
        assert value is not None
        made = field.write(made, value)
        assert field.read(made) == pytest.approx(value)
    np.testing.assert_allclose(made, other)
    # What was given stays as it was.
    np.testing.assert_array_equal(one, coded(CELLS)[0])


def test_every_level_is_coded_as_its_word() -> None:
    fields = {field.name: field for field in input_fields(CODING.features, CODING)}
    start = coded(CELLS)[0]
    for name in ("colour", "town", "size", "smokes"):
        for place, level in enumerate(fields[name].levels):
            word = "" if level == "missing" else level
            expected = coded({**CELLS, name: [word, word]})[0]
            np.testing.assert_array_equal(fields[name].write(start, place), expected)


def test_a_gap_gets_the_number_that_fills_gaps() -> None:
    features = CODING.features
    fill = np.zeros(len(features))
    fill[features.index("income")] = 640.0
    field = next(field for field in input_fields(features, CODING, tuple(fill)) if field.name == "income is missing")
    made = field.write(coded(CELLS)[0], 1)
    assert made[[features.index("income"), features.index("income_missing")]].tolist() == [640, 1]
    assert field.write(made, 0)[features.index("income_missing")] == 0


def test_inputs_between_the_levels_are_read_as_the_nearest_or_none() -> None:
    colour = input_fields(CODING.features, CODING)[1]
    row = coded(CELLS)[0]
    for mix, expected in (((0.1, 0.8, 0.2), 1), ((0.0, 0.0, 0.0), None)):
        row[1:4] = mix
        assert colour.read(row) == expected


def test_plain_numbers_have_their_names() -> None:
    fields = input_fields(("a", "b"), None)
    assert [(field.name, field.kind, field.first) for field in fields] == [("a", "number", 0), ("b", "number", 1)]
    # Names of other inputs than the coding's: steps made others of them.
    assert [field.kind for field in input_fields(("a", "b"), CODING)] == ["number", "number"]
