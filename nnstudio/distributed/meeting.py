"""Meeting of processes started together, in torchrun's store.

When torchrun starts the processes again, they get the same store, with the addresses of those before them still in it;
a process that is faster than another would try to reach a dead one. So each start gets a part of the store to itself.
The number of the restart does not tell them apart: each machine counts by itself.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Final
from uuid import uuid4

from torch.distributed import PrefixStore, Store, TCPStore

_PLACE: Final = "nnstudio"
_PAUSE: Final = 0.05


def torchrun_store(timeout: timedelta) -> Store | None:
    """Store that torchrun keeps; None for a start without it. Raises RuntimeError if it cannot be reached."""
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        return None
    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    return TCPStore(host_name=address, port=port, is_master=False, timeout=timeout)


def meet(store: Store, rank: int, size: int, timeout: timedelta) -> Store:
    """Part of a store for the processes that are started now. Raises RuntimeError if they do not all come in time."""
    session = _welcome(store, size, timeout) if rank == 0 else _greet(store, rank, timeout)
    return PrefixStore(f"{_PLACE}/{session}", store)


def _greet(store: Store, rank: int, timeout: timedelta) -> str:
    """Name of the start, from the first process; only a living one answers a greeting that was never heard before."""
    greeting = uuid4().hex
    store.set(f"{_PLACE}/hello/{rank}", greeting)
    answer = f"{_PLACE}/welcome/{greeting}"
    store.wait([answer], timeout)
    session: str = store.get(answer).decode()
    store.set(f"{_PLACE}/{session}/here/{rank}", "")
    return session


def _welcome(store: Store, size: int, timeout: timedelta) -> str:
    """Name of the start, told to all others when they have come."""
    session, answered, deadline = uuid4().hex, set[bytes](), time.monotonic() + timeout.total_seconds()
    here = [f"{_PLACE}/{session}/here/{rank}" for rank in range(1, size)]
    # Greetings of an earlier start are answered, too; nobody hears that.
    while here and not store.check(here):
        if time.monotonic() > deadline:
            raise RuntimeError("they did not come in time")
        for rank in range(1, size):
            hello = f"{_PLACE}/hello/{rank}"
            greeting = store.get(hello) if store.check([hello]) else b""
            if greeting and greeting not in answered:
                store.set(f"{_PLACE}/welcome/{greeting.decode()}", session)
                answered.add(greeting)
        time.sleep(_PAUSE)
    return session
