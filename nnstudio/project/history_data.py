"""Curves and marks of a run in a project file, as JSON."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from nnstudio.document.identity_keys import measure_key
from nnstudio.document.model import Document
from nnstudio.project.archive import ProjectError
from nnstudio.training.checkpoint import Averaging, Checkpoint, Curve, Mark
from nnstudio.training.marks import MOST_MARKS, MOST_TEXT
from nnstudio.training.project import Project

_MOST_POINTS: Final = 10_000

Array = NDArray[Any]

Numbers = Annotated[list[float | None], Field(max_length=_MOST_POINTS)]
CurveName = Annotated[str, Field(max_length=80)]


class AveragingData(BaseModel):
    """Of a curve that was full once; other files do without. None stands for a value that was not finite."""

    model_config = ConfigDict(extra="forbid", strict=True)
    stride: int = Field(ge=2, le=1 << 53)
    waiting: int = Field(ge=0, le=1 << 53)
    total: float | None = None
    last: float | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.waiting >= self.stride:
            raise ValueError(f"{self.waiting} values wait, but {self.stride} are a point already")
        return self


class CurveData(BaseModel):
    """Plain lists; None stands for a value that was not finite, which JSON cannot say."""

    model_config = ConfigDict(extra="forbid", strict=True)
    x: Numbers
    y: Numbers
    averaging: AveragingData | None = None


class MarkData(BaseModel):
    """A mark on the curves; `x` in epochs."""

    model_config = ConfigDict(extra="forbid", strict=True)
    x: float = Field(ge=0, le=1 << 53, allow_inf_nan=False)
    text: str = Field(max_length=MOST_TEXT)


class HistoryData(BaseModel):
    """Progress of training, with its curves and marks, as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)
    epoch: int = Field(ge=0, le=1 << 53)
    step: int = Field(ge=0, le=1 << 53)
    curves: dict[CurveName, CurveData] = Field(max_length=32)
    # Absent where none is, and in files from before it was noted.
    stale: Annotated[list[CurveName], Field(max_length=32)] | None = None
    # Absent where nothing was changed, and in files from before it was noted.
    marks: Annotated[list[MarkData], Field(max_length=MOST_MARKS)] | None = None


def dump_history(project: Project) -> HistoryData:
    """History of a project's checkpoint, as it is written."""
    made = project.checkpoint
    curves = {
        name: CurveData(x=_plain(curve.x), y=_plain(curve.y), averaging=dump_averaging(curve.averaging))
        for name, curve in sorted(made.curves.items())
    }
    return HistoryData(
        epoch=made.epoch,
        step=made.step,
        curves=curves,
        stale=sorted(project.stale) or None,
        marks=[MarkData(x=mark.x, text=mark.text) for mark in made.marks] or None,
    )


def dump_averaging(state: Averaging) -> AveragingData | None:
    """Averaging of a curve as it is written; None where each point is one value."""
    if state.stride == 1:
        return None
    total, last = _plain(np.array([state.total, np.nan if state.last is None else state.last]))
    return AveragingData(stride=state.stride, waiting=state.waiting, total=total, last=last)


def load_averaging(data: AveragingData | None) -> Averaging:
    """Averaging of a curve as it was written."""
    if data is None:
        return Averaging()
    total, last = np.array([data.total, data.last], np.float64).tolist()
    return Averaging(data.stride, data.waiting, total, last)


def load_history(data: HistoryData, document: Document, place: str) -> Checkpoint:
    """Checkpoint of a history: how far training got, its curves and marks.

    Raises ProjectError, which names the `place` in the file, if it is no history of the document.
    """
    curves = {}
    for name, curve in data.curves.items():
        if len(curve.x) != len(curve.y):
            raise ProjectError(f"{place}: curves.{name}: found {len(curve.x)} x but {len(curve.y)} y")
        averaging = load_averaging(curve.averaging)
        curves[name] = Curve(np.array(curve.x, np.float64), np.array(curve.y, np.float64), averaging)
    unknown = [name for name in data.stale or () if name not in curves]
    if unknown:
        raise ProjectError(f"{place}: stale: found {unknown[0]!r:.80}, expected the name of a curve")
    marks = tuple(Mark(mark.x, mark.text) for mark in data.marks or ())
    # What is not stale was measured on the network of the document.
    measured = dict.fromkeys(curves.keys() - set(data.stale or ()), measure_key(document))
    return Checkpoint(curves=curves, epoch=data.epoch, step=data.step, measured=measured, marks=marks)


def _plain(values: Array) -> list[float | None]:
    """At most so many points as are read again, evenly chosen, the first and the last among them."""
    if len(values) > _MOST_POINTS:
        values = values[np.linspace(0, len(values) - 1, _MOST_POINTS).round().astype(np.intp)]
    return [float(value) if math.isfinite(value) else None for value in values]
