"""Tests of curves elsewhere, and of training on many machines."""
