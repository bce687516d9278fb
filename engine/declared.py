"""Declarations: immutable, validated settings from which forms, files and help texts follow.

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
from pydantic.fields import FieldInfo as PydanticFieldInfo
from pydantic_core import PydanticUndefined

from engine.errors import SpecError
from engine.explanation import explain

Kind = Literal["int", "float", "bool", "choice", "choice_or_int", "shape", "text", "formula", "seed", "file", "folder"]


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
            sentence = explain(error, cls.__name__, cls)
            # A value by position may have been meant for another setting.
            moved = {problem["loc"][:1] for problem in error.errors()} & {(name,) for name in names[1 : len(args)]}
            order = f". By position, {cls.__name__} takes {', '.join(names)}" if moved else ""
            raise SpecError(sentence + order) from None


class Declared(BaseModel, metaclass=_DeclaredMeta):
    """Base of declarations: immutable, validated settings.

    Fields named in `fixed` identify the class, or hold what is made elsewhere than in a form; they are no settings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    fixed: ClassVar[frozenset[str]] = frozenset({"type"})
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""

    def with_changes(self, **changes: Any) -> typing.Self:
        """Copy with some fields changed, validated again. Raises SpecError."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **changes})


@dataclass(frozen=True)
class FieldInfo:
    """Description of one field, as a form needs it.

    Attributes:
        default: its value unless another is given; None if one must be given.
        minimum, maximum: bounds of the number, or of every number of a shape; None where there is none.
        minimum_excluded, maximum_excluded: the bound itself is not allowed (of real numbers only).
        choices: the words to choose from.
        optional: None is allowed.
        single: a shape that may also be one plain number, as in `kernel_size=3`.
        lengths: least and most values of a shape, or characters of a text; None as most for any number.
        step: the step of a spin box, if declared.
        none: the meaning of None in an optional field, in a word or two: "no limit".
    """

    name: str
    kind: Kind
    title: str
    help: str
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    minimum_excluded: bool = False
    maximum_excluded: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    single: bool = False
    lengths: tuple[int, int | None] = (0, None)
    step: float | None = None
    none: str = ""


def one_of(registry: Mapping[str, type[Declared]]) -> Any:
    """Union type, for validated models, of all registered classes. The field "type" tells them apart."""
    return Annotated[Union[tuple(registry.values())], Field(discriminator="type")]  # noqa: UP007 - needs a tuple


def describe(cls: type[BaseModel]) -> list[FieldInfo]:
    """Fields of a declaration, or of any other validated model, in declared order."""
    fixed = cls.fixed if issubclass(cls, Declared) else frozenset()
    return [_info(name, field) for name, field in cls.model_fields.items() if name not in fixed]


def describe_fields(cls: type[BaseModel], *names: str) -> list[FieldInfo]:
    """Fields of these names, also such as are no settings of a form of the whole."""
    return [_info(name, cls.model_fields[name]) for name in names]


def _info(name: str, field: PydanticFieldInfo) -> FieldInfo:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    options = _options(field.annotation)
    kind, choices = _kind([python_type for python_type, _ in options])
    metadata = [*field.metadata, *(item for _, items in options for item in items)]
    default = field.get_default(call_default_factory=True)
    return FieldInfo(
        name=name,
        kind=typing.cast(Kind, extra.get("kind", kind)),
        title=field.title or name.replace("_", " ").capitalize(),
        help=field.description or "",
        default=None if default is PydanticUndefined else default,
        **_bounds(metadata, integral=kind != "float"),
        choices=choices,
        optional=any(python_type is type(None) for python_type, _ in options),
        single=kind == "shape" and any(python_type is int for python_type, _ in options),
        lengths=_lengths(metadata, [python_type for python_type, _ in options]),
        step=typing.cast("float | None", extra.get("step")),
        none=str(extra.get("none", "")),
    )


def _kind(options: list[Any]) -> tuple[Kind, tuple[str, ...]]:
    """Kind and choices, read off the types a field may have."""
    choices = tuple(str(c) for option in options if _is_literal(option) for c in typing.get_args(option))
    plain = [option for option in options if not _is_literal(option) and option is not type(None)]
    if choices:
        return ("choice_or_int" if int in plain else "choice"), choices
    if any(typing.get_origin(option) is tuple for option in plain):
        return "shape", ()
    for kind, python_type in (("bool", bool), ("int", int), ("float", float)):
        if plain == [python_type]:
            return typing.cast(Kind, kind), ()
    return "text", ()


def _options(annotation: Any, metadata: tuple[Any, ...] = ()) -> list[tuple[Any, tuple[Any, ...]]]:
    """The types a field may have, each with its own constraints and those of its elements."""
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *items = typing.get_args(annotation)
        flat = [part for item in items for part in (item.metadata if isinstance(item, PydanticFieldInfo) else [item])]
        return _options(inner, (*metadata, *flat))
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [option for part in typing.get_args(annotation) for option in _options(part, metadata)]
    if typing.get_origin(annotation) is tuple:
        elements = _options(typing.get_args(annotation)[0])
        return [(annotation, (*metadata, *(item for _, items in elements for item in items)))]
    return [(annotation, metadata)]


def _is_literal(option: Any) -> bool:
    return typing.get_origin(option) is Literal


def _bounds(metadata: list[Any], *, integral: bool) -> dict[str, Any]:
    """The bounds of a FieldInfo. Whole numbers have inclusive ones only."""
    margin = 1 if integral else 0
    bounds: dict[str, Any] = {}
    for item in metadata:
        match item:
            case annotated_types.Ge(ge=bound):
                bounds["minimum"] = bound
            case annotated_types.Gt(gt=bound):
                bounds |= {"minimum": typing.cast(float, bound) + margin, "minimum_excluded": not integral}
            case annotated_types.Le(le=bound):
                bounds["maximum"] = bound
            case annotated_types.Lt(lt=bound):
                bounds |= {"maximum": typing.cast(float, bound) - margin, "maximum_excluded": not integral}
            case _:
                pass
    return bounds


def _lengths(metadata: list[Any], options: list[Any]) -> tuple[int, int | None]:
    least, most = 0, None
    for option in options:
        if typing.get_origin(option) is tuple and Ellipsis not in typing.get_args(option):
            least = most = len(typing.get_args(option))
    for item in metadata:
        match item:
            case annotated_types.MinLen(min_length=length):
                least = length
            case annotated_types.MaxLen(max_length=length):
                most = length
            case _:
                pass
    return least, most
