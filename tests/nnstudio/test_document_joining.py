"""Fixes for merge blocks with mismatched branches: offered, effective, or absent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import datasets, layers
from engine.layers.base import Layer
from engine.types import Shape
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import INPUT, OUTPUT, Block, DataSettings, Document, Wire
from nnstudio.document.problems import Problem

DIGITS, POINTS = datasets.Digits(), datasets.Gaussians(clouds=2)


def joined(dataset: datasets.Dataset, join: Layer, *branches: list[Layer]) -> Document:
    """Branches from the data, side by side, that a block joins: "a1", "a2", ..., "b1", ..., "join"."""
    blocks, wires = [], []
    for letter, stack in zip("abcd", branches, strict=False):
        last = INPUT
        for place, layer in enumerate(stack, start=1):
            name = f"{letter}{place}"
            blocks.append(Block(name=name, layer=layer))
            wires.append(Wire(source=last, target=name))
            last = name
        wires.append(Wire(source=last, target="join"))
    blocks += [Block(name="join", layer=join), Block(name="flat", layer=layers.Flatten())]
    blocks.append(Block(name="end", layer=layers.Dense(10)))
    wires += [Wire(source=s, target=t) for s, t in (("join", "flat"), ("flat", "end"), ("end", OUTPUT))]
    return Document(data=DataSettings(dataset=dataset), blocks=tuple(blocks), wires=tuple(wires))


def problem(document: Document) -> Problem | None:
    return analyse(document).problems.get("join")


def fixed(document: Document) -> Document:
    found = problem(document)
    assert found is not None
    assert found.fix is not None
    return edits.apply_fix(document, "join", found.fix)


def conv(filters: int, **changes: object) -> Layer:
    return layers.Conv2D(filters, **{"padding": "same", **changes})  # type: ignore[arg-type]


# What is wrong, the title of the fix, and the shape that comes out of the join then.
CASES: dict[str, tuple[Document, str, Shape]] = {
    "rows of other lengths": (
        joined(POINTS, layers.Add(), [layers.Dense(8), layers.Tanh(), layers.Dense(8)], [layers.Dense(3)]),
        "Insert Dense after b1",
        (8,),
    ),
    "straight from the data": (
        joined(POINTS, layers.Multiply(), [layers.Dense(8), layers.Sigmoid()], []),
        "Insert Dense after data",
        (8,),
    ),
    "the longer branch leads, whichever comes first": (
        joined(POINTS, layers.Add(), [layers.Dense(3)], [layers.Dense(8), layers.Tanh()]),
        "Insert Dense after a1",
        (8,),
    ),
    "the odd one of three": (
        joined(POINTS, layers.Add(), [layers.Dense(8)], [layers.Dense(8)], [layers.Dense(5), layers.Tanh()]),
        "Insert Dense after c2",
        (8,),
    ),
    "other channels": (
        joined(DIGITS, layers.Add(), [conv(8), layers.ReLU(), conv(16)], [conv(4)]),
        "Insert Conv2D after b1",
        (16, 8, 8),
    ),
    "half the size and other channels": (
        joined(DIGITS, layers.Add(), [conv(8, stride=2), layers.ReLU(), conv(16)], [conv(4)]),
        "Insert Conv2D after b1",
        (16, 4, 4),
    ),
    "half the size": (
        joined(DIGITS, layers.Add(), [conv(4), layers.ReLU(), layers.MaxPool2D(2)], [conv(4)]),
        "Insert AvgPool2D after b1",
        (4, 4, 4),
    ),
    "a size that is no whole part": (
        joined(DIGITS, layers.Concatenate(), [conv(4, stride=3), layers.ReLU()], [conv(4)]),
        "Insert Conv2D after b1",
        (8, 3, 3),
    ),
    "twice the size": (
        joined(DIGITS, layers.Concatenate(), [layers.Upsample2D(), conv(4)], [conv(2)]),
        "Insert Upsample2D after b1",
        (6, 16, 16),
    ),
    "twice the size and other channels": (
        joined(DIGITS, layers.Add(), [layers.Upsample2D(), conv(4)], []),
        "Insert Conv2D and Upsample2D after data",
        (4, 16, 16),
    ),
    "twice as wide alone": (
        joined(DIGITS, layers.Add(), [conv(4), layers.Upsample2D(size=(1, 2))], [conv(4)]),
        "Insert Upsample2D after b1",
        (4, 8, 16),
    ),
    "a rim that one convolution loses": (
        joined(DIGITS, layers.Add(), [conv(4, padding="valid"), layers.ReLU()], [conv(4)]),
        "Set padding of a1 to same",
        (4, 8, 8),
    ),
    "rims that two lose": (
        joined(DIGITS, layers.Concatenate(), [conv(4, padding="valid"), conv(2, padding="valid")], [conv(4)]),
        "Set padding of 2 layers to same",
        (6, 8, 8),
    ),
    "a rim that the way around loses": (
        joined(DIGITS, layers.Add(), [conv(4), layers.ReLU(), conv(4)], [conv(4, padding="valid")]),
        "Set padding of b1 to same",
        (4, 8, 8),
    ),
    "a rim lost to padding by number": (
        joined(DIGITS, layers.Concatenate(), [conv(4), layers.ReLU(), conv(4)], [conv(4, padding=0)]),
        "Insert ZeroPad2D after b1",
        (8, 8, 8),
    ),
    "a picture beside a row": (
        joined(DIGITS, layers.Concatenate(), [layers.Flatten(), layers.Dense(8)], []),
        "Insert Flatten after data",
        (72,),
    ),
    "a picture added to a row": (
        joined(DIGITS, layers.Add(), [layers.Flatten(), layers.Dense(8)], []),
        "Insert Flatten and Dense after data",
        (8,),
    ),
    "a row beside a longer branch of pictures": (
        joined(DIGITS, layers.Concatenate(), [conv(4), layers.ReLU(), conv(2)], [layers.Flatten(), layers.Dense(5)]),
        "Insert Flatten after a3",
        (133,),
    ),
    "a row of as many numbers": (
        joined(DIGITS, layers.Add(), [conv(4), layers.ReLU(), conv(1)], [layers.Flatten(), layers.Dense(64)]),
        "Insert Reshape after b2",
        (1, 8, 8),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_cure_mends_the_join(case: str) -> None:
    document, title, shape = CASES[case]
    found = problem(document)
    assert found is not None
    assert found.fix is not None
    assert found.fix.title == title
    after = fixed(document)
    assert problem(after) is None
    assert analyse(after).reports["join"].output == shape
    # The inputs keep their order.
    before = [wire.source for wire in document.wires if wire.target == "join"]
    now = [wire.source for wire in after.wires if wire.target == "join"]
    assert len(now) == len(before)
    assert sum(one != other for one, other in zip(before, now, strict=True)) == bool(found.fix.insert)


UNCLEAR = {
    "sizes that are no parts of each other": joined(
        DIGITS, layers.Add(), [conv(4), layers.ReLU(), conv(4, kernel_size=4, padding=0)], [conv(4)]
    ),
    "a row added to a longer branch of pictures": joined(
        DIGITS, layers.Add(), [conv(4), layers.ReLU(), conv(2)], [layers.Flatten(), layers.Dense(5)]
    ),
    "more than a pixel can be repeated": joined(
        DIGITS, layers.Concatenate(), [conv(4), layers.Upsample2D(16), layers.Upsample2D(2)], []
    ),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_none_is_offered_where_none_is_clear(case: str) -> None:
    found = problem(UNCLEAR[case])
    assert found is not None
    assert found.fix is None


def test_several_wrong_branches_are_mended_one_by_one() -> None:
    document = joined(POINTS, layers.Add(), [layers.Dense(8), layers.Tanh()], [layers.Dense(3)], [layers.Dense(5)])
    titles = []
    while (found := problem(document)) is not None:
        assert found.fix is not None
        titles.append(found.fix.title)
        document = fixed(document)
    assert titles == ["Insert Dense after b1", "Insert Dense after c1"]


def test_size_first_and_channels_then() -> None:
    stack = [conv(8, padding="valid"), layers.ReLU(), conv(16, padding="valid")]
    document = fixed(joined(DIGITS, layers.Add(), stack, [conv(4)]))
    found = problem(document)
    assert found is not None
    assert found.fix is not None
    assert found.fix.title == "Insert Conv2D after b1"
    assert problem(fixed(document)) is None


def test_a_join_that_lacks_an_input_gets_no_such_cure() -> None:
    found = problem(joined(POINTS, layers.Add(), [layers.Dense(8)]))
    assert found is not None
    assert found.fix is None


def test_disabled_blocks_are_passed() -> None:
    document = joined(POINTS, layers.Add(), [layers.Dense(8), layers.Tanh()], [layers.Dense(8)])
    document = edits.set_disabled(document, True, "b1")
    found = problem(document)
    assert found is not None
    assert found.fix is not None
    # Where its wire really comes from.
    assert found.fix.title == "Insert Dense after b1"
    assert problem(fixed(document)) is None


kinds = st.one_of(
    st.builds(conv, st.integers(1, 5), padding=st.sampled_from(["same", "valid", 0]), stride=st.integers(1, 3)),
    st.builds(layers.Upsample2D, st.integers(1, 3)),
    st.builds(layers.MaxPool2D, st.integers(1, 2)),
    st.just(layers.Flatten()),
    st.builds(layers.Dense, st.integers(1, 9)),
)
stacks = st.lists(kinds, max_size=4)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([layers.Add(), layers.Concatenate(), layers.Multiply()]), st.lists(stacks, min_size=2, max_size=3)
)
def test_whatever_is_joined_a_cure_leaves_less_to_mend(join: Layer, branches: list[list[Layer]]) -> None:
    if sum(not stack for stack in branches) > 1:
        return
    document = joined(DIGITS, join, *branches)
    for _ in range(2 * len(branches)):
        found = problem(document)
        if found is None or found.fix is None:
            return
        document = fixed(document)
    raise AssertionError("the fixes lead nowhere")
