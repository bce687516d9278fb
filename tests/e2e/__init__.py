"""End-to-end tests: the real program on a virtual display."""
