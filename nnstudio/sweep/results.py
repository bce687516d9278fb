"""Results of a study: its trials as rows, the best of them, and which settings mattered. No widgets."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from nnstudio.sweep import living
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.storage import shown

if TYPE_CHECKING:
    import optuna

State = Literal["running", "waiting", "complete", "pruned", "diverged", "failed", "cut off"]

# What a study notes of itself and a trial of itself.
IDENTITY: Final = "nnstudio"
REASON: Final = "reason"
DIVERGED: Final = "diverged"
EPOCHS: Final = "epochs"
# Trials from which on the importance says anything.
LEAST_FOR_IMPORTANCE: Final = 10


@dataclass(frozen=True)
class TrialRow:
    """Trial of a study.

    Attributes:
        number: counted from 0. state: how it is, or has ended. reason: why it failed; "" else.
        pid: process of this computer that trains it; 0 for none.
        parameters: chosen settings by name, as the study holds them: numbers, and choices as texts.
        value: its measure at the end; of one that was given up, the last that was known; None without any.
        epoch: the epoch of its last report. seconds: how long it took, or has taken so far.
        curve: reported measures by epoch.
    """

    number: int
    state: State
    parameters: Mapping[str, Any]
    value: float | None
    epoch: int
    seconds: float
    reason: str = ""
    curve: tuple[tuple[int, float], ...] = ()
    pid: int = 0

    @property
    def over(self) -> bool:
        """True if the trial has ended and counts; one that was cut off is trained again."""
        return self.state in ("complete", "pruned", "diverged", "failed")


@dataclass(frozen=True)
class StudyTable:
    """Table of the trials of a study.

    Attributes:
        measure: curve by which trials are judged. maximize: larger is better.
        ranges: what is searched, as text. rows: the trials by number.
    """

    measure: str
    maximize: bool
    ranges: tuple[str, ...]
    rows: tuple[TrialRow, ...]
    settings: tuple[str, ...] = field(default=())

    @property
    def done(self) -> int:
        """Number of the trials that have ended and count."""
        return sum(row.over for row in self.rows)

    def best(self, count: int = 1) -> tuple[TrialRow, ...]:
        """Best trials that were trained to the end; of equal ones the first."""
        complete = [row for row in self.rows if row.state == "complete" and row.value is not None]
        sign = -1 if self.maximize else 1
        return tuple(sorted(complete, key=lambda row: (sign * (row.value or 0.0), row.number))[:count])


def table_of(study: optuna.Study) -> StudyTable:
    """Table of a study that is open."""
    import optuna

    noted = study.user_attrs.get(IDENTITY, {})
    rows = tuple(_row(trial) for trial in study.get_trials(deepcopy=False))
    names = dict.fromkeys(name for row in rows for name in row.parameters)
    return StudyTable(
        str(noted.get("measure", "")),
        study.direction == optuna.study.StudyDirection.MAXIMIZE,
        tuple(map(str, noted.get("ranges", ()))),
        rows,
        tuple(names),
    )


def importances(study: optuna.Study) -> dict[str, float]:
    """Importance of each setting for a good measure, by PED-ANOVA, as shares of 1, the largest first.

    Raises SweepError while there are too few trials. Source: Watanabe, Bansal, Hutter 2023, "PED-ANOVA: Efficiently
    quantifying hyperparameter importance in arbitrary subspaces"; Optuna's evaluator of it, which needs no more
    packages than Optuna itself.
    """
    import optuna

    count = sum(trial.state == optuna.trial.TrialState.COMPLETE for trial in study.get_trials(deepcopy=False))
    if count < LEAST_FOR_IMPORTANCE:
        raise SweepError(
            f"importance is measured from {LEAST_FOR_IMPORTANCE} trials on that were trained to the end; "
            f"there are {count}"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = optuna.importance.get_param_importances(
                study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
            )
        except (ValueError, RuntimeError) as error:
            raise SweepError(f"the importance cannot be measured: {error}") from None
    total = sum(value for value in found.values() if math.isfinite(value))
    return {name: value / total if total else 0.0 for name, value in found.items()}


def refuse_other(found: Sequence[str], place: str, study: str) -> SweepError:
    """Error for a study that is of another project."""
    *others, last = found
    words = f"{', '.join(others)} and {last}" if others else last
    return SweepError(
        f"the study “{study}” in {shown(place)} belongs to another project: {words}; name another "
        "--storage, or another --study in it"
    )


def _row(trial: optuna.trial.FrozenTrial) -> TrialRow:
    import optuna

    curve = tuple(sorted(trial.intermediate_values.items()))
    value = trial.value if trial.value is not None else curve[-1][1] if curve else None
    begun, ended = trial.datetime_start, trial.datetime_complete
    seconds = 0.0 if begun is None else ((ended or datetime.now()) - begun).total_seconds()
    reason = trial.user_attrs.get(REASON, "")
    return TrialRow(
        trial.number,
        _state(trial),
        dict(trial.params),
        value if value is not None and math.isfinite(value) else None,
        int(trial.user_attrs.get(EPOCHS, curve[-1][0] if curve else 0)),
        seconds,
        str(reason),
        tuple((epoch, each) for epoch, each in curve if math.isfinite(each)),
        living.local_process(trial.user_attrs) if trial.state == optuna.trial.TrialState.RUNNING else 0,
    )


def _state(trial: optuna.trial.FrozenTrial) -> State:
    import optuna

    states = optuna.trial.TrialState
    if trial.state == states.PRUNED:
        return "diverged" if trial.user_attrs.get(DIVERGED) else "pruned"
    if trial.state == states.FAIL:
        # Without a reason, its process has ended before it.
        return "failed" if trial.user_attrs.get(REASON) else "cut off"
    known: dict[Any, State] = {states.COMPLETE: "complete", states.WAITING: "waiting"}
    return known.get(trial.state, "running")
