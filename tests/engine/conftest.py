"""BLAS on one thread, so that parallel tests do not share cores."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
