"""Views of what was measured of a run: gradient flow, distributions."""
