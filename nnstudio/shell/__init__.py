"""The main window: docks, menus, actions, files."""
