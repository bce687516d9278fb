"""Identity keys: equal for documents that share a network, a measure or a run."""

from __future__ import annotations

from nnstudio.document.model import Document


def network_key(document: Document) -> tuple[object, ...]:
    """Key that is equal for documents that build the same network."""
    return tuple((block.name, block.layer, block.disabled) for block in document.blocks), document.wires


def structure_key(document: Document) -> tuple[object, ...]:
    """Key that is equal for documents that build the same network, whatever its blocks are called."""
    numbers = {block.name: number for number, block in enumerate(document.blocks)}
    wires = tuple((numbers.get(wire.source, -1), numbers.get(wire.target, -1)) for wire in document.wires)
    return tuple((block.layer, block.disabled) for block in document.blocks), wires


def measure_key(document: Document) -> tuple[object, ...]:
    """Key that is equal for documents whose losses and metrics can be compared.

    They belong to the same network and are measured in the same way.
    """
    return network_key(document), document.training.loss


def course_key(document: Document) -> tuple[object, ...]:
    """Key that is equal for documents whose difference a run need not know."""
    frozen = tuple(block.name for block in document.blocks if block.frozen)
    return network_key(document), document.training, frozen, document.data.augmentations


def run_key(document: Document) -> tuple[object, ...]:
    """Key that is equal for documents between which training may continue, though perhaps with other samples."""
    data, lasting = document.data.lasting, document.data.dataset.without_samples()
    if lasting is not data.dataset:
        data = data.with_changes(dataset=lasting)
    return data, document.training.seed
