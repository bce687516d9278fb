"""Card of a data set: its size, its source and its licence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """Facts about a data set, beside the sentence in `help` that says what it is.

    Attributes:
        size: how many samples of what.
        source: authors and year, or what makes the samples.
        licence: its name, or what is known where the authors named none.
        address: https page of the authors; "" where there is none. Nothing opens it unasked.
    """

    size: str
    source: str
    licence: str
    address: str = ""


COMPUTED = Card("as many samples as you set", "computed by nnstudio from a formula and a seed", "none needed")
OWN = Card("as many samples as you bring", "your own", "up to you")
