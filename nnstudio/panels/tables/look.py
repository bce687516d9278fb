"""Look at a table: its guess under some settings, or the reason why it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from engine.data import TableFile
from engine.data.tables.guess import TableGuess
from engine.data.tables.settings import ColumnSetting
from engine.errors import DataError

FURTHER = "further target"


@dataclass(frozen=True)
class Look:
    """Look at a table under some settings.

    Attributes:
        dataset: these settings. guess: what they come to; None where it cannot be read with them.
        error: the reason; "" where it can.
    """

    dataset: TableFile
    guess: TableGuess | None
    error: str = ""


def look_at(dataset: TableFile) -> Look:
    """Look at the first rows of a table, and at some of the others. Takes a moment; for a thread."""
    try:
        return Look(dataset, dataset.guess_table())
    except DataError as error:
        return Look(dataset, None, error.message)


def with_setting(dataset: TableFile, name: str, **changes: object) -> TableFile:
    """Table with some settings of one column changed. Raises pydantic's ValidationError."""
    known = {column.name: column for column in dataset.columns}
    return with_settings(dataset, known.get(name, ColumnSetting(name=name)).with_changes(**changes))


def with_settings(dataset: TableFile, *settings: ColumnSetting) -> TableFile:
    """Table with these settings of columns."""
    known = {column.name: column for column in dataset.columns}
    known.update({column.name: column for column in settings})
    return dataset.with_changes(columns=tuple(known.values()))


def with_signs(dataset: TableFile, guess: TableGuess | None, **changes: object) -> TableFile:
    """Table with another decimal sign, or sign between thousands, which its numbers follow. Raises SpecError.

    A column's own decimal sign is given up, guessed or chosen; all else about the columns stays.
    """
    columns = dataset.columns if guess is None or dataset.others == "guess" else guess.columns
    free = tuple(column.with_changes(decimal="auto") for column in columns)
    return dataset.with_changes(columns=free, **changes)


def with_role(dataset: TableFile, guess: TableGuess, name: str, role: str) -> TableFile:
    """Table in which one column has another role.

    The role "target" makes it the only one, "further target" one of several.
    """
    targets = [other for other in guess.targets if other != name]
    if role == "target":
        targets = [name]
    elif role == FURTHER:
        targets = [column.name for column in guess.columns if column.name in (*targets, name)]
    # From now on the columns tell their roles: a former target is an input.
    roles = {other: "input" for other in guess.targets if other not in targets}
    roles |= dict.fromkeys(targets, "target")
    if role not in ("target", FURTHER):
        roles[name] = role
    found = dataset.with_changes(target="")
    for other, told in roles.items():
        found = with_setting(found, other, role=told)
    return found
