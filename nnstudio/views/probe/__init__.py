"""Probe panel: the sample that all views look at, and its values."""
