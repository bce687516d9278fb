"""Declarations: immutable, validated settings from which forms, files and help texts are derived.

Layers, losses, optimisers and data sets are all `Declared`. A field is declared once, with `pydantic.Field`: its type,
default, bounds, title and help. `describe` turns a class into a list of plain `FieldInfo`s, which is all a form needs.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

import annotated_types
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import SpecError

Kind = Literal["int", "float", "bool", "choice", "choice_or_int", "shape", "text", "seed"]


def explain(error: ValidationError, owner: str) -> str:
    """One readable sentence per problem of a pydantic error, with the path of the field that has it."""
    sentences = []
    for problem in error.errors():
        # The discriminator's tag ("Dense") is part of pydantic's path; what a person wrote is the field below it.
        path = ".".join(str(part) for part in problem["loc"]) or "value"
        found = problem.get("input")
        shown = "" if problem["type"] == "missing" else f", found {found!r:.80}"
        text = problem["msg"][0].lower() + problem["msg"][1:]
        if problem["type"] == "value_error" and not problem["loc"]:
            # A check of the whole says for itself what it found, and where.
            sentences.append(str(problem["ctx"]["error"]))
        else:
            sentences.append(f"{path}: {text}{shown}")
    return f"{owner}: " + "; ".join(sentences)


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class _DeclaredMeta(ModelMetaclass):
    """Lets a declaration be written with positional arguments (`Conv2D(8, 3)`) and speaks in `SpecError`s.

    It stands in the metaclass, not in `__init__`, so that pydantic's own validation of files is left as it is and
    reports the whole path of a wrong field.
    """

    def __call__(cls: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - a metaclass's self is a class
        names = [name for name in cls.model_fields if name not in cls.fixed]
        if len(args) > len(names):
            raise SpecError(f"{cls.__name__} takes at most {len(names)} values ({', '.join(names)}), found {len(args)}")
        for name, value in zip(names, args, strict=False):
            if name in kwargs:
                raise SpecError(f"{cls.__name__}: {name} is given twice")
            kwargs[name] = value
        try:
            return super().__call__(**kwargs)
        except ValidationError as error:
            raise SpecError(explain(error, cls.__name__)) from None


class Declared(BaseModel, metaclass=_DeclaredMeta):
    """An immutable set of validated settings. Fields named in `fixed` identify the class and are not settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    fixed: ClassVar[frozenset[str]] = frozenset({"type"})
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""

    def with_changes(self, **changes: Any) -> typing.Self:
        """A copy with some fields changed, validated again. Raises SpecError."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **changes})


@dataclass(frozen=True)
class FieldInfo:
    """What a form needs to know of one field."""

    name: str
    kind: Kind
    title: str
    help: str
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    step: float | None = None


def one_of(registry: Mapping[str, type[Declared]]) -> Any:
    """The type, for validated models, of a value of any registered class; its field "type" tells which."""
    return Annotated[Union[tuple(registry.values())], Field(discriminator="type")]  # noqa: UP007 - needs a tuple


def describe(cls: type[Declared]) -> list[FieldInfo]:
    """The settings of a declaration in the order in which they are declared."""
    infos = []
    for name, field in cls.model_fields.items():
        if name in cls.fixed:
            continue
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        kind, choices, optional = _kind(field.annotation)
        minimum, maximum = _bounds(field.metadata, integral=kind in ("int", "choice_or_int", "seed"))
        infos.append(
            FieldInfo(
                name=name,
                kind=typing.cast(Kind, extra.get("kind", kind)),
                title=field.title or name.replace("_", " ").capitalize(),
                help=field.description or "",
                default=field.get_default(call_default_factory=True),
                minimum=minimum,
                maximum=maximum,
                choices=choices,
                optional=optional,
                step=typing.cast("float | None", extra.get("step")),
            )
        )
    return infos


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...], bool]:
    """Kind, choices and whether None is allowed, read off a type annotation."""
    options = _options(annotation)
    optional = type(None) in options
    options = [option for option in options if option is not type(None)]
    choices = tuple(str(c) for option in options if _is_literal(option) for c in typing.get_args(option))
    plain = [option for option in options if not _is_literal(option)]
    if choices:
        return ("choice_or_int" if int in plain else "choice"), choices, optional
    if any(typing.get_origin(option) is tuple for option in plain):
        return "shape", (), optional
    for kind, python_type in (("bool", bool), ("int", int), ("float", float)):
        if plain == [python_type]:
            return typing.cast(Kind, kind), (), optional
    return "text", (), optional


def _options(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) is typing.Annotated:
        return _options(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [option for part in typing.get_args(annotation) for option in _options(part)]
    return [annotation]


def _is_literal(option: Any) -> bool:
    return typing.get_origin(option) is Literal


def _bounds(metadata: list[Any], *, integral: bool) -> tuple[float | None, float | None]:
    """Inclusive bounds for a form; an exclusive bound of a real number is given as it is (the form may stand on it)."""
    margin = 1 if integral else 0
    minimum: float | None = None
    maximum: float | None = None
    for item in metadata:
        match item:
            case annotated_types.Ge(ge=bound):
                minimum = typing.cast(float, bound)
            case annotated_types.Gt(gt=bound):
                minimum = typing.cast(float, bound) + margin
            case annotated_types.Le(le=bound):
                maximum = typing.cast(float, bound)
            case annotated_types.Lt(lt=bound):
                maximum = typing.cast(float, bound) - margin
            case _:
                pass
    return minimum, maximum
