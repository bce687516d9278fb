"""Tokens of a formula: numbers, names and signs, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from engine.data.expression.errors import MOST_LENGTH, ExpressionError

Kind = Literal["number", "name", "sign", "end"]


@dataclass(frozen=True)
class Token:
    """Smallest part of a formula.

    Attributes:
        text: as the parser knows it: `**` for `^`, `*` for `·`.
        place: the index of its first character in the formula. shown: as it was typed.
    """

    kind: Kind
    text: str
    place: int
    shown: str

    @property
    def told(self) -> str:
        """Text of the token in a sentence."""
        return "the end" if self.kind == "end" else f'"{self.shown}"'


# Other ways to write a sign, as they come from books and from other programs.
_SAME: Final = {
    "^": "**",
    "·": "*",
    "×": "*",
    "⋅": "*",
    "∗": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "<>": "!=",
    "π": "pi",
    "θ": "theta",
    "∧": "and",
    "∨": "or",
    "¬": "not",
    "&&": "and",
    "||": "or",
}
_POWERS: Final = {"²": "2", "³": "3"}
_PATTERN: Final = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*|[πθ∧∨¬]|&&|\|\|)"
    r"|(?P<power>[²³])"
    r"|(?P<sign>\*\*|<=|>=|==|!=|<>|[-+*/%^()<>=,;·×⋅∗÷−–≤≥≠]))",
    re.ASCII,
)


def tokens(text: str) -> list[Token]:
    """Cut a formula into tokens, the last of kind "end". Raises ExpressionError."""
    if len(text) > MOST_LENGTH:
        raise ExpressionError("more", f"at most {MOST_LENGTH} characters", MOST_LENGTH)
    found: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _PATTERN.match(text, place)
        if match is None:
            place += len(text[place:end]) - len(text[place:end].lstrip())
            raise ExpressionError(f'"{text[place]}"', "a number, a name or a sign such as +", place)
        kind = match.lastgroup or ""
        shown, start = match[kind], match.start(kind)
        if kind == "power":
            found.append(Token("sign", "**", start, shown))
            found.append(Token("number", _POWERS[shown], start, shown))
        else:
            found.append(
                Token(
                    "name" if kind == "name" else "number" if kind == "number" else "sign",
                    _SAME.get(shown, shown),
                    start,
                    shown,
                )
            )
        place = match.end()
    return [*found, Token("end", "", end, "")]
