"""Runs on the command line: `nnstudio runs`, and training over several seeds."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import DataError
from engine.text_table import text_table
from nnstudio.cli_arguments import declare_file

if TYPE_CHECKING:
    from nnstudio.project.project_file import Project
    from nnstudio.training.curve_listener import CurveListener
    from nnstudio.training.run_table import RunRow, RunTable


def declare(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio runs`."""
    declare_file(parser)
    parser.add_argument("--json", action="store_true", help="print the runs as JSON, with all of their settings")


def run(options: argparse.Namespace) -> int:
    """Print the runs of a project. Raises EngineError."""
    from nnstudio.project.project_file import load
    from nnstudio.training.run_table import RunTables

    table = RunTables().table_of(load(options.file))
    if options.json:
        print(json.dumps([_plain(row) for row in table.rows], indent=2))
    elif table.rows:
        print(_text(table))
    else:
        print(f"{options.file} has no runs yet; nnstudio train {options.file} makes the first")
    return 0


def with_run(project: Project, name: str | None, file: str) -> Project:
    """The project as one of its runs left it; with None, as it is. Raises DataError if there is no such run."""
    from nnstudio.training.project import Project
    from nnstudio.training.run_table import RunTables, find_run

    if name is None:
        if project.runs and not project.trained:
            names = ", ".join(row.name for row in RunTables().table_of(project).rows)
            raise DataError(f"{file} itself is not trained, but has runs; choose one with --run: {names}")
        return project
    found = find_run(project, name)
    if found is None:
        names = ", ".join(row.name for row in RunTables().table_of(project).rows) or "none"
        raise DataError(f"{file} has no run {name!r:.40}; its runs are: {names}")
    return Project(found.document, found.checkpoint, project.runs)


def train_seeds(
    project: Project,
    numbers: range,
    epochs: int | None,
    stopped: Callable[[], bool],
    kept: Callable[[Project], None],
    listener: CurveListener | None = None,
) -> Project:
    """Project with more runs, with the seeds of these numbers after the project's own. Raises EngineError.

    Those that have ended are kept where it is `stopped`; the project's own weights stay as they are. After each,
    `kept` is called with the project so far; the `listener` is told of each point of the curves.
    """
    from dataclasses import replace

    from tqdm import tqdm

    from nnstudio import headless
    from nnstudio.document import edits
    from nnstudio.training.project import MOST_SAVED
    from nnstudio.training.repeat import Repeat
    from nnstudio.training.run_shelf import RunShelf

    document = project.document if epochs is None else edits.set_training(project.document, epochs=epochs)
    first = headless.start(replace(project, document=document))
    seed = document.training.seed
    count = len(numbers)
    seeds = range(seed + 1 + numbers.start, seed + 1 + numbers.stop)
    repeat = Repeat(document, first.split, seeds, MOST_SAVED, listener=listener)
    shelf = RunShelf(project.runs)
    layout = "{desc}{percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
    with tqdm(total=1000 * count, bar_format=layout, dynamic_ncols=True, file=sys.stderr) as bar:
        while not (repeat.finished or stopped()):
            ended = repeat.advance(0.1, stopped, lambda: f"run-{shelf.next_number(project.checkpoint.run.id)}")
            if ended is not None:
                shelf.add(ended)
                kept(replace(project, runs=shelf.runs))
            else:
                progress = repeat.progress
                bar.set_description(f"seed {progress.seed} ({progress.done + 1} of {count})", refresh=False)
                bar.update(round(1000 * (progress.done + progress.share)) - bar.n)
        bar.update(bar.total - bar.n if repeat.finished else 0)
    return replace(project, runs=shelf.runs)


def spread(project: Project, before: Project) -> str:
    """Scores of the runs that came to a project, as mean and standard deviation, in words."""
    known = {run.id for run in before.runs}
    scores = [run.scores for run in project.runs if run.id not in known]
    words = []
    for name in dict.fromkeys(name for each in scores for name in each):
        values = [each[name] for each in scores if name in each and math.isfinite(each[name])]
        if values:
            mean = sum(values) / len(values)
            deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
            words.append(f"{name.replace('val_', 'validation ')} {mean:.4g} ± {deviation:.2g}")
    return ", ".join(words)


def _text(table: RunTable) -> str:
    from nnstudio.training.run_table import duration, score_title, setting_title

    scores = [score_title(name).lower() for name in table.scores]
    header = ["run", "steps", "epochs", *scores, *map(setting_title, table.settings)]
    rows = [
        [
            row.name + (" (now)" if row.present else ""),
            f"{row.step:,}",
            f"{row.epoch:,}",
            *(f"{row.scores[name]:.4g}" if name in row.scores else "" for name in table.scores),
            *(row.settings.get(title, "") for title in table.settings),
            duration(row.seconds) if row.seconds else "",
            row.note.replace("\n", " ")[:60],
        ]
        for row in table.rows
    ]
    count = len(table.rows)
    return text_table([*header, "trained for", "note"], rows, f"{count} {'run' if count == 1 else 'runs'}")


def _plain(row: RunRow) -> dict[str, object]:
    return {
        "run": row.id,
        "name": row.name,
        "note": row.note,
        "present": row.present,
        "step": row.step,
        "epoch": row.epoch,
        "scores": dict(row.scores),
        "parent": row.origin.parent or None,
        "seconds": row.seconds,
        "settings": dict(row.settings),
    }
