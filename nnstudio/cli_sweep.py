"""Command `nnstudio sweep`: search good settings of a project, trial by trial, and keep the best as runs."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.text_table import text_table
from nnstudio.cli_arguments import declare_file, whole_number
from nnstudio.cli_train import ends_noted
from nnstudio.cli_words import tell

if TYPE_CHECKING:
    from nnstudio.document.sweep import SweepSettings
    from nnstudio.sweep.results import StudyTable, TrialRow
    from nnstudio.sweep.study import Progress, Sweep
    from nnstudio.training.project import Project
    from nnstudio.training.run_shelf import Run

_DONE, _FAILED = 0, 1
_SAMPLERS, _PRUNERS = ("tpe", "random", "grid"), ("median", "hyperband", "none")
# Seconds to wait for another process that saves the same project, also after Ctrl-C, and between two tries.
_PATIENCE, _HURRY, _PAUSE = 60.0, 3.0, 0.5
_MOST_SHOWN = 10


def declare(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio sweep`. What is left out is as in the project's search settings."""
    declare_file(parser)
    parser.add_argument(
        "--search",
        action="append",
        default=[],
        metavar="NAME=RANGE",
        help="a setting with its range, such as training.learning_rate=1e-4..1e-1 log, dense_1.units=8..64 step 8 or "
        "training.optimizer=SGD,Adam; may be repeated (default: the project's, or those of the study)",
    )
    parser.add_argument("--list", action="store_true", help="list the settings that can be searched")
    parser.add_argument("--trials", type=whole_number, metavar="N", help="trials of the study in all (default: 50)")
    parser.add_argument(
        "--storage",
        metavar="URL|FILE",
        help="journal file, or database URL (sqlite:///…, postgresql+psycopg://…), which several processes may share "
        "(default: FILE with the ending .sweep)",
    )
    parser.add_argument("--study", default="sweep", metavar="NAME", help="name of the study in it (default: sweep)")
    parser.add_argument("--sampler", choices=_SAMPLERS, help="how settings are chosen (default: tpe)")
    parser.add_argument("--pruner", choices=_PRUNERS, help="how bad trials are ended early (default: median)")
    parser.add_argument(
        "--metric",
        metavar="NAME",
        help="what trials are judged by, such as val_accuracy (default: the validation loss)",
    )
    parser.add_argument("--epochs", type=whole_number, metavar="N", help="epochs of a trial (default: the project's)")
    parser.add_argument("--seed", type=whole_number, metavar="N", help="seed of the search (default: 0)")
    parser.add_argument(
        "--keep", type=int, choices=range(101), metavar="N", help="keep the N best trials as runs (default: 3)"
    )
    parser.add_argument(
        "--no-runs", action="store_true", help="leave the project as it is; the best trials stay beside the study"
    )
    parser.add_argument("-o", "--output", metavar="OUT", help="project to save to (default: FILE itself)")
    parser.add_argument("--json", action="store_true", help="print the trials as JSON, the best first")


def run(options: argparse.Namespace) -> int:
    """Search, until all trials are done or Ctrl-C, and keep the best trials as runs. Raises EngineError."""
    from nnstudio.project.project_file import check_target, load
    from nnstudio.sweep.storage import default_storage, require_optuna
    from nnstudio.training.build import examine, read_data

    project = load(options.file, trusted=options.allow_outside)
    if options.list:
        return _list(project)
    require_optuna()
    if not options.no_runs:
        check_target(options.output or options.file)
    from nnstudio.sweep.ranges import parse_range
    from nnstudio.sweep.study import Sweep

    settings = _settings(project.document.sweep, options)
    examine(project.document)
    split = read_data(project.document.data)
    ranges = [parse_range(project.document, text) for text in options.search]
    place = options.storage or default_storage(options.file)
    with Sweep(project.document, split, settings, place, options.study, ranges) as sweep, ends_noted() as stopped:
        with _bar() as (show, show_again):
            sweep.run(settings.trials, stopped, show)
            best = [] if options.no_runs else sweep.best_runs(settings.keep, stopped, show_again)
        table = sweep.table
        count = _save(options, best, table.measure, stopped) if best else 0
        return _report(options, sweep, count, stopped=stopped())


def _settings(known: SweepSettings, options: argparse.Namespace) -> SweepSettings:
    names = ("trials", "sampler", "pruner", "metric", "epochs", "seed", "keep")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return type(known)(**{**{name: getattr(known, name) for name in type(known).model_fields}, **given})


