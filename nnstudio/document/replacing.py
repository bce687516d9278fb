"""Replace a block's layer by another type, keeping what fits. Pure functions, like all edits."""

from __future__ import annotations

import re

from engine.declared import describe
from engine.errors import SpecError
from engine.layers import REGISTRY
from engine.layers.base import Layer
from nnstudio.document import edits, wiring
from nnstudio.document.model import Document


def candidates(document: Document, name: str) -> list[type[Layer]]:
    """Layer types that could replace a block's: those taking as many inputs."""
    present = type(document.block(name).layer)
    found = sum(wire.target == name for wire in document.wires)

    def fits(kind: type[Layer]) -> bool:
        least, most = kind.inputs
        # Without a wire yet, or with too few, what counts is that both join branches or neither does.
        return (least > 1) == (present.inputs[0] > 1) and (most is None or found <= most)

    return [kind for kind in REGISTRY.values() if kind is not present and fits(kind)]


def replace(document: Document, name: str, kind: type[Layer]) -> tuple[Document, str]:
    """Replace a block's layer by one of another type.

    Settings of the same name are kept where their value is allowed. A name made from the type ("dense_1") becomes one
    of the new type; any other name stays. Returns the document and the block's name in it.
    """
    old = document.block(name).layer
    layer = _like(old, kind)
    document = wiring.replace_layer(document, name, layer)
    if re.fullmatch(rf"{re.escape(old.type_name().lower())}_\d+", name):
        new = edits.fresh_name(document, layer)
        return edits.rename(document, name, new), new
    return document, name


def _like(old: Layer, kind: type[Layer]) -> Layer:
    layer = kind()  # type: ignore[call-arg]
    known = type(old).model_fields
    for field in describe(kind):
        if field.name in known:
            try:
                layer = layer.with_changes(**{field.name: getattr(old, field.name)})
            except SpecError:
                continue
    return layer
