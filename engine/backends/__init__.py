"""Back ends: the machinery that runs a network's layers."""
