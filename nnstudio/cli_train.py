"""Command `nnstudio train`: training without a window, saved on the way."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio import cli_runs
from nnstudio.cli_words import data_in_words, lacks_data, scores_in_words, tell

if TYPE_CHECKING:
    from nnstudio.project.run_file import RunFile
    from nnstudio.training.curve_listener import CurveListener
    from nnstudio.training.project import Project
    from nnstudio.training.run import TrainingRun

_DONE, _FAILED, _WRONG_USE = 0, 1, 2
# Ctrl-C, a polite kill, and the end of the terminal.
_ENDS = ("SIGINT", "SIGTERM", "SIGHUP")
# Arrays of the optimiser and the best weights so far, beside the weights themselves.
_ROOM = 4


def run(options: argparse.Namespace) -> int:
    """Train a project, and save it now and then and at the end. Raises EngineError."""
    from nnstudio.files.stamp import stamp_of
    from nnstudio.project.project_file import check_target, load
    from nnstudio.project.run_file import RunFile

    target = options.output or options.file
    stamp = stamp_of(Path(options.file))
    project = load(options.file, trusted=options.allow_outside)
    check_target(target)
    if lacks_data(options, "train"):
        return _WRONG_USE
    with RunFile(options.file, target, options.checkpoint, _say) as file:
        earlier = file.take_up()
        if earlier is not None:
            project = earlier
        elif file.source_stamp != stamp:
            # Until the lock was taken, another training may have saved.
            project = load(options.file, trusted=options.allow_outside)
        if options.data is not None:
            project = _with_data(project, options)
        with curves_of(options.log_dir, target, _say) as curves:
            if options.seeds is not None:
                return _train_seeds(options, project, file, curves, taken_up=earlier is not None)
            until = file.until(options.epochs) if earlier is not None else None
            return _train(options, project, file, curves, until)


@contextmanager
def curves_of(folder: str | None, project: str, tell: Callable[[str], None]) -> Iterator[CurveListener | None]:
    """Within, a listener that writes the curves of a project's runs to a folder. Raises DataError if it cannot be."""
    from nnstudio.curve_files.curve_folder import CurveFolder

    if folder is None:
        yield None
        return
    with contextlib.closing(CurveFolder(folder, Path(project).stem, tell)) as curves:
        yield curves


def _say(sentence: str) -> None:
    # Where the terminal is gone, training goes on and is saved all the same.
    with contextlib.suppress(OSError, ValueError):
        tell(sentence)


def _with_data(project: Project, options: argparse.Namespace) -> Project:
    """Project with the data that are asked for."""
    from nnstudio import headless

    # What was measured on other data is no score of these.
    made = replace(project.checkpoint, measured={})
    document = headless.with_data(
        project.document, options.data, options.target, options.ignore, forgiving=options.leave_out
    )
    if document.data == project.document.data:
        # As it is when a training that was cut off goes on.
        return project
    followed = document.training.loss != project.document.training.loss
    loss = f"; the loss is {document.training.loss.title.lower()} now" if followed else ""
    _say(f"training on {data_in_words(document)}{loss}")
    return replace(project, document=document, checkpoint=made)


def _as_asked(project: Project, options: argparse.Namespace) -> Project:
    """Project computed with the engine and device of the options. Raises EngineError."""
    from nnstudio import headless

    names = ("engine", "device", "mixed_precision", "compiled")
    return headless.computed_with(
        project, {name: value for name in names if (value := getattr(options, name)) is not None}
    )


def _train(
    options: argparse.Namespace, project: Project, file: RunFile, curves: CurveListener | None, until: int | None
) -> int:
    from nnstudio import headless

    started = headless.start(_as_asked(project, options))
    started.listener = curves
    if started.note:
        _say(started.note)
    if until is not None:
        started.target = until
    else:
        if started.finished:
            started.extend()
        if options.epochs is not None:
            started.target = started.epoch + options.epochs
    file.check_room(_ROOM * started.network.state_vector.nbytes)
    file.begin(options.epochs, started.target)
    with ends_noted() as stopped:
        steps = (started.target - started.epoch) * started.steps_per_epoch
        _run_with_bar(started, steps, stopped, lambda: file.save_in_time(lambda: headless.finish(project, started)))
        place = file.save(headless.finish(project, started))
        file.end()
    how = "stopped" if stopped() else "done"
    scores = scores_in_words(started.scores)
    if started.stopped:
        _print(started.stopped)
    _print(f"{how} after epoch {started.epoch}{f': {scores}' if scores else ''}; saved to {place}")
    return _DONE if file.in_place else _FAILED


def _print(sentence: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(sentence)


def _train_seeds(
    options: argparse.Namespace, project: Project, file: RunFile, curves: CurveListener | None, *, taken_up: bool
) -> int:
    known = file.runs_before(options.seeds, options.epochs) if taken_up else None
    before = len(project.runs) if known is None else known
    file.begin(options.epochs, seeds=options.seeds, runs=before)
    with ends_noted() as stopped:
        made = cli_runs.train_seeds(
            _as_asked(project, options),
            range(len(project.runs) - before, options.seeds),
            options.epochs,
            stopped,
            lambda made: file.save_in_time(lambda: replace(made, document=project.document)),
            curves,
        )
        made = replace(made, document=project.document)
        place = file.save(made)
        file.end()
    how, count = "stopped" if stopped() else "done", len(made.runs) - len(project.runs)
    scores = cli_runs.spread(made, project)
    _print(f"{how} after {count} {'run' if count == 1 else 'runs'}{f': {scores}' if scores else ''}; saved to {place}")
    return _DONE if file.in_place else _FAILED


def _run_with_bar(run: TrainingRun, steps: int, stopped: Callable[[], bool], between: Callable[[], None]) -> None:
    """Trains to the run's target, or until it is stopped, and shows how far it is on standard error."""
    from tqdm import tqdm

    first = run.step
    layout = "{desc}{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
    with tqdm(
        desc=f"epoch {run.epoch}/{run.target}: ", total=steps, bar_format=layout, dynamic_ncols=True, file=sys.stderr
    ) as bar:
        while not run.finished and not stopped():
            run.advance(0.1, run.target, stopped)
            bar.set_description(f"epoch {run.epoch}/{run.target}", refresh=False)
            bar.set_postfix_str(scores_in_words(run.scores), refresh=False)
            bar.update(run.step - first - bar.n)
            if not run.finished:
                between()


@contextmanager
def ends_noted() -> Iterator[Callable[[], bool]]:
    """Within, Ctrl-C, a polite kill and the end of the terminal interrupt nothing; the function tells of them."""
    noted: list[int] = []
    numbers = [getattr(signal, name) for name in _ENDS if hasattr(signal, name)]
    before = {
        number: signal.signal(number, lambda number, frame: noted.append(number))
        for number in numbers
        # Under nohup the end of the terminal is ignored already, and stays so.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
