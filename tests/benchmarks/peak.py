"""Peak throughput of the machine in large matrix products."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from tests.benchmarks.threads import COUNTS, set_threads

SIZES = (512, 1024, 1536)


def sgemm_peak(seconds: float, sizes: Sequence[int] = SIZES) -> float:
    """Multiply-adds per second of float32 matrix products: the best of all sizes and thread counts, and of NumPy's and
    PyTorch's BLAS. Each is tried for about `seconds`.
    """
    best = 0.0
    for count in COUNTS:
        set_threads(count)
        for size in sizes:
            left, right = np.random.default_rng(0).standard_normal((2, size, size)).astype(np.float32)
            result, peer = np.empty_like(left), torch.empty(size, size)
            tensors = torch.from_numpy(left), torch.from_numpy(right)
            for product in (
                lambda left=left, right=right, out=result: np.matmul(left, right, out=out),
                lambda pair=tensors, out=peer: torch.mm(*pair, out=out),
            ):
                best = max(best, size**3 / _quickest(product, seconds))
    return best


def _quickest(action: Callable[[], object], seconds: float) -> float:
    action()
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)
