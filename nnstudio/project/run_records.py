"""Kept runs and moments in a project file. No pickle.

`runs.json` describes the runs that are over, and what the project has of the one under way beside the rest of the file;
`runs.safetensors` holds all their arrays by number, each once, however many moments share it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from engine.data import Preparation
from engine.training.checkpoint import TrainerState
from nnstudio.document.identity_keys import measure_key, structure_key
from nnstudio.document.model import MOST_RUNS, Document, RunId, TrainingSettings
from nnstudio.document.runs import is_deleted
from nnstudio.project import trainer_state
from nnstudio.project.archive import ProjectError
from nnstudio.project.bounded_json import PREPARATION, RUNS, validated
from nnstudio.project.history_data import AveragingData, CurveName, MarkData, dump_averaging, load_averaging
from nnstudio.project.migrations import load_document
from nnstudio.project.tensors import parse_arrays
from nnstudio.training.checkpoint import Checkpoint, Curve, Mark, RunOrigin
from nnstudio.training.marks import MOST_MARKS
from nnstudio.training.moments import Moment, MomentLog
from nnstudio.training.project import Project
from nnstudio.training.run_shelf import Run

INFO: Final = "runs.json"
ARRAYS: Final = "runs.safetensors"
LIMITS: Final = {INFO: 64 << 20, ARRAYS: 2 << 30}

_MOST_MOMENTS: Final = 5000
_MOST_ARRAYS: Final = 1000
_MOST_NUMBERED: Final = 200_000

Array = NDArray[Any]

_Number = Annotated[int, Field(ge=0, le=1 << 53)]
_Time = Annotated[float, Field(ge=0, le=1 << 53, allow_inf_nan=False)]
_ArrayNames = Annotated[dict[Annotated[str, Field(max_length=120)], _Number], Field(max_length=_MOST_ARRAYS)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _StateData(_Data):
    """A trainer's state; `info` is JSON text, whose content is checked when training goes on."""

    info: str = Field(max_length=1 << 20)
    arrays: _ArrayNames


class _MomentData(_Data):
    step: _Number
    epoch: _Number
    place: _Time
    vector: _Number
    settings: _Number
    state: _StateData | None = None


class _MomentsData(_Data):
    """Moments of a run, with the settings that they refer to by number."""

    settings: Annotated[list[TrainingSettings], Field(max_length=_MOST_MOMENTS)]
    moments: Annotated[list[_MomentData], Field(max_length=_MOST_MOMENTS)]


class _OriginData(_Data):
    id: RunId
    begun: _Time = 0.0
    parent: RunId | None = None
    step: _Number = 0
    seconds: _Time = 0.0


class _CurveData(_Data):
    x: _Number
    y: _Number
    averaging: AveragingData | None = None


class _RunData(_Data):
    """A run that is over. Document and preparation are JSON text, which is read like that of the project."""

    origin: _OriginData
    document: str = Field(max_length=16 << 20)
    preparation: str | None = Field(None, max_length=16 << 20)
    epoch: _Number
    step: _Number
    weights: _ArrayNames
    curves: dict[CurveName, _CurveData] = Field(max_length=32)
    stale: Annotated[list[CurveName], Field(max_length=32)] | None = None
    marks: Annotated[list[MarkData], Field(max_length=MOST_MARKS)] | None = None
    scores: dict[CurveName, float | None] = Field(max_length=64)
    state: _StateData | None = None
    moments: _MomentsData | None = None


class _PresentData(_Data):
    """The run under way."""

    origin: _OriginData
    moments: _MomentsData | None = None


class _RunsData(_Data):
    runs: Annotated[list[_RunData], Field(max_length=MOST_RUNS)] = Field([])
    present: _PresentData | None = None


