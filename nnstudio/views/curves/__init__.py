"""Curves of loss and metrics over training."""
