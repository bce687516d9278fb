"""Tests of sweeps that need Optuna."""
