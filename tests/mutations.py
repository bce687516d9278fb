"""Damaged copies of files of every kind, and what comes of them."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.data import MNIST, NpzFile, open_path
from engine.data.formula import Formula
from engine.errors import EngineError
from nnstudio import headless
from nnstudio.document import clipboard
from nnstudio.project import project_file, templates
from nnstudio.project.archive import pack
from nnstudio.training.checkpoint import RunOrigin
from nnstudio.training.run_shelf import Run

RNG = np.random.default_rng(11)
X = RNG.integers(0, 256, (12, 4, 4), np.uint8)
Y = np.arange(12) % 3

# Letters of a sentence without the path in it.
LONGEST: Final = 450
SLOWEST: Final = 2.0


def npz(*, packed: bool, words: bool = False) -> bytes:
    target = io.BytesIO()
    save = np.savez_compressed if packed else np.savez
    save(target, x=X, y=np.array(["a", "b", "ö"])[Y] if words else Y)
    return target.getvalue()


def npy() -> bytes:
    target = io.BytesIO()
    np.save(target, np.column_stack([X.reshape(12, -1), Y]).astype(np.float32))
    return target.getvalue()


def idx(array: np.ndarray) -> bytes:
    head = bytes((0, 0, 8, array.ndim)) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return head + array.astype(np.uint8).tobytes()


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """A copy with a flipped bit, another byte, a stretch of zeros, a missing or doubled piece, or cut off."""
    changed = bytearray(data)
    place = int(rng.integers(len(data)))
    length = int(rng.integers(1, 20))
    match rng.integers(6):
        case 0:
            changed[place] ^= 1 << int(rng.integers(8))
        case 1:
            changed[place] = int(rng.integers(256))
        case 2:
            changed[place : place + length] = bytes(len(changed[place : place + length]))
        case 3:
            del changed[place : place + length]
        case 4:
            changed[place:place] = changed[place : place + length]
        case _:
            del changed[place:]
    return bytes(changed)


@dataclass(frozen=True)
class Kind:
    """Kind of file: the name of one, its intact bytes, and a function that reads one at a path."""

    file: str
    data: Callable[[], bytes]
    read: Callable[[Path], object]
    prepare: Callable[[Path], None] = lambda folder: None


@dataclass
class Report:
    """Outcome of reading damaged copies; `faults` are those that ended in anything but an EngineError."""

    refused: int = 0
    slowest: float = 0.0
    longest: str = ""
    faults: dict[str, bytes] = field(default_factory=dict)


def damage(kind: Kind, folder: Path, count: int, seed: int = 1) -> Report:
    """Read that many damaged copies of a file in a folder."""
    path = folder / kind.file
    path.parent.mkdir(parents=True, exist_ok=True)
    kind.prepare(path)
    data = kind.data()
    path.write_bytes(data)
    kind.read(path)
    rng = np.random.default_rng(seed)
    report = Report()
    for _ in range(count):
        bad = mutated(data, rng)
        path.write_bytes(bad)
        begin = time.process_time()
        try:
            kind.read(path)
        except EngineError as error:
            report.refused += 1
            told = str(error).replace(str(folder), "")
            if len(told) > len(report.longest) or not told.isprintable():
                report.longest = told
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            report.faults[f"{type(error).__name__}: {error!s:.100}"] = bad
        report.slowest = max(report.slowest, time.process_time() - begin)
    return report


# Data


def _table() -> Any:
    import polars as pl

    rows = range(30)
    return pl.DataFrame(
        {
            "a": list(rows),
            "day": [f"2024-01-{row % 28 + 1:02d}" for row in rows],
            "word": [f'w{row % 3}, "x"' for row in rows],
            "y": ["yes" if row % 2 else "no" for row in rows],
        }
    )


def _text(encoding: str, delimiter: str = ",") -> bytes:
    return str(_table().write_csv(separator=delimiter)).encode(encoding)


def _written(write: str, **options: Any) -> bytes:
    target = io.BytesIO()
    getattr(_table(), write)(target, **options)
    return target.getvalue()


def _picture(format: str) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.fromarray(np.tile(X[0], (3, 3))).convert("RGB").save(target, format)
    return target.getvalue()


def _beside_picture(path: Path) -> None:
    for name in ("cat", "dog"):
        (path.parent.parent / name).mkdir(exist_ok=True)
        (path.parent.parent / name / "intact.png").write_bytes(_picture("PNG"))


def _beside_idx(path: Path) -> None:
    for other, array in (("train-images-idx3-ubyte", X), ("train-labels-idx1-ubyte", Y)):
        if not path.name.startswith(other):
            (path.parent / other).write_bytes(idx(array))


def _open_data(path: Path) -> None:
    dataset = open_path(path)
    dataset.signature()
    dataset.load()


def _open_mnist(path: Path) -> None:
    MNIST(folder=str(path.parent)).load()


def _open_arrays(path: Path) -> None:
    NpzFile(path=str(path)).load()


# Projects

PARTS: Final = (
    "project.json",
    "weights.safetensors",
    "history.json",
    "preparation.json",
    "state.json",
    "state.safetensors",
    "runs.json",
    "runs.safetensors",
)


@cache
def _trained() -> bytes:
    project = templates.load("xor")
    run = headless.start(project)
    run.advance(0.02, run.target, lambda: False)
    project = headless.finish(project, run)
    made = replace(project.checkpoint, run=RunOrigin("run-2", 1.0))
    kept = Run(project.document, replace(made, run=RunOrigin("run-1", 1.0)), {"loss": 0.5})
    return project_file.to_bytes(replace(project, checkpoint=made, runs=(kept,)))


@cache
def parts() -> Mapping[str, bytes]:
    """Entries of a trained project."""
    with zipfile.ZipFile(io.BytesIO(_trained())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _open_project(path: Path) -> None:
    project = project_file.load(path)
    # What opens can be saved, and that opens again.
    assert project_file.from_bytes(project_file.to_bytes(project), "again").document == project.document
    headless.start(replace(project, runs=()))


def _part(name: str) -> Kind:
    def read(path: Path) -> None:
        whole = path.with_name("whole.nnstudio")
        whole.write_bytes(pack({**parts(), name: path.read_bytes()}))
        _open_project(whole)

    return Kind(name, lambda: parts()[name], read)


def _paste(path: Path) -> None:
    clipboard.from_text(path.read_bytes().decode("utf-8", "replace"))


def _copied() -> bytes:
    document = templates.load("digits-cnn").document
    return clipboard.to_text(document, [block.name for block in document.blocks]).encode()


def _formula(path: Path) -> None:
    words = path.read_bytes().decode("utf-8", "replace")[:300]
    Formula(formula=words, samples=20).load()


DATA: Final[Mapping[str, Kind]] = {
    "npz": Kind("a.npz", lambda: npz(packed=False), _open_arrays),
    "npz packed": Kind("a.npz", lambda: npz(packed=True), _open_arrays),
    "npz of words": Kind("a.npz", lambda: npz(packed=True, words=True), _open_arrays),
    "npy": Kind("a.npy", npy, _open_arrays),
    "idx": Kind("train-images-idx3-ubyte", lambda: idx(X), _open_mnist, _beside_idx),
    "idx.gz": Kind("train-images-idx3-ubyte.gz", lambda: gzip.compress(idx(X), mtime=0), _open_mnist, _beside_idx),
    "labels.gz": Kind("train-labels-idx1-ubyte.gz", lambda: gzip.compress(idx(Y), mtime=0), _open_mnist, _beside_idx),
    "csv": Kind("a.csv", lambda: _text("utf-8"), _open_data),
    "tsv in UTF-16": Kind("a.tsv", lambda: _text("utf-16", "\t"), _open_data),
    "parquet": Kind("a.parquet", lambda: _written("write_parquet"), _open_data),
    "arrow": Kind("a.arrow", lambda: _written("write_ipc"), _open_data),
    "arrow packed": Kind("a.arrow", lambda: _written("write_ipc", compression="zstd"), _open_data),
    **{
        name: Kind(
            f"cat/a.{name}",
            lambda name=name: _picture(name),  # type: ignore[misc]
            lambda path: _open_data(path.parent.parent),
            _beside_picture,
        )
        for name in ("png", "jpeg", "gif", "bmp", "webp")
    },
    "formula": Kind("a.txt", lambda: b"sin(3*x) * exp(-y**2) + max(x, 0.5) / (1 + abs(y))", _formula),
}

PROJECTS: Final[Mapping[str, Kind]] = {
    "project": Kind("a.nnstudio", _trained, _open_project),
    **{name: _part(name) for name in PARTS},
    "clipboard": Kind("a.json", _copied, _paste),
}


def spliced(name: str, change: Callable[[Any], Any]) -> bytes:
    """A trained project with one of its JSON parts changed."""
    return pack({**parts(), name: json.dumps(change(json.loads(parts()[name]))).encode()})
