"""Geometry of the canvas: sizes, routes of wires, and places. Draws nothing."""
