"""Networks and trainers of documents: made by a back end, and used as any back end's."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nnstudio
from engine import backends, layers
from engine.data import XOR
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.training.build import build, read_data, trainer_for
from tests.nnstudio.builders import document_of


def document() -> Document:
    made = document_of(layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh(), dataset=XOR())
    return edits.set_training(made, batch_size=2)


def test_network_and_trainer_are_the_back_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy, asked = backends.get("numpy"), []

    def network(*arguments: Any, **named: Any) -> Any:
        asked.append("network")
        return numpy.network(*arguments, **named)

    def trainer(*arguments: Any, **named: Any) -> Any:
        asked.append("trainer")
        return numpy.trainer(*arguments, **named)

    monkeypatch.setattr(backends, "get", lambda *_, **__: replace(numpy, network=network, trainer=trainer))
    made = document()
    built = build(made)
    assert asked == ["network"]
    data = read_data(made.data).train
    trainer_for(made, built, data).load(data.x, data.y)
    assert asked == ["network", "trainer"]


def test_the_studio_knows_no_network_but_through_a_back_end() -> None:
    """Else a second back end would not be enough to train on another device."""
    found = []
    for path in Path(nnstudio.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                found += [f"{path.name}: {name}" for name in names if name in FORBIDDEN]
    assert found == []


FORBIDDEN = {"engine.Network", "engine.Trainer", "engine.network.Network", "engine.training.trainer.Trainer"}
