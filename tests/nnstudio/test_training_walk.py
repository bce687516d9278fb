"""Walk through a training step: its stops and numbers, and that nothing changes before the step is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import Clipping, Network, Penalty, optimizers
from engine.optimizers import Optimizer
from nnstudio.document import edits
from nnstudio.document.model import OUTPUT, Document
from nnstudio.document.probe import SampleRef
from nnstudio.project import templates
from nnstudio.shell.docks import in_sight
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.block_mathematics import BlockMathematics
from nnstudio.training.requests.block_update import MEAN, BlockUpdate, UpdatePicture
from nnstudio.training.requests.gradient_check import GradientCheck, GradientErrors
from nnstudio.training.requests.training_walk import TrainingWalk, WalkPlan
from nnstudio.training.run import TrainingRun
from nnstudio.views.mathematics import MathematicsView
from tests.nnstudio.builders import opened
from tests.nnstudio.views_support import shown
from tests.nnstudio.worker_support import run_of

OPTIMIZERS = [
    pytest.param(optimizers.SGD(learning_rate=0.1), id="sgd"),
    pytest.param(optimizers.SGD(learning_rate=0.1, momentum=0.9), id="momentum"),
    pytest.param(optimizers.RMSprop(learning_rate=0.01), id="rmsprop"),
    pytest.param(optimizers.Adagrad(learning_rate=0.05), id="adagrad"),
    pytest.param(optimizers.Adam(learning_rate=0.01), id="adam"),
    pytest.param(optimizers.AdamW(learning_rate=0.01), id="adamw"),
]


def plan_of(run: TrainingRun) -> WalkPlan:
    return TrainingWalk(run.document.training.loss).answer_before_step(run.network, run.split, run.trainer)


def everything(run: TrainingRun) -> Mapping[str, Any]:
    """All numbers of a run, random states included."""
    state = run.trainer.state()
    return {**state.info, **{name: array.tobytes() for name, array in state.arrays.items()}}


def trigger(window: MainWindow, name: str) -> None:
    action = window.findChild(QAction, f"{name}Action")
    assert action is not None
    action.trigger()


def test_a_step_is_walked_forward_backward_and_through_the_updates() -> None:
    plan = plan_of(run_of(templates.load("xor").document))
    titles = [stop.title for stop in plan.stops]
    assert titles == [
        *("product of dense_1", "output of dense_1", "output of tanh_1"),
        *("product of dense_2", "output of dense_2", "output of tanh_2"),
        *("loss", "gradient of the output", "gradient of the input of tanh_2"),
        *("gradient of weight of dense_2", "gradient of bias of dense_2", "gradient of the input of dense_2"),
        *("gradient of the input of tanh_1", "gradient of weight of dense_1", "gradient of bias of dense_1"),
        *("update of weight of dense_1", "update of bias of dense_1"),
        *("update of weight of dense_2", "update of bias of dense_2"),
    ]
    assert plan.batch == (0,)
    assert plan.differing == ()


def test_frozen_blocks_have_no_gradients_and_no_update() -> None:
    document = templates.load("xor").document
    plan = plan_of(run_of(edits.set_frozen(document, True, "dense_1")))
    titles = [stop.title for stop in plan.stops if stop.block in ("dense_1", "tanh_1")]
    assert titles == ["product of dense_1", "output of dense_1", "output of tanh_1"]


def test_what_differs_in_training_is_named() -> None:
    run = run_of(templates.load("digits-cnn").document)
    assert plan_of(run).differing == ("dropout_1",)
    assert list(plan_of(run).batch) == run.trainer.next_batch.tolist()


@pytest.mark.parametrize("template", ["xor", "iris", "digits-cnn", "mnist-tutorial"])
def test_looking_at_every_stop_changes_no_bit(template: str) -> None:
    walked, plain = (run_of(templates.load(template).document) for _ in range(2))
    loss = walked.document.training.loss
    for _ in range(3):
        before = everything(walked)
        plan = plan_of(walked)
        probe = SampleRef("train", plan.batch[0])
        for block in {stop.block: None for stop in plan.stops}:
            picture = BlockMathematics(block, probe, loss).answer(walked.network, walked.split)
            update = BlockUpdate(block).answer_before_step(walked.network, walked.split, walked.trainer)
            offered = {(step.name, "", 0) for step in picture.steps}  # type: ignore[union-attr]
            if update is not None:
                offered |= {(each.step.name, each.parameter, each.number) for each in update.steps}
            # The lens has every stop.
            assert {(s.step, s.parameter, s.number) for s in plan.stops if s.block == block} <= offered
        assert everything(walked) == before
        walked.step_by_hand()
        plain.step_by_hand()
        assert walked.last.report is not None
        assert walked.last.report.samples == plan.batch
        assert everything(walked) == everything(plain)


def changed(document: Document, optimizer: Optimizer, **settings: Any) -> Document:
    return document.with_changes(training=document.training.with_changes(optimizer=optimizer, batch_size=4, **settings))


@pytest.mark.parametrize("settings", [{}, {"clipping": Clipping(norm=0.1), "penalty": Penalty(l2=0.1)}])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_update_in_the_lens_is_that_of_the_step(
    qapp: QApplication, optimizer: Optimizer, settings: Mapping[str, Any]
) -> None:
    run = run_of(changed(templates.load("xor").document, optimizer, **settings))
    with shown(MathematicsView(opened(run.document)), 640, 420) as view:
        for _ in range(3):
            before = {name: array.copy() for name, array in run.network.parameters.items()}
            drawn: dict[str, np.ndarray] = {}
            for block in ("dense_1", "dense_2"):
                view.store.select(block)
                answers = {
                    request: request.answer_before_step(run.network, run.split, run.trainer)
                    for request in view.requests()
                }
                view.draw(Snapshot(1, RunState.PAUSED, answers=answers, data=run.split))
                for row, entry in enumerate(view.entries):
                    if entry.title.startswith("Update of"):
                        view.steps.setCurrentIndex(row)
                        names = [array.name for array in view.canvas.arrays]
                        drawn[f"{block}.{entry.key[1]}"] = view.canvas.arrays[names.index("new w")].values
                        assert (MEAN in names) == (bool(settings) and "g" in names)
                        assert "4 samples" in view.check.text()
                        assert ("clipped" in view.check.text()) == bool(settings)
            run.step_by_hand()
            assert set(drawn) == set(before)
            for name, w in run.network.parameters.items():
                np.testing.assert_allclose(drawn[name], w, rtol=1e-6, atol=1e-7)
                assert not np.array_equal(w, before[name])


def test_while_training_runs_no_update_is_asked_for(qapp: QApplication) -> None:
    run = run_of(templates.load("xor").document)
    with shown(MathematicsView(opened(run.document)), 640, 420) as view:
        assert BlockUpdate("dense_1") in view.requests()
        view.draw(Snapshot(1, RunState.RUNNING, data=run.split))
        assert BlockUpdate("dense_1") not in view.requests()
        view.draw(Snapshot(1, RunState.PAUSED, data=run.split))
        assert BlockUpdate("dense_1") in view.requests()


def test_an_update_that_cannot_be_told_is_explained(qapp: QApplication) -> None:
    run = run_of(templates.load("xor").document)
    with shown(MathematicsView(opened(run.document)), 640, 420) as view:
        picture = BlockMathematics("dense_1", view.store.probe, run.document.training.loss)
        answers = {
            picture: picture.answer(run.network, run.split),
            BlockUpdate("dense_1"): Refusal("There is not enough memory to compute this."),
        }
        view.draw(Snapshot(1, RunState.PAUSED, answers=answers, data=run.split))
        assert view.check.text().endswith("cannot be shown. There is not enough memory to compute this.")
        view.draw(Snapshot(2, RunState.PAUSED, answers=answers | {BlockUpdate("dense_1"): Refusal()}, data=run.split))
        assert "cannot be shown" not in view.check.text()


def ready(window: MainWindow, qtbot: QtBot, template: str = "xor") -> None:
    window.files.open_template(template)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)


def begin(window: MainWindow, qtbot: QtBot) -> None:
    trigger(window, "walkForth")
    qtbot.waitUntil(lambda: window.walk.active, timeout=5000)


def test_a_step_is_walked_in_the_window_and_then_made(window: MainWindow, qtbot: QtBot) -> None:
    ready(window, qtbot)
    plain, lens = run_of(window.store.document), window.mathematics
    for _ in range(2):
        step = window.session.snapshot.step
        begin(window, qtbot)
        before = window.session.collect().checkpoint
        titles: list[str] = []
        while True:
            stop = window.walk.stop
            assert stop is not None
            titles.append(stop.title)
            place = f"Step through {len(titles)} of 19: {stop.title}"
            assert place in window.status.findChild(type(window.status._message), "statusMessage").text()
            assert window.store.selected == stop.block
            assert in_sight(lens)
            key = stop.step, stop.parameter, stop.number

            def drawn(block: str = stop.block, key: object = key) -> bool:
                shows = lens.answer is not None and lens.answer.block == block
                return shows and lens.entry is not None and lens.entry.key == key

            qtbot.waitUntil(drawn, timeout=5000)
            if len(titles) == 19:
                break
            trigger(window, "walkForth")
        assert titles[6] == "loss"
        assert window.store.probe == SampleRef("train", int(plain.trainer.next_batch[0]))
        trigger(window, "walkBack")
        assert window.walk.stop is not None
        assert window.walk.stop.title == titles[-2]
        trigger(window, "walkForth")
        after = window.session.collect().checkpoint
        assert (after.step, window.session.snapshot.step) == (step, step)
        for name, array in before.weights.items():
            np.testing.assert_array_equal(after.weights[name], array)
        trigger(window, "walkForth")
        assert not window.walk.active
        plain.step_by_hand()
        qtbot.waitUntil(lambda step=step: window.session.snapshot.step == step + 1, timeout=5000)  # type: ignore[misc]
        made = window.session.collect().checkpoint
        for name, array in plain.network.arrays.items():
            np.testing.assert_array_equal(made.weights[name], array)
        assert window.mathematics.place.isHidden()


@pytest.mark.parametrize("how", ["walkLeave", "step", "play", "edit", "reset", "open"])
def test_the_walk_is_over(window: MainWindow, qtbot: QtBot, how: str) -> None:
    ready(window, qtbot)
    if how == "reset":
        trigger(window, "step")
        qtbot.waitUntil(lambda: window.session.snapshot.step == 1)
    begin(window, qtbot)
    trigger(window, "walkForth")
    if how == "edit":
        document = window.store.document
        window.store.edit("Rate", changed(document, optimizers.SGD(learning_rate=0.2)))
    elif how == "open":
        window.files.open_template("iris")
    else:
        trigger(window, how)
    qtbot.waitUntil(lambda: not window.walk.active, timeout=5000)
    assert "Step through" not in window.status.findChild(type(window.status._message), "statusMessage").text()
    assert window.mathematics.place.isHidden()
    trigger(window, "pause")


def test_what_the_walk_cannot_do_is_said(window: MainWindow, qtbot: QtBot) -> None:
    ready(window, qtbot)
    leave = window.findChild(QAction, "walkLeaveAction")
    assert not leave.isEnabled()
    trigger(window, "walkBack")
    assert window.status.currentMessage() == "No step is being walked through."
    begin(window, qtbot)
    assert leave.isEnabled()
    trigger(window, "walkBack")
    assert window.status.currentMessage() == "This is where the walk begins."
    trigger(window, "play")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.RUNNING, timeout=5000)
    trigger(window, "walkForth")
    assert window.status.currentMessage() == "Training runs; pause it to walk through a step."
    trigger(window, "pause")


def test_it_is_said_which_sample_of_the_batch_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    ready(window, qtbot, "iris")
    begin(window, qtbot)
    probe = window.store.probe
    assert isinstance(probe, SampleRef)
    note = window.mathematics.note
    assert note.text() == (
        f"{probe.title} is number 1 of 10 in this step's batch; the update uses the mean of their gradients."
    )
    batch = window.walk._plan.batch  # type: ignore[union-attr]
    window.store.choose_sample(SampleRef("train", batch[3]))
    assert "is number 4 of 10" in note.text()
    window.store.choose_sample(SampleRef("validation", 0))
    assert "is not in this step's batch" in note.text()
    assert window.walk.active


def test_all_gradients_are_checked_at_the_press_of_a_button(window: MainWindow, qtbot: QtBot) -> None:
    ready(window, qtbot)
    begin(window, qtbot)
    box = window.mathematics.gradients
    box.button.click()
    qtbot.waitUntil(lambda: box.errors is not None, timeout=10_000)
    found = box.errors
    assert isinstance(found, GradientErrors)
    assert set(found.errors) == {"dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias", "input"}
    assert 0 < found.worst < 1e-8
    for name in ("dense_1.weight", "dense_2.bias", "data"):
        assert f"<td>{name}</td>" in box.report.text()
    assert "all 6" in box.report.text()
    # The answer is of this network alone.
    trigger(window, "step")
    qtbot.waitUntil(lambda: box.errors is None, timeout=5000)
    assert box.report.isHidden()


def test_a_wrong_gradient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(templates.load("iris").document)
    check = GradientCheck(SampleRef("train", 3), run.document.training.loss)
    assert isinstance(found := check.answer(run.network, run.split), GradientErrors)
    assert found.worst < 1e-7
    gradients = Network.gradients

    def wrong(self: Any, *rest: Any, **named: Any) -> Any:
        loss, made = gradients(self, *rest, **named)
        made["dense_1.bias"][0] += 0.01
        return loss, made

    monkeypatch.setattr(Network, "gradients", wrong)
    assert isinstance(found := check.answer(run.network, run.split), GradientErrors)
    assert found.errors["dense_1.bias"] > 1e-4
    assert found.errors["dense_1.weight"] < 1e-7


def test_a_check_of_a_large_network_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.training.requests import gradient_check

    run = run_of(templates.load("digits-cnn").document)
    check = GradientCheck(SampleRef("train", 0), run.document.training.loss)
    monkeypatch.setattr(gradient_check, "_MOST_WORK", 4e8)
    found = check.answer(run.network, run.split)
    assert isinstance(found, GradientErrors)
    assert max(found.checked.values()) < 40
    monkeypatch.setattr(gradient_check, "_MOST_WORK", 1e6)
    refused = check.answer(run.network, run.split)
    assert isinstance(refused, Refusal)
    assert "too large" in refused.sentence


def test_the_loss_is_called_by_what_it_is(qapp: QApplication) -> None:
    run = run_of(templates.load("xor").document)
    with shown(MathematicsView(opened(run.document)), 640, 420) as view:
        assert view.choice.names[-1] == OUTPUT
        assert view.choice.itemText(view.choice.count() - 1) == "loss"
        view.choice.setCurrentIndex(view.choice.count() - 1)
        view.choice.activated.emit(view.choice.count() - 1)
        assert view.choice.block == OUTPUT
        answer = BlockUpdate("dense_1").answer_before_step(run.network, run.split, run.trainer)
        assert isinstance(answer, UpdatePicture)
        assert answer.remark.startswith("g is the gradient of the only sample")
