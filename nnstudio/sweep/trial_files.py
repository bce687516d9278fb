"""Trials of a study as documents and runs, for the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.kept import KeptTrials
from nnstudio.sweep.ranges import chosen_values
from nnstudio.sweep.reader import StudyReader
from nnstudio.sweep.results import IDENTITY, TrialRow
from nnstudio.sweep.searchable import with_values
from nnstudio.sweep.storage import storage_errors, trial_folder
from nnstudio.training.run_shelf import Run


def document_of(document: Document, parameters: Mapping[str, Any]) -> Document:
    """Document with the settings of a trial. Raises EngineError."""
    return with_values(document, chosen_values(document, parameters))


def load_trials(
    document: Document, place: str, name: str, rows: Sequence[TrialRow]
) -> list[tuple[TrialRow, Run | None]]:
    """Runs of these trials, with the settings that they have in this document; None for one whose weights are not here.

    Raises SweepError if the study cannot be read.
    """
    with StudyReader(place, name) as reader, storage_errors(place):
        study = reader.study
        if study is None:
            raise SweepError(f"there is no study “{name}” any more")
        kept = KeptTrials(trial_folder(place, name), reader.storage)
        trials = study.get_trials(deepcopy=False)
        epochs = study.user_attrs.get(IDENTITY, {}).get("epochs")
        base = document if epochs is None else edits.set_training(document, epochs=int(epochs))
        base = base.with_changes(runs=())
        return [(row, kept.load(trials[row.number], document_of(base, row.parameters))) for row in rows]
