"""All recipes in one copy: they do not get in each other's way, and keep to types and borders."""

from __future__ import annotations

import sys

import pytest

from tests.recipes.recipe import PAGES, Kitchen

pytest.importorskip("engine.data.formats")


def test_all_recipes_together_keep_to_types_and_borders(kitchen: Kitchen) -> None:
    kitchen.borrow(".mypy_cache")
    for page in sorted(PAGES.glob("*.md")):
        kitchen.follow(page.stem, run=False)
    kitchen.run(sys.executable, "-m", "mypy")
    kitchen.pytest("tests/test_borders.py", "tests/test_house_rules.py")
