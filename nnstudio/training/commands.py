"""Commands from the window to the worker. All of them are immutable."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from nnstudio.document.analysis import Analysis
from nnstudio.document.data_state import DataState
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.pace import FULL, Tempo
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.requests.base import Request


@dataclass(frozen=True)
class SetDocument:
    """Train another document; `checkpoint` comes with it from a file.

    `analysis` is that of the document, `data` the state of its data; the worker makes its own where they are missing.
    """

    document: Document
    analysis: Analysis | None = None
    checkpoint: Checkpoint | None = None
    data: DataState | None = None


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
    """Get a checkpoint, to save it."""

    result: Future[Checkpoint]


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
    | SetParameter
    | TakeBack
    | RequestSnapshot
    | GetCheckpoint
    | Quit
)
