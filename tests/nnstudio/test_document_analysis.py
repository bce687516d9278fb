"""Live analysis of a document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine import SpecError, datasets, layers, losses, memory_budget
from engine.layers.base import Layer
from nnstudio.document import edits
from nnstudio.document.analysis import AnalysisCache, analyse
from nnstudio.document.model import Document
from nnstudio.document.problems import Severity
from nnstudio.training.build import build
from tests.nnstudio.builders import document_of


def document(*stack: Layer) -> Document:
    made = document_of(*stack, dataset=datasets.Digits())
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
    monkeypatch.setattr(memory_budget, "memory_limit", lambda: 5_000_000)
    made = document(layers.Conv2D(filters=16), layers.Flatten(), layers.Dense(10), layers.Softmax())
    assert analyse(edits.set_training(made, batch_size=16)).ok
    problems = analyse(edits.set_training(made, batch_size=1000)).problems
    assert "smaller batch" in problems["conv2d_1"].sentence


def test_a_document_is_analysed_once_while_its_data_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = document(layers.Flatten(), layers.Dense(10), layers.Softmax())
    cache = AnalysisCache()
    first = analyse(made, cache=cache)
    assert analyse(made, cache=cache) is first
    assert analyse(made) == first
    signature = made.data.dataset.signature()
    monkeypatch.setattr(datasets.Digits, "signature", lambda self: replace(signature, largest=5000.0))
    again = analyse(made, cache=cache)
    assert [remark.where for remark in again.remarks] == ["input", *(remark.where for remark in first.remarks)]


def test_an_edit_of_one_block_leaves_the_reports_of_those_before_it_as_they_are() -> None:
    made = document(layers.Flatten(), layers.Dense(10), layers.ReLU(), layers.Dense(10), layers.Softmax())
    cache = AnalysisCache()
    first = analyse(made, cache=cache)
    after = edits.set_field(made, "dense_2", "units", 4)
    second = analyse(after, cache=cache)
    assert second == analyse(after)
    for name in ("flatten_1", "dense_1", "relu_1"):
        assert second.reports[name] is first.reports[name]
    assert second.reports["dense_2"] is not first.reports["dense_2"]
    without = edits.remove(after, "relu_1")
    assert analyse(without, cache=cache) == analyse(without)
    assert cache.reports.keys() == {"flatten_1", "dense_1", "dense_2", "softmax_1"}


def mnist_network(dataset: datasets.MNIST) -> Document:
    made = document(layers.Conv2D(4), layers.Flatten(), layers.Dense(10), layers.Softmax())
    return edits.set_data(made, dataset=dataset)


def test_shapes_are_known_before_the_data_are_here(tmp_path: Path) -> None:
    analysis = analyse(mnist_network(datasets.MNIST(folder=str(tmp_path))))
    assert list(analysis.problems) == ["input"]
    assert analysis.problems["input"].severity is Severity.WARNING
    assert analysis.hindrance == analysis.problems["input"].sentence  # it cannot be trained all the same
    assert analysis.signature is not None
    assert analysis.signature.samples == 60_000
    assert [report.output for report in analysis.reports.values()] == [(4, 26, 26), (2704,), (10,), (10,)]
    assert analysis.memory["dense_1"] > 0


def test_what_is_wrong_with_the_network_is_told_beside(tmp_path: Path) -> None:
    made = edits.set_field(mnist_network(datasets.MNIST(folder=str(tmp_path))), "dense_1", "units", 7)
    problems = analyse(made).problems
    assert set(problems) == {"input", "output"}
    assert problems["output"].severity is Severity.ERROR


def test_data_that_are_damaged_or_unknown_are_errors(tmp_path: Path) -> None:
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (tmp_path / name).write_bytes(b"no pictures")
    for dataset in (datasets.MNIST(folder=str(tmp_path)), datasets.NpzFile()):
        analysis = analyse(edits.set_data(document(layers.Flatten()), dataset=dataset))
        assert analysis.signature is None
        assert analysis.problems["input"].severity is Severity.ERROR


def test_missing_digits_are_replaced_by_those_that_are_there(tmp_path: Path) -> None:
    made = mnist_network(datasets.MNIST(folder=str(tmp_path)))
    fix = analyse(made).problems["input"].fix
    assert fix is not None
    fixed = edits.apply_fix(made, "input", fix)
    assert fixed.data.dataset == datasets.Digits(size="28x28")
    assert analyse(fixed).ok
