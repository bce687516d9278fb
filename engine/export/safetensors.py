"""Safetensors: the weights as tensors by name, with the network's description in the metadata."""

from __future__ import annotations

import json
from typing import ClassVar

from engine.export.base import Format
from engine.export.subject import Subject
from engine.network_file import KEY
from engine.types import Array

# Where the metadata hold the preparation, as JSON that `engine.data.Preparation` reads.
PREPARATION = "preparation"


def content(subject: Subject) -> bytes:
    """File that `Network.load` reads, and any other reader of tensors."""
    from safetensors.numpy import save

    metadata = {KEY: json.dumps(subject.network.spec())}
    if subject.preparation is not None:
        # Without what was fitted on the data, nobody could tell what the network takes and gives.
        metadata[PREPARATION] = subject.preparation.model_dump_json(exclude_none=True)
    arrays: dict[str, Array] = {name: array.copy() for name, array in subject.network.arrays.items()}
    return save(arrays, metadata=metadata)


class Safetensors(Format):
    """Weights in .safetensors, for `engine.Network.load` and other programs."""

    title: ClassVar[str] = "Safetensors: the network, for engine.Network.load"
    help: ClassVar[str] = "Weights as tensors by name, with the network's description in the metadata."
    format: ClassVar[str] = "safetensors"
    suffix: ClassVar[str] = ".safetensors"

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        return {self.suffix: content(subject)}
