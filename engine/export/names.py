"""Names and texts of a project made safe for source code: nothing in them can become code."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Sequence

# Printable, and no end of a line or of a comment in any of the formats.
_SPECIAL = re.compile(r"[^ -~]|\*/|/\*|--+>|\?\?/|\\|\"|'|<|>|&|%|\$|#|\{|\}")


def identifiers(names: Iterable[str], reserved: Collection[str] = ()) -> dict[str, str]:
    """Identifiers of Python and C for names: letters, digits and "_", unique, and none of those reserved."""
    made: dict[str, str] = {}
    taken = set(reserved)
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9_]", "_", name)[:60].strip("_") or "layer"
        if stem[0].isdigit() or keyword.iskeyword(stem) or keyword.issoftkeyword(stem) or stem in taken:
            stem = f"layer_{stem}"
        found, count = stem, 1
        while found in taken:
            count += 1
            found = f"{stem}_{count}"
        taken.add(found)
        made[name] = found
    return made


def remark(text: str) -> str:
    """Text for a comment: printable ASCII on one line, without what could end the comment."""
    return _SPECIAL.sub(" ", text)[:200].strip() or "network"


def wrapped(items: Sequence[str], indent: str, width: int = 110) -> str:
    """Items of a list, divided by commas, on as many lines as they need."""
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) + 2 > width and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += f"{item}, "
    return "\n".join([*lines, line.rstrip()] if line.strip() else lines)
