"""Training: the trainer, its settings, and all that happens between two steps."""
