"""Views of the data themselves: table, columns, correlations, scatter, pictures, classes, duplicates."""
