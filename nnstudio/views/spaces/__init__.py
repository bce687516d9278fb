"""Spaces: outputs of a block for many samples, as points."""
