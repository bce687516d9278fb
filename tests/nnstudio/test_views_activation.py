"""Activation explorer: curve, slope and dots are those of the layer and the trace."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from engine import datasets, layers
from engine.layers import REGISTRY, Layer
from nnstudio.document.model import Document
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.views.activation import ActivationView, function_of
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown
from tests.nnstudio.worker_support import run_of


def drawn(view: ActivationView, document: Document) -> ProbePicture:
    run = run_of(document)
    request = view.request()
    answer = request.answer(run.network, run.split)
    view.draw(Snapshot(1, RunState.PAUSED, answers={request: answer}, data=run.split))
    assert isinstance(answer, ProbePicture)
    return answer


@pytest.mark.parametrize(
    "kind", [kind for kind in REGISTRY.values() if kind.category == "Activation" and kind.elementwise]
)
def test_the_slope_is_the_derivative(kind: type[Layer]) -> None:
    # No place is at a kink.
    x, hair = np.linspace(-3.01, 3, 50), 1e-6
    y, slope = function_of(kind(), x)  # type: ignore[call-arg]
    after, before = (function_of(kind(), x + step)[0] for step in (hair, -hair))  # type: ignore[call-arg]
    np.testing.assert_allclose(slope, (after - before) / (2 * hair), atol=1e-6)
    assert y.shape == x.shape


def test_dots_and_tangent_are_at_the_probe_s_numbers(qapp: QApplication) -> None:
    document = document_of(layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Sigmoid(), dataset=datasets.XOR())
    with shown(ActivationView(opened(document)), 500, 360) as view:
        picture = drawn(view, document)
        assert view.choice.names == ["tanh_1", "sigmoid_1"]
        x, y = view.dots.getData()
        np.testing.assert_allclose(x, picture.value("dense_1"))
        np.testing.assert_allclose(y, picture.value("tanh_1"), rtol=1e-6)
        at, height = view.tangent.getData()
        slope = (height[1] - height[0]) / (at[1] - at[0])
        assert slope == pytest.approx(1 - float(picture.value("tanh_1")[0]) ** 2, rel=1e-5)
        view.grab()
        spot = view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(float(x[2]), float(y[2]))))
        text = view.reading(QPointF(spot))
        assert text.startswith("Number 3 of the probe")
        assert np.mean(view.tangent.getData()[0]) == pytest.approx(float(x[2]))
        table = view.table()
        assert table is not None
        assert len(table.text(",").splitlines()) == 4
        view.store.select("sigmoid_1")
        assert view.choice.block == "sigmoid_1"
        np.testing.assert_allclose(view.dots.getData()[0], picture.value("dense_2"))


def test_without_an_activation_it_says_so(qapp: QApplication) -> None:
    document = document_of(layers.Dense(1), layers.Softmax(), dataset=datasets.XOR())
    with shown(ActivationView(opened(document))) as view:
        view.draw(Snapshot(1, RunState.READY))
        assert view.pages.hint.startswith("No block applies a function")
