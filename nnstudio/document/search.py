"""Search for blocks of a document by text."""

from __future__ import annotations

from engine.declared import Declared
from nnstudio.document.model import INPUT, OUTPUT, Block, Document


def search(document: Document, typed: str) -> frozenset[str]:
    """Search blocks and ends; every typed word must occur.

    Looks at names, types, titles and settings. Returns the names of those found.
    """
    words = typed.lower().split()
    if not words:
        return frozenset()
    return frozenset(name for name, text in _texts(document).items() if all(word in text for word in words))


def _texts(document: Document) -> dict[str, str]:
    """Searched texts by name, in lower case."""
    training = document.training
    texts = {
        INPUT: f"{INPUT} data {_told(document.data.dataset)}",
        OUTPUT: f"{OUTPUT} loss {_told(training.loss)} {_told(training.optimizer)}",
        **{block.name: _block(block) for block in document.blocks},
    }
    return {name: text.lower() for name, text in texts.items()}


def _block(block: Block) -> str:
    states = " disabled" * block.disabled + " frozen" * block.frozen
    return f"{block.name} {block.layer.summary()} {_told(block.layer)}{states}"


def _told(declared: Declared) -> str:
    """Type, title and settings, as "units 16"."""
    settings = declared.model_dump(mode="json", exclude={"type"})
    told = " ".join(f"{field.replace('_', ' ')} {value}" for field, value in settings.items())
    return f"{type(declared).__name__} {declared.title} {told}"
