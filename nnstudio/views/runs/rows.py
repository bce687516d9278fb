"""Rows of the table of runs. No widgets."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from engine import metrics
from nnstudio.document.model import Document
from nnstudio.document.run_settings import SettingsBook, differing
from nnstudio.document.runs import is_deleted, label_of, run_name
from nnstudio.training.checkpoint import RunOrigin
from nnstudio.training.messages import Snapshot
from nnstudio.training.run_shelf import Run, number_of

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
        kept = [run for run in snapshot.runs if not is_deleted(document, run.id)]
        begun = bool(snapshot.run.id) and snapshot.step > snapshot.run.step
        documents = [run.document for run in kept] + [document] * begun
        settings = self._settings(documents)
        rows = [_kept(document, run, table) for run, table in zip(kept, settings, strict=False)]
        if begun:
            rows.append(_present(document, snapshot, settings[-1]))
        rows.sort(key=lambda row: row.number)
        usual = [each for name in ("loss", *snapshot.metrics) for each in (name, f"val_{name}")]
        found = dict.fromkeys(name for row in rows for name in row.scores)
        names = dict.fromkeys([*(name for name in usual if name in found), *found])
        return RunTable(tuple(rows), tuple(names), differing(settings)[:_MOST_SETTINGS])


def score_title(name: str) -> str:
    """Title of a score: "Loss", "Validation accuracy"."""
    base = name.removeprefix("val_")
    title = "Loss" if base == "loss" else metrics.get(base).title
    return f"Validation {title[:1].lower()}{title[1:]}" if base != name else title


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


def _kept(document: Document, run: Run, settings: Mapping[str, str]) -> RunRow:
    label, made = label_of(document, run.id), run.checkpoint
    return RunRow(
        run.id,
        run.number,
        run_name(document, run.id),
        label.note,
        False,
        settings,
        made.run,
        made.step,
        made.epoch,
        made.seconds,
        {name: value for name, value in run.scores.items() if math.isfinite(value)},
    )


def _present(document: Document, snapshot: Snapshot, settings: Mapping[str, str]) -> RunRow:
    name = snapshot.run.id
    scores = {
        key: float(curve.y[-1] if curve.averaging.last is None else curve.averaging.last)
        for key, curve in snapshot.curves.items()
        if key not in snapshot.stale and len(curve.y)
    }
    return RunRow(
        name,
        number_of(name),
        run_name(document, name),
        label_of(document, name).note,
        True,
        settings,
        snapshot.run,
        snapshot.step,
        snapshot.epoch,
        snapshot.seconds,
        {key: value for key, value in scores.items() if math.isfinite(value)},
    )
