"""Meeting of processes in a store that earlier ones used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.distributed.torchrun import needs_torch

pytestmark = [pytest.mark.peers, needs_torch]

_PATIENCE = timedelta(seconds=60)


def started(store: Any, size: int) -> list[Any]:
    """Parts of the store that so many processes get which start together."""
    from nnstudio.distributed.meeting import meet

    with ThreadPoolExecutor(size) as threads:
        return list(threads.map(lambda rank: meet(store, rank, size, _PATIENCE), range(size)))


def test_each_start_has_a_part_of_its_own_which_all_of_it_share() -> None:
    from torch.distributed import HashStore

    store = HashStore()
    for size in (3, 3, 2, 1):
        parts = started(store, size)
        assert not any(part.check(["address"]) for part in parts)
        parts[0].set("address", "here")
        assert [part.get("address") for part in parts] == [b"here"] * size


def test_who_is_left_alone_gives_up() -> None:
    from torch.distributed import HashStore

    from nnstudio.distributed.meeting import meet

    store = HashStore()
    started(store, 2)
    for rank in (0, 1):
        with pytest.raises(RuntimeError):
            meet(store, rank, 2, timedelta(seconds=0.2))
