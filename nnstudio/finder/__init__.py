"""Finding things by typing: the command palette."""
