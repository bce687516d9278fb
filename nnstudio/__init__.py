"""nnstudio: drag layers onto a canvas, press play, watch a neural network learn."""

import os

__version__ = "0.1.0"

# Set before anything imports NumPy. BLAS threads wait for each other by spinning: beside a window that draws, or any
# other busy program, a step takes many times as long on two threads as on one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
