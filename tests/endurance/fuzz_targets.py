"""Targets of coverage-guided fuzzing: readers of what others have written, each as a function of bytes."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from engine import Network, layers
from engine.errors import EngineError, tidy
from engine.export import write
from nnstudio.project import journal, network_import
from nnstudio.project.journal import History, Journal, Step
from tests.mutations import DATA, LONGEST, PARTS, PROJECTS, Kind

CORPUS: Final = Path(__file__).with_name("corpus")
_TABLES: Final = ("csv", "tsv in UTF-16", "parquet", "arrow", "arrow packed")
_IDX: Final = ("idx", "idx.gz", "labels.gz")
_ARRAYS: Final = ("npz", "npz packed", "npz of words", "npy")


@dataclass(frozen=True)
class Target:
    """Target of fuzzing.

    Attributes:
        read: reads bytes that may be anything. seeds: intact bytes to begin from.
    """

    read: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]

    def take(self, data: bytes) -> None:
        """Read bytes; anything but one short sentence about them is an error."""
        try:
            self.read(data)
        except EngineError as error:
            told = str(error).replace(str(_folder()), "")
            assert len(told) < LONGEST, told
            assert tidy(told) == told, repr(told)


@cache
def _folder() -> Path:
    """Folder of this process for the file that is read."""
    made = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def _of_kinds(kinds: Mapping[str, Kind]) -> Target:
    """Target of several kinds of file; the first byte says which one it is."""
    every = list(kinds.values())

    @cache
    def place(number: int) -> Path:
        path = _folder() / f"{number}" / every[number].file
        path.parent.mkdir(parents=True, exist_ok=True)
        every[number].prepare(path)
        return path

    def read(data: bytes) -> None:
        number = data[0] % len(every) if data else 0
        place(number).write_bytes(data[1:])
        every[number].read(place(number))

    return Target(read, lambda: [bytes([number]) + kind.data() for number, kind in enumerate(every)])


def _journal_bytes() -> bytes:
    from nnstudio.document import edits
    from nnstudio.project import templates

    first = templates.load("xor").document
    writer = Journal(_folder() / "journal-seed")
    second = Step("Units", edits.set_field(first, "dense_1", "units", 4))
    writer.write(History((Step("", first),)))
    writer.write(History((Step("", first), second), 1))
    return writer.path.read_bytes()


def _read_journal(data: bytes) -> None:
    path = _folder() / "journal"
    path.write_bytes(data)
    journal.read(path)


def _onnx_bytes() -> bytes:
    stack = (
        layers.Conv2D(2, 3),
        layers.ReLU(),
        layers.MaxPool2D(2),
        layers.Flatten(),
        layers.Dense(3),
        layers.Softmax(),
    )
    path = _folder() / "seed.onnx"
    write(Network(stack, (1, 8, 8)), path, "onnx")
    return path.read_bytes()


def _read_onnx(data: bytes) -> None:
    path = _folder() / "network.onnx"
    path.write_bytes(data)
    network_import.import_project(path)


TARGETS: Final[Mapping[str, Target]] = {
    "project": _of_kinds({"project": PROJECTS["project"]}),
    "parts": _of_kinds({name: PROJECTS[name] for name in PARTS}),
    "clipboard": _of_kinds({"clipboard": PROJECTS["clipboard"]}),
    "journal": Target(_read_journal, lambda: [_journal_bytes()]),
    "tables": _of_kinds({name: DATA[name] for name in _TABLES}),
    "idx": _of_kinds({name: DATA[name] for name in _IDX}),
    "npz": _of_kinds({name: DATA[name] for name in _ARRAYS}),
    "formula": _of_kinds({"formula": DATA["formula"]}),
    "onnx": Target(_read_onnx, lambda: [_onnx_bytes()]),
}


def stored(target: str) -> list[Path]:
    """Inputs of a target that are kept in the repository."""
    return sorted((CORPUS / target).glob("*"))
