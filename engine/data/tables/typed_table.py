"""Tables with types of their own, such as Parquet, and spreadsheets."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from engine.data.damage import check_unpacked, reading
from engine.data.file_dataset import LARGEST
from engine.data.progress import advance
from engine.data.sharing import is_shared, part_of, shared
from engine.data.tables.layout import Reading, is_header
from engine.data.tables.panics import panics_unsaid
from engine.data.tables.settings import Layout
from engine.data.tables.sheet_extent import check_extent
from engine.data.tables.trial import check_by_trial
from engine.errors import DataError

if TYPE_CHECKING:
    import polars as pl

PARQUET: Final = (".parquet", ".pq")
ARROW: Final = (".arrow", ".feather", ".ipc")
SHEETS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_SAMPLE: Final = 100_000
_MOST_JUDGED: Final = 100
_LONGEST_REASON: Final = 120


class TypedTable:
    """Table whose file names its columns and their types, or a spreadsheet, whose cells are taken as words.

    Attributes are those of `TextTable`.
    """

    text = False

    def __init__(self, path: Path, given: Reading, names: Sequence[str] = ()) -> None:
        """Read a table. Raises DataError."""
        self.path = path
        advance(0, 0, "bytes")
        suffix = path.suffix.lower()
        frame = _read(path, suffix, given.sheet)
        self.layout = Layout(delimiter="", quote="", sheet=given.sheet)
        self.first_line = 1
        header = [str(name) for name in frame.columns]
        if suffix in SHEETS:
            frame, header = self._headed(frame, given, names)
        self.header = tuple(header)
        self.count = frame.width
        self._frame = frame.rename({name: str(place) for place, name in enumerate(frame.columns)})
        self.first_words = tuple(str(word) for word in self._frame.head(1).rows()[0]) if len(frame) else ()

    def _headed(self, frame: pl.DataFrame, given: Reading, names: Sequence[str]) -> tuple[pl.DataFrame, list[str]]:
        """Rows of a sheet without its header, and the names of its columns."""
        rows = [["" if word is None else str(word) for word in row] for row in frame.head(_MOST_JUDGED).rows()]
        filled = [sum(bool(word.strip()) for word in row) for row in rows]
        start = given.skip_first
        if start is None:
            # Titles stand in one cell above the table.
            start = next((place for place, count in enumerate(filled) if count > 1 or count == frame.width), 0)
        rows = rows[start:]
        named = given.header == "yes" or (given.header == "auto" and bool(rows) and is_header(rows, names))
        below = given.skip_below or 0
        kept = frame.slice(start + (1 + below if named else 0))
        if given.skip_last:
            kept = kept.head(max(len(kept) - given.skip_last, 0))
        self.layout = Layout(
            delimiter="",
            quote="",
            named=named,
            skip_first=start,
            skip_below=below,
            sheet=given.sheet,
            skip_last=given.skip_last or 0,
        )
        self.first_line = start + (2 + below if named else 1)
        return kept, rows[0] if named else []

    @property
    def empty(self) -> bool:
        """True if there is no row of values."""
        return self._frame.height == 0

    def sample(self) -> pl.DataFrame:
        """All rows of a small table, or some of a large one, evenly chosen."""
        return self._frame if self.whole else self._frame.gather_every(self._frame.height // _SAMPLE)

    @property
    def whole(self) -> bool:
        """True if the sample holds all rows."""
        return self._frame.height < 2 * _SAMPLE

    @property
    def divided(self) -> bool:
        """False: what processes read together, they have told each other."""
        return False

    def own_part(self) -> Self:
        """All rows, which are in memory."""
        return self

    def batches(self, types: Sequence[type[pl.DataType]]) -> Iterator[pl.DataFrame]:
        """All rows, in columns "0", "1", ... of the types that they have."""
        yield self._frame

    def line_of(self, row: int) -> int:
        """Line of a sheet, or number of the row, counted from 1."""
        return self.first_line + row


def _read(path: Path, suffix: str, sheet: str) -> pl.DataFrame:
    """All columns of a table. Raises DataError."""
    import polars as pl

    with _faults_told(path):
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path} holds more than {LARGEST:,} bytes, which is more than is read")
        if suffix in SHEETS:
            frame = _sheet(path, sheet)
            _check_words(path, frame)
            return frame
        lazy = pl.scan_parquet(path) if suffix in PARQUET else pl.scan_ipc(path)
        # Before anything is unpacked: the rows of each column, of eight bytes each.
        rows = lazy.select(pl.len()).collect().item()
        cells = rows * len(lazy.collect_schema())
        check_unpacked(str(path), 8 * cells, path.stat().st_size)
    frame = _collected(path, lazy, rows)
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind == pl.Binary]
    plain = frame.drop(nested)
    if not plain.width:
        raise DataError(f"{path} holds no columns of numbers or words")
    _check_words(path, plain)
    words = [
        name
        for name, kind in plain.schema.items()
        if not (kind.is_numeric() or kind.is_temporal() or kind == pl.String)
    ]
    spans = [name for name, kind in plain.schema.items() if isinstance(kind, pl.Duration)]
    return plain.with_columns(pl.col(words).cast(pl.String), pl.col(spans).dt.total_microseconds() / 1e6)


def _collected(path: Path, lazy: pl.LazyFrame, rows: int) -> pl.DataFrame:
    """All rows; processes that read together read a part of them each. Raises DataError."""
    import polars as pl

    def own() -> pl.DataFrame:
        part = part_of(rows)
        with _faults_told(path):
            return lazy.slice(part.start, len(part)).collect() if is_shared() else lazy.collect()

    parts = shared(own)
    return parts[0] if len(parts) == 1 else pl.concat(parts)


@contextmanager
def _faults_told(path: Path) -> Iterator[None]:
    """Within, what the reader of tables cannot read is a DataError."""
    import polars as pl

    try:
        with panics_unsaid():
            yield
    # The reader's own faults over damaged bytes are no Exceptions.
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, OverflowError) as error:
        raise DataError(f"{path} cannot be read as a table: {_reason(error)}") from None


def _sheet(path: Path, sheet: str) -> pl.DataFrame:
    """Cells of a sheet as words. Raises DataError."""
    import polars as pl

    try:
        import fastexcel
    except ImportError:
        raise DataError(
            f"{path} is a spreadsheet, which needs fastexcel: install nnstudio[excel], or save it as .csv"
        ) from None
    _check_packed(path)
    check_by_trial(path, sheet)
    try:
        with panics_unsaid():
            book = fastexcel.read_excel(path)
            names = book.sheet_names
            if sheet and sheet not in names:
                raise DataError(f"{path} has no sheet {sheet!r:.60}; it has {', '.join(names)}")
            # Once: every call makes all cells anew.
            frame: pl.DataFrame = book.load_sheet(sheet or 0, header_row=None, dtypes="string").to_polars()
            return frame.rename({name: str(place) for place, name in enumerate(frame.columns)})
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"{path} cannot be read as a spreadsheet: {_reason(error)}") from None


def _check_words(path: Path, frame: pl.DataFrame) -> None:
    """Check the size of all words: a file holds one that comes often only once. Raises DataError."""
    import polars as pl

    size = sum(int(column.str.len_bytes().sum()) for column in frame.iter_columns() if column.dtype == pl.String)
    check_unpacked(str(path), size, path.stat().st_size)


def _check_packed(path: Path) -> None:
    """Check the size, unpacked and as cells, of a spreadsheet. Raises DataError."""
    if zipfile.is_zipfile(path):
        with reading(str(path), "a spreadsheet"), zipfile.ZipFile(path) as archive:
            check_unpacked(str(path), sum(info.file_size for info in archive.infolist()), path.stat().st_size)
    check_extent(path)


def _reason(error: BaseException) -> str:
    """First line of what a library says of a damaged file, which may be of any length."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if not isinstance(error, Exception):
        return "it is damaged; use an intact copy of it"
    line = str(error).split("\n")[0]
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"
