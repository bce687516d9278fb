"""Loading: data read in threads, while the window stays alive."""
