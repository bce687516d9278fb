"""Soak test of `NNSTUDIO_MINUTES` minutes, and its measure of drift."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from tests.endurance import soak
from tests.endurance.soak import Soaked, Usage

MINUTES = float(os.environ.get("NNSTUDIO_MINUTES", "0"))
CYCLES = 10
USAGE = Usage(400 << 20, ("MainThread",), ("pipe", "/dev/null"), Counter(QLabel=100, QTimer=20))


@pytest.mark.skipif(not MINUTES, reason="set NNSTUDIO_MINUTES to soak the window for so long")
def test_nothing_drifts_while_all_views_are_open(qapp: QApplication) -> None:
    assert not soak.train(60 * MINUTES).problems()
    assert not soak.projects(2 * CYCLES).problems()
    assert not soak.cycles(CYCLES).problems()


def test_projects_leave_nothing_behind(qapp: QApplication) -> None:
    """A short round: threads, files and objects; the memory takes longer to tell."""
    assert not [problem for problem in soak.projects(4, rounds=1).problems() if not problem.startswith("memory")]


def test_what_stays_as_it_was_is_no_drift() -> None:
    frames = np.linspace(5, 9, 200), np.linspace(5, 10, 200)
    memory = np.column_stack((np.arange(100), np.full(100, 400 << 20)))
    assert not Soaked(USAGE, USAGE, memory, frames).problems()


@pytest.mark.parametrize(
    ("after", "frames", "told"),
    [
        (replace(USAGE, memory=430 << 20), 5.0, "memory grew by 7.5%"),
        (USAGE, 25.0, "99 of 100 frames"),
        (replace(USAGE, threads=("MainThread", "export")), 5.0, "threads left open: export"),
        (replace(USAGE, files=("pipe", "pipe", "/dev/null")), 5.0, "files left open: pipe"),
        (replace(USAGE, objects=Counter(QLabel=100, QTimer=120)), 5.0, "more objects of Qt: {'QTimer': 100}"),
    ],
)
def test_each_drift_is_told(after: Usage, frames: float, told: str) -> None:
    (problem,) = Soaked(USAGE, after, frames=(np.full(50, 5.0), np.full(50, frames))).problems()
    assert problem.startswith(told)
