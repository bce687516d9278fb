"""Command palette: find and run commands by typing."""
