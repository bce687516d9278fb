"""Overlays: small panels that lie over the canvas."""
