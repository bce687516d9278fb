"""Training of a project by a group: started, kept by time, stopped, and saved by the leading process."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.sharing import reading_together
from nnstudio import headless
from nnstudio.cli_train import curves_of, ends_noted
from nnstudio.cli_words import scores_in_words
from nnstudio.distributed.checkpoints import About, Checkpoints
from nnstudio.distributed.group import Group
from nnstudio.distributed.trainer import DistributedTrainer
from nnstudio.project.project_file import ProjectError, check_target, load
from nnstudio.project.run_file import RunFile

if TYPE_CHECKING:
    from tqdm import tqdm

    from nnstudio.training.project import Project
    from nnstudio.training.run import TrainingRun

Tell = Callable[[str], None]


def train(options: argparse.Namespace, group: Group, tell: Tell) -> str:
    """Train a project in all processes of a group; the leading one saves it. Returns the last sentence.

    Args:
        options: see `arguments.parse`. tell: called with sentences for the user, which only the leading process prints.

    Raises EngineError.
    """
    target = options.output or options.file
    project, source = _read(options, group)
    group.agree(lambda: check_target(target) if group.leads else None)
    checkpoints = Checkpoints(Path(options.checkpoints or f"{target}.checkpoints"), group)
    with _saving(options, group, target, tell) as file, ends_noted() as stopped:
        found = checkpoints.newest(source)
        until = None
        if found is not None:
            path, about = found
            project = checkpoints.load(path)
            # If more, or fewer, are asked for now, they count from here.
            until = about.until if about.epochs == options.epochs else None
            tell(f"goes on from step {project.checkpoint.step:,}, where the last checkpoint was written")
        # The switches of PyTorch are those of the project.
        device = {"engine": "torch", "device": options.device}
        chosen = group.agree(partial(headless.computed_with, project, device))
        check_data(project, group)
        with reading_together(group):
            run = group.agree(partial(headless.start, chosen))
        if run.note:
            tell(run.note)
        _aim(run, options.epochs, until)
        keep = _keeper(project, run, checkpoints, About(source, options.epochs, run.target))
        with curves_of(options.log_dir if group.leads else None, target, tell) as curves:
            run.listener = curves
            ended = _go(run, group, stopped, options.checkpoint, keep)
        # All of them make it, since it holds sums over all; one saves it.
        made = headless.finish(project, run)
        place = group.tell(str(file.save(made)) if file is not None else "")
        if file is not None:
            file.end()
            checkpoints.clear()
    how = "done" if ended else "stopped"
    scores = scores_in_words(run.scores)
    why = f"{run.stopped} " if run.stopped else ""
    return f"{why}{how} after epoch {run.epoch}{f': {scores}' if scores else ''}; saved to {place}"


def _read(options: argparse.Namespace, group: Group) -> tuple[Project, str]:
    """Project and the digest of its file, the same in all processes. Raises ProjectError."""
    project = group.agree(lambda: load(options.file, trusted=options.allow_outside))
    try:
        digest = hashlib.sha256(Path(options.file).read_bytes()).hexdigest()
    except OSError as error:
        raise ProjectError(f"{options.file} cannot be read: {error.strerror or error}") from None
    _check_alike(options.file, digest, group)
    return project, digest


def check_data(project: Project, group: Group) -> None:
    """Check that all processes find data files of the same sizes, since each reads a part. Raises EngineError."""
    stamps = group.agree(project.document.data.dataset.stamps)
    _check_alike(", ".join(path for path, _, _ in stamps), [size for _, _, size in stamps], group)


def _check_alike(what: str, known: object, group: Group) -> None:
    """Check that all processes know the same of a file. Raises ProjectError."""
    found = group.gather(known)
    others = [rank for rank, other in enumerate(found) if other != found[0]]
    if others:
        raise ProjectError(f"{what} differs where process {others[0]} runs; copy it to all machines")


@contextmanager
def _saving(options: argparse.Namespace, group: Group, target: str, tell: Tell) -> Iterator[RunFile | None]:
    """Within, the leading process may save to the target, and no other training does; None in the other processes."""
    if not group.leads:
        yield None
        return
    with RunFile(options.file, target, options.checkpoint, tell) as file:
        yield file


def _aim(run: TrainingRun, epochs: int | None, until: int | None) -> None:
    """Sets the epoch at which the run ends: that of the run before it was cut off, or as many more as asked for."""
    if until is not None:
        run.target = until
        return
    if run.finished:
        run.extend()
    if epochs is not None:
        run.target = run.epoch + epochs


def _keeper(project: Project, run: TrainingRun, checkpoints: Checkpoints, about: About) -> Callable[[], None]:
    return lambda: checkpoints.save(headless.finish(project, run), about)


def _go(run: TrainingRun, group: Group, stopped: Callable[[], bool], every: float, keep: Callable[[], None]) -> bool:
    """Trains to the run's target, in step with all processes. Returns False if one of them was asked to end."""
    trainer = run.trainer
    assert isinstance(trainer, DistributedTrainer)
    kept, pause = time.monotonic(), every
    with _bar(run) if group.leads else contextlib.nullcontext() as bar:
        while not run.finished:
            now = time.monotonic()
            # One clock is enough, and more would not agree.
            due = group.leads and now - kept >= pause
            trainer.wishes = float(stopped()), float(due)
            run.step_once()
            stop, wanted = trainer.granted
            if stop:
                return run.finished
            if wanted and not run.finished:
                before = time.monotonic()
                keep()
                kept = time.monotonic()
                # Writing takes at most a twentieth of the time, unless somebody wants a checkpoint after each step.
                pause = max(every, 20 * (kept - before)) if every else 0.0
            if bar is not None:
                _show(bar, run)
    return True


def _bar(run: TrainingRun) -> tqdm[None]:
    from tqdm import tqdm

    layout = "{desc}{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
    steps = (run.target - run.epoch) * run.steps_per_epoch
    return tqdm(total=steps, bar_format=layout, dynamic_ncols=True, file=sys.stderr, mininterval=0.2)


def _show(bar: tqdm[None], run: TrainingRun) -> None:
    bar.set_description(f"epoch {run.epoch}/{run.target}", refresh=False)
    if bar.update(1):
        bar.set_postfix_str(scores_in_words(run.scores), refresh=False)
