"""Reading of large files shared between processes, which are threads here."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from engine.data import open_path, stored_samples, storing
from engine.data.file_dataset import FileDataset
from engine.data.pictures import reading as pictures
from engine.data.pictures.decoding import decode
from engine.data.pictures.folder import PictureFolder
from engine.data.preparation import fingerprint
from engine.data.samples import Data
from engine.data.sharing import in_turn, own_rank, part_of, reading_together, shared
from engine.data.steps.scaling import measure
from engine.data.tables import text_part, text_table
from engine.errors import DataError


class Reader:
    """One of several that meet whenever all have something to tell."""

    def __init__(self, rank: int, size: int, meeting: threading.Barrier, table: list[Any]) -> None:
        self.rank, self.size, self._meeting, self._table = rank, size, meeting, table

    def gather(self, value: Any) -> list[Any]:
        self._table[self.rank] = value
        self._meeting.wait(60)
        found = list(self._table)
        self._meeting.wait(60)
        return found


def together(size: int, work: Callable[[], Any]) -> list[Any]:
    """What each of so many readers makes of the same work; an error in the place of what raised one."""
    meeting, table, made = threading.Barrier(size), [None] * size, [None] * size

    def read(rank: int) -> None:
        with reading_together(Reader(rank, size, meeting, table)):
            try:
                made[rank] = work()
            except DataError as error:
                made[rank] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=read, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return made


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(storing, "memory_bound", lambda: 100)
    monkeypatch.setattr(storing, "_BLOCK", 200)
    monkeypatch.setattr(stored_samples, "_BLOCK", 60)
    rng = np.random.default_rng(0)
    path = tmp_path / "large.npz"
    np.savez(path, x=rng.normal(3, 2, (101, 6)), y=rng.integers(0, 2, 101))
    return path


@pytest.mark.parametrize("size", [1, 2, 3])
def test_parts_are_all_there_is_and_results_come_in_order(size: int) -> None:
    for parts in together(size, lambda: shared(lambda: list(part_of(10)))):
        assert [row for part in parts for row in part] == list(range(10))
    assert together(size, lambda: in_turn("", lambda text: f"{text}{len(text)}")) == ["0123"[:size]] * size


def test_where_one_fails_all_do() -> None:
    def fail() -> list[int]:
        def read() -> int:
            if 9 in part_of(10):
                raise DataError("the end of the file is missing")
            return 1

        return shared(read)

    assert [str(error) for error in together(2, fail)] == ["the end of the file is missing"] * 2


@pytest.mark.parametrize("size", [2, 3])
def test_what_is_seen_of_a_file_together_is_what_one_sees(large: Path, size: int) -> None:
    def look() -> tuple[Data, int, Any, Any]:
        data = open_path(large).load()
        return data, fingerprint(data), data.signature, measure(data.x, "standard")

    alone = look()
    assert isinstance(alone[0].x, stored_samples.StoredSamples)
    for data, checksum, signature, (shift, spread) in together(size, look):
        assert np.array_equal(data.x[:], alone[0].x[:])
        assert data.x.dtype == alone[0].x.dtype
        assert (checksum, signature, signature.largest) == (alone[1], alone[2], alone[2].largest)
        np.testing.assert_allclose(shift, alone[3][0], rtol=1e-12)
        np.testing.assert_allclose(spread, alone[3][1], rtol=1e-12)


def test_a_bad_number_in_one_part_is_told_by_all(large: Path) -> None:
    x = np.zeros((50, 6))
    x[40, 2] = np.nan
    np.savez(large, x=x, y=np.arange(50) % 2)
    for error in together(2, lambda: open_path(large).load()):
        assert isinstance(error, DataError)
        assert "first in sample 40" in error.message


# Tables and pictures, which are in memory as a whole


def files_of(path: Path) -> FileDataset:
    """Data set of a file, with all that is guessed of it settled."""
    dataset = open_path(path).settled()
    assert isinstance(dataset, FileDataset)
    return dataset


def counted_bytes(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Bytes that each thread reads of text tables as it reads their rows, while the test runs."""
    read: dict[int, int] = {}
    plain = text_part.read_part

    def counted(*arguments: Any) -> text_part.TextPart:
        found = plain(*arguments)
        read[own_rank()] = len(found.content)
        return found

    monkeypatch.setattr(text_table, "read_part", counted)
    return read


def table_text(kind: str, bad: int | None = None) -> str:
    """Table of 300 rows, with what makes it hard to be cut into parts. One of them may hold no number in `age`."""
    rng = np.random.default_rng(1)
    rows = []
    for row in range(300):
        word = ["red", "green", "blue"][row % 3]
        if kind == "quoted":
            # Lines end within quotes, too, and a record may be longer than a part.
            word = f'"{word}' + "\n,\n" * int(rng.integers(0, 4)) + ('""' if row % 5 == 0 else "") + '"'
        age = "many" if row == bad else row * 7 % 61
        rows.append(f"{rng.normal():.3f},{word},{age},{row % 2}")
    if kind == "one long record":
        rows[150] = f'0.5,"{chr(10) * 9000}",50,0'
    ends = "\r\n" if kind == "returns" else "\n"
    header = "" if kind == "no header" else f"größe,word,age,target{ends}"
    return header + ends.join(rows) + ("" if kind == "no last end" else ends)


