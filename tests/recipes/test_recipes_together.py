"""All recipes in one copy: they do not get in each other's way, and keep to types and borders."""

from __future__ import annotations

import sys

import pytest

from tests.recipes.recipe import PAGES, Sandbox


@pytest.mark.whole
def test_all_recipes_together_keep_to_types_and_borders(sandbox: Sandbox) -> None:
    sandbox.borrow(".mypy_cache")
    for page in sorted(PAGES.glob("*.md")):
        sandbox.follow(page.stem, run=False)
    sandbox.run(sys.executable, "-m", "mypy")
    sandbox.pytest("tests/test_borders.py", "tests/test_house_rules.py")
