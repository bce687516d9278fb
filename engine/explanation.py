"""Turn pydantic's validation errors into plain sentences."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.checks import shown
from engine.vocabulary import settings_of, unknown

# A list full of wrong numbers has as many problems.
_MOST_SENTENCES = 3
# More than these are only counted: pydantic tells all or none, in a kilobyte each.
_MOST_PROBLEMS = 2000

# What is said of a value that is of the wrong kind, by pydantic's name for that.
_EXPECTED = {
    "bool_type": "True or False",
    "bool_parsing": "True or False",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "a text",
    "none_required": "None",
    "tuple_type": "a tuple of numbers",
}


def explain(error: ValidationError, owner: str, kind: Any = None) -> str:
    """Sentences for the first problems of a pydantic error, with their fields.

    `kind` is the model, or the type, that was validated: for unknown settings, the sentence then lists the existing
    ones.
    """
    if error.error_count() > _MOST_PROBLEMS:
        return f"{owner}: {error.error_count():,} of its values are not as expected"
    sentences: list[str] = []
    # Which settings there are is said once for each declaration, after what is wrong.
    others: dict[str, None] = {}
    for path, problems in _by_field(error.errors(), kind).items():
        holder = _holder(kind, problems[0]["loc"])
        if problems[0]["type"] == "extra_forbidden" and holder is not None:
            # Declarations, unlike the records in files, are written by hand.
            fixed = getattr(holder, "fixed", None)
            names = [name for name in holder.model_fields if name not in (fixed or ())]
            before = f"{'.'.join(path[:-1])}: " if path[1:] else ""
            sentences.append(before + unknown(path[-1], names))
            if fixed is not None:
                others[settings_of(holder.__name__, names)] = None
        else:
            sentences.append(_sentence(".".join(path) or "value", problems))
    if len(sentences) > _MOST_SENTENCES:
        sentences[_MOST_SENTENCES:] = [f"and {len(sentences) - _MOST_SENTENCES} more"]
    return f"{owner}: " + "; ".join(sentences) + "".join(f". {other}" for other in others)


def _by_field(problems: Sequence[ErrorDetails], kind: Any) -> dict[tuple[str, ...], list[ErrorDetails]]:
    """The problems by the path of the field that has them. Of a field of several types, those of the likeliest."""
    fields: dict[tuple[str, ...], list[ErrorDetails]] = {}
    for problem in problems:
        fields.setdefault(_field_path(problem["loc"]), []).append(problem)
    for path, found in [*fields.items()]:
        mismatched = all(problem["type"] in _EXPECTED for problem in found)
        deeper = any(other[: len(path)] == path and other != path for other in fields)
        if mismatched and deeper:
            del fields[path]
        elif len(found) > 1 and not all(_expected(problem) for problem in found):
            # The value is of one of the types, and wrong as such.
            fields[path] = [problem for problem in found if not _expected(problem)][:1]
    return fields


def _sentence(path: str, problems: Sequence[ErrorDetails]) -> str:
    """Sentence on the value of one field."""
    problem = problems[0]
    found = problem.get("input")
    # A check of several fields says for itself what it found in them.
    silent = problem["type"] == "missing" or (problem["type"] == "value_error" and isinstance(found, dict))
    end = "" if silent else f", found {shown(found)}"
    text = problem["msg"].removeprefix("Value error, ")
    text = text[0].lower() + text[1:]
    if problem["type"] == "value_error" and not problem["loc"]:
        # A check of the whole says for itself what it found, and where.
        return str(problem["ctx"]["error"])
    if problem["type"] == "union_tag_invalid":
        # Its own words name all types there are, without saying what is wrong with this one.
        return f"{path}: there is no type {shown(problem['ctx']['tag'])}"
    if len(problems) > 1 or problem["type"].startswith("bool_"):
        text = f"expected {', or '.join(dict.fromkeys(map(_expected, problems)))}"
    return f"{path}: {text}{end}"


def _expected(problem: ErrorDetails) -> str:
    """Expected kind of value; "" if the value is of that kind, but invalid."""
    if problem["type"] == "literal_error":
        return str(problem["ctx"]["expected"])
    return _EXPECTED.get(problem["type"], "")


def _field_path(place: Sequence[int | str]) -> tuple[str, ...]:
    """The path of a field as a person wrote it, without the names of the types that pydantic tried."""
    return tuple(str(part) for part in place if not (isinstance(part, str) and _TRIED.fullmatch(part)))


# What pydantic calls the types of a field that may have several.
_TRIED = re.compile(r"(constrained-)?(int|float|str|bool)|none|(literal|tuple|list|function-\w+)\[.*\]")


def _holder(kind: Any, place: Sequence[int | str]) -> type[BaseModel] | None:
    """The model in which the last part of a path stands, found in the type that was validated; None if unknown."""
    for part in place[:-1]:
        kind = _inner(kind, part)
    kind = _plain_type(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inner(kind: Any, part: int | str) -> Any:
    """The type at one step of a path: that of a field, of an element, or of one type among several, by its tag."""
    kind = _plain_type(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return field.annotation if field is not None else None
    options = [_plain_type(option) for option in typing.get_args(kind)]
    if isinstance(part, int):
        return options[0] if options else None
    models = [option for option in options if isinstance(option, type) and issubclass(option, BaseModel)]
    tagged = (model for model in models if "type" in model.model_fields and model.model_fields["type"].default == part)
    return next(tagged, None)


def _plain_type(kind: Any) -> Any:
    """A type without what is annotated; of one that may be None, the other."""
    while typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        others = [option for option in typing.get_args(kind) if option is not type(None)]
        if len(others) == 1:
            return _plain_type(others[0])
    return kind
