"""Block statistics in words: counts, bytes, costs, receptive fields."""

from __future__ import annotations

import pytest

from engine import datasets, layers, losses
from nnstudio.canvas.items.block_faces import block_face
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.block_stats import amount, figures, memory, size
from nnstudio.document.model import Document
from tests.nnstudio.builders import document_of


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (12345, "12,345"), (99_999, "99,999"), (123_456, "123 k"), (999_499, "999 k"), (999_500, "1.00 M")],
)
def test_counts(number: int, text: str) -> None:
    assert amount(number) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (3_449_000, "3.45 MB"), (12_345_678, "12.3 MB"), (5e15, "5000 TB")],
)
def test_bytes(count: float, text: str) -> None:
    assert size(count) == text


@pytest.fixture
def document() -> Document:
    made = document_of(
        *(layers.Conv2D(4, 3), layers.ReLU(), layers.MaxPool2D(2), layers.Conv2D(8, 3), layers.Flatten()),
        layers.Dense(10),
        layers.Softmax(),
        dataset=datasets.Digits(),
    )
    return edits.set_training(made, loss=losses.CategoricalCrossEntropy(), batch_size=32)


def test_what_a_block_costs_and_sees(document: Document) -> None:
    analysis = analyse(document)
    told = {name: figures(name, analysis) for name in document.chain()}
    assert told["conv2d_1"]["Parameters"] == "40"
    assert told["conv2d_1"]["Multiply-adds"] == "1,296 per sample"
    assert {name: facts["Receptive field"] for name, facts in told.items() if "Receptive field" in facts} == {
        "conv2d_1": "3x3 pixels",
        "relu_1": "3x3 pixels",
        "maxpool2d_1": "4x4 pixels",
        "conv2d_2": "8x8, the whole image",
    }
    assert "Receptive field: 4x4 pixels" in block_face(document.block("maxpool2d_1"), analysis).tip


def test_memory_grows_with_the_batch(document: Document) -> None:
    small, large = document, edits.set_training(document, batch_size=640)
    assert sum(analyse(large).memory.values()) > 10 * sum(analyse(small).memory.values())
    assert memory(small, analyse(small)).endswith("kB at batch size 32")
    assert memory(large, analyse(large)).endswith("MB at batch size 640")


def test_nothing_is_told_of_blocks_whose_shapes_are_unknown_or_that_are_off(document: Document) -> None:
    broken = analyse(edits.remove(document, "flatten_1"))
    assert figures("dense_1", broken) == figures("softmax_1", broken) == {}
    off = analyse(edits.set_disabled(document, True, "relu_1"))
    assert figures("relu_1", off) == {}
