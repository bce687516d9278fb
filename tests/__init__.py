"""Tests: engine, studio, end-to-end, and benchmarks."""
