"""Guess of a table: role, kind and coding of each column, and the task. A pure function of some of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, Protocol

from engine.data.samples import Task
from engine.data.tables import remarks as told
from engine.data.tables.coding import TableCoding, codings_of
from engine.data.tables.identifiers import is_name, is_row_number
from engine.data.tables.profile import Profile, profiles
from engine.data.tables.remarks import Remark
from engine.data.tables.settings import LONGEST_WORD, ColumnSetting, Decimal, Gaps, Kind, Layout, Role, Thousands
from engine.data.tables.target_guess import guess_targets
from engine.data.tables.targets import one_hot_columns
from engine.data.target_encoding import MOST_CLASSES, are_codes
from engine.errors import DataError

if TYPE_CHECKING:
    import polars as pl

_MOST_LEVELS: Final = 100


class Choices(Protocol):
    """Choices of the user: the targets by name, settings of columns, and the task."""

    @property
    def target(self) -> str: ...
    @property
    def columns(self) -> tuple[ColumnSetting, ...]: ...
    @property
    def thousands(self) -> Thousands: ...
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
        reason: why these are the targets, as part of a sentence; "" where they are chosen.
    """

    layout: Layout
    columns: tuple[ColumnSetting, ...]
    profiles: tuple[Profile, ...]
    task: Task
    coding: TableCoding
    remarks: tuple[Remark, ...] = ()
    preview: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    rows: int = 0
    reason: str = ""

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
        reason = (f"the target is guessed {self.reason}",) if self.reason else ()
        return (self.layout.words(text=text), target, *self.coding.words(), *reason)


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
    thousands = choices.thousands
    sign: Decimal = layout.decimal if layout.decimal == "," else "auto"
    found = profiles(frame, names, given, sign, thousands)
    found = _with_decimal(found, frame, names, given, thousands)
    separators = [one.thousands for one in found if one.thousands != "none"]
    layout = replace(
        layout,
        decimal="," if any(one.decimal == "," for one in found) else layout.decimal,
        thousands=separators[0] if separators else "none",
    )
    roles, reason = _roles(found, frame, given, choices, layout.named)
    answers = [one for one in found if roles[one.name] == "target"]
    task = _task(answers, frame, choices)
    columns = tuple(_setting(one, given.get(one.name), roles[one.name]) for one in found)
    cells = dict(zip(names, frame.get_columns(), strict=True))
    coding = TableCoding(
        inputs=codings_of([column for column in columns if column.role == "input"], cells, layout.decimal, thousands),
        targets=codings_of([column for column in columns if column.role == "target"], cells, layout.decimal, thousands),
        one_hot=task == "classification" and len(answers) > 1,
    )
    said = told.remarks(found, columns, frame, task)
    rows = tuple(tuple("" if word is None else str(word) for word in row) for row in preview)
    return TableGuess(layout, columns, found, task, coding, said, rows, len(frame), reason)


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
    found: tuple[Profile, ...],
    frame: pl.DataFrame,
    names: tuple[str, ...],
    given: Mapping[str, ColumnSetting],
    thousands: Thousands,
) -> tuple[Profile, ...]:
    """Profiles where columns that do not tell their decimal sign take that of the others."""
    if not any(one.decimal == "," for one in found) or not any(
        one.kind == "number" and one.decimal == "." for one in found
    ):
        return found
    other = profiles(frame, names, given, ",", thousands)
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
) -> tuple[dict[str, Role], str]:
    """Roles of the columns by name, and the reason for the target; "" where it is chosen."""
    roles: dict[str, Role] = {}
    reason = ""
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
        aim = guess_targets(free, frame, len(found), named)
        roles.update({one.name: "target" for one in aim.columns})
        reason = aim.reason
    free = [one for one in free if one.name not in roles]
    for one in free:
        roles[one.name] = _input_role(one, free, named)
    if free and all(roles[one.name] != "input" for one in free) and "input" not in roles.values():
        # Better a poor input than none.
        roles.update({one.name: "input" for one in free if one.kind != "category" or one.distinct <= _MOST_LEVELS})
    return roles, reason


def _input_role(one: Profile, free: Sequence[Profile], named: bool) -> Role:
    if is_name(one):
        return "name" if one.kind == "category" and one.place == 0 else "ignore"
    if one.kind == "category" and (one.distinct > _MOST_LEVELS or one.longest > LONGEST_WORD):
        return "ignore"
    if len(free) > 1 and is_row_number(one, named):
        return "ignore"
    return "input"


def _task(targets: Sequence[Profile], frame: pl.DataFrame, choices: Choices) -> Task:
    if choices.task != "auto":
        return choices.task
    if not targets:
        return "classification"
    if len(targets) > 1:
        return "classification" if one_hot_columns(targets, frame) else "regression"
    return "classification" if _are_classes(targets[0]) else "regression"


def _are_classes(one: Profile) -> bool:
    """True if the values of a target are more likely classes than numbers to predict."""
    if one.kind != "number":
        return one.kind != "date"
    return one.whole and are_codes(one.values, one.distinct, one.low, one.high, "text", MOST_CLASSES)


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
