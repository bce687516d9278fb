"""Loss and scaling of targets that fit the data.

Both follow the kind of data; the loss does until the user has chosen another one.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.data import Dataset, Signature
from engine.errors import SpecError
from engine.losses import Loss, usual
from nnstudio.document.analysis import analyse_with
from nnstudio.document.data_state import DataState, Known, read_state
from nnstudio.document.model import OUTPUT, Document
from nnstudio.document.preparing import follow_steps, prepared

StateOf = Callable[[Dataset], DataState]


def follow_data(before: Document, after: Document, state_of: StateOf = read_state) -> Document:
    """Set the usual loss, and scale targets that need it, after the data of a document have changed.

    Returns `after`, with what is usual for its data. A loss that differed from the usual one before was chosen
    by the user and stays; so does one that suits this network, such as mean squared error after Tanh. `state_of` tells
    what is known of data; nothing changes while they are being read.
    """
    source, was = _source(after, state_of), _source(before, state_of)
    if source is None:
        return after
    after = follow_steps(before, after, was, source)
    loss, now = after.training.loss, _signature(after, state_of)
    if now is None or loss == _usual(now) or not _followed(loss, _signature(before, state_of)) or _fits(after, now):
        return after
    training = after.training.with_changes(loss=_usual(now))
    return after.with_changes(training=training)


def _followed(loss: Loss, data: Signature | None) -> bool:
    """True if a loss is what these data call for; of data that could not be read, if it is what any call for."""
    if data is not None:
        return loss == _usual(data)
    return loss in (usual("regression", 0), usual("classification", 2), usual("classification", 3))


def _usual(signature: Signature) -> Loss:
    return usual(signature.learns, len(signature.classes))


def _source(document: Document, state_of: StateOf) -> Signature | None:
    state = state_of(document.data.dataset)
    return state.signature if isinstance(state, Known) else None


def _signature(document: Document, state_of: StateOf) -> Signature | None:
    source = _source(document, state_of)
    try:
        return None if source is None else prepared(document.data, source)
    except SpecError:
        return source


def _fits(document: Document, signature: Signature) -> bool:
    """True if the network can be trained as it is, and there is nothing to say about its end and its loss."""
    analysis = analyse_with(document, signature)
    last = next((wire.source for wire in document.wires if wire.target == OUTPUT), OUTPUT)
    return analysis.ok and not analysis.remarks_on(OUTPUT) and not analysis.remarks_on(last)
