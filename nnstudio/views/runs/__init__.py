"""Runs of the project: a table, and what compares them."""
