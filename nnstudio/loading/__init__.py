"""Loading of data in threads of its own, while the window stays alive."""
