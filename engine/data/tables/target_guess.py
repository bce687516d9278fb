"""Guess of the columns that are to be predicted: by their names, by the kind of their cells, and by their places.

Names are of four sorts. Some say that a column is the target, and count wherever it stands. Some are of what people
predict as a rule, and some of what they predict as often as not: these count most in the last place, where most tables
have their target. The last are of properties, such as a kind: in the first place, beside numbers alone, a property is
the class; elsewhere it is an input like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.data.tables.identifiers import is_name, is_row_number
from engine.data.tables.profile import Profile
from engine.data.tables.targets import one_hot_columns
from engine.data.target_encoding import MOST_CLASSES

if TYPE_CHECKING:
    import polars as pl

# Names as `_plain` has them, the surest first.
_SURE: Final = (
    *("target", "label", "y", "targets", "labels", "output", "outcome", "response", "ground truth", "dependent"),
    *("ziel", "zielgroesse", "cible", "objetivo"),
)
_COMMON: Final = (
    *("survived", "churn", "churned", "exited", "attrition", "diagnosis", "class", "classes", "klasse", "classe"),
    *("clase", "species", "sale price", "median house value", "medv", "mpg"),
)
_PRICES: Final = ("price", "preis", "prix", "precio", "selling price", "house price", "price range")
_OFTEN: Final = frozenset(
    (
        *("sales", "revenue", "profit", "demand", "sold", "units sold", "quantity", "charges", "cost", "costs"),
        *("salary", "income", "quality", "score", "rating", "grade", "default", "fraud", "is fraud", "purchased"),
        *("bought", "purchase", "clicked", "approved", "loan status", "result", "yield", "consumption", "value"),
    )
)
_PROPERTIES: Final = frozenset(
    ("kind", "type", "category", "variety", "group", "status", "genre", "art", "sorte", "typ", "kategorie")
)
_NUMBERED: Final = re.compile(r"(target|label|class|output)(?:[ _.-]\w+|\d+)$|(y)[ _.-]?\d+$", re.IGNORECASE)
_COORDINATES: Final = frozenset(("x", "z"))


@dataclass(frozen=True)
class TargetGuess:
    """Columns to predict, and the reason as part of a sentence: "by its name"."""

    columns: tuple[Profile, ...]
    reason: str


def guess_targets(free: Sequence[Profile], frame: pl.DataFrame, columns: int, named: bool) -> TargetGuess:
    """Guess the targets among columns that have no role yet, in a table of so many `columns`.

    With `named`, the names of the columns are those of a header.
    """
    if named:
        found = _by_name(free, columns)
        if found is not None:
            return found
    likely = [one for one in free if not is_name(one)]
    one_hot = one_hot_columns(likely, frame)
    if one_hot:
        return TargetGuess(tuple(one_hot), "as the last columns, one of which is 1 in each row")
    if not likely:
        return TargetGuess(tuple(free[-1:]), "as the last column")
    first, last = likely[0], likely[-1]
    if last.constant and not first.constant and (first.kind != "number" or first.codes):
        return TargetGuess((first,), "as the first column, since the last is the same in every row")
    # One that is constant is no target either, but it is for the user to say so.
    fitting = [one for one in likely if one.constant or (_can_be_target(one) and not is_row_number(one, named))]
    if not fitting or fitting[-1] is free[-1]:
        return TargetGuess((likely[-1],), "as the last column")
    return TargetGuess((fitting[-1],), "as the last column that can be one")


def _by_name(free: Sequence[Profile], columns: int) -> TargetGuess | None:
    by_name = {_plain(one.name): one for one in reversed(free)}
    if not free:
        return None
    first, last = free[0], free[-1]
    for name in _SURE:
        if name in by_name and not (name == "y" and _is_coordinate(by_name, last)):
            return TargetGuess((by_name[name],), "by its name")
    numbered = [(one, match) for one in free if (match := _NUMBERED.match(one.name))]
    stems = {(match[1] or match[2]).lower() for _, match in numbered}
    if 1 < len(numbered) < columns and len(stems) == 1 and _together([one for one, _ in numbered]):
        return TargetGuess(tuple(one for one, _ in numbered), "by their names")
    if _plain(last.name) in (*_COMMON, *_PRICES, *_OFTEN) and _can_be_target(last):
        return TargetGuess((last,), "by its name and place")
    # What may be bought, or any other yes or no, is likelier in the last place than a price in another.
    decided = last.kind == "yesno" or (last.kind == "number" and last.whole and (last.low, last.high) == (0, 1))
    for name in (*_COMMON, *(() if decided else _PRICES)):
        if name in by_name:
            return TargetGuess((by_name[name],), "by its name")
    if _plain(first.name) in _PROPERTIES and _is_class_of(first, free[1:]):
        return TargetGuess((first,), "by its name, before numbers alone")
    return None


def _plain(name: str) -> str:
    """Name in small letters, its words parted by spaces: "sale price" for "SalePrice", "price" for "Price (EUR)"."""
    bare = re.sub(r"[(\[].*?[)\]]", " ", name)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)
    return " ".join(re.findall(r"[^\W_]+", parted)).lower()


def _is_coordinate(by_name: dict[str, Profile], last: Profile) -> bool:
    """True if y stands beside an x or a z, and another column comes last."""
    return bool(_COORDINATES & by_name.keys()) and by_name["y"] is not last


def _can_be_target(one: Profile) -> bool:
    """True if there is something to predict: not one value, nor a date, nor more words than can be classes."""
    if one.constant or not one.values or one.kind == "date":
        return False
    return one.kind == "number" or one.distinct <= MOST_CLASSES


def _is_class_of(one: Profile, others: Sequence[Profile]) -> bool:
    """True if a column of words that come again and again stands beside numbers alone."""
    again = one.kind in ("category", "yesno") and 1 < one.distinct <= min(MOST_CLASSES, one.values // 2)
    return again and bool(others) and all(other.kind == "number" for other in others)


def _together(columns: Sequence[Profile]) -> bool:
    """True if columns stand side by side."""
    places = [one.place for one in columns]
    return places == list(range(places[0], places[0] + len(places)))
