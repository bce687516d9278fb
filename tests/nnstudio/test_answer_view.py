"""Views of one answer: waiting, hindered, refused, shown, and kept in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from engine import Network
from nnstudio.document.model import Document
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split
from nnstudio.views.answer_view import AnswerView


@dataclass(frozen=True)
class Total(Request):
    """The sum of all parameters."""

    def answer(self, network: Network, split: Split) -> float:  # type: ignore[override]
        return float(network.parameter_vector.sum())


class TotalView(AnswerView):
    """Shows a sum as text."""

    waiting = "The sum appears soon."

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.label = QLabel()
        self.set_content(self.label)
        self.reason = ""
        self.drawn = 0

    def request(self) -> Total:
        return Total()

    def hindrance(self, snapshot: Snapshot) -> str:
        return self.reason

    def show_answer(self, answer: Any) -> None:
        self.drawn += 1
        self.label.setText(f"{answer}")


@pytest.fixture
def view(qapp: QApplication) -> TotalView:
    return TotalView(Store())


def draw(view: TotalView, answer: object = None, state: RunState = RunState.RUNNING, **more: Any) -> None:
    answers = {} if answer is None else {Total(): answer}
    view.draw(Snapshot(**{"generation": 1, "state": state, "answers": answers, **more}))


def test_waits_for_the_first_answer_and_then_shows_it(view: TotalView) -> None:
    assert view.requests() == {Total()}
    assert view.pages.hint == "The sum appears soon."
    draw(view)
    assert view.pages.hint == "The sum appears soon."
    draw(view, 3.5)
    assert (view.pages.hint, view.label.text()) == ("", "3.5")


def test_an_answer_that_comes_later_leaves_on_show_what_is_there(view: TotalView) -> None:
    draw(view, 3.5)
    draw(view)
    assert (view.pages.hint, view.label.text()) == ("", "3.5")
    drawn = view.drawn
    draw(view, generation=2)
    assert (view.pages.hint, view.label.text(), view.drawn) == ("", "3.5", drawn)
    draw(view, 4.5, generation=2)
    assert view.label.text() == "4.5"


def test_says_why_an_answer_was_refused_and_goes_on_with_the_next(view: TotalView) -> None:
    draw(view, 3.5)
    draw(view, Refusal("There is not enough memory to compute this."))
    assert view.pages.hint == "There is not enough memory to compute this."
    # Not every snapshot brings an answer.
    draw(view)
    assert view.pages.hint == "There is not enough memory to compute this."
    draw(view, 5.5)
    assert (view.pages.hint, view.label.text()) == ("", "5.5")
    draw(view, Refusal())
    assert view.pages.hint == "The sum appears soon."


def test_says_what_hinders_it(view: TotalView) -> None:
    draw(view, 3.5)
    view.reason = "Choose a block."
    draw(view, 3.5)
    assert view.pages.hint == "Choose a block."
    assert view.answer is None


def test_an_unsound_network_has_no_answer(view: TotalView) -> None:
    draw(view, 3.5)
    draw(view, state=RunState.EMPTY, message="dense_1: needs an input. Connect it.")
    assert view.pages.hint == "Needs an input."


def test_another_project_takes_off_what_is_on_show(view: TotalView) -> None:
    draw(view, 3.5)
    view.store.open(Document())
    assert view.pages.hint == "The sum appears soon."
    assert view.answer is None
