"""Remarks on a table: columns that teach a network nothing, or too much, each with a cure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.data.samples import Task
from engine.data.tables.profile import Profile
from engine.data.tables.settings import LONGEST_WORD, ColumnSetting
from engine.data.tables.values import cleaned, numbers

if TYPE_CHECKING:
    import polars as pl

    from engine.types import Array

_LEAST_ROWS: Final = 20
# Classes with fewer samples are hardly learnt.
_RARE: Final = 5
_MOST_CODES: Final = 12
_MOST_TOLD: Final = 6
# A table of more columns has none of its pairs compared.
_MOST_COMPARED: Final = 300
_ALIKE: Final = 1 - 1e-9


@dataclass(frozen=True)
class Remark:
    """Remark on a column, or on the table where `column` is "".

    Attributes:
        sentence: what was found, and what it means. cure: what can be done, as the text of a button; "" for nothing.
        settings: those of columns that the cure sets.
    """

    sentence: str
    column: str = ""
    cure: str = ""
    settings: tuple[ColumnSetting, ...] = ()

    def __str__(self) -> str:
        return f"{self.sentence} {self.cure}." if self.cure else self.sentence


def remarks(
    found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame, task: Task
) -> tuple[Remark, ...]:
    """Remarks on the columns of a table, judged by some of its rows."""
    made: list[Remark] = []
    for group in (_left_out, _constant, _leaks, _codes, _gaps, _unclear):
        said = list(group(found, columns, frame))
        made += said[:_MOST_TOLD]
        if len(said) > _MOST_TOLD:
            made.append(Remark(f"{len(said) - _MOST_TOLD} more columns are like {said[0].column!r:.60}."))
    made += _classes(found, columns, frame, task)
    return tuple(made)


def _pairs(
    found: Sequence[Profile], columns: Sequence[ColumnSetting], role: str
) -> Iterator[tuple[Profile, ColumnSetting]]:
    return ((one, column) for one, column in zip(found, columns, strict=True) if column.role == role)


def _left_out(found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame) -> Iterator[Remark]:
    for one, column in [*_pairs(found, columns, "ignore"), *_pairs(found, columns, "name")]:
        taken = (column.with_changes(role="input"),)
        if not one.values:
            yield Remark(f"The column {one.name!r:.60} is empty and left out.", one.name)
        elif column.role == "name":
            sentence = f"The column {one.name!r:.60} names the rows: it is no input."
            yield Remark(sentence, one.name, "Take it as an input", taken)
        elif one.kind == "number" and one.distinct == one.values:
            sentence = f"The column {one.name!r:.60} only numbers the rows: it is ignored."
            yield Remark(sentence, one.name, "Take it as an input", taken)
        elif one.longest > LONGEST_WORD:
            letters = f"{one.longest:,} characters, more than the {LONGEST_WORD:,} that are told apart"
            yield Remark(f"The column {one.name!r:.60} has a word of {letters}: it is ignored.", one.name)
        elif one.kind == "category":
            sentence = f"The column {one.name!r:.60} holds {one.distinct:,} different words: it is ignored."
            yield Remark(sentence, one.name, "Take it as an input", taken)


def _constant(found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame) -> Iterator[Remark]:
    for one, column in _pairs(found, columns, "input"):
        if one.constant and one.values > 1 and not one.gaps:
            yield Remark(
                f"The column {one.name!r:.60} is the same in every row, so nothing can be learnt from it.",
                one.name,
                "Ignore it",
                (column.with_changes(role="ignore"),),
            )


def _leaks(found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame) -> Iterator[Remark]:
    """Inputs that say the target in other words, which will not be known when it is to be predicted."""
    targets = list(_pairs(found, columns, "target"))
    inputs = list(_pairs(found, columns, "input"))
    if len(targets) != 1 or len(frame) < _LEAST_ROWS or not 1 < len(inputs) <= _MOST_COMPARED:
        return
    target, setting = targets[0]
    for one, column in inputs:
        if one.constant or one.gaps or target.gaps:
            continue
        if _tells(one, column, target, setting, frame):
            yield Remark(
                f"The column {one.name!r:.60} tells the target {target.name!r:.60} by itself, as if it were copied "
                "from it. If it is not known beforehand, the network learns nothing else.",
                one.name,
                "Ignore it",
                (column.with_changes(role="ignore"),),
            )


def _tells(one: Profile, column: ColumnSetting, target: Profile, setting: ColumnSetting, frame: pl.DataFrame) -> bool:
    if one.kind == target.kind == "number" and not (target.whole and target.distinct <= _MOST_CODES):
        first, second = _numbers(frame, one, column), _numbers(frame, target, setting)
        first, second = first - first.mean(), second - second.mean()
        size = float(np.sqrt((first @ first) * (second @ second)))
        return size > 0 and abs(float(first @ second)) / size > _ALIKE
    if one.distinct != target.distinct or not 1 < one.distinct <= len(frame) // 4:
        return False
    both = frame.select(str(one.place), str(target.place))
    return both.n_unique() == one.distinct


def _numbers(frame: pl.DataFrame, one: Profile, column: ColumnSetting) -> Array:
    import polars as pl

    cells = frame[str(one.place)]
    found = numbers(cleaned(cells, column.missing), one.decimal) if cells.dtype == pl.String else cells
    array: Array = found.cast(pl.Float64).fill_null(0.0).to_numpy()
    return array


def _codes(found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame) -> Iterator[Remark]:
    for one, column in _pairs(found, columns, "input"):
        if one.kind == "number" and 3 <= one.codes <= _MOST_CODES and one.values >= max(_LEAST_ROWS, 4 * one.codes):
            yield Remark(
                f"The column {one.name!r:.60} holds only the numbers {one.low:.0f} to {one.high:.0f}. If they stand "
                "for kinds of something, and are no amounts, it is a category.",
                one.name,
                "Make it a category",
                (column.with_changes(kind="category", gaps="own_category"),),
            )
        elif one.padded:
            yield Remark(
                f"The column {one.name!r:.60} has zeros in front: it is taken for codes, a category.", one.name
            )


_GAPS_IN_WORDS: Final = {
    "drop": "those rows are left out",
    "mean": "they are filled with the mean of the training part",
    "median": "they are filled with the median of the training part",
    "most_frequent": "they are filled with what is most frequent in the training part",
    "own_category": "they count as a kind of their own",
}


def _gaps(found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame) -> Iterator[Remark]:
    for role in ("target", "input"):
        for one, column in _pairs(found, columns, role):
            if not one.gaps:
                continue
            what = f"{one.gaps:,} {'cell is' if one.gaps == 1 else 'cells are'} empty"
            if column.missing:
                what += f" or {', '.join(map(repr, column.missing[:3]))}"
            done = "those rows are left out" if role == "target" else _GAPS_IN_WORDS.get(column.gaps, "")
            dropped = (column.with_changes(gaps="drop"),)
            cure = ("Leave those rows out", dropped) if role == "input" and column.gaps != "drop" else ("", ())
            yield Remark(f"In the column {one.name!r:.60}, {what}: {done}.", one.name, *cure)


def _unclear(found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame) -> Iterator[Remark]:
    for one, column in zip(found, columns, strict=True):
        if not one.unclear or column.role == "ignore":
            continue
        if one.kind == "date":
            other = one.date_format.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
            yield Remark(
                f"The dates in the column {one.name!r:.60} could have the day or the month first; the "
                f"{'day' if one.date_format.index('%d') < one.date_format.index('%m') else 'month'} is taken to be.",
                one.name,
                "Exchange day and month",
                (column.with_changes(date_format=other),),
            )
        else:
            sign = "," if one.decimal == "." else "."
            word = "comma" if sign == "," else "point"
            yield Remark(
                f"The {'commas' if one.decimal == '.' else 'points'} in the column {one.name!r:.60} are taken to "
                "separate thousands.",
                one.name,
                f"Take the {word} as a decimal {word}",
                (column.with_changes(decimal=sign),),
            )


def _classes(
    found: Sequence[Profile], columns: Sequence[ColumnSetting], frame: pl.DataFrame, task: Task
) -> Iterator[Remark]:
    targets = list(_pairs(found, columns, "target"))
    if task != "classification" or len(targets) != 1:
        return
    one, column = targets[0]
    if one.kind == "number" and one.distinct > 2 and not column.missing:
        yield Remark(
            f"The target {one.name!r:.60} holds {one.distinct} different whole numbers: they are taken for classes.",
            one.name,
            "Set the task to regression to predict them as numbers",
        )
    counts = frame[str(one.place)].drop_nulls().value_counts()
    rare = counts.filter(counts["count"] < _RARE).sort("count", str(one.place))
    if len(frame) >= _LEAST_ROWS and 0 < len(rare) < len(counts):
        names = ", ".join(f"{word!s:.40}" for word in rare[str(one.place)].head(3).to_list())
        yield Remark(
            f"{len(rare)} of the {len(counts)} classes have fewer than {_RARE} rows ({names}): they will hardly be "
            "learnt, and may be absent from a part of the split.",
            one.name,
            "Add rows of them, or balance the classes",
        )
