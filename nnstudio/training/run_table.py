"""Table of the runs of a project. No widgets."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import metrics
from nnstudio.document.model import Document
from nnstudio.document.run_settings import SettingsBook, differing
from nnstudio.document.runs import is_deleted, label_of, run_name
from nnstudio.training.checkpoint import Checkpoint, Curve, RunOrigin
from nnstudio.training.messages import Snapshot
from nnstudio.training.project import Project
from nnstudio.training.run_shelf import Run

# Columns of settings that differ; beyond these the table could not be read.
_MOST_SETTINGS = 12


@dataclass(frozen=True)
class RunRow:
    """Row of the table.

    Attributes:
        id, number: of the run. name, note: its label.
        present: it is the run under way.
        settings: those that decide what it learns, by title, as text.
        origin: when it began, and from where. step, epoch, seconds: how far it got.
        scores: newest loss and metrics of its network, by the names of their curves.
    """

    id: str
    number: int
    name: str
    note: str
    present: bool
    settings: Mapping[str, str]
    origin: RunOrigin
    step: int
    epoch: int
    seconds: float
    scores: Mapping[str, float]


@dataclass(frozen=True)
class RunTable:
    """Table of runs: its rows, and which scores and settings have a column."""

    rows: tuple[RunRow, ...]
    scores: tuple[str, ...]
    settings: tuple[str, ...]


class RunTables:
    """Tables of the runs in snapshots."""

    def __init__(self) -> None:
        self._settings = SettingsBook()

    def table(self, document: Document, snapshot: Snapshot) -> RunTable:
        """Table of all runs that are not deleted, by number; the one under way among them once it has begun."""
        begun = bool(snapshot.run.id) and snapshot.step > snapshot.run.step
        present = _run_of(document, snapshot) if begun else None
        return self._table(document, snapshot.runs, present, ("loss", *snapshot.metrics))

    def table_of(self, project: Project) -> RunTable:
        """Table of the runs of a project, with that of its weights."""
        made = project.checkpoint
        last = {name: _newest(curve) for name, curve in made.curves.items() if name not in project.stale}
        present = Run(project.document, made, last) if made.run.id and made.weights else None
        return self._table(project.document, project.runs, present, ("loss",))

    def _table(self, document: Document, runs: Sequence[Run], present: Run | None, names: Sequence[str]) -> RunTable:
        kept = [run for run in runs if not is_deleted(document, run.id)] + ([] if present is None else [present])
        settings = self._settings([run.document for run in kept])
        rows = [_row(document, run, table, run is present) for run, table in zip(kept, settings, strict=True)]
        rows.sort(key=lambda row: row.number)
        usual = [each for name in names for each in (name, f"val_{name}")]
        found = dict.fromkeys(name for row in rows for name in row.scores)
        scores = dict.fromkeys([*(name for name in usual if name in found), *found])
        return RunTable(tuple(rows), tuple(scores), differing(settings)[:_MOST_SETTINGS])


def score_title(name: str) -> str:
    """Title of a score: "Loss", "Validation accuracy"."""
    base = name.removeprefix("val_")
    title = "Loss" if base == "loss" else metrics.get(base).title
    return f"Validation {title[:1].lower()}{title[1:]}" if base != name else title


def setting_title(title: str) -> str:
    """Title of the column of a setting: beside the epochs that a run has, those that it was to have."""
    return "Epochs set" if title == "Epochs" else title


def duration(seconds: float) -> str:
    """Duration in words: "4.2 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min"


def begun(row: RunRow) -> str:
    """Local time at which a run began, to the minute; "" where that is not known."""
    at = row.origin.begun
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if at else ""


def from_where(document: Document, row: RunRow) -> str:
    """Run from which this one went on, in words; "" for none."""
    origin = row.origin
    return f"went on from {run_name(document, origin.parent)}, step {origin.step:,}" if origin.parent else ""


def find_run(project: Project, name: str) -> Run | None:
    """Run of a project by its name as it is shown, its number or "run-3"; None if there is none.

    Also the run of the project's own weights.
    """
    rows = RunTables().table_of(project).rows
    found = next((row for row in rows if name in (row.name, row.id, str(row.number))), None)
    if found is None:
        return None
    own = Run(project.document, project.checkpoint)
    return own if found.present else next(run for run in project.runs if run.id == found.id)


def _row(document: Document, run: Run, settings: Mapping[str, str], present: bool) -> RunRow:
    label, made = label_of(document, run.id), run.checkpoint
    return RunRow(
        run.id,
        run.number,
        run_name(document, run.id),
        label.note,
        present,
        settings,
        made.run,
        made.step,
        made.epoch,
        made.seconds,
        {name: value for name, value in run.scores.items() if math.isfinite(value)},
    )


def _run_of(document: Document, snapshot: Snapshot) -> Run:
    """The run under way, as far as its row needs it."""
    made = Checkpoint(epoch=snapshot.epoch, step=snapshot.step, run=snapshot.run, seconds=snapshot.seconds)
    curves = snapshot.curves.items()
    return Run(document, made, {name: _newest(curve) for name, curve in curves if name not in snapshot.stale})


def _newest(curve: Curve) -> float:
    if curve.averaging.last is not None:
        return curve.averaging.last
    return float(curve.y[-1]) if len(curve.y) else math.nan
