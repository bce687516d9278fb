"""Fixtures: a copy of the repository in which recipes are followed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.recipes.recipe import Kitchen


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    """A copy of the repository for one recipe."""
    made = Kitchen(tmp_path)
    where = made.run(sys.executable, "-c", "import engine; print(engine.__file__)")
    assert where.startswith(str(tmp_path)), f"recipes would run on {where}"
    return made
