"""Commands from the window to the worker. All of them are immutable."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from nnstudio.document.analysis import Analysis
from nnstudio.document.data_state import DataState
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.pace import FULL, Tempo
from nnstudio.training.requests.base import Request


@dataclass(frozen=True)
class SetDocument:
    """The document is another one; `checkpoint` is what comes with it from a file.

    `analysis` is that of the document, and `data` the state of its data; the worker makes its own where it gets none.
    """

    document: Document
    analysis: Analysis | None = None
    checkpoint: Checkpoint | None = None
    data: DataState | None = None


@dataclass(frozen=True)
class Play:
    """Train until the epochs are done, or on to them after it was stopped early; with `full`, as fast as can be."""

    full: bool = False


@dataclass(frozen=True)
class Pause:
    """Stop after the step that is under way."""


@dataclass(frozen=True)
class Steps:
    """So many single steps, or, with `epoch`, on to the end of the epoch."""

    count: int = 1
    epoch: bool = False


@dataclass(frozen=True)
class SetSpeed:
    """Play goes so fast from here on. Single steps and epochs are not slowed."""

    tempo: Tempo = FULL


@dataclass(frozen=True)
class Reset:
    """First weights again. What is lost is kept under `token`, so that Restore can bring it back."""

    token: int


@dataclass(frozen=True)
class Restore:
    """Undoes the Reset of that token."""

    token: int


@dataclass(frozen=True)
class RequestSnapshot:
    """The window is ready for the next snapshot, with answers to these requests."""

    requests: frozenset[Request] = frozenset()


@dataclass(frozen=True)
class GetCheckpoint:
    """The window wants all that training has made, to save it."""

    result: Future[Checkpoint]


@dataclass(frozen=True)
class Quit:
    """The program ends."""


Command = SetDocument | Play | Pause | Steps | SetSpeed | Reset | Restore | RequestSnapshot | GetCheckpoint | Quit
