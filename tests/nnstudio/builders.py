"""Documents and stores that many tests of the studio need."""

from __future__ import annotations

from typing import Any

from engine import datasets, layers
from engine.layers import Layer
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.store import Store


def document_of(*stack: Layer, **data: Any) -> Document:
    """Document whose layers follow one another, with some data settings other than those of a new project."""
    made = edits.set_data(Document(), **data)
    for layer in stack:
        made = edits.append(made, layer)
    return made


def opened(document: Document) -> Store:
    """Store with this document in it."""
    store = Store()
    store.open(document)
    return store


def digits_network() -> Document:
    """Small convolutional network on the digits, with nothing amiss but its end."""
    return document_of(layers.Conv2D(4), layers.ReLU(), layers.Flatten(), layers.Dense(10), dataset=datasets.Digits())
