"""Panels: data, training, inspector, problems, and the welcome page."""
