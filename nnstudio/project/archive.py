"""Zip archive of named entries: deterministic when written, validated when read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Final

from engine.errors import EngineError

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip file can name
_REGULAR_FILE = 0o100644 << 16
_END_RECORD = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_MOST_ENTRIES = 16
_LARGEST_DIRECTORY = 1 << 16
# What is larger than this, in a project with thousands of equal blocks, is packed to a three hundredth at best; zeros
# without end to a thousandth.
_FREE: Final = 4 << 20
_HIGHEST_RATIO: Final = 500
# Arrays are written as they are. A copy that a person has packed again may hold small ones packed.
_ARRAYS, _LARGEST_PACKED = ".safetensors", 16 << 20


class ProjectError(EngineError):
    """Error for a project file that cannot be read or written."""


def pack(entries: Mapping[str, bytes]) -> bytes:
    """Zip file of these entries, in their order. Equal entries give equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # Unix, on every machine
            info.external_attr = _REGULAR_FILE
            # Trained weights look like noise: compressing them costs time and gains next to nothing.
            info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            file.writestr(info, data, compresslevel=6)
    return target.getvalue()


def unpack(source: bytes | IO[bytes], limits: Mapping[str, int], *, only: str = "") -> dict[str, bytes]:
    """Entries of a zip file, which is given as its bytes or opened for reading; one of them if it is the `only` one.

    `limits` gives the allowed names, each with its largest size in bytes. Count, names, announced sizes and their ratio
    to the packed ones are checked before anything is unpacked, and no more than announced is unpacked. Raises
    ProjectError.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if only in ("", info.filename)]
            _check_entries(infos, limits)
            return {info.filename: _read(archive, info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise ProjectError(f"the file is damaged ({error!s:.200}); use an intact copy of it") from None


def _check_directory(file: IO[bytes]) -> None:
    """Looks at the table of contents before zipfile makes objects of it: its length is what the file claims."""
    file.seek(0)
    first = file.read(2)
    length = file.seek(0, io.SEEK_END)
    file.seek(max(length - (1 << 16) - 22, 0))
    tail = file.read()
    start = len(tail) - 22 if tail[-22:-18] == _END_RECORD else tail.rfind(_END_RECORD)
    if first != b"PK" or start < 0 or len(tail) < start + 22:
        raise ProjectError("it is not an nnstudio project, or only a part of one: it is not a complete zip file")
    entries = int.from_bytes(tail[start + 10 : start + 12], "little")
    size = int.from_bytes(tail[start + 12 : start + 16], "little")
    if entries > _MOST_ENTRIES or size > _LARGEST_DIRECTORY or tail[max(start - 20, 0) :].startswith(_ZIP64_LOCATOR):
        raise ProjectError(f"it is not an nnstudio project: it holds more than {_MOST_ENTRIES} entries")


def _check_entries(infos: list[zipfile.ZipInfo], limits: Mapping[str, int]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if name not in limits:
            raise ProjectError(f"it holds {name!r:.80}, which does not belong in a project ({', '.join(limits)})")
        if name in seen:
            raise ProjectError(f"it holds {name} twice")
        seen.add(name)
        if info.file_size > limits[name]:
            raise ProjectError(f"its {name} takes {info.file_size:,} bytes; at most {limits[name]:,} are read")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ProjectError(f"its {name} is encrypted, or packed in a way that is not read here")
        if info.file_size > _FREE and info.file_size > _HIGHEST_RATIO * info.compress_size:
            times = info.file_size // max(info.compress_size, 1)
            raise ProjectError(f"its {name} unpacks to {info.file_size:,} bytes, {times:,} times its size")
        if name.endswith(_ARRAYS) and info.compress_type != zipfile.ZIP_STORED and info.file_size > _LARGEST_PACKED:
            raise ProjectError(f"its {name} is packed; arrays of that size are stored as they are")


def _read(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with file.open(info) as entry:
        data = entry.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise ProjectError(f"its {info.filename} announces {info.file_size:,} bytes but holds {len(data):,}")
    return data
