"""Training of one project by several processes, with PyTorch's torchrun."""
