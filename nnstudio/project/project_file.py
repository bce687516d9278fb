"""Project file (.nnstudio): a document with its weights and its history.

The file is a zip with `project.json` (the document, which holds the format number), `weights.safetensors` (absent
before training), `history.json` (absent without history) and, once it was trained, `preparation.json` (columns, classes
and scale of the training data), the trainer's state (see `trainer_state`), and runs and moments (see `run_records`).
Equal projects give equal bytes.
"""

from __future__ import annotations

import contextlib
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.data import Preparation, access
from engine.data.file_dataset import FileDataset
from engine.types import show_shape
from nnstudio.document.analysis import analyse
from nnstudio.document.model import Document
from nnstudio.files.atomic_write import check_place, replace_file
from nnstudio.project import bounded_json, known_projects, run_records, trainer_state
from nnstudio.project.archive import ProjectError, pack, unpack
from nnstudio.project.bounded_json import validated
from nnstudio.project.data_place import found_again, with_relative_path
from nnstudio.project.history_data import HistoryData, dump_history, load_history
from nnstudio.project.migrations import load_document
from nnstudio.project.outside import outside
from nnstudio.project.tensors import parse_arrays
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.project import Project, weight_shapes

__all__ = ["SUFFIX", "Project", "ProjectError", "check_target", "from_bytes", "load", "save", "to_bytes"]

SUFFIX: Final = ".nnstudio"

_DOCUMENT, _WEIGHTS, _HISTORY = "project.json", "weights.safetensors", "history.json"
_PREPARATION = "preparation.json"
_LIMITS: Final = {
    _DOCUMENT: 16 << 20,
    _WEIGHTS: 2 << 30,
    _HISTORY: 32 << 20,
    _PREPARATION: 64 << 20,
    **trainer_state.LIMITS,
    **run_records.LIMITS,
}
_DOUBTFUL: Final = 1 << 20
_LARGEST: Final = sum(_LIMITS.values())

Array = NDArray[Any]


class DamagedProjectError(ProjectError):
    """Error for a project of which only the network can be read.

    Attributes:
        document: the network, with its data and settings.
    """

    def __init__(self, message: str, document: Document) -> None:
        super().__init__(message)
        self.document = document


def save(project: Project, path: str | Path) -> None:
    """Write a project file atomically: if that fails, the old file is unchanged.

    It tells where its data lie, seen from its folder. Raises ProjectError.
    """
    folder = Path(path).parent
    placed = project.with_documents(lambda document: with_relative_path(document, folder))
    try:
        entries = _entries(placed)
        replace_file(Path(path), _packed(entries))
    except MemoryError:
        raise ProjectError(f"{path} cannot be saved: there is not enough memory; close other programs") from None
    except OSError as error:
        raise ProjectError(f"{path} cannot be saved: {error.strerror or error}") from None
    # What nobody has allowed yet is no more allowed for being saved.
    if isinstance(placed.document.data.dataset, FileDataset) and not withheld_places(project):
        known_projects.remember(_naming(entries))


def check_target(path: str | Path) -> None:
    """Check that a project can be saved there, before work that would be lost.

    Raises ProjectError if that is certain to fail.
    """
    try:
        check_place(Path(path))
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be saved: {getattr(error, 'strerror', None) or error}") from None


def load(path: str | Path, *, trusted: bool = False) -> Project:
    """Read a project file; data that were moved together with it are found again.

    Of a project from elsewhere, what it names outside its own folder is withheld (see `engine.data.access`): neither
    read nor looked for until somebody allows it. Projects that this user has saved, and those that are `trusted`, may
    read what they name. Raises ProjectError, which says what is wrong with it; DamagedProjectError if the network at
    least can be read.
    """
    folder = Path(path).parent
    try:
        # A pipe would be waited for; what is opened must be a file before the first byte is read.
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise ProjectError(f"{path} is a folder; choose a {SUFFIX} file")
        if not stat.S_ISREG(status.st_mode):
            raise ProjectError(f"{path} is not a readable file; choose a {SUFFIX} file")
        if status.st_size > _LARGEST:
            raise ProjectError(f"{path} cannot be opened: it is larger than {_LARGEST:,} bytes")
        with Path(path).open("rb") as file:
            project, text = _parse(file, str(path))
    except DamagedProjectError as error:
        alone = _settled(Project(error.document), folder, everywhere=trusted)
        raise DamagedProjectError(error.message, alone.document) from None
    except MemoryError:
        raise ProjectError(f"{path} cannot be opened: there is not enough memory; close other programs") from None
    except FileNotFoundError:
        raise ProjectError(f"{path} does not exist; check the name") from None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    return _settled(project, folder, everywhere=trusted or known_projects.is_known(text))


