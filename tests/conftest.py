"""Fixtures of all tests: no display needed, no user settings touched."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before any import of Qt or NumPy; end-to-end tests start the program in a process and on a screen of its own.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine than of the program.
settings.register_profile(
    "unhurried", parent=settings(max_examples=40), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")

# Begun first, so that none of them is left to one process when the others have done all the rest: tests in a window,
# which wait most of the time, and the files that take longest.
FIRST = ("e2e", "test_window", "test_templates", "test_document_undo", "test_cli", "test_document_room")

MNIST_FOLDER = Path(__file__).parents[2] / "shared" / "data" / "mnist"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Number of test processes: of processors for `-n logical`; two more for `-n auto`, as tests in a window wait."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors if config.option.numprocesses == "logical" else processors + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.file_scheduling import FileScheduling

    return FileScheduling(config, log) if config.option.dist == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""

    def rank(item: pytest.Item) -> int:
        parts = item.path.with_suffix("").parts
        return next((place for place, name in enumerate(FIRST) if name in parts), len(FIRST))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """A folder with real MNIST digits in IDX files: $NNSTUDIO_MNIST, or the one beside the checkout."""
    folder = Path(os.environ.get("NNSTUDIO_MNIST", MNIST_FOLDER))
    if not folder.is_dir():
        pytest.skip(f"no MNIST digits in {folder}; set NNSTUDIO_MNIST to a folder with the IDX files")
    return folder


@pytest.fixture(autouse=True)
def _garbage_is_collected_between_tests() -> Iterator[None]:
    """Where a test of the window has switched Python's own collection off, for all that come after it."""
    yield
    if not gc.isenabled() and gc.get_count()[0] > gc.get_threshold()[0]:
        gc.collect(1)


@pytest.fixture(autouse=True, scope="session")
def _private_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps settings, caches and recent files of the tests in a folder of their own."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        patch.setenv(name, str(home / name.lower()))
    yield
    patch.undo()
