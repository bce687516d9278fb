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
    """A new declaration of another kind, with the settings of the old one that a person changed and that fit.

    `keep` is asked with the old and the new field of the same name and kind whether the value means the same in both.
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
    """Remembers the last settings of every kind, so that coming back to one finds it as it was left."""

    def __init__(self) -> None:
        self._last: dict[type[Declared], Declared] = {}

    def note(self, value: Declared) -> None:
        self._last[type(value)] = value

    def forget(self) -> None:
        self._last.clear()

    def last(self, kind: type[Kind]) -> Kind | None:
        """The last settings of a kind; None if there were none yet."""
        known = self._last.get(kind)
        return known if isinstance(known, kind) else None

    def recall(self, old: Declared, kind: type[Kind], keep: Callable[[FieldInfo, FieldInfo], bool]) -> Kind:
        """The last settings of a kind or, the first time, new ones with what can be carried over."""
        return self.last(kind) or carry_over(old, kind, keep)
