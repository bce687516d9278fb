"""Immutable values of a document, and their copies with changed fields."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, create_model


class Value(BaseModel):
    """Frozen model, changed by copying it.

    Attributes:
        change_types: types of fields whose changes are checked by another, quicker type than what a file holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    change_types: ClassVar[Mapping[str, Any]] = {}

    def with_changes(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, each of them checked.

        Raises pydantic's ValidationError for an unknown field or a wrong value; pydantic's `model_copy` checks neither.
        What holds between fields is not checked: an edit may pass through documents whose wires and blocks do not match
        yet, and to look at all wires each time would cost more than the edit.
        """
        checked = _changes_of(type(self))(**changes).__dict__
        copied = self.__copy__()
        copied.__dict__.update((name, checked[name]) for name in changes)
        copied.__pydantic_fields_set__.update(changes)
        return copied

    def __copy__(self) -> Self:
        # An edit may copy every block. pydantic asks all parts how they are copied, and takes three times as long.
        copied = type(self).__new__(type(self))
        object.__setattr__(copied, "__dict__", self.__dict__.copy())
        object.__setattr__(copied, "__pydantic_fields_set__", self.__pydantic_fields_set__.copy())
        object.__setattr__(copied, "__pydantic_extra__", None)
        object.__setattr__(copied, "__pydantic_private__", None)
        return copied


@lru_cache(None)
def _changes_of(cls: type[Value]) -> type[BaseModel]:
    """Model of changes to a value: its fields, with types and bounds, none of them required."""
    fields: dict[str, Any] = {}
    for name, field in cls.model_fields.items():
        kind = cls.change_types.get(name, field.annotation)
        fields[name] = (Annotated[kind, *field.metadata, Field(discriminator=field.discriminator)], None)
    return create_model(cls.__name__, __config__=ConfigDict(extra="forbid"), **fields)
