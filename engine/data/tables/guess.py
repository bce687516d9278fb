"""Guess of a table: role, kind and coding of each column, and the task. A pure function of some of its rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, Protocol

from engine.data.samples import Task
from engine.data.tables import remarks as told
from engine.data.tables.coding import TableCoding, coding_of
from engine.data.tables.profile import Profile, profiles
from engine.data.tables.remarks import Remark
from engine.data.tables.settings import ColumnSetting, Gaps, Kind, Layout, Role
from engine.data.tables.targets import one_hot_columns
from engine.errors import DataError

if TYPE_CHECKING:
    import polars as pl

# Names of columns that are to be predicted, the surest first.
_TARGETS: Final = (
    *("target", "label", "class", "y", "targets", "labels", "classes", "output", "outcome", "response", "species"),
    *("category", "diagnosis", "klasse", "ziel", "kind"),
)
_NUMBERED_TARGET: Final = re.compile(r"(target|label|class|y|output)[ _.-]?\w+$", re.IGNORECASE)
_IDENTIFIER: Final = re.compile(
    r"(unnamed: ?\d+|index|idx|id|ids|row|row ?(id|nr|no|number|names?)|nr|no|number|#|key|uuid|guid|serial|.*[ _-]id|"
    r"(id|index|nr)[ _-].*)$",
    re.IGNORECASE,
)
_MOST_LEVELS: Final = 100
_MOST_FEW: Final = 10


class Choices(Protocol):
    """Choices of the user: the targets by name, settings of columns, and the task."""

    @property
    def target(self) -> str: ...
    @property
    def columns(self) -> tuple[ColumnSetting, ...]: ...
    @property
    def others(self) -> Literal["guess", "number"]: ...
    @property
    def task(self) -> Literal["auto", "classification", "regression"]: ...


@dataclass(frozen=True)
class TableGuess:
    """Guess of a table, and how sure it is: what the import page shows, and what reading follows.

    Attributes:
        layout: how the text is read.
        columns: a setting for every column, in the order of the file, nothing in it "auto".
        profiles: what was measured of each column, in the same order.
        task: classification or regression.
        coding: how columns become inputs, as far as these rows show their levels.
        remarks: what should be known of it, each with a cure.
        preview: the first rows, as words.
        rows: number of rows that the guess has seen.
    """

    layout: Layout
    columns: tuple[ColumnSetting, ...]
    profiles: tuple[Profile, ...]
    task: Task
    coding: TableCoding
    remarks: tuple[Remark, ...] = ()
    preview: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    rows: int = 0

    def of_role(self, role: Role) -> tuple[ColumnSetting, ...]:
        """Columns of this role, in the order of the file."""
        return tuple(column for column in self.columns if column.role == role)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the columns that are predicted."""
        return tuple(column.name for column in self.of_role("target"))

    @property
    def task_name(self) -> str:
        """Task in words; several targets of yes or no, or 0 and 1, are labels."""
        answers = [one for one in self.profiles if one.name in self.targets]
        binary = all(one.kind == "yesno" or (one.whole and (one.low, one.high) == (0, 1)) for one in answers)
        return "multi-label" if self.task == "regression" and len(answers) > 1 and binary else self.task

    def explicit(self) -> tuple[ColumnSetting, ...]:
        """Settings of all columns but those that are plain numbers, and inputs."""
        return tuple(column for column in self.columns if column != plain_input(column.name))

    def words(self, *, text: bool = True) -> tuple[str, ...]:
        """Guess in words: the layout, the target, and how each column is coded that is no plain number."""
        target = f"{self.task_name}: {', '.join(self.targets)}" if self.targets else "no target"
        return (self.layout.words(text=text), target, *self.coding.words())


def plain_input(name: str) -> ColumnSetting:
    """Setting of a column of plain numbers that is an input, which needs no mention."""
    return ColumnSetting(name=name, role="input", kind="number", gaps="mean", decimal=".")


