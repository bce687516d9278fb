"""BLAS on one thread, as the program runs it: tests that run side by side would wait for each other's threads."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
