"""Arrays in .npy and .npz files: listed by their headers, read block by block."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from engine.data.arrays.npy_header import Header, read_header
from engine.data.arrays.zip_directory import check_directory
from engine.data.damage import check_unpacked, reading
from engine.data.progress import advance
from engine.data.samples import Array
from engine.data.stored_samples import ArrayInFile
from engine.errors import DataError

_BLOCK: Final = 8 << 20  # bytes that are read at a time
_SUFFIX: Final = ".npy"
_ZIP: Final = b"PK"
_LAST_CHARACTER: Final = 0x10FFFF
_SURROGATES: Final = 0xD800 >> 11  # halves of characters, which are none by themselves


@dataclass(frozen=True)
class Entry:
    """One array in a file, known by its header.

    Attributes:
        name: as the user has saved it; of a .npy file, that of the file without its suffix.
        file: the path as the user knows it, for errors.
        member: name within the archive; "" in a .npy file.
        place: byte of the file at which its numbers begin; None where they are packed.
    """

    name: str
    path: Path
    file: str
    member: str
    header: Header
    place: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of its numbers."""
        return self.header.dtype

    @property
    def title(self) -> str:
        """Name for errors: the file, and the array where it is one of several."""
        return f"{self.file}: {self.name}" if self.member else self.file

    def read(self) -> Array:
        """Read the whole array (N, ...). Raises DataError."""
        array = np.concatenate(list(self.blocks())) if self.header.size else np.empty(self.shape, self.dtype)
        if array.dtype.kind == "U":
            codes = array.reshape(-1).view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
            if ((codes > _LAST_CHARACTER) | ((codes >> 11) == _SURROGATES)).any():
                raise DataError(f"{self.title} holds words with characters that do not exist; use an intact copy of it")
        return array

    def blocks(self) -> Iterator[Array]:
        """Read the array (N, ...) in blocks along its first axis, each in the order of C. Raises DataError."""
        header, rows = self.header, self.shape[0]
        row = header.size // max(rows, 1)
        if header.fortran and self.place is not None and header.size:
            yield from self._transposed()
            return
        step = max(rows, 1) if header.fortran else max(_BLOCK // max(row, 1), 1)
        with reading(self.title, "a NumPy file"), _opened(self) as file:
            for first in range(0, rows, step):
                advance(first * row, header.size, "bytes")
                count = min(step, rows - first)
                data = _exactly(file, count * row, self.title)
                yield self._shaped(np.frombuffer(data, header.dtype), count)
            # At its end, an archive compares the checksum.
            if file.read(1):
                raise DataError(f"{self.title} holds more bytes than it announces; use an intact copy of it")

    def _shaped(self, numbers: Array, rows: int) -> Array:
        shape = (rows, *self.shape[1:])
        if self.dtype.kind == "b":
            # Bytes other than 0 and 1 would be neither true nor false.
            numbers = numbers.view(np.uint8) != 0
        if self.header.fortran:
            return np.ascontiguousarray(numbers.reshape(shape, order="F"))
        return numbers.reshape(shape)

    def _transposed(self) -> Iterator[Array]:
        """Blocks of an array in the order of Fortran, of which a sample lies all over the file."""
        with reading(self.title, "a NumPy file"):
            whole = np.memmap(self.path, self.dtype, "r", self.place or 0, self.shape, "F")
            step = max(_BLOCK * self.shape[0] // self.header.size, 1)
            for first in range(0, self.shape[0], step):
                advance(first, self.shape[0], "samples")
                block = np.ascontiguousarray(whole[first : first + step])
                yield block.view(np.uint8) != 0 if self.dtype.kind == "b" else block

    def in_file(self) -> ArrayInFile | None:
        """Array to be read row by row; None where its rows do not lie in the file as they are. Of truths, the bytes."""
        if self.place is None or self.header.fortran:
            return None
        dtype = np.dtype(np.uint8) if self.dtype.kind == "b" else self.dtype
        return ArrayInFile(self.path, self.title, self.place, dtype, self.shape)


def list_arrays(path: Path, file: str) -> list[Entry]:
    """List the arrays of a .npy or .npz file, which errors call `file`, in their order. Raises DataError."""
    with reading(file, "a NumPy file (.npz or .npy)"), path.open("rb") as opened:
        packed = opened.read(2) == _ZIP
        opened.seek(0)
        return _members(opened, path, file) if packed else [_whole(opened, path, file)]


def _whole(opened: IO[bytes], path: Path, file: str) -> Entry:
    header = read_header(opened, file)
    found = os.fstat(opened.fileno()).st_size - header.start
    _check_size(file, header, found)
    return Entry(path.stem, path, file, "", header, header.start)


def _members(opened: IO[bytes], path: Path, file: str) -> list[Entry]:
    check_directory(opened, file)
    length = os.fstat(opened.fileno()).st_size
    entries = []
    with zipfile.ZipFile(opened) as archive:
        infos = [info for info in archive.infolist() if info.filename.endswith(_SUFFIX)]
        if len({info.filename for info in infos}) < len(infos):
            raise DataError(f"{file} holds two arrays of one name; save each under a name of its own")
        for info in infos:
            name = info.filename.removesuffix(_SUFFIX)
            title = f"{file}: {name}"
            if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DataError(f"{title} is encrypted, or packed in a way that is not read here; save it with NumPy")
            if info.compress_size > length:
                raise DataError(f"{title} is cut off; use an intact copy of the file")
            with archive.open(info) as member:
                header = read_header(member, title)
            _check_size(title, header, info.file_size - header.start)
            check_unpacked(title, header.size, info.compress_size)
            plain = info.compress_type == zipfile.ZIP_STORED
            place = _local_end(opened, info.header_offset) + header.start if plain else None
            entries.append(Entry(name, path, file, info.filename, header, place))
    return entries


def _local_end(opened: IO[bytes], offset: int) -> int:
    """Byte at which a member's content begins, after the header that stands before it."""
    opened.seek(offset)
    head = opened.read(30)
    return offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")


def _check_size(title: str, header: Header, found: int) -> None:
    if found != header.size:
        more = "more" if found > header.size else f"only {max(found, 0):,}"
        raise DataError(f"{title} announces {header.size:,} bytes but holds {more}; use an intact copy of the file")


@contextmanager
def _opened(entry: Entry) -> Iterator[IO[bytes]]:
    """File of which the next byte is the first of the array's numbers."""
    if not entry.member:
        with entry.path.open("rb") as file:
            file.seek(entry.header.start)
            yield file
        return
    with zipfile.ZipFile(entry.path) as archive, archive.open(entry.member) as member:
        _exactly(member, entry.header.start, entry.title)
        yield member


def _exactly(file: IO[bytes], size: int, title: str) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise DataError(f"{title} is cut off; use an intact copy of the file")
    return data