def dump(project: Project) -> dict[str, bytes]:
    """Entries of the runs of a project, but for the deleted ones; none where there is nothing to keep."""
    from safetensors.numpy import save

    arrays = _Writer()
    runs = [_dump_run(run, arrays) for run in project.runs if not is_deleted(project.document, run.id)]
    made = project.checkpoint
    present = None
    if made.run.id and made.weights:
        present = _PresentData(origin=_dump_origin(made), moments=_dump_moments(made.moments, arrays))
    if not runs and present is None:
        return {}
    info = _RunsData(runs=runs, present=present).model_dump_json(exclude_none=True)
    return {INFO: info.encode(), ARRAYS: save(arrays.numbered)}


def parse(entries: Mapping[str, bytes], document: Document) -> tuple[Checkpoint, tuple[Run, ...]]:
    """Moments and origin of the run under way, and the runs that are over. Raises ProjectError if malformed."""
    missing = [name for name in (INFO, ARRAYS) if name not in entries]
    if len(missing) == 2:
        return Checkpoint(), ()
    if missing:
        raise ProjectError(f"it has a part of its runs, but no {missing[0]}; use an intact copy of it")
    data = validated(_RunsData, entries[INFO], INFO, RUNS)
    arrays = _Reader(parse_arrays(entries[ARRAYS], ARRAYS))
    runs = tuple(_load_run(run, arrays) for run in data.runs)
    names = [run.id for run in runs] + ([] if data.present is None else [data.present.origin.id])
    if len(set(names)) < len(names):
        raise ProjectError(f"{INFO}: two runs are called {next(n for n in names if names.count(n) > 1)}")
    if data.present is None:
        return Checkpoint(), runs
    origin = data.present.origin
    log = _load_moments(data.present.moments, document, arrays)
    return Checkpoint(run=_load_origin(origin), seconds=origin.seconds, moments=log), runs


class _Writer:
    """Arrays to be written, by number; the same array is written once."""

    def __init__(self) -> None:
        self.numbered: dict[str, Array] = {}
        self._numbers: dict[int, int] = {}
        # A number belongs to an array as long as that exists.
        self._alive: list[Array] = []

    def add(self, array: Array) -> int:
        number = self._numbers.get(id(array))
        if number is None:
            number = self._numbers[id(array)] = len(self.numbered)
            self._alive.append(array)
            self.numbered[str(number)] = trainer_state.portable(array)
        return number

    def add_all(self, arrays: Mapping[str, Array]) -> dict[str, int]:
        return {name: self.add(array) for name, array in sorted(arrays.items())}


