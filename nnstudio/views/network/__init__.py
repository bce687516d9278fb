"""Network view: units as live thumbnails, with the weights between them as wires."""
