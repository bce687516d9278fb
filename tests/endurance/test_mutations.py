"""Damaged copies of every kind of file, `NNSTUDIO_MUTATIONS` of each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mutations import DATA, LONGEST, PROJECTS, SLOWEST, damage

MUTATIONS = int(os.environ.get("NNSTUDIO_MUTATIONS", "10"))
SEED = int(os.environ.get("NNSTUDIO_SEED", "1"))


@pytest.mark.parametrize("kind", [*DATA, *PROJECTS])
def test_nothing_but_a_sentence_comes_of_it(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    report = damage({**DATA, **PROJECTS}[kind], tmp_path, MUTATIONS, SEED)
    assert capfd.readouterr().err == ""
    assert report.faults == {}
    assert len(report.longest) < LONGEST, report.longest
    assert report.slowest < SLOWEST
