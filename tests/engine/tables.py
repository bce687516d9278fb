"""Helpers of the tests of tables: write one, and open it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.data import TableFile


def table(folder: Path, content: str | bytes, name: str = "t.csv", **settings: Any) -> TableFile:
    """Table written to a folder, as a data set."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return TableFile(path=str(path), **settings)


def lines(*rows: object) -> str:
    """Text of rows, each of them a text or a sequence of cells."""
    return "".join((row if isinstance(row, str) else ",".join(map(str, row))) + "\n" for row in rows)  # type: ignore[call-overload]
