"""Checkpoints of abandoned runs."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.training import checkpoint_store
from nnstudio.training.checkpoint import Checkpoint


def trained(size: int, step: int = 1) -> Checkpoint:
    return Checkpoint({"dense_1.weight": np.zeros(size, np.float32)}, step=step)


def test_the_oldest_go_first_and_the_newest_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_store, "_MOST", 100)
    store = checkpoint_store.Kept()
    for name, size in (("a", 40), ("b", 40), ("a", 50), ("c", 40)):
        store.add(name, trained(size))
    assert [name in store for name in "abc"] == [True, False, True]
    store.add("large", trained(1000))
    assert [name in store for name in ("a", "c", "large")] == [False, False, True]


def test_what_was_not_trained_is_not_kept_and_what_is_taken_is_gone() -> None:
    store = checkpoint_store.Kept()
    store.add("untrained", Checkpoint())
    store.add("a", trained(3))
    assert "untrained" not in store
    assert store.get("a") is store.get("a") is not None
    assert store.take("a") is not None
    assert store.take("a") is None
    fallback = trained(1)
    assert store.take("a", fallback) is fallback
    store.add("b", trained(3))
    store.clear()
    assert store.get("b") is None


def test_weights_from_an_earlier_run_are_kept_before_the_first_step() -> None:
    store = checkpoint_store.Kept()
    store.add("a", trained(3, step=0))
    assert "a" in store
