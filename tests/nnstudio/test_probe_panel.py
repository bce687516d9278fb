"""Probe panel: the sample, its outputs and its loss against the engine's, and values given by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from engine import Network, layers, losses
from engine.data import Dataset, Digits, Hills, Iris, Spirals
from engine.data.samples import Data
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import FIRST, OwnSample, Probe, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.probe_trace import ProbeTrace
from nnstudio.training.run import TrainingRun
from nnstudio.training.sample_text import probe_text
from nnstudio.training.split import Split
from nnstudio.views.probe.inputs import MOST, ProbeInputs, ranges_of
from nnstudio.views.probe.outputs import Bar, OutputBars, foremost, legend_of
from nnstudio.views.probe.view import ProbeView
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown
from tests.nnstudio.worker_support import run_of


def classifier(dataset: Dataset, outputs: int) -> Document:
    document = document_of(layers.Flatten(), layers.Dense(outputs), layers.Softmax(), dataset=dataset, validation=0.2)
    return edits.set_training(document, loss=losses.get("categorical_cross_entropy"))


class Bench:
    """A view, its store, and a run that answers it."""

    def __init__(self, document: Document) -> None:
        self.store: Store = opened(document)
        self.run: TrainingRun = run_of(document)
        self.view = ProbeView(self.store)

    @property
    def part(self) -> Data:
        return self.run.split.train

    def draw(self, *, answered: bool = True) -> None:
        request = self.view.request()
        answers = {request: request.answer(self.run.network, self.run.split)} if answered else {}
        self.view.draw(Snapshot(1, RunState.READY, answers=answers, data=self.run.split))

    def choose(self, probe: Probe) -> None:
        self.store.choose_sample(probe)
        self.draw()


@pytest.fixture
def iris(qapp: QApplication) -> Iterator[Bench]:
    bench = Bench(classifier(Iris(), 3))
    with shown(bench.view, 320, 640):
        yield bench


def test_the_numbers_are_the_network_s(iris: Bench) -> None:
    for index in (0, 7, 40):
        iris.choose(SampleRef("train", index))
        x, y = iris.part.x[index : index + 1], iris.part.y[index : index + 1]
        network = iris.run.network
        assert isinstance(network, Network)
        loss, _ = network.gradients(x, y, loss="categorical_cross_entropy")
        expected = network.predict(x)[0]
        bars = iris.view.bars.bars
        np.testing.assert_array_equal(np.array([bar.value for bar in bars], np.float32), expected)
        assert [bar.name for bar in bars] == list(iris.part.classes)
        assert [bar.chosen for bar in bars] == [place == expected.argmax() for place in range(3)]
        assert [bar.wanted for bar in bars] == [place == y[0] for place in range(3)]
        assert iris.view.loss.text() == f"Loss of this sample {loss:.4g}"
        assert [row.box.value() for row in iris.view.inputs.rows] == pytest.approx(iris.part.shown[index], abs=0.01)
        right = expected.argmax() == y[0]
        assert iris.view.verdict.text().startswith("✓ Right" if right else "✗ Wrong")
        assert iris.part.classes[int(y[0])] in iris.view.name.text()


def test_the_table_has_every_number(iris: Bench) -> None:
    iris.choose(SampleRef("validation", 3))
    table, data = iris.view.table(), iris.run.split.validation
    assert table is not None
    assert data is not None
    rows = [tuple(row) for row in table.rows()]
    assert [value for kind, _, value in rows if kind == "input"] == data.shown[3].tolist()
    outputs = iris.run.network.predict(data.x[3:4])[0]
    assert [(name, np.float32(value)) for kind, name, value in rows if kind == "output"] == [  # type: ignore[arg-type]
        *zip(data.classes, outputs, strict=True)
    ]
    assert ("target", "", data.classes[int(data.y[3])]) in rows


def test_values_are_read_under_the_mouse(iris: Bench) -> None:
    iris.draw()
    said = [iris.view.reading(QPointF(20, 11 + 22 * row)) for row in range(4)]
    for bar, text in zip(iris.view.bars.bars, said, strict=False):
        assert text.startswith(f"{bar.name}: ")
        assert ("true class" in text) == bar.wanted
        assert ("predicted" in text) == bar.chosen
    assert said[3] == ""


def test_what_reads_as_zero_neither_turns_the_scale_nor_has_a_sign(qapp: QApplication) -> None:
    bars = OutputBars()
    for value in (-1e-6, 1e-6):
        bars.show_bars((Bar(0, "output", value),))
        assert bars.limits() == (0.0, 1.0)
        assert bars.number(bars.bars[0]) == "0.000"
    bars.show_bars((Bar(0, "output", -0.001),))
    assert bars.limits() == (-1.0, 1.0)
    assert bars.number(bars.bars[0]) == "−0.001"


def test_a_slider_makes_values_of_one_s_own_and_a_button_gives_them_up(iris: Bench) -> None:
    sample = SampleRef("train", 5)
    iris.choose(sample)
    assert not iris.view.back.isVisible()
    before = iris.part.shown[5]
    slider = iris.view.inputs.rows[1].slider
    slider.setValue(slider.maximum())
    own = iris.store.probe
    assert isinstance(own, OwnSample)
    low, high = ranges_of(iris.part)
    assert own.values == pytest.approx([before[0], high[1], before[2], before[3]], abs=0.006)
    # What was not touched is as exact as it was.
    assert own.values[0] == before[0]
    assert iris.store.reference == sample
    # The numbers follow at once; the outputs come with the next snapshot.
    assert iris.view.inputs.rows[1].box.value() == pytest.approx(high[1], abs=0.01)
    iris.draw()
    expected = iris.run.network.predict(iris.run.split.scale(np.array([own.values])))[0]
    np.testing.assert_array_equal([np.float32(bar.value) for bar in iris.view.bars.bars], expected)
    assert not any(bar.wanted for bar in iris.view.bars.bars)
    assert iris.view.verdict.text().startswith("Predicted: ")
    assert not iris.view.loss.isVisible()
    assert iris.view.name.text().startswith("Own values (")
    assert iris.view.back.isVisible()
    QTest.mouseClick(iris.view.back, Qt.MouseButton.LeftButton)
    assert iris.store.probe == sample
    assert (low < iris.part.shown.min(axis=0)).all()


def test_a_typed_number_counts_when_it_is_finished(iris: Bench) -> None:
    iris.draw()
    box = iris.view.inputs.rows[0].box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "5.25")
    assert iris.store.probe == FIRST
    QTest.keyClick(box, Qt.Key.Key_Return)
    own = iris.store.probe
    assert isinstance(own, OwnSample)
    assert own.values == (5.25, *iris.part.shown[0].tolist()[1:])


@pytest.mark.parametrize("value", [1e12, -1e12, 4e9])
def test_a_number_far_outside_the_data_leaves_the_slider_at_its_end(iris: Bench, value: float) -> None:
    iris.draw()
    row = iris.view.inputs.rows[0]
    iris.view.inputs.show_values([value, *iris.part.shown[0].tolist()[1:]])
    assert row.box.value() == value
    assert row.slider.value() == (row.slider.maximum() if value > 0 else row.slider.minimum())


def test_without_a_network_the_sample_is_there_all_the_same(iris: Bench) -> None:
    iris.draw(answered=False)
    assert iris.view.pages.hint == ""
    assert iris.view.name.text().startswith("Training sample 1 · ")
    assert (iris.view.verdict.text(), iris.view.bars.isVisible()) == ("", False)
    iris.view.draw(Snapshot(2, RunState.EMPTY, data=iris.run.split))
    legend = iris.view.findChild(QLabel, "probeLegend")
    assert legend is not None
    assert "as soon as the network" in legend.text()
    iris.view.draw(Snapshot(2, RunState.EMPTY))
    assert iris.view.pages.hint == "The sample appears as soon as there are data."


def test_a_picture_is_shown_as_it_is(qapp: QApplication) -> None:
    bench = Bench(classifier(Digits(), 10))
    with shown(bench.view, 320, 700):
        bench.choose(SampleRef("train", 9))
        assert bench.view.picture_box.isVisible()
        assert not bench.view.inputs.isVisible()
        image = bench.view.picture_box._image
        grey = np.array([[image.pixelColor(x, y).red() for x in range(8)] for y in range(8)])
        shown_ = bench.part.shown[9].reshape(8, 8)
        np.testing.assert_allclose(grey, shown_ / bench.part.shown.max() * 255, atol=1)
        assert len(bench.view.bars.bars) == 10


def test_one_output_says_on_which_side_of_the_threshold_it_is(qapp: QApplication) -> None:
    document = document_of(layers.Dense(1), layers.Sigmoid(), dataset=Spirals())
    bench = Bench(edits.set_training(document, loss=losses.get("binary_cross_entropy")))
    with shown(bench.view, 320, 640):
        for index in range(6):
            bench.choose(SampleRef("train", index))
            (bar,) = bench.view.bars.bars
            output = float(bench.run.network.predict(bench.part.x[index : index + 1])[0, 0])
            assert bar.value == output
            said, actual = int(output > 0.5), int(bench.part.y[index])
            assert bench.view.verdict.text().startswith("✓ Right" if said == actual else "✗ Wrong")
            assert ("not above 0.5" in bench.view.verdict.text()) == (said == 0)


def test_a_number_is_compared_with_its_target(qapp: QApplication) -> None:
    document = document_of(layers.Dense(1), dataset=Hills())
    bench = Bench(edits.set_training(document, loss=losses.get("mse")))
    with shown(bench.view, 320, 640):
        bench.choose(SampleRef("train", 4))
        (bar,) = bench.view.bars.bars
        assert bar.target == float(bench.part.y[4, 0])
        assert f"off by {abs(bar.value - bar.target):.3g}" in bench.view.verdict.text()
        bench.choose(OwnSample((0.5, -0.5)))
        assert bench.view.bars.bars[0].target is None


def test_numbers_that_are_none_are_said_to_be_none(iris: Bench) -> None:
    for array in iris.run.network.parameters.values():
        array[:] = np.nan
    iris.draw()
    assert "diverged" in iris.view.verdict.text()
    iris.view.grab()


def test_of_many_outputs_the_largest_are_shown_with_those_that_matter() -> None:
    bars = tuple(Bar(index, f"c{index}", index / 100) for index in range(100))
    bars = (replace(bars[0], wanted=True), *bars[1:])
    shown_ = foremost(bars)
    assert [bar.index for bar in shown_] == [0, *range(89, 100)]
    assert legend_of(shown_, 100) == "framed: true class · 88 smaller outputs are left out"
    assert foremost(bars[:12]) == bars[:12]


def test_of_many_inputs_the_first_have_sliders_and_the_others_are_told(qapp: QApplication) -> None:
    inputs = ProbeInputs()
    with shown(inputs, 320, 640):
        for columns, rest in ((20, "4 more inputs keep the values of the sample."), (3, "")):
            x = np.arange(5.0 * columns).reshape(5, columns)
            inputs.show_data(Data(x, np.zeros(5, np.int64), "classification", ("a", "b")))
            inputs.show_values(x[1].tolist())
            visible = [row for row in inputs.rows if row.slider.isVisible()]
            assert len(visible) == min(columns, MOST)
            assert [row.box.value() for row in visible] == x[1, :MOST].tolist()
            label = inputs.findChild(QLabel, "probeInputsRest")
            assert label is not None
            assert (label.text() if label.isVisible() else "") == rest


def test_an_input_that_never_changes_has_a_range_all_the_same() -> None:
    data = Data(np.array([[2.0, 0.0], [2.0, 10.0]]), np.zeros(2, np.int64), "classification", ("a", "b"))
    low, high = ranges_of(data)
    assert (low.tolist(), high.tolist()) == ([1, -1], [3, 11])


@pytest.mark.parametrize(
    ("probe", "text"),
    [
        (SampleRef("train", 0), "Training sample 1 · "),
        (SampleRef("validation", 2), "Validation sample 3 · "),
        (SampleRef("train", 10_000), "Training sample 10,001"),
        (OwnSample((0.25, -0.5)), "Own values (0.25, −0.5)"),
        (OwnSample((1.0,) * 6), "Own values (1, 1, 1, 1, …)"),
    ],
)
def test_the_probe_in_a_line(probe: Probe, text: str) -> None:
    split = run_of(classifier(Iris(), 3)).split
    found = probe_text(probe, split)
    if text.endswith("· "):
        assert isinstance(probe, SampleRef)
        data = split.part(probe.part)
        assert data is not None
        text += data.classes[int(data.y[probe.index])]
    assert found == text


def test_a_class_that_is_a_number_is_called_a_class() -> None:
    split = run_of(classifier(Digits(), 10)).split
    assert probe_text(FIRST, split) == f"Training sample 1 · class {split.train.y[0]}"
    hills = Split(Hills().load(), None)
    target = f"{hills.train.y[0, 0]:.3g}".replace("-", "−")
    assert probe_text(FIRST, hills) == f"Training sample 1 · target {target}"


def test_all_views_of_the_probe_ask_for_the_same(iris: Bench) -> None:
    assert iris.view.requests() == {ProbeTrace(iris.store.probe, iris.store.document.training.loss)}
