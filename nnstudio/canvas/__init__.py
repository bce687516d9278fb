"""Canvas: the network as a diagram that is edited with mouse and keyboard."""
