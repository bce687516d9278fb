"""NumPy back end: plans, operations, kernels and threads."""