def guess(
    frame: pl.DataFrame, names: tuple[str, ...], layout: Layout, choices: Choices, preview: Sequence[Sequence[str]] = ()
) -> TableGuess:
    """Guess a table from some of its rows: the columns "0", "1", ... of a frame, called `names`.

    What is chosen is taken as it is. Raises DataError if a chosen column is not there, or nothing is left to predict.
    """
    given = {column.name: column for column in choices.columns}
    _check_names(names, [*given, *chosen_targets(choices.target, names)])
    if choices.others == "number":
        targets = chosen_targets(choices.target, names) or _given_targets(given) or names[-1:]
        given = {name: plain_input(name) for name in names if name not in targets} | given
    found = _with_decimal(
        profiles(frame, names, given, layout.decimal if layout.decimal == "," else "auto"), frame, names, given
    )
    layout = replace(layout, decimal="," if any(one.decimal == "," for one in found) else layout.decimal)
    roles = _roles(found, frame, given, choices, layout.named)
    answers = [one for one in found if roles[one.name] == "target"]
    task = _task(answers, frame, choices)
    columns = tuple(_setting(one, given.get(one.name), roles[one.name]) for one in found)
    inputs = [column for column in columns if column.role == "input"]
    places = {name: str(place) for place, name in enumerate(names)}
    coding = TableCoding(
        inputs=tuple(coding_of(column, frame[places[column.name]], layout.decimal) for column in inputs),
        targets=tuple(
            coding_of(column, frame[places[column.name]], layout.decimal)
            for column in columns
            if column.role == "target"
        ),
        one_hot=task == "classification" and len(answers) > 1,
    )
    said = told.remarks(found, columns, frame, task)
    rows = tuple(tuple("" if word is None else str(word) for word in row) for row in preview)
    return TableGuess(layout, columns, found, task, coding, said, rows, len(frame))


