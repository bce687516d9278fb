"""Change the type of a declaration without losing the user's settings.

A data set or an optimiser, for example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from engine.declared import Declared, FieldInfo, describe
from engine.errors import SpecError

Kind = TypeVar("Kind", bound=Declared)


def carry_over(old: Declared, kind: type[Kind], keep: Callable[[FieldInfo, FieldInfo], bool]) -> Kind:
    """New declaration of another type, with the user's settings that fit.

    `keep` is called with the old and the new field of the same name and kind, and says whether a value means the same
    in both.
    """
    new = kind()
    before = {field.name: field for field in describe(type(old))}
    for field in describe(kind):
        source = before.get(field.name)
        value: Any = getattr(old, field.name, None)
        if source is None or source.kind != field.kind or value == source.default or not keep(source, field):
            continue
        try:
            new = new.with_changes(**{field.name: value})
        except SpecError:
            # Out of the new field's bounds: its own default is the better start.
            continue
    return new


class Memory:
    """Last settings of every type, restored when the user comes back to one."""

    def __init__(self) -> None:
        self._last: dict[type[Declared], Declared] = {}

    def note(self, value: Declared) -> None:
        """Remember settings as the last of their type."""
        self._last[type(value)] = value

    def forget(self) -> None:
        """Forget all settings."""
        self._last.clear()

    def last(self, kind: type[Kind]) -> Kind | None:
        """Last settings of a type; None if there were none yet."""
        known = self._last.get(kind)
        return known if isinstance(known, kind) else None

    def recall(self, old: Declared, kind: type[Kind], keep: Callable[[FieldInfo, FieldInfo], bool]) -> Kind:
        """Last settings of a type or, the first time, new ones that carry over others."""
        return self.last(kind) or carry_over(old, kind, keep)
