"""Gradient flow and distributions: the numbers drawn are those of the measurements, computed another way."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QComboBox

from engine import datasets, layers
from engine.layers.base import Layer
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.store import Store
from nnstudio.training.commands import Look, Quit, SetDocument, Steps
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.batch_statistics import BatchPicture, LiveBatchStatistics, Spread, spread
from nnstudio.training.requests.moment_statistics import MomentStatistics, StatisticsThen
from nnstudio.training.run import TrainingRun
from nnstudio.views.statistics.base import StatisticsView
from nnstudio.views.statistics.distributions import SUBJECTS, DistributionsView
from nnstudio.views.statistics.flow_quantities import QUANTITIES
from nnstudio.views.statistics.gradient_flow import MOST_CURVES, GradientFlowView
from nnstudio.views.statistics.ridges import MOST_RIDGES, Ridge, RidgePlot
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown, themed
from tests.nnstudio.worker_support import Line, run_of

SMALL = (layers.Dense(6), layers.ReLU(), layers.Dense(4), layers.Tanh(), layers.Dense(1), layers.Sigmoid())


@dataclass
class Stage:
    """A view, and the run that it watches."""

    view: StatisticsView
    run: TrainingRun
    document: Document

    def step(self, steps: int = 1, state: RunState = RunState.RUNNING) -> Snapshot:
        """Train, and show the view a snapshot with a measurement; as the window does it for each view."""
        for _ in range(steps - 1):
            self.run.step_once()
        self.run.step_watched()
        request = LiveBatchStatistics(self.document.training.loss)
        answer = request.answer_after_step(self.run.network, self.run.split, self.run.last.watched(self.run.step))
        snapshot = Snapshot(1, state, self.run.epoch, 100, self.run.step, answers={request: answer})
        self.view.announce(snapshot)
        self.view.draw(snapshot)
        return snapshot


def stage(kind: type[StatisticsView], *stack: Layer) -> Stage:
    document = document_of(*stack, dataset=datasets.Moons())
    return Stage(kind(opened(document)), run_of(document), document)


@pytest.fixture
def flow(qapp: QApplication) -> Iterator[Stage]:
    made = stage(GradientFlowView, *SMALL)
    with shown(made.view):
        yield made


@pytest.fixture
def hills(qapp: QApplication) -> Iterator[Stage]:
    made = stage(DistributionsView, *SMALL)
    with shown(made.view):
        yield made


class TestGradientFlow:
    def test_curves_are_the_ratios_of_the_steps(self, flow: Stage) -> None:
        view = flow.view
        assert isinstance(view, GradientFlowView)
        expected = []
        for _ in range(3):
            for _ in range(4):
                flow.run.step_once()
            before = {name: array.copy() for name, array in flow.run.network.parameters.items()}
            flow.step()
            now = flow.run.network.parameters
            expected.append(
                [
                    np.linalg.norm(now[f"dense_{i}.weight"] - before[f"dense_{i}.weight"])
                    / np.linalg.norm(now[f"dense_{i}.weight"])
                    for i in (1, 2, 3)
                ]
            )
        assert view.layers == ("dense_1", "dense_2", "dense_3")
        for place in range(3):
            x, y = view.curves[place].getData()
            np.testing.assert_array_equal(x, [5, 10, 15])
            np.testing.assert_allclose(10.0**y, np.array(expected)[:, place], rtol=1e-5)
        # Each curve has another colour, and another dash.
        pens = [curve.opts["pen"] for curve in view.curves[:3]]
        assert len({pen.color().name() for pen in pens}) == len({pen.style() for pen in pens}) == 3

    def test_a_single_measurement_is_seen(self, flow: Stage) -> None:
        view = flow.view
        assert isinstance(view, GradientFlowView)
        flow.step()
        assert [curve.scatter.isVisible() for curve in view.curves[:3]] == [True] * 3
        assert [len(curve.scatter.data) for curve in view.curves[:3]] == [1] * 3
        for _ in range(9):
            flow.step()
        assert [curve.scatter.isVisible() for curve in view.curves[:3]] == [False] * 3

    def test_one_step_that_changes_next_to_nothing_does_not_press_the_curves_flat(self, flow: Stage) -> None:
        view = flow.view
        assert isinstance(view, GradientFlowView)
        for _ in range(3):
            flow.step()
        view._draw_axes(np.log10([[1e-3, 2e-3, 3e-3], [1e-30, 1e-3, 1e-3]]))
        (_, _), (low, high) = view.plot.getViewBox().viewRange()
        assert -11 < low < -9
        assert -2 < high < -1

    @pytest.mark.parametrize("index", range(len(QUANTITIES)))
    def test_bars_stand_for_the_newest_values(self, flow: Stage, index: int) -> None:
        view = flow.view
        assert isinstance(view, GradientFlowView)
        view.what.setCurrentIndex(index)
        view.form.setCurrentIndex(1)
        flow.step(3)
        before = {name: array.copy() for name, array in flow.run.network.parameters.items()}
        flow.step()
        network, (x, y) = flow.run.network, (flow.run.split.train.x, flow.run.split.train.y)
        assert len(x) <= 256
        trace = network.trace(x, y, flow.document.training.loss)
        names = ("dense_1", "dense_2", "dense_3")
        expected = {
            0: [
                np.linalg.norm(network.parameters[f"{n}.weight"] - before[f"{n}.weight"])
                / np.linalg.norm(network.parameters[f"{n}.weight"])
                for n in names
            ],
            # Of one sample's loss each, not of their mean.
            1: [np.linalg.norm(trace.gradients[n]) * len(x) for n in names],
            2: [np.sqrt(np.mean(trace.parameter_gradients[f"{n}.weight"] ** 2)) for n in names],
            3: [np.sqrt(np.mean(network.parameters[f"{n}.weight"] ** 2)) for n in names],
        }[index]
        tops = np.asarray(view.bars.opts["y0"]) + view.bars.opts["height"]
        np.testing.assert_allclose(10.0**tops, expected, rtol=1e-4)
        assert (view.bars.opts["height"] > 0).all()
        assert not any(len(curve.getData()[0] if curve.getData()[0] is not None else ()) for curve in view.curves)

    def test_the_healthy_band_belongs_to_the_ratio_alone(self, flow: Stage) -> None:
        view = flow.view
        assert isinstance(view, GradientFlowView)
        flow.step()
        assert view.band.isVisible()
        assert [round(10**edge, 9) for edge in view.band.getRegion()] == [1e-4, 1e-2]
        assert view.band_label.toPlainText() == "healthy: 0.0001 to 0.01"
        view.what.setCurrentIndex(1)
        assert not view.band.isVisible()
        assert not view.band_label.isVisible()

    def test_values_are_read_under_the_mouse(self, flow: Stage) -> None:
        view = flow.view
        assert isinstance(view, GradientFlowView)
        flow.step(2)
        flow.step(10)
        view.grab()
        box = view.plot.getViewBox()
        point = QPointF(view.plot.mapFromScene(box.mapViewToScene(QPointF(11, -3))))
        lines = view.reading(point).splitlines()
        assert lines[0] == "Step 12"
        assert [line.partition(":")[0] for line in lines[1:]] == ["dense_1", "dense_2", "dense_3"]
        assert float(lines[2].partition(": ")[2]) == pytest.approx(view.values[1, 1], rel=1e-2)
        view.form.setCurrentIndex(1)
        view.grab()
        place = QPointF(2, sum(box.viewRange()[1]) / 2)
        told = view.reading(QPointF(view.plot.mapFromScene(box.mapViewToScene(place))))
        assert told == f"dense_3: {view.values[1, 2]:.3g}"

    def test_table_has_a_row_for_each_measurement(self, flow: Stage) -> None:
        flow.step()
        flow.step(4)
        table = flow.view.table()
        assert table is not None
        header, first, second = (line.split(",") for line in table.text(",").splitlines())
        assert header == ["step", "dense_1", "dense_2", "dense_3", "measured"]
        assert (first[0], second[0]) == ("1", "5")
        assert isinstance(flow.view, GradientFlowView)
        np.testing.assert_allclose([float(cell) for cell in second[1:-1]], flow.view.values[1])

    def test_of_very_many_layers_evenly_spaced_ones_are_drawn(self, qapp: QApplication) -> None:
        made = stage(GradientFlowView, *[layers.Dense(3), layers.Tanh()] * 15, layers.Dense(1), layers.Sigmoid())
        with shown(made.view):
            made.step()
            made.step()
            view = made.view
            assert isinstance(view, GradientFlowView)
            drawn = [curve for curve in view.curves if curve.getData()[0] is not None and len(curve.getData()[0])]
            assert len(view.layers) == 16
            assert len(drawn) == MOST_CURVES
            assert view.drawn[0] == 0
            assert view.drawn[-1] == 15
            assert "and&nbsp;4&nbsp;layers&nbsp;between&nbsp;them" in view.legend.text()
            view.form.setCurrentIndex(1)
            assert len(view.bars.opts["height"]) == 16

    def test_a_pause_keeps_the_last_ratio_on_show(self, flow: Stage) -> None:
        view = flow.view
        assert isinstance(view, GradientFlowView)
        view.form.setCurrentIndex(1)
        flow.step(3)
        heights = np.array(view.bars.opts["height"])
        flow.run.step_once()
        request = LiveBatchStatistics(flow.document.training.loss)
        picture = request.answer(flow.run.network, flow.run.split)
        snapshot = Snapshot(1, RunState.PAUSED, step=flow.run.step, answers={request: picture})
        view.announce(snapshot)
        view.draw(snapshot)
        assert np.isnan(view.values[-1]).all()
        np.testing.assert_array_equal(view.bars.opts["height"], heights)
        assert "At step 3." in view.legend.text()


class TestDistributions:
    def test_ridges_are_the_histograms_of_the_run(self, hills: Stage) -> None:
        view = hills.view
        assert isinstance(view, DistributionsView)
        assert view.block == "dense_1"
        weights = []
        for _ in range(3):
            hills.step(5)
            weights.append(hills.run.network.parameters["dense_1.weight"].copy())
        assert [ridge.step for ridge in view.canvas.ridges] == [5, 10, 15]
        for ridge, array in zip(view.canvas.ridges, weights, strict=True):
            counts, edges = np.histogram(array, bins=len(ridge.counts))
            np.testing.assert_array_equal(ridge.counts, counts)
            np.testing.assert_allclose(ridge.edges, edges, rtol=1e-5)
        assert view.canvas.reach == pytest.approx(max(np.abs(array).max() for array in weights))

    def test_heights_are_the_roots_of_densities(self, qapp: QApplication) -> None:
        numbers = np.random.default_rng(0).normal(size=4000)
        plot = RidgePlot("test")
        with shown(plot, 400, 300):
            plot.show_ridges([Ridge(1, spread(numbers)), Ridge(9, spread(numbers / 4))])
            near, far = plot.height_at(0, 0.0), plot.height_at(0, 1.0)
            # The density of a normal distribution falls by exp(-1/2) within one deviation.
            assert far / near == pytest.approx(math.exp(-0.25), rel=0.1)
            assert plot.foot(1) > plot.foot(0)
            assert plot.value_at(plot.x_of(0.7)) == pytest.approx(0.7)
            assert plot.x_of(0) == pytest.approx(plot.area.center().x())

    def test_the_mouse_reads_the_ridge_in_front(self, qapp: QApplication, hills: Stage) -> None:
        view = hills.view
        assert isinstance(view, DistributionsView)
        for _ in range(3):
            hills.step(5)
        canvas = view.canvas
        for index in range(3):
            spread_ = canvas.ridges[index].spread
            point = QPointF(canvas.x_of(spread_.mean), canvas.foot(index) - 0.5)
            lines = view.reading(point).splitlines()
            assert lines[0] == f"Step {5 * index + 5}"
            bar = canvas.ridges[index].bar_at(spread_.mean)
            assert bar is not None
            share = canvas.ridges[index].counts[bar] / 12
            assert lines[1].startswith(f"{share:.1%} of the numbers from ")
        assert view.reading(QPointF(1, 1)) == ""

    @pytest.mark.parametrize(("block", "name"), [("relu_1", "dead"), ("tanh_1", "saturated"), ("dense_2", "")])
    def test_outputs_tell_dead_and_saturated_shares(self, hills: Stage, block: str, name: str) -> None:
        view = hills.view
        assert isinstance(view, DistributionsView)
        hills.run.network.parameters["dense_1.bias"][:3] = -50
        hills.run.network.parameters["dense_2.bias"][:] = [20, 20, 0, 0]
        view.store.select(block)
        view.what.setCurrentIndex(2)
        hills.step()
        outputs = hills.run.network.trace(hills.run.split.train.x).outputs[block]
        expected = {
            "dead": (outputs == 0).all(axis=0).mean(),
            "saturated": (np.abs(outputs) > 0.95).mean(),
        }
        assert view.block == block
        assert view.canvas.share_name == name
        assert view.canvas.ridges[-1].share == (pytest.approx(expected[name]) if name else None)
        if name:
            assert expected[name] >= 0.4
            assert f"{expected[name]:.0%}&nbsp;of&nbsp;the" in view.info.text()
        picture = view.newest
        assert picture is not None
        assert view.canvas.ridges[-1].spread is picture.blocks[block].outputs

    def test_every_subject_is_what_it_says(self, hills: Stage) -> None:
        view = hills.view
        assert isinstance(view, DistributionsView)
        hills.step(2)
        network, split = hills.run.network, hills.run.split
        trace = network.trace(split.train.x, split.train.y, hills.document.training.loss)
        arrays = (
            network.parameters["dense_1.weight"],
            trace.parameter_gradients["dense_1.weight"],
            trace.outputs["dense_1"],
            trace.gradients["dense_1"] * len(split.train.x),
        )
        assert len(SUBJECTS) == len(arrays)
        for index, array in enumerate(arrays):
            view.what.setCurrentIndex(index)
            found = view.canvas.ridges[-1].spread
            assert found.mean == pytest.approx(array.mean(), rel=1e-3, abs=1e-6)
            assert (found.minimum, found.maximum) == pytest.approx((array.min(), array.max()), rel=1e-4)

    def test_a_block_without_weights_says_so_and_can_be_left(self, hills: Stage) -> None:
        view = hills.view
        assert isinstance(view, DistributionsView)
        hills.step()
        view.store.select("relu_1")
        assert not view.canvas.ridges
        assert "relu_1&nbsp;has&nbsp;no&nbsp;weights" in view.info.text()
        assert view.table() is None
        view.what.setCurrentIndex(2)
        assert view.canvas.ridges
        table = view.table()
        assert table is not None
        rows = [line.split(",") for line in table.text(",").splitlines()]
        assert rows[0] == ["step", "from", "to", "count", "dead", "measured"]
        assert sum(int(row[3]) for row in rows[1:]) == view.canvas.ridges[0].counts.sum()

    def test_a_long_run_keeps_its_first_and_newest_ridge(self, hills: Stage) -> None:
        for _ in range(60):
            hills.step()
        view = hills.view
        assert isinstance(view, DistributionsView)
        steps = [ridge.step for ridge in view.canvas.ridges]
        assert len(steps) <= MOST_RIDGES
        assert (steps[0], steps[-1]) == (1, 60)
        assert max(np.diff(steps)) <= 4

    def test_equal_numbers_are_a_spike_and_nothing_breaks(self, qapp: QApplication) -> None:
        plot = RidgePlot("test")
        with shown(plot, 300, 200):
            plot.show_ridges([Ridge(1, spread(np.full(9, 3.0))), Ridge(2, spread(np.zeros(4)), 1.0)], "dead")
            image = plot.grab().toImage()
            assert image.pixelColor(round(plot.x_of(3.0)) - 1, round(plot.foot(0)) - 8) != image.pixelColor(2, 2)
            empty = Spread(0.0, 0.0, 0.0, 0.0, 0.0, 0, np.zeros(48, int))
            plot.show_ridges([Ridge(1, empty)])
            plot.grab()
            assert plot.reach == 1


@pytest.mark.parametrize("kind", [GradientFlowView, DistributionsView])
class TestBoth:
    def test_measurements_are_kept_while_hidden(self, qapp: QApplication, kind: type[StatisticsView]) -> None:
        made = stage(kind, *SMALL)
        view = made.view
        for _ in range(5):
            made.run.step_watched()
            request = LiveBatchStatistics(made.document.training.loss)
            answer = request.answer_after_step(made.run.network, made.run.split, made.run.last.watched(made.run.step))
            view.announce(Snapshot(1, RunState.RUNNING, step=made.run.step, answers={request: answer}))
        assert [entry.step for entry in view.log.entries] == [1, 2, 3, 4, 5]
        with shown(view):
            made.step()
            assert [entry.step for entry in view.log.entries] == [1, 2, 3, 4, 5, 6]
            table = view.table()
            assert table is not None
            assert {line.split(",")[0] for line in table.text(",").splitlines()[1:]} == set("123456")

    def test_waits_and_forgets(self, qapp: QApplication, kind: type[StatisticsView]) -> None:
        made = stage(kind, *SMALL)
        with shown(made.view) as view:
            assert view.pages.hint == view.waiting
            made.step()
            assert view.pages.hint == ""
            view.store.open(edits.append(Document(), layers.Dense(1)))
            assert view.pages.hint == view.waiting
            assert not view.log.entries
            assert view.newest is None

    def test_a_new_measurement_alone_draws_again(
        self, qapp: QApplication, kind: type[StatisticsView], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = stage(kind, *SMALL)
        with shown(made.view) as view:
            snapshot = made.step()
            drawn: list[int] = []
            monkeypatch.setattr(type(view), "show_log", lambda self: drawn.append(len(self.log.entries)))
            for _ in range(10):
                view.announce(snapshot)
                view.draw(snapshot)
            assert drawn == []
            made.step()
            assert drawn == [2]

    def test_follows_the_theme(self, qapp: QApplication, kind: type[StatisticsView]) -> None:
        made = stage(kind, *SMALL)
        with shown(made.view) as view, themed("light"):
            made.step()
            made.step()
            before = view.grab().toImage()
            with themed("dark"):
                dark = view.grab().toImage()
                for place in (QPoint(2, view.height() - 40), QPoint(view.width() - 3, view.height() - 40)):
                    assert dark.pixelColor(place).lightness() < 60 < before.pixelColor(place).lightness()
            assert view.grab().toImage() == before

    def test_choices_have_names_and_take_the_keyboard(self, qapp: QApplication, kind: type[StatisticsView]) -> None:
        view = kind(Store())
        choices = view.findChildren(QComboBox)
        assert len(choices) == 2
        for choice in choices:
            assert choice.accessibleName()
            assert choice.toolTip()
            assert choice.focusPolicy() & Qt.FocusPolicy.TabFocus
        view.deleteLater()


@pytest.fixture(scope="module")
def trained() -> Iterator[tuple[Document, Line, list[np.ndarray]]]:
    document, line = document_of(*SMALL, dataset=datasets.Moons()), Line()
    line.worker.post(SetDocument(document))
    line.until(lambda s: s.state is RunState.READY)
    line.worker.post(Steps(40))
    line.until(lambda s: s.step == 40)
    vectors = [moment.vector for moment in line.checkpoint().moments.moments]
    assert len(vectors) == 41
    yield document, line, vectors
    line.worker.post(Quit())


class TestPast:
    """A view that is opened after 40 steps, of which the worker has kept all."""

    @dataclass
    class Late:
        view: StatisticsView
        line: Line
        vectors: list[np.ndarray]

        def draw(self) -> Snapshot:
            snapshot = self.line.next(*self.view.requests())
            self.view.announce(snapshot)
            self.view.draw(snapshot)
            return snapshot

        def settle(self) -> None:
            """Draw until nothing is missing."""
            for _ in range(200):
                self.draw()
                if self.view.requests() <= {self.view.request(), StatisticsThen(self.view.request().loss)}:
                    break
            self.draw()

    @pytest.fixture(params=[GradientFlowView, DistributionsView])
    def late(
        self,
        qapp: QApplication,
        request: pytest.FixtureRequest,
        trained: tuple[Document, Line, list[np.ndarray]],
    ) -> Iterator[Late]:
        document, line, vectors = trained
        with shown(request.param(opened(document))) as view:
            line.worker.post(Look(None))
            line.until(lambda s: s.moment is None)
            yield TestPast.Late(view, line, vectors)

    def test_a_view_that_is_opened_late_shows_the_whole_run(self, late: Late) -> None:
        late.settle()
        steps = [entry.step for entry in late.view.entries]
        assert (steps[0], steps[-1]) == (0, 40)
        assert steps == sorted(set(steps))
        assert len(steps) == 41
        assert [entry.afterwards for entry in late.view.entries] == [True] * 40 + [False]
        for entry in late.view.entries:
            (weight,) = entry.statistics.weights_of("dense_1")
            array = late.vectors[entry.step][: 2 * 6]
            expected = spread(array)
            assert weight.values.mean == pytest.approx(expected.mean)
            np.testing.assert_array_equal(weight.values.counts, expected.counts)
        text = getattr(late.view, "legend" if isinstance(late.view, GradientFlowView) else "info").text()
        assert "40 of 41 measured afterwards" in text.replace("&nbsp;", " ")
        table = late.view.table()
        assert table is not None
        assert {row[-1] for row in table.rows()} == {"afterwards", "while training"}

    def test_the_update_is_known_where_the_step_before_was_kept(self, late: Late) -> None:
        late.settle()
        entry = late.view.entries[17]
        before, now = (late.vectors[step][: 2 * 6].astype(float) for step in (16, 17))
        ratio = entry.statistics.update_ratio("dense_1")
        assert ratio == pytest.approx(np.linalg.norm(now - before) / np.linalg.norm(now), rel=1e-4)
        assert late.view.entries[0].statistics.update_ratio("dense_1") is None

    @pytest.mark.parametrize("late", [GradientFlowView], indirect=True)
    def test_a_run_of_which_no_ratio_is_known_says_why(self, late: Late) -> None:
        """Other quantities were measured of it: that nothing was measured would be untrue."""
        view = late.view
        assert isinstance(view, GradientFlowView)
        late.settle()
        # Of the beginning, as of every moment that stands alone, no step is known.
        entry = view.entries[0]
        view.entries = [replace(entry, step=5, afterwards=True)]
        view.show_log()
        assert "Not known of this run" in view.legend.text()
        assert "kept together with the one before" in view.legend.text()
        view.entries = [replace(entry, step=5, afterwards=False)]
        view.show_log()
        assert "Nothing was measured yet" in view.legend.text()

    def test_the_moment_on_display_is_shown_exactly(self, late: Late) -> None:
        view, line = late.view, late.line
        late.draw()
        line.worker.post(Look(23))
        late.draw()
        late.draw()
        assert view.moment == 23
        assert view.entries[view.shown].step == 23
        (weight,) = view.entries[view.shown].statistics.weights_of("dense_1")
        np.testing.assert_array_equal(weight.values.counts, spread(late.vectors[23][: 2 * 6]).counts)
        if isinstance(view, GradientFlowView):
            assert view.line.line.isVisible()
            assert view.line.line.value() == 23
            wanted: list[float] = []
            view.moment_wanted.connect(wanted.append)
            view._lead(20.2)
            view._lead(41.0)
            snapshot = view.snapshot
            assert snapshot is not None
            assert wanted == [float(snapshot.history.places[20]), math.inf]
            view.form.setCurrentIndex(1)
            assert "At step 23, measured afterwards from the kept moment." in view.legend.text()
            late.draw()
            assert not view.line.line.isVisible()
        else:
            assert isinstance(view, DistributionsView)
            assert view.canvas.past
            assert view.canvas.ridges[view.canvas.front].step == 23
            assert "Step&nbsp;23,&nbsp;measured&nbsp;afterwards" in view.info.text()
            assert view.canvas.ridges[-1].step == 40
        line.worker.post(Look(None))
        late.draw()
        late.draw()
        assert view.moment is None
        assert view.shown == len(view.entries) - 1


def test_a_moment_that_is_gone_or_not_finite_is_answered_with_nothing() -> None:
    run = run_of(document_of(*SMALL, dataset=datasets.Moons()))
    for _ in range(3):
        run.step_once()
    log = run.moments.log
    wild = replace(log.moments[2], vector=np.full_like(log.moments[2].vector, np.inf))
    log = replace(log, moments=(*log.moments[:2], wild))
    own = run.network.state_vector.copy()
    request = MomentStatistics(run.document.training.loss, (1, 2, 77))
    answer: dict[int, BatchPicture | None] = {}
    while missing := tuple(step for step in request.steps if step not in answer):
        answer.update(replace(request, steps=missing).answer_with_moments(run.network, run.split, log))
    assert isinstance(answer[1], BatchPicture)
    assert (answer[2], answer[77]) == (None, None)
    np.testing.assert_array_equal(run.network.state_vector, own)
