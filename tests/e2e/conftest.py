"""Fixtures: a display for each test module, the program for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.preload import Preload
from tests.e2e.studio import Screen, Studio, missing_tools


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    missing = missing_tools()
    if missing:
        pytest.fail(f"{' and '.join(missing)} are needed; 'make test' installs them")
    made = Screen()
    yield made
    made.close()


@pytest.fixture(scope="session")
def preload() -> Iterator[Preload]:
    made = Preload()
    yield made
    made.close()


@pytest.fixture
def start(
    screen: Screen, preload: Preload, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Studio]]:
    """Starts the program with command-line arguments; at the end its standard error and its log must be empty."""
    running: list[Studio] = []

    def begin(*arguments: str) -> Studio:
        running.append(Studio(screen, preload, tmp_path, *arguments, name=request.node.name))
        return running[-1]

    yield begin
    for studio in running:
        complaints = studio.errors()
        studio.close()
        assert studio.may_complain or not complaints, complaints
