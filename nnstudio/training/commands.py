"""Commands from the window to the worker. All of them are immutable."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from nnstudio.document.analysis import Analysis
from nnstudio.document.data_state import DataState
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.curve_listener import CurveListener
from nnstudio.training.pace import FULL, Tempo
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.requests.base import Request
from nnstudio.training.run_shelf import Run


@dataclass(frozen=True)
class SetDocument:
    """Train another document; `checkpoint` and `runs` come with it from a file.

    `analysis` is that of the document, `data` the state of its data; the worker makes its own where they are missing.
    """

    document: Document
    analysis: Analysis | None = None
    checkpoint: Checkpoint | None = None
    data: DataState | None = None
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Play:
    """Train until all epochs are done, also after early stopping; `full` for full speed."""

    full: bool = False


@dataclass(frozen=True)
class Pause:
    """Pause after the step under way."""


@dataclass(frozen=True)
class Steps:
    """Make so many single steps, or, with `epoch`, train to the end of the epoch."""

    count: int = 1
    epoch: bool = False


@dataclass(frozen=True)
class SetSpeed:
    """Set the speed of play. Single steps and epochs are not slowed."""

    tempo: Tempo = FULL


@dataclass(frozen=True)
class Reset:
    """Return to initial weights. What is lost is kept under `token`, so that Restore can bring it back."""

    token: int


@dataclass(frozen=True)
class Restore:
    """Undo the Reset of that token."""

    token: int


@dataclass(frozen=True)
class Look:
    """Look at the moment nearest to a step, or, with None, at the present. Training goes on all the same."""

    step: int | None = None


@dataclass(frozen=True)
class Branch:
    """Begin a run from an earlier step of the present one, which is kept under `token` for Restore."""

    step: int
    token: int


@dataclass(frozen=True)
class TakeWeights:
    """Begin a run with the weights of another file. The present one is kept under `token` for Restore."""

    checkpoint: Checkpoint
    token: int


@dataclass(frozen=True)
class Keep:
    """Keep the present run under `token` for Restore, before another takes its place."""

    token: int


@dataclass(frozen=True)
class RestoreRun:
    """Go on with a run that is over. The document is its own already."""

    run: str


@dataclass(frozen=True)
class AddRuns:
    """Keep runs that were trained elsewhere, under their names where these are free."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class RepeatRun:
    """Train the present document once with each of these seeds, beside the present run; without any, stop that."""

    seeds: tuple[int, ...]


@dataclass(frozen=True)
class ListenToCurves:
    """Tell a listener of each point of the curves from here on; None for nobody. The one before is closed."""

    listener: CurveListener | None = None


@dataclass(frozen=True)
class SetMomentLimit:
    """Bound the memory of the moments, in bytes: those of the present run, and those of all others together."""

    limit: int


@dataclass(frozen=True)
class SetParameter:
    """Set one number of the network. The run as it was before is kept under `token`, for TakeBack.

    Further edits with the same token are part of the first one.
    """

    edit: ParameterEdit
    token: int


@dataclass(frozen=True)
class TakeBack:
    """Undo the SetParameter of that token, with all training since."""

    token: int


@dataclass(frozen=True)
class RequestSnapshot:
    """Request the next snapshot, with answers to these requests."""

    requests: frozenset[Request] = frozenset()


@dataclass(frozen=True)
class GetCheckpoint:
    """Get what is trained, to save it: a checkpoint and the runs that are over."""

    result: Future[tuple[Checkpoint, tuple[Run, ...]]]


@dataclass(frozen=True)
class Quit:
    """End the worker, because the program ends."""


Command = (
    SetDocument
    | Play
    | Pause
    | Steps
    | SetSpeed
    | Reset
    | Restore
    | Look
    | Branch
    | TakeWeights
    | Keep
    | RestoreRun
    | AddRuns
    | RepeatRun
    | ListenToCurves
    | SetMomentLimit
    | SetParameter
    | TakeBack
    | RequestSnapshot
    | GetCheckpoint
    | Quit
)
