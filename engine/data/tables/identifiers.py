"""Columns that only name or number the rows."""

from __future__ import annotations

import re
from typing import Final

from engine.data.tables.profile import Profile

_IDENTIFIER: Final = re.compile(
    r"(unnamed: ?\d+|index|idx|id|ids|row|row ?(id|nr|no|number|names?)|nr|no|number|#|key|uuid|guid|serial|.*[ _-]id|"
    r"(id|index|nr)[ _-].*)$",
    re.IGNORECASE,
)


def is_name(one: Profile) -> bool:
    """True if a column holds a word of its own for (nearly) every row."""
    return one.kind == "category" and one.values >= 10 and one.distinct > 0.9 * one.values


def is_row_number(one: Profile, named: bool) -> bool:
    """True if a column only counts or names the rows, by its name or, in the first place, by its numbers."""
    if one.kind != "number" or not one.whole or one.values < 3 or one.distinct < one.values:
        return False
    if named and _IDENTIFIER.match(one.name.strip()):
        return True
    counts = one.place == 0 and one.high - one.low == one.values - 1 and one.low in (0, 1)
    # Without a header it might count anything; a header without this name says that it is none.
    return counts and (one.values >= 10 if not named else one.name == "column 1")
