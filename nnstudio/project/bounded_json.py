"""JSON parts of a project file: their count is bounded before they are parsed, and their faults are told in short.

A few kilobytes can be packed from millions of values, and each of them takes fifty times its bytes in memory. Counting
commas and brackets takes no memory, and finds at least as many as there are values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from engine.explanation import explain
from nnstudio.project.archive import ProjectError

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Count:
    """Most values and most fields of a part.

    `values` counts commas and opening brackets, `fields` counts colons, both in words too.
    """

    values: int
    fields: int


# A network of the most blocks and wires that a document takes has half of these.
DOCUMENT: Final = Count(1_500_000, 600_000)
# 32 curves of 10,000 points have two thirds of these.
HISTORY: Final = Count(1_000_000, 100_000)
# The matrices of a step that was fitted, and the columns of a wide table.
PREPARATION: Final = Count(4_000_000, 600_000)
STATE: Final = Count(1_500_000, 400_000)
RUNS: Final = Count(1_500_000, 600_000)


def check_count(text: bytes, place: str, most: Count) -> None:
    """Check that a part holds no more values than a project has. Raises ProjectError."""
    values = text.count(b",") + text.count(b"[") + text.count(b"{")
    for found, allowed, what in ((values, most.values, "values"), (text.count(b":"), most.fields, "fields")):
        if found > allowed:
            raise ProjectError(f"its {place} holds some {found:,} {what}; at most {allowed:,} are read")


def validated(kind: type[_Model], text: bytes, place: str, most: Count, **options: Any) -> _Model:
    """Model of this kind in a part of the file, of bounded count. Raises ProjectError, which names the `place`."""
    check_count(text, place, most)
    try:
        return kind.model_validate_json(text, **options)
    except ValidationError as error:
        raise ProjectError(explain(error, place, kind)) from None
