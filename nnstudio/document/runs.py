"""Labels of kept runs: names, remarks, and what was deleted. Pure functions of the document."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.document.model import LONGEST_NAME, LONGEST_NOTE, Document, RunLabel

__all__ = [
    "LONGEST_NAME",
    "LONGEST_NOTE",
    "Comparison",
    "annotate_run",
    "delete_runs",
    "is_deleted",
    "label_of",
    "rename_run",
    "run_name",
]


@dataclass(frozen=True)
class Comparison:
    """Runs that are compared.

    Attributes:
        runs: their names in the project, in the order in which they were chosen.
        averaged: runs that differ in their seed alone are drawn as mean and band.
    """

    runs: tuple[str, ...] = ()
    averaged: bool = False


def label_of(document: Document, run: str) -> RunLabel:
    """Label of a run; an empty one if nobody gave it one."""
    return next((label for label in document.runs if label.run == run), RunLabel(run=run))


def run_name(document: Document, run: str) -> str:
    """Name of a run as it is shown: the one it was given, else "Run 3"."""
    return label_of(document, run).name or f"Run {run.partition('-')[2]}"


def is_deleted(document: Document, run: str) -> bool:
    """True if the run was deleted, which undo can take back."""
    return label_of(document, run).deleted


def rename_run(document: Document, run: str, name: str) -> Document:
    """Document in which a run has another name; "" for its number. Raises ValidationError for one too long."""
    return _labelled(document, label_of(document, run).with_changes(name=" ".join(name.split())))


def annotate_run(document: Document, run: str, note: str) -> Document:
    """Document in which a run has a remark."""
    return _labelled(document, label_of(document, run).with_changes(note=note))


def delete_runs(document: Document, *runs: str) -> Document:
    """Document in which runs are deleted."""
    for run in runs:
        document = _labelled(document, label_of(document, run).with_changes(deleted=True))
    return document


def _labelled(document: Document, label: RunLabel) -> Document:
    others = [other for other in document.runs if other.run != label.run]
    if label != RunLabel(run=label.run):
        others.append(label)
    return document.with_changes(runs=tuple(sorted(others, key=lambda other: int(other.run.partition("-")[2]))))
