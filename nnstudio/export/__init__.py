"""Exports: everything that leaves the program in another format."""