def _settled(project: Project, folder: Path, *, everywhere: bool) -> Project:
    """Project whose data are found again, within its folder or `everywhere`; what lies outside else is withheld."""
    project = project.with_documents(lambda document: found_again(document, folder, everywhere=everywhere))
    settle = access.allow if everywhere else access.withhold
    for document in (project.document, *(run.document for run in project.runs)):
        for place in outside(document.data.dataset, folder):
            settle(place)
    return project


def withheld_places(project: Project) -> tuple[str, ...]:
    """Places that a project names and that are withheld."""
    datasets = (document.data.dataset for document in (project.document, *(run.document for run in project.runs)))
    places = (place for dataset in datasets if isinstance(dataset, FileDataset) for place in dataset.places())
    return tuple(place for place in dict.fromkeys(places) if access.is_withheld(place))


def remember(path: str | Path) -> None:
    """Let a project file read what it names, whenever it is opened again."""
    with contextlib.suppress(OSError, ProjectError), Path(path).open("rb") as file:
        known_projects.remember(_parse(file, str(path))[1])


def to_bytes(project: Project) -> bytes:
    """Content of a project file. Raises ProjectError if the weights do not fit the document."""
    return _packed(_entries(project))


def _entries(project: Project) -> dict[str, bytes]:
    entries = {_DOCUMENT: _dump_document(project.document)}
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
    for name, data in entries.items():
        _check_size(name, len(data))
    return entries


def _naming(entries: Mapping[str, bytes]) -> bytes:
    """Parts of a project that can name files."""
    return entries[_DOCUMENT] + entries.get(run_records.INFO, b"")


def _packed(entries: Mapping[str, bytes]) -> bytes:
    try:
        return pack(entries)
    except (MemoryError, OverflowError):
        size = sum(map(len, entries.values())) / 1e6
        raise ProjectError(f"there is not enough memory to pack its {size:,.0f} MB; close other programs") from None
    except zipfile.LargeZipFile:
        raise ProjectError("it is larger than a project file can be, which is 4 GB; keep fewer runs") from None


def from_bytes(data: bytes, name: str) -> Project:
    """Parse the content of a project file; errors call it `name`. Raises ProjectError."""
    return _parse(data, name)[0]


def _parse(source: bytes | IO[bytes], name: str) -> tuple[Project, bytes]:
    """Project, and the parts of it that can name files."""
    try:
        entries = unpack(source, _LIMITS)
        if _DOCUMENT not in entries:
            raise ProjectError(f"it is not an nnstudio project: it has no {_DOCUMENT}")
        document = load_document(entries[_DOCUMENT], _DOCUMENT)
        if len(entries[_DOCUMENT]) > _DOUBTFUL:
            # Defaults and line ends that are not in the file are saved: what opens can be saved.
            _check_size(_DOCUMENT, len(_dump_document(document)))
        weights: dict[str, Array] = {}
        if _WEIGHTS in entries:
            weights = _load_weights(entries[_WEIGHTS])
            _check_weights(document, weights)
        made, preparation = Checkpoint(), None
        if _HISTORY in entries:
            history = validated(HistoryData, entries[_HISTORY], _HISTORY, bounded_json.HISTORY)
            made = load_history(history, document, _HISTORY)
        if _PREPARATION in entries:
            preparation = validated(Preparation, entries[_PREPARATION], _PREPARATION, bounded_json.PREPARATION)
        state = trainer_state.parse(entries)
        known, runs = run_records.parse(entries, document)
    except ProjectError as error:
        message = f"{name} cannot be opened: {error.message}"
        alone = _network_alone(source)
        if alone is None:
            raise ProjectError(message) from None
        raise DamagedProjectError(message, alone) from None
    made = replace(made, moments=known.moments, run=known.run, seconds=known.seconds)
    made = replace(made, weights=weights, state=state, preparation=preparation)
    return Project(document, made, runs), _naming(entries)


def _network_alone(source: bytes | IO[bytes]) -> Document | None:
    """Document in a file whose other parts cannot be read; None if that cannot be, either."""
    try:
        found = unpack(source, _LIMITS, only=_DOCUMENT)
        return load_document(found[_DOCUMENT], _DOCUMENT) if _DOCUMENT in found else None
    except ProjectError:
        return None


def _dump_document(document: Document) -> bytes:
    """Text of a document, a line for each field unless it is very large."""
    text = document.model_dump_json(indent=2).encode()
    return text if len(text) < _LIMITS[_DOCUMENT] // 2 else document.model_dump_json().encode()


def _check_size(name: str, size: int) -> None:
    if size > _LIMITS[name]:
        raise ProjectError(
            f"its {name} takes {size:,} bytes when it is saved; at most {_LIMITS[name]:,} are read again"
        )


def _dump_weights(weights: Mapping[str, Array]) -> bytes:
    from safetensors.numpy import save as dump

    return dump({name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()})


def _load_weights(data: bytes) -> dict[str, Array]:
    weights = parse_arrays(data, _WEIGHTS)
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
