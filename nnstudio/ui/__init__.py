"""Parts for the screen that every room may use: theme, icons, small widgets."""
