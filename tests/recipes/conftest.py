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
    where = made.run(sys.executable, "-c", "from importlib.util import find_spec; print(find_spec('engine').origin)")
    assert where.startswith(str(tmp_path)), f"recipes would run on {where}"
    return made
