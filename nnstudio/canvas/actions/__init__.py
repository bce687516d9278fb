"""Actions on the selection, and the menus that offer them."""
