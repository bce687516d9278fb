"""Training: the trainer, its settings, and the work between two steps."""
