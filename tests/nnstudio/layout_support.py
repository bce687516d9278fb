"""Documents for tests of places: networks by their wires, and random ones."""

from __future__ import annotations

from itertools import pairwise

import hypothesis.strategies as st

from engine import layers
from nnstudio.document import edits, grouping, groups, wiring
from nnstudio.document.model import INPUT, OUTPUT, Block, Document, Wire

Places = dict[str, tuple[float, float]]


def network(*pairs: tuple[str, str]) -> Document:
    """Blocks and wires by names, all blocks of one kind."""
    names = dict.fromkeys(name for pair in pairs for name in pair if name not in (INPUT, OUTPUT))
    return Document(
        blocks=tuple(Block(name=name, layer=layers.Add()) for name in names),
        wires=tuple(Wire(source=a, target=b) for a, b in pairs),
    )


def line(count: int) -> Document:
    return network(*pairwise([INPUT, *(f"b{number}" for number in range(count)), OUTPUT]))


def places(document: Document) -> Places:
    picture = grouping.drawn(document)
    return {name: edits.position(picture, name) for name in (INPUT, OUTPUT, *(block.name for block in picture.blocks))}


@st.composite
def graphs(draw: st.DrawFn) -> Document:
    """A chain with wires and branches around its blocks, some of its blocks in groups."""
    document = line(draw(st.integers(1, 14)))
    for _ in range(draw(st.integers(0, 6))):
        names = [INPUT, *(block.name for block in document.blocks), OUTPUT]
        source, target = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        if not wiring.obstacle(document, source, target):
            document = wiring.connect(document, source, target)
            if draw(st.booleans()):
                document = edits.insert(document, layers.ReLU(), document.wires[-1])
    for _ in range(draw(st.integers(0, 3))):
        order = grouping.in_order(document, (block.name for block in document.blocks))
        start = draw(st.integers(0, len(order) - 1))
        names_ = order[start : start + draw(st.integers(1, 5))]
        if not grouping.obstacle(document, names_):
            document = groups.make(document, *names_)
            document = groups.set_collapsed(document, document.groups[-1].name, draw(st.booleans()))
    return document
