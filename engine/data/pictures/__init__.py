"""Pictures from files: a folder for each class, or a table of file names and labels."""
