"""What the live analysis says about a document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import SpecError, datasets, layers, losses, memory
from engine.layers.base import Layer
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.compile import build
from nnstudio.document.model import Document


def document(*stack: Layer) -> Document:
    made = edits.set_data(Document(), dataset=datasets.Digits())
    for layer in stack:
        made = edits.append(made, layer)
    return edits.set_training(made, loss=losses.CategoricalCrossEntropy())


def test_a_network_too_large_for_any_machine_is_a_problem_of_its_largest_block() -> None:
    large = document(
        layers.Flatten(), layers.Dense(65536), layers.ReLU(), layers.Dense(65536), layers.Dense(10), layers.Softmax()
    )
    problems = analyse(large).problems
    assert list(problems) == ["dense_2"]
    assert "4,299,948,042" in problems["dense_2"].sentence
    with pytest.raises(SpecError, match="dense_2"):
        build(large)


def test_what_is_too_large_depends_on_memory_and_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 5_000_000)
    made = document(layers.Conv2D(filters=16), layers.Flatten(), layers.Dense(10), layers.Softmax())
    assert analyse(edits.set_training(made, batch_size=16)).ok
    problems = analyse(edits.set_training(made, batch_size=1000)).problems
    assert "smaller batch" in problems["conv2d_1"].sentence


def test_a_document_is_analysed_once_while_its_data_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = document(layers.Flatten(), layers.Dense(10), layers.Softmax())
    first = analyse(made)
    assert analyse(made) is first
    assert analyse(made.model_copy()) == first
    signature = made.data.dataset.signature()
    monkeypatch.setattr(datasets.Digits, "signature", lambda self: replace(signature, largest=5000.0))
    assert [remark.where for remark in analyse(made).remarks] == ["input", *(remark.where for remark in first.remarks)]
