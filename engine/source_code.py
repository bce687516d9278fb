"""Calls and literals as data: built as objects, or written as Python source."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import SpecError


@dataclass(frozen=True)
class Call:
    """Call of a class or function by its name, with arguments that are literals or further calls."""

    name: str
    args: tuple[Any, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def text(self, place: Callable[[str], str] = str) -> str:
        """Source of the call; `place` gives a name as it is reached there, such as "nn.Linear"."""
        given = [literal(value, place) for value in self.args]
        given += [f"{key}={literal(value, place)}" for key, value in self.settings.items()]
        return f"{place(self.name)}({', '.join(given)})"

    def build(self, find: Callable[[str], Callable[..., Any]]) -> Any:
        """Object that the call makes; `find` gives the class or function of a name."""
        args = [value.build(find) if isinstance(value, Call) else value for value in self.args]
        settings = {
            key: value.build(find) if isinstance(value, Call) else value for key, value in self.settings.items()
        }
        return find(self.name)(*args, **settings)


def call(name: str, *args: Any, **settings: Any) -> Call:
    """Make a `Call`: call("Linear", 2, 3, bias=False)."""
    return Call(name, args, settings)


def literal(value: Any, place: Callable[[str], str] = str) -> str:
    """Source of a value made of numbers, strings, tuples, lists, mappings and calls.

    Strings are quoted, so that nothing in one can become code. Raises SpecError for any other type.
    """
    match value:
        case Call():
            return value.text(place)
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case None | bool() | int() | float() | str():
            return quoted(value) if isinstance(value, str) else repr(value)
        case tuple():
            inner = ", ".join(literal(each, place) for each in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case list():
            return f"[{', '.join(literal(each, place) for each in value)}]"
        case Mapping():
            pairs = (f"{literal(key, place)}: {literal(each, place)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
    raise SpecError(f"{type(value).__name__} has no literal in source code")


def quoted(text: str) -> str:
    """Text as a string literal, in double quotes where that needs no escapes; pure ASCII."""
    single = ascii(text)
    return f'"{single[1:-1]}"' if single.startswith("'") and '"' not in single and "\\'" not in single else single
