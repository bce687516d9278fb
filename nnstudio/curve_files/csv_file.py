"""CSV file of measured values, a row a step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from nnstudio.files.atomic_write import replace_file

_STEP = "step"


class CsvFile:
    """CSV file that grows by rows, each complete on disk at once; its first column is "step".

    Args:
        path: file. Rows that are in it already stay, up to `before`.
        before: the step with which writing goes on; rows from there on are dropped.

    Raises OSError.
    """

    def __init__(self, path: Path, before: int) -> None:
        self._path = path
        self._columns: list[str] = []
        self._file: IO[str] | None = None
        if path.exists():
            header, rows = _read(path)
            kept = [row for row in rows if _number(row) < before]
            self._columns = header
            if len(kept) < len(rows):
                self._write_anew(kept)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Append a row; columns that are new are added, and empty in the rows before. Raises OSError."""
        new = [name for name in (_STEP, *values) if name not in self._columns]
        if new:
            rows = _read(self._path)[1] if self._columns else []
            self._columns = [*self._columns, *new]
            self._write_anew(rows)
        if self._file is None:
            # A line that is complete is on disk: what has stopped a process takes none with it.
            self._file = self._path.open("a", encoding="utf-8", newline="", buffering=1)
        row = {_STEP: str(step), **{name: f"{value:.9g}" for name, value in values.items()}}
        self._file.write(",".join(row.get(name, "") for name in self._columns) + "\n")

    def close(self) -> None:
        """Close the file; another row opens it again. Raises OSError."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _write_anew(self, rows: list[dict[str, str]]) -> None:
        self.close()
        text = io.StringIO()
        writer = csv.DictWriter(text, self._columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        replace_file(self._path, text.getvalue().encode())


def first_step(path: Path) -> int | None:
    """Step of the first row of a file; None if there is no row.

    Raises OSError, or ValueError if it is no such file.
    """
    if not path.exists():
        return None
    header, rows = _read(path)
    if header and header[0] != _STEP:
        raise ValueError(f"its first column is {header[0]!r:.40}, expected {_STEP!r}")
    return _number(rows[0]) if rows else None


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Names of the columns, and the rows. A row that was cut off, as by a crash, is left out."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or ())
        rows = [
            row for row in reader if None not in row and None not in row.values() and row.get(_STEP, "").isdecimal()
        ]
    return header, rows


def _number(row: Mapping[str, str]) -> int:
    return int(row[_STEP])
