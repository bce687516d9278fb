"""Journal of edits: the documents of an undo history, appended to a file as they come.

A file is a line that names its kind, then records: length and checksum, then JSON. A record says how many of the last
steps stay, which come after them, and at which one the project is. The text of a document is told by what it shares
with the one written before it. Reading stops at the first record that is not whole: with the process, or the power,
went what came after it.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nnstudio.document.model import Document
from nnstudio.files.atomic_write import replace_file
from nnstudio.files.stamp import Stamp
from nnstudio.project.archive import ProjectError
from nnstudio.project.migrations import load_document

NAME: Final = "journal"

_MAGIC: Final = b"nnstudio journal 1\n"
_HEAD: Final = struct.Struct("<II")
# So many steps before the present one are kept for undo.
MOST_STEPS: Final = 100
# A longer file is begun anew, from the last steps.
_LONG: Final = 4 << 20
_LARGEST: Final = 64 << 20
_LARGEST_TEXT: Final = 16 << 20
# Bytes of all texts that are read.
_MOST_TEXT: Final = 256 << 20


@dataclass(frozen=True, eq=False)
class Step:
    """Step of the undo history: its title, and the document after it. The first one is what was opened."""

    title: str
    document: Document


@dataclass(frozen=True)
class Origin:
    """File to which a project belongs.

    Attributes:
        title: of the project. path: of its file; "" for none. stamp: size and time of that file, as it is known here.
        withheld: places that the project names and that nobody has allowed to read.
    """

    title: str = "Untitled"
    path: str = ""
    stamp: Stamp | None = None
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class History:
    """Undo history of a project.

    Attributes:
        steps: at least one. position: which of them is the present one. saved: which of them is saved; -1 for none.
    """

    steps: tuple[Step, ...]
    position: int = 0
    saved: int = -1
    origin: Origin = field(default_factory=Origin)

    @property
    def document(self) -> Document:
        """The present document."""
        return self.steps[self.position].document

    @property
    def clean(self) -> bool:
        """True if there is no edit that the file of the project does not have."""
        return self.position == self.saved

    def from_step(self, first: int) -> History:
        """The history without the steps before `first`."""
        return History(
            self.steps[first:], self.position - first, self.saved - first if self.saved >= first else -1, self.origin
        )


class _OriginData(BaseModel):
    model_config = ConfigDict(extra="ignore")
    title: str = Field(default="Untitled", max_length=1000)
    path: str = ""
    stamp: tuple[int, int] | None = None
    withheld: tuple[str, ...] = ()


class _Record(BaseModel):
    """`steps` are titles and texts: how many letters they share with the last text at either end, and the middle."""

    model_config = ConfigDict(extra="ignore")
    keep: int = Field(ge=0)
    steps: list[tuple[str, int, int, str]] = []
    position: int = Field(ge=0)
    saved: int = Field(ge=-1)
    origin: _OriginData


class Journal:
    """Journal that a window writes. It is made with the first history, in a folder that exists."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Nothing, where the file is to be begun anew.
        self._written: History | None = None
        # The first step of the history that is in the file.
        self._first = 0
        self._size = 0
        self._text = ""

    def write(self, history: History) -> None:
        """Bring the file up to date; when this returns, it is on the disk. Raises OSError."""
        last, first = self._written, self._first
        # After a failure nobody knows what is in the file; what was appended to half a record would not be read.
        self._written = None
        shared = 0 if last is None else shared_steps(last.steps, history.steps)
        fits = shared > first <= history.position and len(history.steps) - first <= 3 * MOST_STEPS
        if fits and self._size < _LONG and self.path.exists():
            self._append(history, shared)
        else:
            self._begin(history)
        self._written = history

    def _begin(self, history: History) -> None:
        self._first = max(history.position - MOST_STEPS, 0)
        self._text = ""
        data = _MAGIC + self._record(history, 0)
        replace_file(self.path, data, private=True)
        self._size = len(data)

    def _append(self, history: History, shared: int) -> None:
        record = self._record(history, shared - self._first)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            rest = memoryview(record)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._size += len(record)

    def _record(self, history: History, keep: int) -> bytes:
        told, steps = history.from_step(self._first), []
        for step in told.steps[keep:]:
            text = step.document.model_dump_json()
            steps.append((step.title, *difference(self._text, text)))
            self._text = text
        fields = {
            "keep": keep,
            "steps": steps,
            "position": told.position,
            "saved": told.saved,
            "origin": vars(told.origin),
        }
        payload = json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def shared_steps(before: Sequence[Step], after: Sequence[Step]) -> int:
    """Number of steps that two histories share from their beginning."""
    for place, (one, other) in enumerate(zip(before, after, strict=False)):
        if one is not other:
            return place
    return min(len(before), len(after))


def difference(before: str, after: str) -> tuple[int, int, str]:
    """Letters that two texts share at the beginning and at the end, and what the second one has between them."""
    most = min(len(before), len(after))
    start = _shared(before, after, most)
    end = _shared(before[::-1], after[::-1], most - start)
    return start, end, after[start : len(after) - end]


def _shared(before: str, after: str, most: int) -> int:
    """Letters that two texts share from their beginning, at most so many."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def read(path: Path) -> History:
    """History in a journal, as far as it is whole. Steps without an edit are left out. Raises ProjectError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ProjectError(f"{path} is larger than {_LARGEST:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}") from None
    if not data.startswith(_MAGIC):
        raise ProjectError(f"{path} is no journal")
    texts, last = _replayed(data)
    if last is None:
        raise ProjectError(f"{path} holds no whole record")
    origin = Origin(**vars(last.origin))
    return _parsed(texts, last.position, last.saved, origin, str(path))


def _replayed(data: bytes) -> tuple[list[tuple[str, str]], _Record | None]:
    """Titles and texts of the last history that is whole, and its record."""
    steps: list[tuple[str, str]] = []
    last: _Record | None = None
    text, place = "", len(_MAGIC)
    while place + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, place)
        payload = data[place + _HEAD.size : place + _HEAD.size + length]
        if len(payload) != length or zlib.crc32(payload) != checksum:
            break
        try:
            record = _Record.model_validate(_loaded(payload))
            added = []
            for title, start, end, middle in record.steps:
                text = _joined(text, start, end, middle)
                added.append((title, text))
        except (ValidationError, ValueError, RecursionError):
            break
        kept = [*steps[: record.keep], *added]
        if record.position >= len(kept) or sum(len(step[1]) for step in kept) > _MOST_TEXT:
            break
        steps, last = kept, record
        place += _HEAD.size + length
    return steps, last


def _loaded(payload: bytes) -> Any:
    return json.loads(payload.decode("utf-8", "surrogatepass"))


def _joined(text: str, start: int, end: int, middle: str) -> str:
    if min(start, end) < 0 or start + end > len(text) or start + end + len(middle) > _LARGEST_TEXT:
        raise ValueError("a text shares more than there is")
    return text[:start] + middle + text[len(text) - end :]


def _parsed(texts: list[tuple[str, str]], position: int, saved: int, origin: Origin, name: str) -> History:
    steps: list[Step] = []
    places: list[int] = []
    texts = texts[: position + MOST_STEPS]
    for place, (title, text) in enumerate(texts):
        if place and text == texts[place - 1][1] and steps:
            # A step that changed no document, such as a reset of the training, cannot be made again.
            places.append(len(steps) - 1)
            continue
        steps.append(Step(title, load_document(text.encode("utf-8", "surrogatepass"), name)))
        places.append(len(steps) - 1)
    return History(tuple(steps), places[position], places[saved] if 0 <= saved < len(places) else -1, origin)
