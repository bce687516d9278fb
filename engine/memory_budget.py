"""Memory estimate from a network's shapes.

So a network that is too large is refused before it is built.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.analysis import NodeReport
from engine.errors import DataError, SpecError
from engine.training.batch_order import batch_sizes

LARGEST = 1 << 28  # parameters, whatever the machine

# Share of the free memory that a network may take; data, window and other programs need the rest.
_SHARE = 0.6
# Where the system tells nothing of its memory.
_UNKNOWN = 8 << 30


def planned(samples: int, batch_size: int, *, even: bool = False) -> int:
    """Number of samples for which training holds arrays.

    That is a batch of each size that occurs in an epoch (training/batch_order.py).
    """
    return sum(batch_sizes(samples, batch_size, even=even))


def training_vectors(optimizer: int, *, stopping: bool = False, penalty: bool = False) -> int:
    """Count of numbers that training keeps for each parameter.

    They are the value, the gradient, the last good value, and those of the optimiser, early stopping and a penalty.
    """
    return 3 + optimizer + stopping + penalty


def demand(reports: Mapping[str, NodeReport], *, vectors: int, samples: int = 0, itemsize: int = 4) -> dict[str, int]:
    """Estimate of the bytes that each node takes, rather too high than too low.

    Args:
        vectors: numbers kept for each parameter: its value, its gradient, the optimiser's.
        samples: number of samples for which plans hold arrays; with 0, only parameters count.
        itemsize: bytes per number.
    """
    return {name: itemsize * (vectors * report.parameters + samples * report.held) for name, report in reports.items()}


def check_memory(
    reports: Mapping[str, NodeReport],
    *,
    vectors: int,
    samples: int = 0,
    itemsize: int = 4,
    limit: int | None = None,
    device: str = "",
) -> None:
    """Check that a network fits into memory. Arguments as `demand`.

    `limit` are the bytes that are free on a `device` with memory of its own; None for this machine's.

    Raises SpecError, placed at the node that costs most.
    """
    parameters = {name: report.parameters for name, report in reports.items()}
    total = sum(parameters.values())
    if total > LARGEST:
        raise SpecError(
            f"The network would have {total:,} parameters, most of them here; at most {LARGEST:,} are possible. "
            "Use fewer units or filters, or pool before the first Dense layer.",
            where=max(parameters, key=parameters.__getitem__),
        )
    sizes = demand(reports, vectors=vectors, samples=samples, itemsize=itemsize)
    needed, limit = sum(sizes.values()), memory_limit() if limit is None else limit
    if needed > limit:
        where = max(sizes, key=sizes.__getitem__)
        weights = itemsize * vectors * parameters[where] > sizes[where] // 2
        fix = "Use fewer units or filters" if weights else "Use a smaller batch, fewer filters or smaller images"
        raise SpecError(
            f"The network would take about {_gigabytes(needed)} of memory, {_gigabytes(sizes[where])} of it here; "
            f"at most {_gigabytes(limit)} is available{f' on {device}' if device else ''}. {fix}.",
            where=where,
        )


def room(reports: Mapping[str, NodeReport], itemsize: int) -> int:
    """Number of samples, over all plans, whose arrays fit into memory."""
    return memory_limit() // max(itemsize * sum(report.held for report in reports.values()), 1)


def check_result(samples: int, size: int) -> None:
    """Check that the outputs for so many samples, of `size` bytes each, fit into memory. Raises DataError."""
    needed, limit = samples * size, memory_limit()
    if needed > limit:
        raise DataError(
            f"The outputs for {samples:,} samples would take {_gigabytes(needed)} of memory; at most "
            f"{_gigabytes(limit)} is available. Hand in fewer samples at a time."
        )


@lru_cache(maxsize=1)
def memory_limit() -> int:
    """Bytes that a network may take: a fraction of the memory free at the first call.

    Measured again later, a network that has been built would make itself look too large.
    """
    return int(_SHARE * _free())


def _free() -> int:
    """Bytes of memory that are free on this machine, or in this container."""
    free = _UNKNOWN
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
            free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    group = Path("/sys/fs/cgroup")
    try:
        bound, used = (int((group / f"memory.{name}").read_text(encoding="ascii")) for name in ("max", "current"))
    except (OSError, ValueError):
        return free  # no container, or one without a bound: "max"
    return max(0, min(free, bound - used))


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 5e7 else f"{count / 1e6:,.1f} MB"
