"""Sweeps: searches for good settings, trial by trial, on Optuna."""
