"""Graphics items: blocks, wires, groups, and the marks on them."""
