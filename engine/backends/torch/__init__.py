"""PyTorch back end: the same networks and training on PyTorch's devices."""
