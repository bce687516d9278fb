"""Checkpoints of a group's run, by PyTorch's distributed checkpoint.

They are folders of .safetensors files, so that nothing is unpickled. Each process writes a part of the trainer's
arrays; the leading one also writes the project as it would be saved, with all else that the run needs to go on.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import torch.distributed.checkpoint as dcp
from safetensors import SafetensorError
from torch import Tensor
from torch.distributed.checkpoint.api import CheckpointException

from engine.errors import EngineError
from engine.training.checkpoint import TrainerState
from nnstudio.distributed.group import Group
from nnstudio.project import project_file
from nnstudio.project.archive import ProjectError
from nnstudio.project.trainer_state import portable
from nnstudio.training.project import Project

_STATE: Final = "state/"
_PROJECT: Final = "project"
_STEP, _UNFINISHED, _ABOUT = "step-", ".part", "about.json"
_LONGEST_NOTE: Final = 1 << 16


@dataclass(frozen=True)
class About:
    """Run that a checkpoint belongs to.

    Attributes:
        source: digest of the project file that the run began from.
        epochs: how many were asked for; None for as many as the project says. until: the epoch at which it ends.
    """

    source: str
    epochs: int | None
    until: int


class Checkpoints:
    """Folder with the checkpoints of one run; the newest is kept, until the run has ended.

    All processes must call `save`, `newest` and `load` at the same time, and see the same folder.
    """

    def __init__(self, folder: Path, group: Group) -> None:
        self.folder, self._group = folder, group

    def save(self, project: Project, about: About) -> None:
        """Write a checkpoint, complete or not at all. Raises ProjectError if that fails."""
        step = project.checkpoint.step
        target = self.folder / f"{_STEP}{step:012d}"
        unfinished = target.with_name(target.name + _UNFINISHED)
        made = project.checkpoint
        tensors: dict[str, Tensor] = {}
        if made.state is not None:
            tensors = {f"{_STATE}{name}": _tensor(array) for name, array in made.state.arrays.items()}
            made = replace(made, state=TrainerState(made.state.info, {}))

        def prepare() -> None:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True, mode=0o700)
            alone = project_file.to_bytes(replace(project, checkpoint=made))
            tensors[_PROJECT] = torch.frombuffer(bytearray(alone), dtype=torch.uint8)

        self._lead(prepare)
        writer = dcp.HuggingFaceStorageWriter(str(unfinished), save_distributed=True)
        self._group.together(lambda: dcp.save(tensors, storage_writer=writer))
        self._lead(lambda: self._finish(unfinished, target, about))

    def newest(self, source: str) -> tuple[Path, About] | None:
        """The newest complete checkpoint that began from a source with this digest; None if there is none."""
        return self._group.tell(self._find(source) if self._group.leads else None)

    def load(self, path: Path) -> Project:
        """Read a checkpoint, in all processes. Raises ProjectError."""
        reader = dcp.HuggingFaceStorageReader(str(path))
        try:
            known = reader.read_metadata().state_dict_metadata
            tensors: dict[str, Any] = {
                name: torch.empty(found.size, dtype=found.properties.dtype) for name, found in known.items()
            }
            self._group.together(lambda: dcp.load(tensors, storage_reader=reader))
            data = tensors.pop(_PROJECT).numpy().tobytes()
        except (OSError, KeyError, ValueError, AssertionError, SafetensorError, CheckpointException) as error:
            raise ProjectError(
                f"{path} cannot be read ({error!s:.200}); delete {self.folder} to begin from the project's own state"
            ) from None
        project = project_file.from_bytes(data, str(path))
        made = project.checkpoint
        if made.state is not None:
            arrays = {name.removeprefix(_STATE): tensor.numpy() for name, tensor in tensors.items()}
            made = replace(made, state=TrainerState(made.state.info, arrays))
        return replace(project, checkpoint=made)

    def clear(self) -> None:
        """Delete all checkpoints; in the leading process alone."""
        for path in self._found():
            shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _found(self) -> list[Path]:
        return sorted(self.folder.glob(f"{_STEP}*")) if self.folder.is_dir() else []

    def _find(self, source: str) -> tuple[Path, About] | None:
        for path in reversed(self._found()):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                if path.suffix == _UNFINISHED or (path / _ABOUT).stat().st_size > _LONGEST_NOTE:
                    continue
                told = json.loads((path / _ABOUT).read_text(encoding="utf-8"))
                epochs = told["epochs"]
                about = About(str(told["source"]), None if epochs is None else int(epochs), int(told["until"]))
                if about.source == source:
                    return path, about
        return None

    def _finish(self, unfinished: Path, target: Path, about: About) -> None:
        note = json.dumps(asdict(about))
        (unfinished / _ABOUT).write_text(note, encoding="utf-8")
        before = [path for path in self._found() if path not in (unfinished, target)]
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
        for path in before:
            shutil.rmtree(path, ignore_errors=True)

    def _lead(self, work: Callable[[], None]) -> None:
        """Do something in the leading process while the others wait. Raises ProjectError in all of them if it fails."""
        wrong = ""
        if self._group.leads:
            try:
                work()
            except OSError as error:
                wrong = f"{self.folder} cannot be written to ({error.strerror or error}); choose --checkpoints DIR"
            except EngineError as error:
                wrong = error.message
        wrong = self._group.tell(wrong)
        if wrong:
            raise ProjectError(wrong)


def _tensor(array: Any) -> Tensor:
    return torch.from_numpy(np.array(portable(array)))
