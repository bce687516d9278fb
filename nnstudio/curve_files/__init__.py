"""Curves of training runs as files: CSV, and events for TensorBoard."""
