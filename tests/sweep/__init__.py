"""Sweeps that need Optuna; the rest is tested with the other parts of the studio."""
