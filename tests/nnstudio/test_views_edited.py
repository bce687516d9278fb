"""Views between an edit and the first answer of the new network: names mean other blocks, or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from engine import datasets, layers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.run import TrainingRun
from nnstudio.views import VIEWS
from nnstudio.views.base import View
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown
from tests.nnstudio.worker_support import run_of

_NAMES = ("conv2d_1", "tanh_1", "flatten_1", "dense_1", "softmax_1")


def digits() -> Document:
    stack = layers.Conv2D(2), layers.Tanh(), layers.Flatten(), layers.Dense(10), layers.Softmax()
    return document_of(*stack, dataset=datasets.Digits())


def swapped(one: str, other: str) -> Callable[[Document], Document]:
    def edit(document: Document) -> Document:
        return edits.rename(edits.rename(edits.rename(document, one, "aside"), other, one), "aside", other)

    return edit


def draw(view: View, run: TrainingRun) -> None:
    """Two snapshots: some views know only from the first what they need."""
    for _ in range(2):
        answers = {each: each.answer(run.network, run.split) for each in view.requests()}
        view.draw_in_time(Snapshot(1, RunState.PAUSED, answers=answers, data=run.split))


def look_around(view: View) -> None:
    view.table()
    view.caption()
    for x in range(5, view.width(), 100):
        for y in range(5, view.height(), 100):
            view.reading(QPointF(x, y))


EDITS = (
    swapped("conv2d_1", "dense_1"),
    swapped("tanh_1", "flatten_1"),
    swapped("tanh_1", "dense_1"),
    lambda document: edits.remove(document, "tanh_1"),
    lambda document: edits.remove(document, *_NAMES),
)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_bears_that_its_answer_is_of_another_network(name: str, qapp: QApplication) -> None:
    document = digits()
    run = run_of(document)
    store = opened(document)
    with shown(VIEWS[name](store), 600, 420) as view:
        for block in _NAMES:
            store.select(block)
            draw(view, run)
        for edit in EDITS:
            store.edit("Edit", edit(document))
            for block in _NAMES:
                store.select(block)
                look_around(view)
            store.undo_stack.undo()
            draw(view, run)