def _list(project: Project) -> int:
    from nnstudio.sweep.ranges import show_range, suggest
    from nnstudio.sweep.searchable import searchables

    rows = [
        [
            each.name,
            each.show(each.value) if each.value is not None or not each.only_of else "",
            show_range(suggest(each)),
        ]
        for each in searchables(project.document).values()
    ]
    print(text_table(["setting", "now", "for example"], rows, f"{len(rows)} settings"))
    return _DONE


class _bar(contextlib.AbstractContextManager[Any]):  # noqa: N801 - used like a function
    """Bar of the progress, on standard error, with a function for trials and one for those that are trained again."""

    def __enter__(self) -> tuple[Callable[[Progress], None], Callable[[TrialRow, float], None]]:
        from tqdm import tqdm

        layout = "{desc}{percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
        self._bar = tqdm(total=1000, bar_format=layout, dynamic_ncols=True, file=sys.stderr)
        return self._show, self._show_again

    def _show(self, progress: Progress) -> None:
        words = f"trial {min(progress.done + 1, progress.wanted)} of {progress.wanted}"
        if progress.done + progress.waiting >= progress.wanted > progress.done:
            words = f"waiting for {progress.waiting} of another process"
        self._put(words, (progress.done + progress.share) / max(progress.wanted, 1))

    def _show_again(self, row: TrialRow, share: float) -> None:
        self._put(f"trial {row.number}, trained elsewhere, again", share)

    def _put(self, words: str, share: float) -> None:
        self._bar.set_description(words, refresh=False)
        self._bar.update(round(1000 * min(share, 1.0)) - self._bar.n)

    def __exit__(self, *ended: object) -> None:
        self._bar.close()


def _save(
    options: argparse.Namespace, best: list[tuple[TrialRow, Run]], measure: str, stopped: Callable[[], bool]
) -> int:
    """Puts the best trials into the project; another process that does so as well is waited for, until `stopped`."""
    from nnstudio.project.project_file import ProjectError, load
    from nnstudio.project.run_file import RunFile
    from nnstudio.sweep.project_runs import with_trials

    target = options.output or options.file
    begun = time.monotonic()
    while True:
        try:
            with RunFile(options.file, target, 0.0, tell) as file:
                # As it is now: another process of the sweep may have saved it meanwhile.
                made, count = with_trials(load(options.file, trusted=options.allow_outside), best, measure)
                if count or options.output:
                    file.save(made)
                file.end()
                return count
        except ProjectError as error:
            patience = _HURRY if stopped() else _PATIENCE
            if "is being trained" not in error.message or time.monotonic() - begun > patience:
                raise
            time.sleep(_PAUSE)


def _report(options: argparse.Namespace, sweep: Sweep, count: int, *, stopped: bool) -> int:
    table = sweep.table
    ordered = [*table.best(len(table.rows)), *(row for row in table.rows if row.state != "complete")]
    if options.json:
        print(json.dumps({"measure": table.measure, "trials": [_plain(row) for row in ordered]}, indent=2))
        return _DONE
    if table.rows:
        print(_text(table, ordered[:_MOST_SHOWN]))
    how = "stopped" if stopped else "done"
    best = table.best()
    words = f"; best: trial {best[0].number} with {table.measure} {best[0].value:.4g}" if best else ""
    kept = f"; {count} kept as {'a run' if count == 1 else 'runs'} of {options.output or options.file}" if count else ""
    print(f"{how} after {table.done} {'trial' if table.done == 1 else 'trials'}{words}{kept}")
    reasons = [row.reason for row in table.rows if row.reason]
    if not best and reasons and not stopped:
        tell(f"no trial was trained to the end: {reasons[-1]}")
        return _FAILED
    return _DONE


def _text(table: StudyTable, rows: list[TrialRow]) -> str:
    from nnstudio.sweep.project_runs import told
    from nnstudio.training.run_table import duration

    header = ["trial", table.measure, "state", *table.settings, "took"]
    cells = [
        [
            str(row.number),
            "" if row.value is None else f"{row.value:.4g}",
            row.state,
            *(told(row.parameters[name]) if name in row.parameters else "" for name in table.settings),
            duration(row.seconds) if row.seconds else "",
        ]
        for row in rows
    ]
    count = len(table.rows)
    return text_table(header, cells, f"{count} {'trial' if count == 1 else 'trials'}")


def _plain(row: TrialRow) -> dict[str, object]:
    return {
        "trial": row.number,
        "state": row.state,
        "value": row.value,
        "epoch": row.epoch,
        "parameters": dict(row.parameters),
        "reason": row.reason or None,
    }
