"""Replacing a block's layer type: kept settings and offered types."""

from __future__ import annotations

import pytest

from engine import layers
from engine.layers import REGISTRY
from nnstudio.document import edits, replacing, wiring
from nnstudio.document.model import Document
from tests.nnstudio.builders import document_of


def document() -> Document:
    return document_of(layers.Conv2D(filters=12, kernel_size=5, stride=2), layers.Flatten(), layers.Dense(4))


def test_settings_of_the_same_name_are_kept_where_they_fit() -> None:
    made, name = replacing.replace(document(), "conv2d_1", layers.MaxPool2D)
    assert name == "maxpool2d_1"
    layer = made.block(name).layer
    assert isinstance(layer, layers.MaxPool2D)
    assert layer.stride == 2
    made, name = replacing.replace(document(), "conv2d_1", layers.ConvTranspose2D)
    layer = made.block(name).layer
    assert isinstance(layer, layers.ConvTranspose2D)
    assert (layer.filters, layer.kernel_size, layer.stride) == (12, 5, 2)


def test_the_block_keeps_its_place_its_wires_and_its_own_name() -> None:
    before = edits.rename(document(), "conv2d_1", "edges")
    before = edits.set_disabled(before, True, "edges")
    made, name = replacing.replace(before, "edges", layers.MaxPool2D)
    assert name == "edges"
    assert made.wires == before.wires
    assert made.block("edges").disabled
    assert edits.position(made, "edges") == edits.position(before, "edges")


def test_offers_what_takes_as_many_wires() -> None:
    made = document()
    offered = replacing.candidates(made, "dense_1")
    assert layers.Dense not in offered
    assert set(offered) == {k for k in REGISTRY.values() if k.inputs[0] == 1 and k is not layers.Dense}
    joined = wiring.connect(made, "conv2d_1", "dense_1")
    assert set(replacing.candidates(joined, "add_1")) == {layers.Concatenate, layers.Multiply}


@pytest.mark.parametrize("start", sorted(REGISTRY))
def test_every_type_can_become_every_other_that_is_offered(start: str) -> None:
    made = document()
    kind = REGISTRY[start]
    made = wiring.replace_layer(made, "dense_1", kind())  # type: ignore[call-arg]
    for other in replacing.candidates(made, "dense_1"):
        changed, name = replacing.replace(made, "dense_1", other)
        assert type(changed.block(name).layer) is other
        assert [block.name for block in changed.blocks][:2] == ["conv2d_1", "flatten_1"]
