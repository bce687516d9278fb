"""Fixtures: a copy of the repository in which recipes are followed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.recipes.recipe import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A copy of the repository for one recipe."""
    made = Sandbox(tmp_path)
    where = made.run(sys.executable, "-c", "import engine; print(engine.__file__)")
    assert where.startswith(str(tmp_path)), f"recipes would run on {where}"
    return made
