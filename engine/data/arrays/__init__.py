"""Arrays in files: NumPy's format, the roles of arrays, the layout of pictures."""
