"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(titles: Sequence[str], rows: Sequence[Sequence[str]], last_line: str) -> str:
    """Table with titles, its last column aligned right, and a line below it."""
    lines = [titles, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    *left, right = widths

    def line(cells: Sequence[str]) -> str:
        padded = [cell.ljust(width) for cell, width in zip(cells, left, strict=False)]
        return "  ".join([*padded, cells[-1].rjust(right)]).rstrip()

    rule = "-" * (sum(widths) + 2 * len(left))
    return "\n".join([line(titles), rule, *map(line, rows), rule, last_line])
