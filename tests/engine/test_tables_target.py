"""Guess of the target, on tables as people have them: column names and kinds of well-known data sets, and of work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data import TableFile
from engine.data.tables.guess import TableGuess

_ROWS = 40
_WORDS = {"w": ("red", "green", "blue"), "b": ("yes", "no"), "c": ("0", "1")}


def _guess(folder: Path, columns: str) -> TableGuess:
    """Guess of a table with these columns, such as "size:n kind:w": numbers, words, yes or no, codes, dates, names."""
    rng = np.random.default_rng(3)
    names, cells = [], []
    for column in columns.split(" "):
        name, kind = column.split(":")
        names.append(name.replace("_", " "))
        match kind:
            case "n":
                cells.append([f"{value:.2f}" for value in rng.normal(50, 9, _ROWS)])
            case "i":
                cells.append([str(row + 1) for row in range(_ROWS)])
            case "t":
                cells.append([f"note {row} {value}" for row, value in enumerate(rng.integers(0, 99, _ROWS))])
            case "d":
                cells.append([f"2024-03-{1 + row % 28:02}" for row in range(_ROWS)])
            case "l":
                cells.append([str(value) for value in rng.integers(0, 10, _ROWS)])
            case _:
                cells.append([_WORDS[kind][row % len(_WORDS[kind])] for row in rng.integers(0, 60, _ROWS)])
    path = folder / "table.csv"
    lines = [",".join(names), *(",".join(row) for row in zip(*cells, strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return TableFile(path=str(path)).guess_table()


@pytest.mark.parametrize(
    ("columns", "target", "task"),
    [
        # a property is an input where a price stands last, and the class where nothing but numbers follows it
        ("kind:w size:n age:n price:n", "price", "regression"),
        ("size:n kind:w age:n price:n", "price", "regression"),
        ("kind:w sepal:n petal:n width:n", "kind", "classification"),
        ("kind:w colour:w size:n weight:n", "weight", "regression"),
        ("size:n type:w weight:n", "weight", "regression"),
        ("size:n weight:n kind:w", "kind", "classification"),
        # passengers, with and without what says the same again
        ("PassengerId:i Survived:c Pclass:l Name:t Sex:w Age:n Fare:n Embarked:w", "Survived", "classification"),
        ("survived:c pclass:l sex:w age:n fare:n class:w alone:b", "survived", "classification"),
        # houses: the price in the middle, at the end, beside a word that comes last
        ("id:i date:d price:n bedrooms:l grade:l sqft:n lot:n", "price", "regression"),
        ("Id:i LotArea:n YearBuilt:n Street:w SalePrice:n", "SalePrice", "regression"),
        ("longitude:n latitude:n income:n median_house_value:n ocean_proximity:w", "median house value", "regression"),
        # diamonds: y is a length beside x and z
        ("carat:n cut:w depth:n price:n x:n y:n z:n", "price", "regression"),
        ("x:n y:n", "y", "regression"),
        ("x:n y:n temperature:n", "temperature", "regression"),
        ("y:l pixel0:n pixel1:n", "y", "classification"),
        # cars, bank customers, shops
        ("mpg:n cylinders:l horsepower:n weight:n name:t", "mpg", "regression"),
        ("age:n job:w default:b balance:n y:b", "y", "classification"),
        ("Age:n Attrition:b Department:w Income:n Years:n", "Attrition", "classification"),
        ("price:n region:w visits:n bought:b", "bought", "classification"),
        ("price:n region:w visits:n returned:b", "returned", "classification"),
        ("TV:n radio:n newspaper:n sales:n", "sales", "regression"),
        ("income:n age:n loan:n default:b", "default", "classification"),
        ("age:n income:n education:w", "education", "classification"),
        # tumours, penguins, wine
        ("id:i diagnosis:w radius:n texture:n", "diagnosis", "classification"),
        ("species:w island:w bill:n flipper:n sex:w", "species", "classification"),
        ("acidity:n sugar:n quality:l", "quality", "classification"),
        # what cannot be predicted in the last place: a remark, a date, a number of the row
        ("size:n weight:n comment:t", "weight", "regression"),
        ("humidity:n power:n date:d", "power", "regression"),
        ("humidity:n power:n id:i", "power", "regression"),
        # a year is no numbered y
        ("year:l yearly:n size:n", "size", "regression"),
    ],
)
def test_target_of_a_table(tmp_path: Path, columns: str, target: str, task: str) -> None:
    found = _guess(tmp_path, columns)
    assert (found.targets, found.task) == ((target,), task)


def test_targets_numbered_side_by_side(tmp_path: Path) -> None:
    assert _guess(tmp_path, "a:n b:n y1:n y2:n").targets == ("y1", "y2")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ("kind:w size:n price:n", "by its name and place"),
        ("kind:w size:n weight:n", "by its name, before numbers alone"),
        ("size:n weight:n", "as the last column"),
        ("size:n weight:n comment:t", "as the last column that can be one"),
        ("a:n target_a:n target_b:n", "by their names"),
    ],
)
def test_the_reason_is_said(tmp_path: Path, columns: str, reason: str) -> None:
    assert f"the target is guessed {reason}" in _guess(tmp_path, columns).words()


def test_a_chosen_target_needs_no_reason(tmp_path: Path) -> None:
    _guess(tmp_path, "kind:w size:n price:n")
    chosen = TableFile(path=str(tmp_path / "table.csv"), target="size")
    assert "regression: size" in chosen.reading()
    assert not any("guessed" in phrase for phrase in (*chosen.reading(), *chosen.settled().reading()))
