"""Parser of formulas, by recursive descent.

    formula     = ["z" "="] (sum | condition {";" condition})
    condition   = conjunction {"or" conjunction}
    conjunction = negation {"and" negation}
    negation    = "not" negation | comparison
    comparison  = sum {("<" | "<=" | ">" | ">=" | "==" | "!=") sum}
    sum         = product {("+" | "-") product}
    product     = signed {("*" | "/" | "%") signed}
    signed      = ("+" | "-") signed | power
    power       = atom ["**" signed]
    atom        = number | variable | function "(" condition {"," condition} ")" | "(" condition ")"

Signs bind as in Python: -x**2 is -(x**2), and 2**-1 is a half. A condition within a sum counts as 1 or 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import numpy as np

from engine.data.expression.errors import MOST_DEPTH, ExpressionError
from engine.data.expression.functions import CHOICE, FUNCTIONS, VARIABLES
from engine.data.expression.nodes import (
    COMPARISONS,
    All,
    AnyOf,
    Call,
    Chain,
    Comparison,
    Negative,
    Node,
    Not,
    Number,
    Variable,
)
from engine.data.expression.tokens import Token, tokens
from engine.types import Array

# So many classes can be told apart by colour.
_MOST_CONDITIONS: Final = 9
_WORDS: Final = ("and", "or", "not")
_OPERATOR: Final = "an operator such as * or the end"


@dataclass(frozen=True)
class Expression:
    """Formula that was read: one number, or conditions of which the first that holds gives the class.

    Attributes:
        parts: the number, or the conditions in order.
    """

    parts: tuple[Node, ...]

    @property
    def classes(self) -> int:
        """Number of classes; 0 for a number."""
        return len(self.parts) + 1 if self.parts[0].condition else 0

    def compute(self, x: Array, y: Array) -> Array:
        """Values at places x and y, both (N,) float64: numbers, or classes from 0; NaN where there is no value.

        The class is the number of the first condition that holds, from 1; it is 0 where none does.
        """
        with np.errstate(all="ignore"):
            if not self.classes:
                return self.parts[0].compute(x, y)
            values = np.zeros_like(x)
            for number, part in reversed([*enumerate(self.parts, start=1)]):
                holds = part.compute(x, y)
                values = np.where(np.isnan(holds), np.nan, np.where(holds == 1, number, values))
            return values


def parse(text: str) -> Expression:
    """Read a formula. Raises ExpressionError, which says what was found where, and what was expected."""
    return _Parser(tokens(text)).formula()


class _Parser:
    """Tokens and the place in them, with a method for each rule of the grammar."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens, self._at, self._depth = found, 0, 0

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> str:
        """Text of the next token if it is one of these, and goes on behind it; "" if not."""
        token = self._token
        if token.kind in ("sign", "name") and token.text in texts:
            self._at += 1
            return token.text
        return ""

    def _wrong(self, expected: str, token: Token | None = None) -> ExpressionError:
        token = token or self._token
        return ExpressionError(token.told, expected, token.place)

    # Rules

    def formula(self) -> Expression:
        self._skip_left_side()
        parts = [self._condition()]
        while self._take(";"):
            if not parts[-1].condition:
                raise self._wrong("the end, since only conditions can be listed", self._tokens[self._at - 1])
            if len(parts) == _MOST_CONDITIONS:
                raise self._wrong(f"at most {_MOST_CONDITIONS} conditions")
            begin = self._token
            parts.append(self._condition())
            if not parts[-1].condition:
                raise self._wrong("a condition, such as x > 0", begin)
        if self._token.kind != "end":
            raise self._left_over()
        return Expression(tuple(parts))

    def _skip_left_side(self) -> None:
        """Passes over the "z =" of a formula as it stands in a book."""
        name, sign = self._tokens[0], self._tokens[min(1, len(self._tokens) - 1)]
        if name.kind != "name" or sign.text != "=":
            return
        if name.text != "z":
            raise ExpressionError(f'"{name.shown} ="', "z = and a number, or a condition such as y > x", name.place)
        self._at = 2

    def _left_over(self) -> ExpressionError:
        token, before = self._token, self._tokens[self._at - 1]
        if token.text == "=":
            return self._wrong("== to compare")
        if token.text == ",":
            return self._wrong(f"{_OPERATOR}; numbers have a decimal point")
        if token.text == ")":
            return self._wrong("the end, since there is no ( before it")
        if token.kind != "sign" or token.text == "(":
            return self._wrong(f"an operator such as *, as in {before.shown}*{token.shown}")
        return self._wrong(_OPERATOR)

    def _condition(self) -> Node:
        return self._joined("or", self._conjunction, AnyOf)

    def _conjunction(self) -> Node:
        return self._joined("and", self._negation, All)

    def _joined(self, word: str, part: Callable[[], Node], join: Callable[[tuple[Node, ...]], Node]) -> Node:
        begin = self._token
        parts = [part()]
        while self._take(word):
            self._expect_condition(parts[-1], begin)
            begin = self._token
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        self._expect_condition(parts[-1], begin)
        return join(tuple(parts))

    def _negation(self) -> Node:
        if not self._take("not"):
            return self._comparison()
        begin = self._token
        part = self._deeper(self._negation)
        self._expect_condition(part, begin)
        return Not(part)

    def _expect_condition(self, node: Node, begin: Token) -> None:
        if not node.condition:
            raise self._wrong("a condition, such as x > 0", begin)

    def _comparison(self) -> Node:
        first, rest = self._sum(), []
        while sign := self._take(*COMPARISONS):
            rest.append((sign, self._sum()))
        return Comparison(first, tuple(rest)) if rest else first

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/", "%"), self._signed)

    def _chain(self, signs: tuple[str, ...], part: Callable[[], Node]) -> Node:
        first, rest = part(), []
        while sign := self._take(*signs):
            rest.append((sign, part()))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        sign = self._take("+", "-")
        if not sign:
            return self._power()
        of = self._deeper(self._signed)
        # A condition with a sign is a number.
        return Negative(of) if sign == "-" else Chain(of, ())

    def _power(self) -> Node:
        base = self._atom()
        return Chain(base, (("**", self._deeper(self._signed)),)) if self._take("**") else base

    def _atom(self) -> Node:
        token = self._token
        if token.kind == "number":
            self._at += 1
            return Number(float(token.text))
        if token.kind == "name" and token.text not in _WORDS:
            self._at += 1
            return self._named(token)
        if self._take("("):
            inner = self._deeper(self._condition)
            self._close(token)
            return inner
        raise self._wrong('a number, a name such as x, or "("')

    def _named(self, token: Token) -> Node:
        if token.text in VARIABLES:
            return Variable(token.text)
        if token.text not in FUNCTIONS:
            near = get_close_matches(token.text.lower(), [*VARIABLES, *FUNCTIONS], 1)
            raise self._wrong(f"x, y, or another known name, such as {near[0] if near else 'sin'}", token)
        opening = self._token
        if not self._take("("):
            raise self._wrong(f'"(" after {token.text}')
        begin, arguments = self._token, [self._deeper(self._condition)]
        while self._take(","):
            arguments.append(self._deeper(self._condition))
        self._close(opening)
        function = FUNCTIONS[token.text]
        if not function.least <= len(arguments) <= function.most:
            count = f"{len(arguments)} argument{'s'[: len(arguments) != 1]} of {token.text}"
            raise ExpressionError(count, function.told, token.place)
        if token.text == CHOICE:
            self._expect_condition(arguments[0], begin)
        return Call(token.text, tuple(arguments))

    def _close(self, opening: Token) -> None:
        if not self._take(")"):
            raise self._wrong(f'")" for the "(" at character {opening.place + 1}')

    def _deeper(self, rule: Callable[[], Node]) -> Node:
        """Applies a rule one level deeper; the depth is bounded, so that no formula exhausts the stack."""
        if self._depth == MOST_DEPTH:
            raise self._wrong(f"at most {MOST_DEPTH} levels of nesting")
        self._depth += 1
        node = rule()
        self._depth -= 1
        return node
