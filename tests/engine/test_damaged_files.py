"""Damaged data files: every fault is one short sentence, and nothing large is unpacked on trust."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from engine.data import MNIST, NpzFile
from engine.errors import DataError
from tests.mutations import DATA, LONGEST, SLOWEST, damage, idx, npz

# Tables take the longest of all.
COUNTS: Final = {"csv": 15, "tsv in UTF-16": 15}


@pytest.mark.parametrize("kind", list(DATA))
def test_every_fault_is_a_short_sentence(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    count = COUNTS.get(kind, 40)
    report = damage(DATA[kind], tmp_path, count)
    # Readers that are no Python write to the terminal by themselves.
    assert capfd.readouterr().err == ""
    assert report.faults == {}
    assert len(report.longest) < LONGEST, report.longest
    assert report.longest.isprintable()
    assert report.slowest < SLOWEST
    # Where there is no checksum, many changes give other numbers, which are as good as any.
    assert report.refused > count / 20


def test_a_sentence_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(npz(packed=True)[:-40])
    with pytest.raises(DataError, match=r"a\.npz"):
        NpzFile(path=str(tmp_path / "a.npz")).load()


class TestBounds:
    def test_an_archive_of_zeros_is_refused_before_memory_is_taken(self, tmp_path: Path) -> None:
        huge = zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED)
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (80, 1 << 20)})
        with huge, huge.open("x.npy", "w", force_zip64=True) as member:
            member.write(header.getvalue())
            for _ in range(80):
                member.write(bytes(1 << 20))
        self._refused_in_no_memory(
            lambda: NpzFile(path=str(tmp_path / "a.npz")).load(),
            r"x unpacks to 83,886,080 bytes, 1,0\d\d times its size",
        )

    def test_so_is_a_gzip_file_of_them(self, tmp_path: Path) -> None:
        with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb") as file:
            file.write(bytes((0, 0, 8, 3)) + b"".join(size.to_bytes(4, "big") for size in (80, 1024, 1024)))
            for _ in range(80):
                file.write(bytes(1 << 20))
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(80)))
        self._refused_in_no_memory(
            lambda: MNIST(folder=str(tmp_path)).load(), r"unpacks to 83,886,080 bytes, 1,0\d\d times its size"
        )

    @staticmethod
    def _refused_in_no_memory(read: Callable[[], object], sentence: str) -> None:
        tracemalloc.start()
        try:
            with pytest.raises(DataError, match=sentence):
                read()
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()

    def test_announced_sizes_are_not_trusted(self, tmp_path: Path) -> None:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40, 3)})
        (tmp_path / "a.npy").write_bytes(header.getvalue() + bytes(100))
        with pytest.raises(DataError, match="announces 26,388,279,066,624 bytes but holds only 100"):
            NpzFile(path=str(tmp_path / "a.npy")).load()

    def test_an_archive_of_a_million_entries_is_not_listed(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            for number in range(10_001):
                archive.writestr(f"{number}.npy", b"")
        self._refused_in_no_memory(lambda: NpzFile(path=str(tmp_path / "a.npz")).load(), "holds 10,001 entries")

    @pytest.mark.parametrize(
        ("array", "sentence"),
        [
            (np.array([None, 1]), "x holds Python objects, which are never read"),
            (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "x is a table of named columns"),
            (np.array(["2024-01-01"], "M8[D]"), "x holds dates"),
            (np.array([1j]), "x holds complex numbers"),
        ],
    )
    def test_other_types_are_told(self, tmp_path: Path, array: np.ndarray, sentence: str) -> None:
        np.savez(tmp_path / "a.npz", x=array, y=array)
        with pytest.raises(DataError, match=sentence):
            NpzFile(path=str(tmp_path / "a.npz")).load()

    def test_no_pickle_is_opened(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden(*_: object, **__: object) -> None:
            raise AssertionError("a pickle was opened")

        for name in ("load", "loads", "Unpickler"):
            monkeypatch.setattr(f"pickle.{name}", forbidden)
        np.save(tmp_path / "a.npy", np.array([{"a": 1}, None]))
        with pytest.raises(DataError, match="holds Python objects"):
            NpzFile(path=str(tmp_path / "a.npy")).load()
