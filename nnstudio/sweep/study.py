"""Sweep of a project: trials of one study, in this process and whichever others share its storage."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from engine.errors import DivergedError, EngineError
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.sweep import SearchRange, SweepSettings
from nnstudio.sweep import living
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.identity import differences, identity
from nnstudio.sweep.kept import KeptTrials
from nnstudio.sweep.measure import chosen_measure, direction
from nnstudio.sweep.ranges import check_ranges, parse_range, present, show_ranges
from nnstudio.sweep.results import (
    DIVERGED,
    EPOCHS,
    IDENTITY,
    REASON,
    StudyTable,
    TrialRow,
    refuse_other,
    table_of,
)
from nnstudio.sweep.storage import close_storage, open_storage, retry, shown, storage_errors, trial_folder
from nnstudio.sweep.training import PrunedError, StoppedError, train_trial
from nnstudio.sweep.trial_files import document_of
from nnstudio.training.build import backend_of
from nnstudio.training.moments import LIMIT
from nnstudio.training.project import MOST_SAVED
from nnstudio.training.run_shelf import Run
from nnstudio.training.split import Split

if TYPE_CHECKING:
    import optuna

STUDY: Final = "sweep"
# Seconds between two looks at the trials of others.
_PAUSE: Final = 0.5


@dataclass(frozen=True)
class Progress:
    """Progress of a sweep: trials that are over and wanted, and the trained share of the one under way."""

    done: int
    wanted: int
    share: float
    waiting: int = 0


class _FaultError(Exception):
    """Carrier of an error of the program out of a trial."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Sweep:
    """Sweep of a project's settings, to be used in a `with` block.

    Args:
        document: the project. split: its data. settings: what is searched, and how.
        place: file or URL of the storage. study: name of the study in it.
        ranges: what is searched, where that is said explicitly; else the study says, or the settings.

    Raises SweepError if the ranges are empty or impossible, the storage cannot be used, or the study is of another
    project.
    """

    def __init__(
        self,
        document: Document,
        split: Split,
        settings: SweepSettings,
        place: str,
        study: str = STUDY,
        ranges: Sequence[SearchRange] = (),
    ) -> None:
        self._place, self._name, self._split = place, study, split
        self._storage = open_storage(place)
        try:
            self._begin(document, settings, ranges)
        except BaseException:
            close_storage(self._storage)
            raise
        self._kept = KeptTrials(trial_folder(place, study), self._storage)
        self._living = living.Living()
        self._stop: Callable[[], bool] = lambda: False
        self._tell: Callable[[Progress], None] = lambda progress: None

    def _begin(self, document: Document, settings: SweepSettings, ranges: Sequence[SearchRange]) -> None:
        from nnstudio.sweep import optuna_parts

        split = self._split
        noted = self._noted()
        known = () if noted is None else self._ranges_of(noted, document)
        chosen = tuple(ranges) or known or present(document, settings)
        check_ranges(document, chosen)
        # Else every trial would fail by it, and be counted.
        backend_of(document.training.computing)
        epochs = settings.epochs or document.training.epochs
        self._document = edits.set_training(document, epochs=epochs)
        self.ranges, self.settings = chosen, settings
        wanted = settings.metric or str((noted or {}).get("measure", ""))
        self.measure = chosen_measure(document, split, wanted)
        own = {
            "identity": identity(document, split, chosen),
            "ranges": list(show_ranges(chosen)),
            "measure": self.measure,
            "epochs": epochs,
        }
        if noted is not None:
            self._check(noted, identity(document, split, known), own)
        self._sampler = optuna_parts.sampler(document, settings, chosen)
        self._study = self._open(optuna_parts.pruner(settings, epochs), own)

    def __enter__(self) -> Self:
        self._living.__enter__()
        return self

    def __exit__(self, *ended: Any) -> None:
        self._living.__exit__(*ended)
        close_storage(self._storage)

    # The study

    def _noted(self) -> dict[str, Any] | None:
        """What the study notes of itself; None if it is not there yet."""
        import optuna

        with storage_errors(self._place):
            try:
                found = optuna.load_study(study_name=self._name, storage=self._storage)
            except KeyError:
                return None
            noted = found.user_attrs.get(IDENTITY)
            # A process that has just begun it has made it, and notes this in the next moment.
            for _ in range(20):
                if noted is not None or found.get_trials(deepcopy=False):
                    break
                time.sleep(0.05)
                noted = found.user_attrs.get(IDENTITY)
        if noted is None and not found.get_trials(deepcopy=False):
            return None
        if not isinstance(noted, dict):
            raise SweepError(
                f"the study “{self._name}” in {shown(self._place)} was not made by nnstudio; name another --study"
            )
        return noted

    def _ranges_of(self, noted: dict[str, Any], document: Document) -> tuple[SearchRange, ...]:
        try:
            return tuple(parse_range(document, str(text)) for text in noted.get("ranges", ()))
        except SweepError as error:
            raise refuse_other([error.message], self._place, self._name) from None

    def _check(self, noted: dict[str, Any], now: dict[str, str], own: dict[str, Any]) -> None:
        known = noted.get("identity")
        if found := differences(known if isinstance(known, dict) else {}, now):
            raise refuse_other(found, self._place, self._name)
        for part, what in (("ranges", "searches"), ("measure", "measures"), ("epochs", "trains for epochs:")):
            if noted.get(part) != own[part]:
                there, here = (_words(each[part]) for each in (noted, own))
                raise SweepError(
                    f"the study “{self._name}” in {shown(self._place)} {what} {there}, not {here}; go on with that, "
                    "or name another --study"
                )

    def _open(self, pruner: optuna.pruners.BasePruner, own: dict[str, Any]) -> optuna.Study:
        import optuna

        with storage_errors(self._place):
            made = optuna.create_study(
                storage=self._storage,
                study_name=self._name,
                direction=direction(self.measure),
                sampler=self._sampler,
                pruner=pruner,
                load_if_exists=True,
            )
            if IDENTITY not in made.user_attrs:
                made.set_user_attr(IDENTITY, own)
            return made

    @property
    def table(self) -> StudyTable:
        """Table of the trials, those of other processes as well."""
        with storage_errors(self._place):
            return table_of(self._study)

    # Trials

    def run(self, trials: int, stopped: Callable[[], bool], tell: Callable[[Progress], None]) -> None:
        """Train until the study has so many trials, together with other processes, or until it is `stopped`.

        The trial under way is cut off then, and trained again when the sweep goes on. `tell` is called with the
        progress several times a second. Raises SweepError if the storage fails.
        """
        self._stop, self._tell = stopped, tell
        wanted = trials
        while not stopped():
            with storage_errors(self._place):
                self._bury_dead()
                rows = table_of(self._study).rows
                size = self._grid_size()
                wanted = trials if size is None else min(trials, size)
                done, running = sum(row.over for row in rows), sum(row.state == "running" for row in rows)
                tell(Progress(done, wanted, 0.0, running))
                if done >= wanted:
                    return
                if done + running >= wanted:
                    # Who trains them may be killed; then they are left to us.
                    time.sleep(_PAUSE)
                    continue
                try:
                    self._study.optimize(
                        lambda trial, done=done, wanted=wanted: self._objective(trial, done, wanted),
                        n_trials=1,
                        catch=(EngineError, StoppedError),
                    )
                except _FaultError as fault:
                    raise fault.error from None

    def _grid_size(self) -> int | None:
        if self.settings.sampler != "grid":
            return None
        from nnstudio.sweep.ranges import grid_of

        size = 1
        for values in grid_of(self._document, self.ranges).values():
            size *= len(values)
        return size

    def _bury_dead(self) -> None:
        """Mark the trials of processes that were killed, and let their settings be trained again."""
        import optuna

        states = optuna.trial.TrialState
        for trial in self._study.get_trials(deepcopy=False, states=(states.RUNNING,)):
            begun = 0.0 if trial.datetime_start is None else trial.datetime_start.timestamp()
            if not living.is_dead(trial.user_attrs, begun):
                continue
            # Another process may have done so in this moment.
            with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
                if self._storage.set_trial_state_values(trial._trial_id, state=states.FAIL):
                    retry(self._study, trial)

    def _objective(self, trial: optuna.Trial, done: int, wanted: int) -> float:
        import optuna

        from nnstudio.sweep import optuna_parts

        trial.set_user_attr(living.PROCESS, self._living.note)
        noted = time.monotonic()

        def alive(share: float) -> bool:
            nonlocal noted
            now = time.monotonic()
            if now - noted > living.INTERVAL:
                trial.set_user_attr(living.ALIVE, time.time())
                noted = now
            self._tell(Progress(done, wanted, share))
            return not self._stop()

        def report(value: float, epoch: int) -> bool:
            trial.report(value, epoch)
            return bool(trial.should_prune())

        try:
            parameters = optuna_parts.suggested(trial, self._document, self.ranges)
            run, value = train_trial(self.document_of(parameters), self._split, self.measure, report, alive, self._room)
        except DivergedError as error:
            # For the search it is a bad trial, from which it learns; a failed one would tell it nothing.
            trial.set_user_attr(DIVERGED, True)
            trial.set_user_attr(REASON, str(error))
            raise optuna.TrialPruned from None
        except PrunedError:
            raise optuna.TrialPruned from None
        except EngineError as error:
            trial.set_user_attr(REASON, str(error))
            raise
        except StoppedError:
            found = self._study.get_trials(deepcopy=False)[trial.number]
            retry(self._study, found)
            raise
        except (KeyError, ValueError, RuntimeError) as error:
            # It is no fault of the storage, of which it would be told around this.
            raise _FaultError(error) from None
        trial.set_user_attr(EPOCHS, run.checkpoint.epoch)
        self._keep_if_good(trial, run, value)
        return value

    @property
    def _room(self) -> int:
        return min(LIMIT, MOST_SAVED // max(self.settings.keep, 1)) if self.settings.keep else 0

    def _keep_if_good(self, trial: optuna.Trial, run: Run, value: float) -> None:
        count = self.settings.keep
        if not count:
            return
        best = self.table.best(count)
        rising = direction(self.measure) == "maximize"
        worst = best[-1].value if len(best) == count else None
        if worst is not None and (value <= worst if rising else value >= worst):
            return
        # What cannot be kept, as on a full drive, is trained again at the end.
        with contextlib.suppress(EngineError, OSError):
            self._kept.keep(trial, run)
        if len(best) == count:
            known = self._study.get_trials(deepcopy=False)
            self._kept.leave([known[best[-1].number]])

    # The best

    def document_of(self, parameters: dict[str, Any]) -> Document:
        """Document of a trial: the project with its settings. Raises EngineError."""
        return document_of(self._document, parameters)

    def best_runs(
        self, count: int, stopped: Callable[[], bool], tell: Callable[[TrialRow, float], None]
    ) -> list[tuple[TrialRow, Run]]:
        """Best trials as runs, the best first; those that were trained elsewhere are trained again.

        `tell` is called with the trial that is trained again and its trained share. Where it is `stopped`, those that
        would have to be trained are left out.
        """
        found = []
        with storage_errors(self._place):
            trials = self._study.get_trials(deepcopy=False)
        for row in self.table.best(count):
            document = self.document_of(dict(row.parameters))
            run = self._kept.load(trials[row.number], document.with_changes(runs=()))
            if run is None:
                run = self._again(document, partial(tell, row), stopped)
            if run is not None:
                made = replace(run.checkpoint, seconds=0.0)
                found.append((row, replace(run, checkpoint=made)))
        return found

    def _again(self, document: Document, tell: Callable[[float], None], stopped: Callable[[], bool]) -> Run | None:
        def alive(share: float) -> bool:
            tell(share)
            return not stopped()

        try:
            return train_trial(document, self._split, self.measure, lambda value, epoch: False, alive, self._room)[0]
        except (EngineError, StoppedError):
            return None


def _words(value: Any) -> str:
    return " and ".join(map(str, value)) if isinstance(value, list) else str(value)
