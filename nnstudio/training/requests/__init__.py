"""Requests of the views to the worker, one a file."""
