"""Files on disk, whatever their content."""
