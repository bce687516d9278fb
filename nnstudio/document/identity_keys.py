"""Identity keys: equal for documents that share a network or a measure."""

from __future__ import annotations

from nnstudio.document.model import Document


def network_key(document: Document) -> tuple[object, ...]:
    """Equal for documents that make the same network."""
    return tuple((block.name, block.layer, block.disabled) for block in document.blocks), document.wires


def measure_key(document: Document) -> tuple[object, ...]:
    """Equal for documents whose losses and metrics are those of the same network, measured alike."""
    return network_key(document), document.training.loss
