"""Training of one project by several processes, on one machine or many, with PyTorch's torchrun."""
