"""User-interface parts for every room: theme, icons, small widgets."""
