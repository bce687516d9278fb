"""Networks of the best trials, each in a file of its own."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from nnstudio.document.identity_keys import network_key
from nnstudio.document.model import Document
from nnstudio.project import project_file
from nnstudio.training.project import Project
from nnstudio.training.run_shelf import Run

if TYPE_CHECKING:
    import optuna


class KeptTrials:
    """Store of trained trials in a folder, by Optuna's artifacts. Trials of other machines may not be in it."""

    def __init__(self, folder: Path, storage: optuna.storages.BaseStorage) -> None:
        self._folder, self._storage = folder, storage

    def keep(self, trial: optuna.Trial, run: Run) -> None:
        """Keep a run as that of a trial. Raises ProjectError or OSError."""
        from optuna import artifacts

        self._folder.mkdir(parents=True, exist_ok=True)
        made = project_file.to_bytes(Project(run.document, replace(run.checkpoint, seconds=0.0)))
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            path = Path(place) / f"trial-{trial.number}{project_file.SUFFIX}"
            path.write_bytes(made)
            artifacts.upload_artifact(
                artifact_store=artifacts.FileSystemArtifactStore(self._folder),
                file_path=str(path),
                study_or_trial=trial,
                storage=self._storage,
            )

    def load(self, trial: optuna.trial.FrozenTrial, document: Document) -> Run | None:
        """Run of a trial with this document; None if it is not here, or cannot be read."""
        for path in self._paths(trial):
            # It may have come from elsewhere: it is parsed like any project, and nothing but what was learnt is taken.
            with contextlib.suppress(OSError, EngineError, MemoryError):
                found = project_file.from_bytes(path.read_bytes(), path.name)
                if network_key(found.document) == network_key(document):
                    made = found.checkpoint
                    scores = {name: float(curve.y[-1]) for name, curve in made.curves.items() if len(curve.y)}
                    return Run(document, made, scores)
        return None

    def leave(self, trials: Iterable[optuna.trial.FrozenTrial]) -> None:
        """Delete the files of trials that are no longer among the best."""
        for trial in trials:
            for path in self._paths(trial):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _paths(self, trial: optuna.trial.FrozenTrial) -> list[Path]:
        from optuna import artifacts

        found = artifacts.get_all_artifact_meta(trial, storage=self._storage)
        # The names come out of the study, which others can write.
        return [self._folder / Path(meta.artifact_id).name for meta in found]
