"""Speed, measured as the program runs: nnstudio sets BLAS to one thread before NumPy is imported."""

import nnstudio  # noqa: F401 - for what it sets
