"""Thread counts of the contenders, set in this one place."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

COUNTS = (1, 2)
# Read by the libraries when they are loaded.
_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def set_threads(count: int) -> None:
    """For all libraries that are loaded."""
    for library in _blas():
        library.set_num_threads(count)
    set_own(count)


def set_own(count: int) -> None:
    """For the threads that the engine and PyTorch make by themselves, beside those of BLAS."""
    if "engine.backends.numpy.threads" in sys.modules:
        sys.modules["engine.backends.numpy.threads"].use(count)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)


def environment(count: int) -> dict[str, str]:
    """The environment of a process that is to use so many."""
    return {**os.environ, **dict.fromkeys(_VARIABLES, str(count))}


@cache
def _blas() -> list[Any]:
    # Only where it is called: a process whose memory is measured does without.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(internal_api="openblas").lib_controllers  # type: ignore[no-any-return]
