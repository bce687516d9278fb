"""Names of blocks and groups: validity, and the nearest valid name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import count

LONGEST = 40
# Letters that are no plain one with a mark.
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "œ": "oe", "Œ": "Oe"})


def is_name(text: str) -> bool:
    """True for a valid name: letters, digits and _, at most 40, no digit first."""
    return re.fullmatch(rf"[A-Za-z_][A-Za-z0-9_]{{0,{LONGEST - 1}}}", text) is not None


def nearest(text: str, taken: Callable[[str], bool]) -> str:
    """Free valid name most similar to an invalid text. "" where nothing of the text could be in a name."""
    spelt = unicodedata.normalize("NFKD", text.strip().translate(_SPELT))
    plain = "".join(letter for letter in spelt if not unicodedata.combining(letter))
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", plain)
    if not re.search(r"[A-Za-z0-9]", stem):
        return ""
    # What stands at either end for a mark, as in "(new) layer", would only look odd.
    if plain[0] != "_":
        stem = stem.lstrip("_")
    if plain[-1] != "_":
        stem = stem.rstrip("_")
    stem = (f"_{stem}" if stem[0].isdigit() else stem)[:LONGEST]
    numbered = (f"{stem[: LONGEST - len(tail)]}{tail}" for tail in (f"_{number}" for number in count(2)))
    return stem if not taken(stem) else next(name for name in numbered if not taken(name))
