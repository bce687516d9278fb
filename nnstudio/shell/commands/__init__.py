"""Commands of the window: one module per menu."""
