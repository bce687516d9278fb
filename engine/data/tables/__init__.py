"""Tables: how they are read, the guess of their columns, and the coding of words and dates as numbers.

`samples` needs the coding, so that this package imports nothing by itself; polars is imported where a table is read.
"""
