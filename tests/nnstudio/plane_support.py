"""Views over a plane, with a network and the worker's part: whatever is asked is answered."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine import Network, layers
from engine.data import XOR, Digits, Iris
from nnstudio.document.model import Document
from nnstudio.training.build import read_data
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.views import BoundaryView
from nnstudio.views.boundary.plane_view import PlaneView
from tests.nnstudio.builders import document_of

AnyView = TypeVar("AnyView", bound=PlaneView)


class Stage(Generic[AnyView]):
    """A view on show, the network that it shows, and the worker's part: it answers whatever is asked."""

    def __init__(self, view: AnyView, document: Document) -> None:
        self.view, self.store = view, view.store
        self.store.open(document)
        self.split = read_data(document.data)
        analysis = self.store.analysis
        assert analysis.signature is not None
        self.network = Network([block.layer for block in document.blocks], analysis.signature.input_shape, seed=4)
        self.answers: dict[Request, object] = {}
        self.step = 0

    def frame(self, state: RunState = RunState.RUNNING) -> frozenset[Request]:
        """One frame: what is asked for is answered, and drawn. Returns what was asked."""
        asked = self.view.requests()
        self.answers = {request: self.answers.get(request) or self.answer(request) for request in asked}
        self.view.draw(Snapshot(1, state, step=self.step, data=self.split, answers=self.answers))
        return asked

    def answer(self, request: Request) -> object:
        return request.answer(self.network, self.split)

    def settle(self, state: RunState = RunState.RUNNING) -> None:
        """Frames until nothing new is asked for."""
        self.frame(state)
        for _ in range(200):
            if self.frame(state) == self.view.requests():
                return
        raise AssertionError("it asks for ever")

    def train(self) -> None:
        """Other weights, as after a step."""
        for array in self.network.parameters.values():
            array += 0.3
        self.step += 1
        self.answers.clear()


def click_on_plane(
    view: BoundaryView, x: float, y: float, *, button: Qt.MouseButton = Qt.MouseButton.LeftButton
) -> None:
    """A click at a place of the plane."""
    plot = view.plot
    spot = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))
    QTest.mouseClick(plot.viewport(), button, Qt.KeyboardModifier.NoModifier, spot)


def xor() -> Document:
    return document_of(layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Sigmoid(), dataset=XOR(), validation=0.0)


def iris() -> Document:
    return document_of(layers.Dense(5), layers.Tanh(), layers.Dense(3), layers.Softmax(), dataset=Iris())


def digits() -> Document:
    return document_of(
        layers.Conv2D(filters=2), layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax(), dataset=Digits()
    )
