"""Two processes started by torchrun: the same result as one, and shared reading."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.distributed.torchrun import needs_torch, torchrun

pytestmark = [pytest.mark.peers, needs_torch]

Found = list[dict[str, Any]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What each of the two has found; see `two_processes`."""
    folder = tmp_path_factory.mktemp("two")
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 400)
    np.savez(folder / "large.npz", x=(rng.normal(size=(400, 40)) + y[:, None]).astype(np.float32), y=y)
    rows = (f"{a:.4f},{['red', 'green'][n % 2]},{n % 2}" for n, a in enumerate(rng.normal(size=500)))
    (folder / "large.csv").write_text("size,colour,kind\n" + "\n".join(rows))
    run = torchrun(folder, "tests.distributed.two_processes", folder)
    assert run.returncode == 0, run.stderr
    assert "Warning: " not in run.stderr
    return [json.loads((folder / f"found-{rank}.json").read_text()) for rank in (0, 1)]


@pytest.mark.parametrize("case", ["plain", "weighted", "constrained", "normed"])
def test_they_train_as_one_process_does(found: Found, case: str) -> None:
    for each in found:
        differences = each["parity"][case]
        assert set(differences) >= {"weights", "loss", "val_loss", "accuracy", "val_accuracy"}
        assert max(differences.values()) < 1e-5, differences


def test_frozen_layers_stay(found: Found) -> None:
    for each in found:
        still, moved = each["frozen"]
        assert still == 0
        assert moved > 1e-3


def test_neither_reads_all_of_a_large_file(found: Found) -> None:
    for each in found:
        together, alone = each["stored"]["read"]
        assert together < 0.55 * alone


def test_neither_reads_all_of_a_large_table(found: Found) -> None:
    for each in found:
        assert each["table"]["same"]
        assert 0.4 < each["table"]["read"] < 0.6


def test_what_is_measured_of_a_shared_file_is_the_same(found: Found) -> None:
    for each in found:
        assert each["stored"]["fingerprint"]
        assert each["stored"]["scale"] < 1e-12
        assert each["stored"]["weights"] < 1e-5


def test_a_batch_smaller_than_the_group_is_refused(found: Found) -> None:
    for each in found:
        assert each["small"].startswith("SpecError: a batch of 1 samples cannot be divided between 2 processes")


def test_an_error_in_one_process_ends_all_and_is_told_once(found: Found) -> None:
    assert [each["wrong"] for each in found] == [
        "ToldElsewhereError: process 1 of 2 could not go on",
        "EngineError: only here",
    ]
