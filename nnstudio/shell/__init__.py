"""Main window: docks, menus, actions, files."""
