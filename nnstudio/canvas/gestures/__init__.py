"""Mouse gestures: dragging blocks and wires, and how the view follows."""