@pytest.mark.parametrize("kind", ["plain", "quoted", "one long record", "returns", "no header", "no last end"])
@pytest.mark.parametrize("size", [2, 5])
def test_a_text_table_that_is_read_together_is_what_one_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, size: int
) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(table_text(kind).encode("utf-8-sig"))
    dataset = files_of(path)
    alone = dataset.load()
    assert len(alone) == 300
    monkeypatch.setattr(text_table, "_WHOLE", 1000)
    monkeypatch.setattr(text_table, "_HEAD", 500)
    monkeypatch.setattr(text_part, "_STEP", 7)
    read = counted_bytes(monkeypatch)
    for data in together(size, dataset.read):
        assert np.array_equal(data.x, alone.x)
        assert np.array_equal(data.y, alone.y)
        assert (data.features, data.columns) == (alone.features, alone.columns)
    assert len(read) == size
    assert sum(read.values()) <= path.stat().st_size
    if kind != "one long record":
        assert max(read.values()) < path.stat().st_size / size + 100


def test_quotes_within_words_hide_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # After a quote that opens nothing, to count quotes would take ends of records for line ends within quotes.
    path = tmp_path / "large.csv"
    lines = table_text("quoted").splitlines(keepends=True)
    path.write_text("".join([lines[0], '0.25,5" pipe,7,1\n', *lines[1:]]))
    dataset = files_of(path)
    alone = dataset.load()
    assert len(alone) == 301
    monkeypatch.setattr(text_table, "_WHOLE", 1000)
    monkeypatch.setattr(text_table, "_HEAD", 500)
    for data in together(3, dataset.read):
        assert np.array_equal(data.x, alone.x)
        assert np.array_equal(data.y, alone.y)


def test_the_line_of_a_bad_cell_is_told_by_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.csv"
    path.write_text(table_text("quoted"))
    dataset = files_of(path)
    path.write_text(table_text("quoted", bad=277))
    alone = told(dataset.read)
    assert "many" in alone
    monkeypatch.setattr(text_table, "_WHOLE", 1000)
    monkeypatch.setattr(text_table, "_HEAD", 500)
    assert together(3, lambda: told(dataset.read)) == [alone] * 3


def told(work: Callable[[], object]) -> str:
    with pytest.raises(DataError) as caught:
        work()
    return caught.value.message


def test_a_table_of_columns_is_read_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {"a": rng.normal(size=101), "word": ["x", "y", "z", None] * 25 + ["x"], "t": rng.normal(size=101)}
    )
    for suffix, write in ((".parquet", frame.write_parquet), (".arrow", frame.write_ipc)):
        path = tmp_path / f"table{suffix}"
        write(path)
        dataset = files_of(path)
        alone = dataset.load()
        for data in together(3, dataset.read):
            assert np.array_equal(data.x, alone.x, equal_nan=True)
            assert np.array_equal(data.y, alone.y)


def test_pictures_are_decoded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for number in range(5):
            place = tmp_path / name / f"{number}.png"
            # One of 16 bits among those of eight, and one that is broken.
            deep = (name, number) == ("dogs", 3)
            pixels = rng.integers(0, 60000 if deep else 256, (6, 6)).astype(np.uint16 if deep else np.uint8)
            Image.fromarray(pixels).save(place)
    (tmp_path / "cats" / "2.png").write_bytes(b"no picture")
    dataset = PictureFolder(path=str(tmp_path), size=6, broken="leave_out")
    alone = dataset.read()
    decoded: dict[int, int] = Counter()

    def counted(*arguments: Any) -> Any:
        decoded[own_rank()] += 1
        return decode(*arguments)

    monkeypatch.setattr(pictures, "decode", counted)
    # The second time, all is kept.
    monkeypatch.setattr(pictures, "WORTH_KEEPING", -1.0)
    for _ in range(2):
        for data in together(3, dataset.read):
            assert np.array_equal(data.x, alone.x)
            assert np.array_equal(data.y, alone.y)
            assert data.skipped == alone.skipped
    assert sorted(decoded.values()) == [3, 3, 4]


def test_arrays_that_are_shared_stay_in_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "some.npy"
    rng = np.random.default_rng(1)
    np.savez(path.with_suffix(".npz"), x=rng.normal(size=(50, 6)), y=np.arange(50) % 2)
    monkeypatch.setattr(storing, "_WORTH_SHARING", 100)
    dataset = files_of(path.with_suffix(".npz"))
    alone = dataset.load()
    assert isinstance(alone.x, np.ndarray)
    for data in together(2, dataset.read):
        assert isinstance(data.x, stored_samples.StoredSamples)
        assert np.array_equal(data.x[:], alone.x)
        assert any("by each process its part" in note for note in data.notes)
