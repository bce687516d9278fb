"""Try it: drawings, rows typed in, and samples spoilt on purpose."""