def chosen_targets(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """Names of columns in a setting: one name, or several divided by commas."""
    text = text.strip()
    if not text:
        return ()
    return (text,) if text in names else tuple(part.strip() for part in text.split(",") if part.strip())


def _given_targets(given: Mapping[str, ColumnSetting]) -> tuple[str, ...]:
    return tuple(name for name, setting in given.items() if setting.role == "target")


def _check_names(names: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in names:
            shown = ", ".join(f"{known:.60}" for known in names[:12]) + (" and more" if len(names) > 12 else "")
            raise DataError(f"has no column {name!r:.60}; it has {shown}")


def _with_decimal(
    found: tuple[Profile, ...], frame: pl.DataFrame, names: tuple[str, ...], given: Mapping[str, ColumnSetting]
) -> tuple[Profile, ...]:
    """Profiles where columns that do not tell their decimal sign take that of the others."""
    if not any(one.decimal == "," for one in found) or not any(
        one.kind == "number" and one.decimal == "." for one in found
    ):
        return found
    other = profiles(frame, names, given, ",")
    return tuple(
        second
        if first.kind == second.kind == "number" and (first.unclear or first.decimal == ".") and not first.missing
        else first
        for first, second in zip(found, other, strict=True)
    )


def _roles(
    found: tuple[Profile, ...],
    frame: pl.DataFrame,
    given: Mapping[str, ColumnSetting],
    choices: Choices,
    named: bool,
) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    names = [one.name for one in found]
    chosen = chosen_targets(choices.target, names)
    for one in found:
        role = given[one.name].role if one.name in given else "auto"
        if one.name in chosen:
            roles[one.name] = "target"
        elif role not in ("auto", "target") or (role == "target" and not chosen):
            roles[one.name] = role
        elif role == "target":
            roles[one.name] = "input"
        elif not one.values:
            roles[one.name] = "ignore"
    free = [one for one in found if one.name not in roles]
    if "target" not in roles.values():
        for one in _targets(free, frame, len(found), named):
            roles[one.name] = "target"
    free = [one for one in free if one.name not in roles]
    for one in free:
        roles[one.name] = _input_role(one, free, frame, named)
    if free and all(roles[one.name] != "input" for one in free) and "input" not in roles.values():
        # Better a poor input than none.
        roles.update({one.name: "input" for one in free if one.kind != "category" or one.distinct <= _MOST_LEVELS})
    return roles


def _targets(free: Sequence[Profile], frame: pl.DataFrame, columns: int, named: bool) -> list[Profile]:
    """Columns that are most likely to be predicted: by name, else the last one, or the last ones if one-hot."""
    likely = [one for one in free if not (_is_name(one, len(frame)) and one.kind == "category")]
    if named:
        by_name = {one.name.strip().lower(): one for one in reversed(free)}
        for name in _TARGETS:
            if name in by_name:
                return [by_name[name]]
        numbered = [one for one in free if _NUMBERED_TARGET.match(one.name)]
        stems = {_NUMBERED_TARGET.match(one.name)[1].lower() for one in numbered}  # type: ignore[index]
        if len(numbered) > 1 and len(stems) == 1 and len(numbered) < columns and _together(numbered):
            return numbered
    one_hot = one_hot_columns(likely, frame)
    if one_hot:
        return one_hot
    if not likely:
        return list(free[-1:])
    first, last = likely[0], likely[-1]
    if last.constant and not first.constant and (first.kind != "number" or first.codes):
        return [first]
    return [last]


def _together(columns: Sequence[Profile]) -> bool:
    """True if columns stand side by side, at the beginning or at the end of others."""
    places = [one.place for one in columns]
    return places == list(range(places[0], places[0] + len(places)))


def _input_role(one: Profile, free: Sequence[Profile], frame: pl.DataFrame, named: bool) -> Role:
    if _is_name(one, len(frame)):
        return "name" if one.kind == "category" and one.place == 0 else "ignore"
    if one.kind == "category" and one.distinct > _MOST_LEVELS:
        return "ignore"
    if len(free) > 1 and is_row_number(one, named):
        return "ignore"
    return "input"


def _is_name(one: Profile, rows: int) -> bool:
    """True if a column holds a word of its own for (nearly) every row, so that nothing can be learnt from it."""
    return one.kind == "category" and one.values >= 10 and one.distinct > 0.9 * one.values


def is_row_number(one: Profile, named: bool) -> bool:
    """True if a column only counts or names the rows, by its name or, in the first place, by its numbers."""
    if one.kind != "number" or not one.whole or one.values < 3 or one.distinct < one.values:
        return False
    if named and _IDENTIFIER.match(one.name.strip()):
        return True
    counts = one.place == 0 and one.high - one.low == one.values - 1 and one.low in (0, 1)
    # Without a header it might count anything; a header without this name says that it is none.
    return counts and (one.values >= 10 if not named else one.name == "column 1")


def _task(targets: Sequence[Profile], frame: pl.DataFrame, choices: Choices) -> Task:
    if choices.task != "auto":
        return choices.task
    if not targets:
        return "classification"
    if len(targets) > 1:
        return "classification" if one_hot_columns(targets, frame) else "regression"
    return "classification" if are_classes(targets[0]) else "regression"


def are_classes(one: Profile) -> bool:
    """True if the values of a target are more likely classes than numbers to predict.

    Words are; whole numbers are if they are codes 0..k-1 or 1..k, or so few that each comes again and again.
    """
    if one.kind != "number":
        return one.kind != "date"
    if not one.whole or max(abs(one.low), abs(one.high)) >= 1 << 53:
        return False
    if one.distinct <= 2:
        return True
    if one.codes:
        return one.distinct <= _MOST_FEW or (one.distinct <= _MOST_LEVELS and one.values >= 5 * one.distinct)
    return one.distinct <= _MOST_FEW and one.values >= 2 * one.distinct


def _setting(one: Profile, given: ColumnSetting | None, role: Role) -> ColumnSetting:
    """Explicit setting of a column: what is given, and else what was found."""
    if given is None and role == "input" and one.kind == "number" and one.decimal == "." and not one.missing:
        return plain_input(one.name)
    own = given or ColumnSetting(name=one.name)
    kind: Kind = one.kind if own.kind == "auto" else own.kind
    usual: dict[str, Gaps] = {"category": "own_category", "yesno": "most_frequent", "ordered": "most_frequent"}
    gaps = own.gaps
    if gaps == "auto":
        gaps = "drop" if role == "target" else usual.get(kind, "mean")
    return own.with_changes(
        role=role,
        kind=kind,
        gaps=gaps,
        decimal=one.decimal if own.decimal == "auto" else own.decimal,
        date_format=own.date_format or (one.date_format if kind == "date" else ""),
        missing=own.missing or one.missing,
        parts=own.parts or (("days",) if kind == "date" else ()),
    )
