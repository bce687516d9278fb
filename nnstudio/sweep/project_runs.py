"""Best trials of a sweep as labelled runs of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnstudio.document import runs
from nnstudio.document.model import Document
from nnstudio.document.runs import LONGEST_NOTE
from nnstudio.sweep.results import TrialRow
from nnstudio.training.checkpoint import RunOrigin
from nnstudio.training.project import Project
from nnstudio.training.run_shelf import Run, RunShelf


def with_trials(project: Project, best: Sequence[tuple[TrialRow, Run]], measure: str) -> tuple[Project, int]:
    """Project with trials as runs, and how many of them are new; one that it has already is left as it is."""
    shelf, document, count = RunShelf(project.runs), project.document, 0
    for row, run in best:
        if any(same_training(run, other) for other in shelf.runs):
            continue
        name = f"run-{shelf.next_number(project.checkpoint.run.id, *(label.run for label in document.runs))}"
        shelf.add(renumbered(run, name), {label.run for label in document.runs if not label.deleted})
        document, count = labelled(document, name, row, measure), count + 1
    return replace(project, document=document, runs=shelf.runs), count


def renumbered(run: Run, name: str) -> Run:
    """The run under another name within the project."""
    return replace(run, checkpoint=replace(run.checkpoint, run=RunOrigin(name)))


def labelled(document: Document, run: str, row: TrialRow, measure: str) -> Document:
    """Document in which a run bears the number and the settings of its trial."""
    value = "" if row.value is None else f"{measure} {row.value:.4g}; "
    settings = ", ".join(f"{name} {told(value)}" for name, value in row.parameters.items())
    document = runs.rename_run(document, run, f"Trial {row.number}")
    return runs.annotate_run(document, run, f"{value}{settings}"[:LONGEST_NOTE])


def told(value: object) -> str:
    """Parameter of a trial as text."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def same_training(one: Run, other: Run) -> bool:
    """True if two runs have the same settings and length, and so the same result."""
    mine, its = (run.document.with_changes(runs=(), sweep=type(run.document.sweep)()) for run in (one, other))
    return one.checkpoint.step == other.checkpoint.step and mine == its