class _Reader:
    """Arrays that were read, by number, checked as they are taken."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays

    def _found(self, number: int) -> Array:
        array = self._arrays.get(str(number))
        if array is None:
            raise ProjectError(f"its {ARRAYS} has no array {number}; use an intact copy of the file")
        return array

    def numbers(self, number: int, kind: type[np.float32 | np.float64], *, flat: bool = True) -> Array:
        """Array of this type; `flat` ones have one axis."""
        array = self._found(number)
        if array.dtype != kind or (flat and array.ndim != 1):
            found = f"{array.dtype} of shape {array.shape}"
            raise ProjectError(f"its {ARRAYS} holds {number} as {found}; expected {np.dtype(kind)}")
        return array

    def state(self, data: _StateData | None) -> TrainerState | None:
        if data is None:
            return None
        arrays = {name: self._found(number) for name, number in data.arrays.items()}
        for name, array in arrays.items():
            trainer_state.check_array(name, array, ARRAYS)
        return TrainerState(trainer_state.parse_info(data.info, INFO), arrays)


def _dump_run(run: Run, arrays: _Writer) -> _RunData:
    made = run.checkpoint
    key = measure_key(run.document)
    known = made.preparation
    return _RunData(
        origin=_dump_origin(made),
        document=run.document.model_dump_json(),
        preparation=None if known is None else known.model_dump_json(exclude_none=True),
        epoch=made.epoch,
        step=made.step,
        weights=arrays.add_all(made.weights),
        curves={
            name: _CurveData(x=arrays.add(curve.x), y=arrays.add(curve.y), averaging=dump_averaging(curve.averaging))
            for name, curve in sorted(made.curves.items())
        },
        stale=sorted(name for name in made.curves if made.measured.get(name) != key) or None,
        marks=[MarkData(x=mark.x, text=mark.text) for mark in made.marks] or None,
        scores={name: value if math.isfinite(value) else None for name, value in sorted(run.scores.items())},
        state=_dump_state(made.state, arrays),
        moments=_dump_moments(made.moments, arrays),
    )


def _load_run(data: _RunData, arrays: _Reader) -> Run:
    document = load_document(data.document.encode(), INFO)
    curves = {}
    for name, curve in data.curves.items():
        x, y = (arrays.numbers(number, np.float64) for number in (curve.x, curve.y))
        if len(x) != len(y):
            raise ProjectError(f"{INFO}: curves.{name}: found {len(x)} x but {len(y)} y")
        curves[name] = Curve(x, y, load_averaging(curve.averaging))
    known = None
    if data.preparation is not None:
        known = validated(Preparation, data.preparation.encode(), INFO, PREPARATION)
    made = Checkpoint(
        {name: arrays.numbers(number, np.float32, flat=False) for name, number in data.weights.items()},
        curves,
        data.epoch,
        data.step,
        arrays.state(data.state),
        preparation=known,
        measured=dict.fromkeys(curves.keys() - set(data.stale or ()), measure_key(document)),
        marks=tuple(Mark(mark.x, mark.text) for mark in data.marks or ()),
        moments=_load_moments(data.moments, document, arrays),
        run=_load_origin(data.origin),
        seconds=data.origin.seconds,
    )
    scores = {name: math.nan if value is None else value for name, value in data.scores.items()}
    return Run(document, made, scores)


def _dump_origin(made: Checkpoint) -> _OriginData:
    known = made.run
    return _OriginData(
        id=known.id, begun=known.begun, parent=known.parent or None, step=known.step, seconds=made.seconds
    )


def _load_origin(data: _OriginData) -> RunOrigin:
    return RunOrigin(data.id, data.begun, data.parent or "", data.step)


def _dump_state(state: TrainerState | None, arrays: _Writer) -> _StateData | None:
    if state is None:
        return None
    return _StateData(info=trainer_state.dump_info(state.info), arrays=arrays.add_all(state.arrays))


def _dump_moments(log: MomentLog, arrays: _Writer) -> _MomentsData | None:
    if not log.moments:
        return None
    settings: list[TrainingSettings] = []
    for moment in log.moments:
        # They change seldom, and are compared quickest with those of the moment before.
        if not settings or settings[-1] != moment.settings:
            settings.append(moment.settings)
    place, moments = 0, []
    for moment in log.moments:
        place += moment.settings != settings[place]
        state = _dump_state(moment.state, arrays)
        moments.append(
            _MomentData(
                step=moment.step,
                epoch=moment.epoch,
                place=moment.place,
                vector=arrays.add(moment.vector),
                settings=place,
                state=state,
            )
        )
    return _MomentsData(settings=settings, moments=moments)


def _load_moments(data: _MomentsData | None, document: Document, arrays: _Reader) -> MomentLog:
    if data is None:
        return MomentLog()
    moments: list[Moment] = []
    for each in data.moments:
        if each.settings >= len(data.settings):
            raise ProjectError(f"{INFO}: moments: found settings {each.settings}, of which there are fewer")
        if moments and each.step <= moments[-1].step:
            raise ProjectError(f"{INFO}: moments: found step {each.step} after step {moments[-1].step}")
        moments.append(
            Moment(
                each.step,
                each.epoch,
                each.place,
                arrays.numbers(each.vector, np.float32),
                data.settings[each.settings],
                arrays.state(each.state),
            )
        )
    return MomentLog(structure_key(document), tuple(moments))
