"""Endurance: what a window withstands over many actions and much time; short in the tests, long by `make endure`."""
