"""Identity of what a study searches: network, data and loss. Trials of another one could not be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.errors import EngineError
from nnstudio.document.model import Document
from nnstudio.document.sweep import SearchRange
from nnstudio.sweep.ranges import as_declared, searchable
from nnstudio.sweep.searchable import with_values
from nnstudio.training.split import Split

# What is told of each part of an identity that differs.
_WORDS: Final = {
    "network": "its network differs",
    "data": "its data differ",
    "split": "its data are prepared or divided in another way",
    "loss": "it has another loss",
}


def identity(document: Document, split: Split, ranges: Iterable[SearchRange]) -> dict[str, str]:
    """Identity of a project, part by part, whatever values the searched settings have now."""
    canonical = _with_lowest(document, ranges)
    numbers = {block.name: number for number, block in enumerate(canonical.blocks)}
    network = (
        [[block.layer.model_dump(mode="json"), block.disabled, block.frozen] for block in canonical.blocks],
        [[numbers.get(wire.source, -1), numbers.get(wire.target, -1)] for wire in canonical.wires],
    )
    data = canonical.data.model_dump(mode="json", exclude={"dataset"})
    known = split.preparation
    parts = len(split.train), 0 if split.validation is None else len(split.validation)
    return {
        # The ranges name the blocks, so that their names count as well.
        "network": _digest([network, sorted(numbers)]),
        "data": _digest([0 if known is None else known.fingerprint, parts]),
        "split": _digest(data),
        "loss": _digest(canonical.training.loss.model_dump(mode="json")),
    }


def differences(known: Mapping[str, Any], present: Mapping[str, str]) -> list[str]:
    """Parts in which two identities differ, in words."""
    return [words for part, words in _WORDS.items() if known.get(part) != present[part]]


def _with_lowest(document: Document, ranges: Iterable[SearchRange]) -> Document:
    """The document with the first value of every range, so that a chosen trial does not make it another one."""
    for wanted in ranges:
        setting = searchable(document, wanted.setting)
        first = wanted.choices[0] if wanted.choices else wanted.low
        try:
            document = with_values(document, {wanted.setting: as_declared(setting, first)})
        except EngineError:
            # Alone it is not allowed; it is left out, which is the same for everybody.
            continue
    return document


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
