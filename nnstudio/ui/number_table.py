"""Number tables for the clipboard or a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class NumberTable:
    """Table of numbers: column names, and rows of as many cells.

    `rows` makes the rows each time it is called, possibly in another thread: it must hold on to arrays that nobody
    writes to. Cells are texts, numbers with all of their digits, or None for an empty one.
    """

    header: tuple[str, ...]
    rows: Callable[[], Iterable[Sequence[object]]]

    def text(self, separator: str) -> str:
        """Lines of separated values (RFC 4180), with the header first."""
        lines = io.StringIO()
        writer = csv.writer(lines, delimiter=separator, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows())
        return lines.getvalue()

    def for_clipboard(self) -> str:
        """Tab-separated text, as spreadsheets paste it."""
        return self.text("\t")

    def for_file(self) -> bytes:
        """Content of a .csv file. The byte-order mark tells spreadsheets that it is UTF-8."""
        return self.text(",").encode("utf-8-sig")
