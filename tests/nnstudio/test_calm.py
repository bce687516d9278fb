"""Severity of problems: unfinished networks get hints, faulty ones errors."""

from __future__ import annotations

import pytest

from engine import layers, losses
from engine.layers.base import Layer
from nnstudio.canvas.items.block_faces import output_face
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import OUTPUT, Document
from nnstudio.document.problems import Severity, count
from tests.nnstudio.builders import document_of


def made(*stack: Layer) -> Document:
    return document_of(*stack)


@pytest.mark.parametrize("stack", [(layers.Dense(8),), (layers.Dense(8), layers.ReLU())])
def test_a_network_that_ends_in_a_hidden_layer_is_calm_and_names_the_next_step(stack: tuple[Layer, ...]) -> None:
    document = made(*stack)
    problem = analyse(document).problems[OUTPUT]
    assert problem.severity is Severity.NEXT
    assert problem.sentence.startswith("Not finished yet: the network gives ")
    assert problem.fix is not None
    assert problem.fix.title == "Add an output layer"
    assert not output_face(document, analyse(document)).wrong
    assert count([problem]) == "1 next step"
    assert analyse(edits.apply_fix(document, OUTPUT, problem.fix)).ok


def test_it_cannot_be_played_all_the_same() -> None:
    analysis = analyse(made(layers.Dense(8)))
    assert not analysis.ok
    assert analysis.hindrance.startswith("Not finished yet")


def test_an_output_layer_of_the_wrong_size_is_an_error() -> None:
    document = edits.set_training(made(layers.Dense(8), layers.ReLU(), layers.Dense(3), layers.Softmax()))
    document = edits.set_training(document, loss=losses.CategoricalCrossEntropy())
    problem = analyse(document).problems[OUTPUT]
    assert problem.severity is Severity.ERROR
    assert output_face(document, analyse(document)).wrong
