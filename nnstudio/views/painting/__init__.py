"""Painting of points on a plot: brushes, their bar, and the strokes that become edits."""
