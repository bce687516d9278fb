"""Problems of a document: place, severity, reason, and fixes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from engine.errors import Fix


class Severity(Enum):
    """How bad it is; the worst comes first.

    An error keeps the network from training. So does a next step, but it is no mistake: the network is not finished.
    """

    ERROR = "error"
    NEXT = "next step"
    WARNING = "warning"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    @property
    def icon(self) -> str:
        """A file's stem in resources/icons, and what the theme calls its colour."""
        return self.value.partition(" ")[0]


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, or could be better.

    Attributes:
        where: the block that has it, or "input" or "output".
        sentence: why. fix: the fix, if there is one.
        rule: which rule of thumb says so; "" for what was found by trying, which cannot be dismissed.
        others: further fixes, for whoever meant something else; offered where there is room for more than one.
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
    """How many there are of each severity: "1 error, 2 warnings"; "" for none."""
    severities = [problem.severity for problem in problems]
    numbers = {severity: severities.count(severity) for severity in Severity}
    return ", ".join(
        f"{number} {severity.value}{'s' if number > 1 else ''}" for severity, number in numbers.items() if number
    )
