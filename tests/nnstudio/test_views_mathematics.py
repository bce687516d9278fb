"""Mathematics lens: its numbers are those of the trace, forwards and backwards, for every block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from engine import layers
from nnstudio.document.model import OUTPUT
from nnstudio.document.probe import FIRST, OwnSample, SampleRef
from nnstudio.project import templates
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.block_mathematics import BlockMathematics, MathematicsPicture
from nnstudio.training.run import TrainingRun
from nnstudio.views.array_canvas import ArrayCanvas, Shown, as_matrix
from nnstudio.views.mathematics import MathematicsView
from nnstudio.views.mathematics_entries import arrays_of, symbol
from tests.nnstudio.builders import opened
from tests.nnstudio.views_support import shown
from tests.nnstudio.worker_support import run_of


def trained(template: str) -> TrainingRun:
    run = run_of(templates.load(template).document)
    for _ in range(3):
        run.step_once()
    return run


@pytest.mark.parametrize("template", [t.name for t in templates.TEMPLATES if not t.name.startswith("mnist")])
def test_every_number_of_every_block_is_the_engine_s(template: str) -> None:
    run = trained(template)
    loss = run.document.training.loss
    for block in (*run.network.layers, OUTPUT):
        picture = BlockMathematics(block, SampleRef("train", 1), loss).answer(run.network, run.split)
        assert isinstance(picture, MathematicsPicture)
        layer = None if block == OUTPUT else run.network.layers[block]
        names = [step.name for step in picture.steps]
        if layer is not None:
            assert {f"d_{name}" for name in run.network.parameters_of(block)} <= set(names)
            assert names[-1].startswith("dx")
        for name in names:
            difference = picture.difference(name)
            assert difference is None or difference < 1e-5, f"{block}: {name}"
        assert any(picture.difference(name) is not None for name in names)


def test_values_of_one_s_own_go_forwards_only() -> None:
    run = trained("xor")
    loss, own = run.document.training.loss, OwnSample((0.5, 0.5))
    picture = BlockMathematics("dense_1", own, loss).answer(run.network, run.split)
    assert isinstance(picture, MathematicsPicture)
    assert [step.name for step in picture.steps] == ["product", "y"]
    refused = BlockMathematics(OUTPUT, own, loss).answer(run.network, run.split)
    assert isinstance(refused, Refusal)
    assert BlockMathematics("gone", FIRST, loss).answer(run.network, run.split) is None


@pytest.fixture
def lens(qapp: QApplication) -> Iterator[tuple[MathematicsView, TrainingRun]]:
    run = trained("xor")
    with shown(MathematicsView(opened(run.document)), 640, 420) as view:
        yield view, run


def draw(view: MathematicsView, run: TrainingRun) -> MathematicsPicture:
    request = view.request()
    assert request is not None
    answer = request.answer(run.network, run.split)
    view.draw(Snapshot(1, RunState.PAUSED, answers={request: answer}, data=run.split))
    assert isinstance(answer, MathematicsPicture)
    return answer


def test_the_lens_shows_formula_numbers_and_function(lens: tuple[MathematicsView, TrainingRun]) -> None:
    view, run = lens
    view.store.select("dense_2")
    picture = draw(view, run)
    assert view.choice.block == "dense_2"
    assert [view.steps.itemText(row) for row in range(view.steps.count())] == [
        "1. Product",
        "2. Output",
        "3. Gradient of weight",
        "4. Gradient of bias",
        "5. Gradient of the input",
    ]
    for row, step in enumerate(picture.steps):
        view.steps.setCurrentIndex(row)
        assert view.formula.latex == step.formula
        assert view.sentence.text() == step.sentence
        assert view.code.toPlainText() == step.source
        assert view.canvas.arrays[-1].values is picture.values[step.name]
        assert "engine" in view.check.text()
    trace = run.network.trace(run.split.train.x[:1], run.split.train.y[:1], run.document.training.loss)
    view.steps.setCurrentIndex(2)
    np.testing.assert_allclose(view.canvas.arrays[-1].values, trace.parameter_gradients["dense_2.weight"], rtol=1e-5)
    table = view.table()
    assert table is not None
    assert len(table.text(",").splitlines()) == 1 + trace.parameter_gradients["dense_2.weight"].size


def test_the_steps_are_walked_with_buttons(lens: tuple[MathematicsView, TrainingRun]) -> None:
    view, run = lens
    draw(view, run)
    assert not view.back.isEnabled()
    view.forth.click()
    assert view.steps.currentIndex() == 1
    view.back.click()
    assert view.steps.currentIndex() == 0
    view.steps.setCurrentIndex(view.steps.count() - 1)
    assert not view.forth.isEnabled()


def test_values_under_the_mouse_are_those_of_the_arrays(qapp: QApplication) -> None:
    numbers = np.arange(24.0).reshape(2, 3, 4)
    with shown(ArrayCanvas(), 500, 300) as canvas:
        canvas.show_arrays([Shown("x", np.array([1.5, -2.0])), Shown("y", numbers, "=")])
        first, second = canvas.places()
        assert canvas.reading(QPointF(first.right() - 3, first.center().y())) == "x[2] = −2"
        matrix, left_out = as_matrix(numbers)
        assert left_out == 0
        width, height = second.width() / matrix.shape[1], second.height() / matrix.shape[0]
        found = set()
        for row, column in np.ndindex(*matrix.shape):
            text = canvas.reading(QPointF(second.x() + (column + 0.5) * width, second.y() + (row + 0.5) * height))
            if text:
                index, value = text.removeprefix("y[").split("] = ")
                place = tuple(int(number) - 1 for number in index.split(", "))
                assert numbers[place] == float(value)
                found.add(place)
        assert len(found) == numbers.size


def test_names_are_written_as_in_formulas() -> None:
    assert [symbol(name) for name in ("x", "dy", "dx_2", "d_weight", "d")] == [
        "x",
        "∂E/∂y",
        "∂E/∂x_2",
        "∂E/∂weight",
        "d",
    ]
    steps = layers.Add().mathematics((2,), (2,))
    assert [step.title for step in steps] == ["Output", "Gradient of input 1", "Gradient of input 2"]


def test_all_inputs_of_a_join_are_shown() -> None:
    steps = layers.Add().mathematics((2,), (2,))
    values = {"x": np.ones(2), "x_1": np.ones(2), "x_2": np.ones(2), "y": np.full(2, 2.0), "dy": np.ones(2)}
    picture = MathematicsPicture("add_1", "Add", steps, values, {})
    assert [each.name for each in arrays_of(steps[0], picture)] == ["x_1", "x_2", "y"]


def test_captions_of_arrays_that_are_cut_short_do_not_run_into_each_other(qapp: QApplication) -> None:
    many = Shown("windows", np.zeros((16, 8, 3, 3)))
    with shown(ArrayCanvas(), 900, 300) as canvas:
        canvas.show_arrays([many, Shown("y", np.ones(3), "=")])
        first, second = canvas.places()
        caption = canvas.fontMetrics().horizontalAdvance("windows, 16 x 8 x 3 x 3 (first 64, 64 more)")
        assert second.top() > first.bottom() or second.left() > first.left() + caption
