"""Benchmarks, run as the program runs: BLAS on one thread, set before NumPy is imported."""

import nnstudio  # noqa: F401 - for what it sets
