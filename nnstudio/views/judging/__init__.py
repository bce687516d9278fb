"""Views that judge the network by one part of the data."""
