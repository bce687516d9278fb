"""Fields of one column's settings, as a form shows them: only those that mean something for its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from engine.data.tables.coding import ColumnCoding
from engine.data.tables.settings import ColumnSetting, DatePart
from engine.declared import FieldInfo
from nnstudio.panels.tables.look import FURTHER

DATE_PARTS: Final[tuple[str, ...]] = get_args(DatePart)

_KINDS: Final = {"number": "number", "category": "category", "ordered": "ordered", "date": "date", "yesno": "yes or no"}
_GAPS: Final = {
    "drop": "leave the row out",
    "mean": "mean",
    "median": "median",
    "most_frequent": "most frequent",
    "own_category": "kind of its own",
}
_CODINGS: Final = {"one_hot": "one-hot", "dummy": "dummy variables"}
_DECIMALS: Final = {".": "point", ",": "comma"}
_ROLES: Final = {"input": "input", "target": "target", "ignore": "ignored", "name": "name of the row"}
_GAPS_OF: Final = {
    "number": ("drop", "mean", "median", "most_frequent", "own_category"),
    "date": ("drop", "mean", "median", "most_frequent"),
    "category": ("drop", "most_frequent", "own_category"),
    "ordered": ("drop", "most_frequent"),
    "yesno": ("drop", "most_frequent"),
}

# A setting with what its words mean to the program.
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "role": _ROLES,
    "kind": _KINDS,
    "gaps": _GAPS,
    "coding": _CODINGS,
    "decimal": _DECIMALS,
}


def column_fields(column: ColumnSetting, coding: ColumnCoding | None, *, several: bool) -> tuple[FieldInfo, ...]:
    """Fields for a column as it is understood; `several` tells that another column is a target too.

    `coding` is None for columns that are neither input nor target.
    """
    roles = list(_ROLES.values())
    if several or column.role == "target":
        roles.insert(2, FURTHER)
    fields = [_choice("role", "Role", roles, "An input, a target to predict, the name of the row, or left out.")]
    if column.role not in ("input", "target") or coding is None:
        return tuple(fields)
    fields.append(_choice("kind", "Kind", _KINDS.values(), "How the cells are understood."))
    if column.role == "input":
        gaps = [_GAPS[rule] for rule in _GAPS_OF.get(column.kind, _GAPS)]
        text = "What is done about an empty cell. Mean, median and the most frequent are those of the training part."
        fields.append(_choice("gaps", "Gaps", gaps, text))
    if column.kind == "number":
        fields.append(_choice("decimal", "Decimal sign", _DECIMALS.values(), "Sign between units and tenths."))
    if column.kind == "category" and column.role == "input":
        text = "One-hot: an input for each level. Dummy variables: none for the reference, as regression has it."
        fields.append(_choice("coding", "Coding", _CODINGS.values(), text))
        if column.coding == "dummy":
            text = "Level without an input of its own: all other inputs are 0 for it."
            fields.append(_choice("reference", "Reference", coding.levels, text))
    if column.kind in ("ordered", "yesno"):
        text = "Lowest first, divided by commas." if column.kind == "ordered" else "First no, then yes."
        fields.append(_text("levels", "Order", f"The levels. {text}"))
    if column.kind == "date":
        fields.append(_text("date_format", "Date format", "As strftime has it: %d.%m.%Y is 31.12.2024."))
    fields.append(_text("missing", "Read as gap", "Further words that stand for nothing, divided by commas."))
    return tuple(fields)


def shown_values(column: ColumnSetting, coding: ColumnCoding | None, *, several: bool) -> dict[str, Any]:
    """Values of all fields, in the words of the form."""
    shown = {name: words.get(getattr(column, name), "") for name, words in _WORDS.items()}
    if column.role == "target" and several:
        shown["role"] = FURTHER
    levels = column.levels or (coding.levels if coding is not None else ())
    return shown | {
        "reference": coding.reference if coding is not None else column.reference,
        "levels": ", ".join(levels),
        "date_format": column.date_format,
        "missing": ", ".join(column.missing),
    }


def change_of(name: str, value: Any) -> dict[str, Any]:
    """Settings that a field of the form stands for."""
    if name in _WORDS:
        told = next(key for key, word in _WORDS[name].items() if word == value)
        # Another kind has its own ways with gaps, and levels and formats of its own.
        further = {"gaps": "auto", "levels": (), "date_format": "", "missing": ()} if name == "kind" else {}
        return {name: told, **further}
    if name in ("levels", "missing"):
        return {name: tuple(part.strip() for part in str(value).split(",") if part.strip())}
    return {name: value}


def _field(name: str, kind: Any, title: str, text: str, **more: Any) -> FieldInfo:
    return FieldInfo(name, kind, title, text, None, **more)


def _choice(name: str, title: str, choices: Any, text: str) -> FieldInfo:
    return _field(name, "choice", title, text, choices=tuple(choices))


def _text(name: str, title: str, text: str) -> FieldInfo:
    return _field(name, "text", title, text, lengths=(0, 10_000))


def role_of(word: str) -> str:
    """Role that a word of the form stands for; "further target" stands for itself."""
    return next((key for key, told in _ROLES.items() if told == word), word)
