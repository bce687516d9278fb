"""Problems of a document: place, severity, reason, and fixes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from engine.errors import Fix


class Severity(Enum):
    """Severity of a problem; the worst comes first.

    An error prevents training. So does a next step, but it is no mistake: the network is not finished.
    """

    ERROR = "error"
    NEXT = "next step"
    WARNING = "warning"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """Rank of the severity; 0 for the worst."""
        return list(Severity).index(self)

    @property
    def icon(self) -> str:
        """Stem of the icon's file in resources/icons, also the theme's name for its colour."""
        return self.value.partition(" ")[0]


@dataclass(frozen=True)
class Problem:
    """Problem of a document: something wrong, or something that could be better.

    Attributes:
        where: the block that has it, or "input" or "output".
        sentence: the reason. fix: the fix, if there is one.
        rule: the rule of thumb that found it; "" for a problem found by analysis, which cannot be dismissed.
        others: further fixes, in case the user meant something else; offered where there is room for more than one.
    """

    where: str
    sentence: str
    fix: Fix | None = None
    severity: Severity = Severity.ERROR
    rule: str = ""
    others: tuple[Fix, ...] = ()

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """All fixes, the best first."""
        return (() if self.fix is None else (self.fix,)) + self.others


def count(problems: Iterable[Problem]) -> str:
    """Number of problems of each severity: "1 error, 2 warnings"; "" for none."""
    severities = [problem.severity for problem in problems]
    numbers = {severity: severities.count(severity) for severity in Severity}
    return ", ".join(
        f"{number} {severity.value}{'s' if number > 1 else ''}" for severity, number in numbers.items() if number
    )
