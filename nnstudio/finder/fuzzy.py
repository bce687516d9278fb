"""Fuzzy matching of a text against typed letters. Knows no Qt.

The letters must occur in order; those at the starts of words count most.
"""

from __future__ import annotations

from dataclasses import dataclass

# What a letter earns: any that fits; at the start of a word; right after the letter before it. A letter that is passed
# over between two others costs something, so that close matches win.
_FITS, _STARTS_WORD, _FOLLOWS, _GAP = 1.0, 8.0, 5.0, -0.15
# What it earns that the text begins with what was typed, or is just that.
_BEGINS, _EQUAL = 6.0, 10.0


@dataclass(frozen=True)
class Match:
    """Score of a match, and the positions of the typed letters."""

    score: float
    places: tuple[int, ...] = ()


def match(typed: str, text: str) -> Match | None:
    """Best match of `typed` in `text`: letters in order, ignoring case and spaces.

    None if there is no match. Empty input matches everything, with a score of 0.
    """
    wanted = [letter for letter in typed.lower() if not letter.isspace()]
    lower = text.lower()
    if not wanted:
        return Match(0.0)
    if len(lower) != len(text) or not _occurs(wanted, lower):
        return None
    bonus = [_FITS + (_STARTS_WORD if _starts_word(text, place) else 0.0) for place in range(len(text))]
    # best[place]: the best score with the letters so far, the last of them at this place; and how it came about.
    best: dict[int, tuple[float, tuple[int, ...]]] = {
        place: (bonus[place] + _GAP * min(place, 20), (place,))
        for place, letter in enumerate(lower)
        if letter == wanted[0]
    }
    for letter in wanted[1:]:
        longer: dict[int, tuple[float, tuple[int, ...]]] = {}
        for place, found in enumerate(lower):
            if found != letter:
                continue
            ways = [
                (score + (_FOLLOWS if place == last + 1 else _GAP * (place - last - 1)), places)
                for last, (score, places) in best.items()
                if last < place
            ]
            if ways:
                score, places = max(ways)
                longer[place] = score + bonus[place], (*places, place)
        best = longer
    score, places = max(best.values())
    plain = typed.strip().lower()
    score += _BEGINS * lower.startswith(plain) + _EQUAL * (lower == plain)
    # Of two that fit alike, the shorter one is meant.
    return Match(score - 0.02 * len(text), places)


def _occurs(wanted: list[str], text: str) -> bool:
    """True if the letters occur in this order: quick, and false for most texts."""
    letters = iter(text)
    return all(letter in letters for letter in wanted)


def _starts_word(text: str, place: int) -> bool:
    if place == 0:
        return True
    before, here = text[place - 1], text[place]
    if before == "," and here.isdigit():
        # A number such as 1,000 is one word: whoever types 10 means another one.
        return False
    return not before.isalnum() or (before.islower() and here.isupper()) or (before.isalpha() and here.isdigit())
