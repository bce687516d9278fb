"""Errors and bounds of formulas."""

from __future__ import annotations

from typing import Final

from engine.errors import DataError

# Characters of a formula, and how deep its parentheses and calls may be nested.
MOST_LENGTH: Final = 500
MOST_DEPTH: Final = 40


class ExpressionError(DataError):
    """Error in a formula.

    Attributes:
        place: the character at which it was found, counted from 0; the length of the formula at its end.
    """

    def __init__(self, found: str, expected: str, place: int) -> None:
        super().__init__(f"found {found} at character {place + 1}, expected {expected}")
        self.place = place
