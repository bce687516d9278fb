"""Loading of data in threads, while the window stays responsive."""
