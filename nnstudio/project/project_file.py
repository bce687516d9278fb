"""Project file (.nnstudio): a document with its weights and its history.

The file is a zip with `project.json` (the document, which holds the format number), `weights.safetensors` (absent
before training), `history.json` (absent without history) and, once it was trained, `preparation.json` (columns, classes
and scale of the training data), the trainer's state (see `trainer_state`), and runs and moments (see `run_records`).
Equal projects give equal bytes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from engine.data import Preparation
from engine.explanation import explain
from engine.types import show_shape
from nnstudio.document.analysis import analyse
from nnstudio.document.model import Document
from nnstudio.files.atomic_write import check_place, replace_file
from nnstudio.project import run_records, trainer_state
from nnstudio.project.archive import ProjectError, pack, unpack
from nnstudio.project.data_place import found_again, with_relative_path
from nnstudio.project.history_data import HistoryData, dump_history, load_history
from nnstudio.project.migrations import load_document
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.project import Project, weight_shapes

__all__ = ["SUFFIX", "Project", "ProjectError", "check_target", "from_bytes", "load", "save", "to_bytes"]

SUFFIX: Final = ".nnstudio"

_DOCUMENT, _WEIGHTS, _HISTORY = "project.json", "weights.safetensors", "history.json"
_PREPARATION = "preparation.json"
_LIMITS: Final = {
    _DOCUMENT: 16 << 20,
    _WEIGHTS: 2 << 30,
    _HISTORY: 64 << 20,
    _PREPARATION: 64 << 20,
    **trainer_state.LIMITS,
    **run_records.LIMITS,
}
_LARGEST: Final = sum(_LIMITS.values())

Array = NDArray[Any]


def save(project: Project, path: str | Path) -> None:
    """Write a project file atomically: if that fails, the old file is unchanged.

    It tells where its data lie, seen from its folder. Raises ProjectError.
    """
    folder = Path(path).parent
    data = to_bytes(project.with_documents(lambda document: with_relative_path(document, folder)))
    try:
        replace_file(Path(path), data)
    except OSError as error:
        raise ProjectError(f"{path} cannot be saved: {error.strerror or error}") from None


def check_target(path: str | Path) -> None:
    """Check that a project can be saved there, before work that would be lost.

    Raises ProjectError if that is certain to fail.
    """
    try:
        check_place(Path(path))
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be saved: {getattr(error, 'strerror', None) or error}") from None


def load(path: str | Path) -> Project:
    """Read a project file; data that were moved together with it are found again.

    Raises ProjectError, which says what is wrong with it.
    """
    try:
        # A pipe would be waited for; what is opened must be a file before the first byte is read.
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise ProjectError(f"{path} is a folder; choose a {SUFFIX} file")
        if not stat.S_ISREG(status.st_mode):
            raise ProjectError(f"{path} is not a readable file; choose a {SUFFIX} file")
        if status.st_size > _LARGEST:
            raise ProjectError(f"{path} cannot be opened: it is larger than {_LARGEST:,} bytes")
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise ProjectError(f"{path} does not exist; check the name") from None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    project = from_bytes(data, str(path))
    return project.with_documents(lambda document: found_again(document, Path(path).parent))


def to_bytes(project: Project) -> bytes:
    """Content of a project file. Raises ProjectError if the weights do not fit the document."""
    entries = {_DOCUMENT: project.document.model_dump_json(indent=2).encode()}
    made = project.checkpoint
    if made.weights:
        _check_weights(project.document, made.weights)
        entries[_WEIGHTS] = _dump_weights(made.weights)
    if made.weights or made.epoch or made.step or made.curves or made.marks:
        entries[_HISTORY] = dump_history(project).model_dump_json(exclude_none=True).encode()
    if made.preparation is not None:
        entries[_PREPARATION] = made.preparation.model_dump_json(exclude_none=True).encode()
    entries |= trainer_state.dump(made.state)
    entries |= run_records.dump(project)
    return pack(entries)


def from_bytes(data: bytes, name: str) -> Project:
    """Parse the content of a project file; errors call it `name`. Raises ProjectError."""
    try:
        entries = unpack(data, _LIMITS)
        if _DOCUMENT not in entries:
            raise ProjectError(f"it is not an nnstudio project: it has no {_DOCUMENT}")
        document = load_document(entries[_DOCUMENT], _DOCUMENT)
        weights: dict[str, Array] = {}
        if _WEIGHTS in entries:
            weights = _load_weights(entries[_WEIGHTS])
            _check_weights(document, weights)
        made = _load_history(entries[_HISTORY], document) if _HISTORY in entries else Checkpoint()
        preparation = _load_preparation(entries[_PREPARATION]) if _PREPARATION in entries else None
        state = trainer_state.parse(entries)
        known, runs = run_records.parse(entries, document)
    except ProjectError as error:
        raise ProjectError(f"{name} cannot be opened: {error.message}") from None
    made = replace(made, moments=known.moments, run=known.run, seconds=known.seconds)
    return Project(document, replace(made, weights=weights, state=state, preparation=preparation), runs)


def _load_history(text: bytes, document: Document) -> Checkpoint:
    try:
        data = HistoryData.model_validate_json(text)
    except ValidationError as error:
        raise ProjectError(explain(error, _HISTORY, HistoryData)) from None
    return load_history(data, document, _HISTORY)


def _load_preparation(text: bytes) -> Preparation:
    try:
        return Preparation.model_validate_json(text)
    except ValidationError as error:
        raise ProjectError(explain(error, _PREPARATION, Preparation)) from None


def _dump_weights(weights: Mapping[str, Array]) -> bytes:
    from safetensors.numpy import save as dump

    return dump({name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()})


def _load_weights(data: bytes) -> dict[str, Array]:
    from safetensors import SafetensorError
    from safetensors.numpy import load as parse

    try:
        weights: dict[str, Array] = parse(data)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ProjectError(f"its {_WEIGHTS} is damaged ({error}); use an intact copy of the file") from None
    for name, array in weights.items():
        if array.dtype != np.float32:
            raise ProjectError(f"its weights {name!r:.80} are {array.dtype}, expected float32")
    return weights


def _check_weights(document: Document, weights: Mapping[str, Array]) -> None:
    """Raises ProjectError if the weights are not those of the document's network.

    Where the data are the user's own files, which may have changed since, only the names of the blocks are checked:
    the project must open all the same.
    """
    for name in weights:
        if not document.has_block(name.rpartition(".")[0]):
            raise ProjectError(f"the weights {name!r:.80} belong to no block of the network")
    if document.data.dataset.external:
        return
    analysis = analyse(document)
    expected = weight_shapes(document, analysis)
    for name, shape in expected.items():
        if name not in weights:
            if analysis.problems:
                # Of a network that is being rebuilt there is what still fits.
                continue
            raise ProjectError(f"the weights {name} are missing; the weights do not fit the network")
        if weights[name].shape != shape:
            raise ProjectError(
                f"the weights {name} have the shape {show_shape(weights[name].shape)}, "
                f"but the network needs {show_shape(shape)}"
            )
    for name in weights:
        # Those of a disabled block wait until it is needed again.
        if not analysis.problems and name not in expected and name.rpartition(".")[0] not in analysis.idle:
            raise ProjectError(f"the network has no weights {name!r:.80}")
