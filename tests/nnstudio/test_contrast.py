"""Contrast of everything on screen with its background, in both themes."""

from __future__ import annotations

from itertools import combinations

import pytest

from nnstudio.ui.colours import DARK, LIGHT, Colours
from nnstudio.ui.contrast import Pair, pairs, ratio


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    # Black on white, equal colours, and the example of the WCAG's own techniques: #777 on white just misses 4.5.
    [("#000000", "#ffffff", 21.0), ("#abcdef", "#abcdef", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_the_ratio_is_that_of_the_standard(one: str, other: str, wanted: float) -> None:
    assert ratio(one, other) == pytest.approx(wanted, abs=0.01)
    assert ratio(other, one) == ratio(one, other)


@pytest.mark.parametrize(
    "pair",
    [pytest.param(pair, id=f"{colours.name}: {pair.use}") for colours in (LIGHT, DARK) for pair in pairs(colours)],
)
def test_every_pair_of_colours_stands_out(pair: Pair) -> None:
    found = ratio(pair.front, pair.back)
    assert found >= pair.least, f"{pair.front} on {pair.back} has only {found:.2f}"


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_classes_differ_from_each_other(colours: Colours) -> None:
    def channels(colour: str) -> list[int]:
        return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]

    for one, other in combinations(colours.classes, 2):
        away = sum((a - b) ** 2 for a, b in zip(channels(one), channels(other), strict=True)) ** 0.5
        assert away > 35, f"{one} and {other} are much alike"
