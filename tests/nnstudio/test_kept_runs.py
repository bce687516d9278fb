"""Runs that are over: kept by the worker, restored, gone on from, and saved in the project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers
from engine.errors import DivergedError
from nnstudio.document import edits, runs
from nnstudio.document.model import Document
from nnstudio.project import project_file, run_records
from nnstudio.project.archive import ProjectError, pack, unpack
from nnstudio.training.checkpoint import Checkpoint, RunOrigin
from nnstudio.training.commands import (
    AddRuns,
    Branch,
    Keep,
    Look,
    Play,
    Quit,
    RepeatRun,
    Reset,
    Restore,
    RestoreRun,
    SetDocument,
    SetMomentLimit,
    SetParameter,
    Steps,
    TakeBack,
)
from nnstudio.training.messages import RunState
from nnstudio.training.moments import MomentLog
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.project import Project
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.block_update import BlockUpdate
from nnstudio.training.requests.weights import Weights
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_shelf import Run, RunShelf
from nnstudio.training.run_table import RunTables
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line, run_of


def document(units: int = 3, **training: Any) -> Document:
    made = document_of(layers.Dense(units), layers.Tanh(), layers.Dense(1), layers.Tanh())
    made = edits.set_data(made, dataset=datasets.XOR(), validation=0.0)
    return edits.set_training(
        made, **{"loss": losses.MeanSquaredError(), "batch_size": 1, "epochs": 100_000, **training}
    )


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.worker.post(Quit())
    made.worker.join(10)


def trained(line: Line, steps: int = 40, made: Document | None = None) -> Document:
    made = made or document()
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(steps))
    line.until(lambda s: s.step == steps)
    return made


def weights_of(made: Checkpoint) -> dict[str, list[Any]]:
    return {name: array.tolist() for name, array in made.weights.items()}


def names(kept: tuple[Run, ...]) -> list[tuple[str, int]]:
    return [(run.id, run.checkpoint.step) for run in kept]


def test_a_reset_keeps_the_run_and_undo_takes_it_up_again(line: Line) -> None:
    trained(line)
    before = line.checkpoint()
    assert (before.run.id, line.runs()) == ("run-1", ())
    line.worker.post(Reset(7))
    line.worker.post(Steps(8))
    line.until(lambda s: s.step == 8)
    (kept,) = line.runs()
    assert names((kept,)) == [("run-1", 40)]
    assert weights_of(kept.checkpoint) == weights_of(before)
    assert kept.scores.keys() >= {"loss"}
    assert line.checkpoint().run.id == "run-2"
    line.worker.post(Restore(7))
    again = line.until(lambda s: s.step == 40)
    assert again.run.id == "run-1"
    assert again.history.steps.tolist() == list(range(41))
    assert names(line.runs()) == [("run-2", 8)]


def test_what_was_never_trained_is_no_run(line: Line) -> None:
    line.worker.post(SetDocument(document()))
    for token in range(3):
        line.worker.post(Reset(token))
    line.worker.post(SetDocument(document(seed=5)))
    assert line.runs() == ()
    assert line.until(lambda s: s.state is RunState.READY).run.id == "run-1"


@pytest.mark.parametrize("change", [{"seed": 3}, {}])
def test_another_run_or_network_keeps_the_one_before(line: Line, change: dict[str, Any]) -> None:
    trained(line)
    line.worker.post(SetDocument(document(**change) if change else document(units=5)))
    line.worker.post(Steps(4))
    (kept,) = line.until(lambda s: bool(s.runs)).runs
    assert kept.document == document()
    assert names((kept,)) == [("run-1", 40)]
    assert len(kept.checkpoint.moments.moments) == 41
    origin = line.checkpoint().run
    assert (origin.id, origin.parent, origin.step) == ("run-2", "" if change else "run-1", 0 if change else 40)


def test_an_edit_by_hand_that_is_undone_later_brings_the_moments_back(line: Line) -> None:
    trained(line)
    line.worker.post(SetParameter(ParameterEdit("dense_1.bias", (0,), 0.5), 3))
    line.worker.post(Steps(5))
    line.until(lambda s: s.step == 45)
    line.worker.post(TakeBack(3))
    again = line.until(lambda s: s.step == 40)
    assert (again.run.id, again.runs) == ("run-1", ())
    assert again.history.steps.tolist() == list(range(41))


def test_settings_that_go_on_with_the_run_keep_none(line: Line) -> None:
    trained(line)
    line.worker.post(SetDocument(document(batch_size=2)))
    line.worker.post(SetParameter(ParameterEdit("dense_1.bias", (0,), 0.5), 3))
    line.worker.post(Steps(1))
    line.until(lambda s: s.step == 41)
    assert line.runs() == ()


def test_a_branch_goes_on_as_the_run_did_bit_for_bit(line: Line) -> None:
    trained(line, 64)
    whole = line.checkpoint()
    line.worker.post(Branch(8, 1))
    snapshot = line.until(lambda s: s.step == 8)
    assert (snapshot.run.id, snapshot.run.parent, snapshot.run.step) == ("run-2", "run-1", 8)
    assert [mark.text for mark in snapshot.marks] == ["Gone on from step 8"]
    assert names(snapshot.runs) == [("run-1", 64)]
    line.worker.post(Steps(56))
    line.until(lambda s: s.step == 64)
    assert weights_of(line.checkpoint()) == weights_of(whole)
    line.worker.post(Restore(1))
    assert line.until(lambda s: s.run.id == "run-1").step == 64
    assert weights_of(line.checkpoint()) == weights_of(whole)
    line.worker.post(Branch(1000, 2))
    assert line.checkpoint().run.id == "run-1"


def test_a_run_is_restored_with_its_document_and_undo_brings_back_the_other(line: Line) -> None:
    made = trained(line)
    first = line.checkpoint()
    other = document(units=5)
    line.worker.post(SetDocument(other))
    line.worker.post(Steps(10))
    line.until(lambda s: s.step == 50)
    second = line.checkpoint()
    for command in (Keep(1), SetDocument(made), RestoreRun("run-1")):
        line.worker.post(command)
    assert line.until(lambda s: s.step == 40).run.id == "run-1"
    assert weights_of(line.checkpoint()) == weights_of(first)
    assert names(line.runs()) == [("run-2", 50)]
    line.worker.post(SetDocument(other))
    line.worker.post(Restore(1))
    assert line.until(lambda s: s.step == 50).run.id == "run-2"
    assert weights_of(line.checkpoint()) == weights_of(second)
    assert ("run-1", 40) in names(line.runs())


def test_a_look_back_answers_with_the_weights_of_then_and_training_goes_on(line: Line) -> None:
    trained(line, 30)
    request = Weights("dense_1")
    now = line.until(lambda s: request in s.answers, request).answers[request]
    line.worker.post(Look(5))
    ahead = BlockUpdate("dense_1")
    past = line.until(lambda s: s.moment is not None and request in s.answers, request, ahead)
    assert past.moment is not None
    assert (past.moment.step, past.step) == (5, 30)
    kept = next(moment for moment in line.checkpoint().moments.moments if moment.step == 5)
    shown = past.answers[request].parameters["weight"]
    np.testing.assert_array_equal(np.ravel(shown), kept.vector[: np.size(shown)])
    assert not np.array_equal(shown, now.parameters["weight"])
    assert isinstance(past.answers[ahead], Refusal)
    line.worker.post(Look(None))
    again = line.until(lambda s: s.moment is None and request in s.answers, request).answers[request]
    np.testing.assert_array_equal(again.parameters["weight"], now.parameters["weight"])
    line.worker.post(Look(5))
    assert line.until(lambda s: s.moment is not None).step == 30
    line.worker.post(Play())
    assert line.until(lambda s: s.step > 30).moment is None


def test_the_nearest_moment_stands_for_a_step_that_was_not_kept(line: Line) -> None:
    trained(line, 10)
    line.worker.post(Look(77))
    moment = line.until(lambda s: s.moment is not None).moment
    assert moment is not None
    assert moment.step == 10


def test_the_bound_holds_for_the_run_and_for_all_that_are_over(line: Line) -> None:
    trained(line, 100)
    line.worker.post(Reset(1))
    line.worker.post(Steps(100))
    line.until(lambda s: s.step == 100)
    line.worker.post(SetMomentLimit(4096))
    snapshot = line.next()
    assert 0 < snapshot.history.nbytes <= 4096
    assert 10 < len(snapshot.history.steps) < 101
    assert snapshot.history.limit == 4096
    assert snapshot.runs[0].checkpoint.moments.moments == ()
    assert snapshot.runs[0].checkpoint.weights


def run(number: int, moments: MomentLog | None = None) -> Run:
    return Run(Document(), Checkpoint(run=RunOrigin(f"run-{number}"), moments=moments or MomentLog()))


def test_the_oldest_run_without_a_label_goes_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.training.run_shelf.MOST_RUNS", 3)
    shelf = RunShelf()
    for number in (1, 3, 2, 12):
        shelf.add(run(number), {"run-1"})
    assert [kept.number for kept in shelf.runs] == [1, 3, 12]
    assert shelf.next_number() == 13


class TestFile:
    @pytest.fixture
    def project(self, line: Line) -> Project:
        made = trained(line, 50)
        line.worker.post(Branch(16, 1))
        line.worker.post(Steps(20))
        line.until(lambda s: s.step == 36)
        checkpoint, kept = line.collected()
        return Project(runs.rename_run(made, "run-1", "The first"), checkpoint, kept)

    def test_everything_comes_back(self, project: Project) -> None:
        data = project_file.to_bytes(project)
        loaded = project_file.from_bytes(data, "p")
        assert loaded.document == project.document
        assert project_file.to_bytes(loaded) == data
        assert loaded.checkpoint.run == project.checkpoint.run
        for one, other in (
            (loaded.checkpoint, project.checkpoint),
            (loaded.runs[0].checkpoint, project.runs[0].checkpoint),
        ):
            assert weights_of(one) == weights_of(other)
            assert one.curves.keys() == other.curves.keys()
            assert len(one.moments.moments) == len(other.moments.moments) > 10
            for here, there in zip(one.moments.moments, other.moments.moments, strict=True):
                assert (here.step, here.epoch, here.place, here.settings) == (
                    there.step,
                    there.epoch,
                    there.place,
                    there.settings,
                )
                np.testing.assert_array_equal(here.vector, there.vector)
                assert (here.state is None) == (there.state is None)
        assert loaded.runs[0].scores == project.runs[0].scores
        assert loaded.runs[0].document == project.runs[0].document

    def test_a_saved_moment_is_gone_on_from_as_before(self, project: Project, line: Line) -> None:
        loaded = project_file.from_bytes(project_file.to_bytes(project), "p")
        line.worker.post(SetDocument(loaded.document, checkpoint=loaded.checkpoint, runs=loaded.runs))
        line.worker.post(RestoreRun("run-1"))
        line.until(lambda s: s.step == 50)
        line.worker.post(Branch(8, 4))
        line.worker.post(Steps(42))
        line.until(lambda s: s.step == 50)
        assert weights_of(line.checkpoint()) == weights_of(project.runs[0].checkpoint)
        assert line.checkpoint().run.id == "run-3"

    def test_a_deleted_run_is_not_written(self, project: Project) -> None:
        gone = replace(project, document=runs.delete_runs(project.document, "run-1"))
        assert project_file.from_bytes(project_file.to_bytes(gone), "p").runs == ()

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            (b'"step":36', b'"step":-6', "step"),
            (b'"id":"run-2"', b'"id":"run-1"', "two runs are called run-1"),
            (b'"settings":0', b'"settings":7', "settings 7"),
            (b'"vector":', b'"vector":99999', "has no array"),
            (b'"moments":', b'"momentz":', "momentz"),
            (b'\\"format\\":5', b'\\"format\\":9', "newer"),
        ],
    )
    def test_damage_is_told(self, project: Project, old: bytes, new: bytes, words: str) -> None:
        entries = unpack(project_file.to_bytes(project), project_file._LIMITS)
        assert old in entries[run_records.INFO]
        entries[run_records.INFO] = entries[run_records.INFO].replace(old, new)
        with pytest.raises(ProjectError, match=words):
            project_file.from_bytes(pack(entries), "p")
        del entries[run_records.ARRAYS]
        with pytest.raises(ProjectError, match="part of its runs"):
            project_file.from_bytes(pack(entries), "p")


class TestRepeats:
    def test_each_seed_gives_the_run_that_it_gives_alone(self, line: Line) -> None:
        made = trained(line, 12, document(epochs=20))
        before = line.checkpoint()
        line.worker.post(RepeatRun((7, 8)))
        done = line.until(lambda s: s.repeat is None and len(s.runs) == 2)
        assert [(kept.id, kept.document.training.seed) for kept in done.runs] == [("run-2", 7), ("run-3", 8)]
        assert done.step == 12
        assert weights_of(line.checkpoint()) == weights_of(before)
        alone = run_of(edits.set_training(made, seed=8))
        alone.advance(60, 20, lambda: False)
        assert weights_of(done.runs[1].checkpoint) == weights_of(alone.checkpoint())
        assert done.runs[1].checkpoint.epoch == 20
        line.worker.post(Reset(1))
        line.worker.post(Steps(1))
        assert line.until(lambda s: s.step == 1).run.id == "run-4"

    def test_runs_that_were_trained_elsewhere_are_kept_beside_and_never_in_the_place_of_others(
        self, line: Line
    ) -> None:
        made = trained(line, 4)
        other = run_of(edits.set_training(made, seed=8))
        other.advance(60, 1, lambda: False)
        kept = [
            Run(other.document, replace(other.checkpoint(), run=RunOrigin(name)), other.scores)
            for name in ("run-4", "run-1", "run-4")
        ]
        line.worker.post(AddRuns(tuple(kept)))
        done = line.until(lambda s: len(s.runs) == 3)
        # The present run is run-1.
        assert [run.id for run in done.runs] == ["run-4", "run-5", "run-6"]
        assert done.step == 4

    def test_they_are_told_of_and_can_be_stopped(self, line: Line) -> None:
        trained(line, 4)
        line.worker.post(RepeatRun((3, 4, 5)))
        progress = line.until(lambda s: s.repeat is not None and s.repeat.share > 0).repeat
        assert progress is not None
        assert (progress.done, progress.count, progress.seed) == (0, 3, 3)
        line.worker.post(RepeatRun(()))
        assert line.until(lambda s: s.repeat is None).runs == ()

    def test_a_seed_that_diverges_is_marked_and_the_next_begins(self, line: Line) -> None:
        made = document(epochs=30, optimizer=optimizers.SGD(learning_rate=100.0))
        made = document_of(layers.Dense(3), layers.Dense(1)).with_changes(data=made.data, training=made.training)
        line.worker.post(SetDocument(made))
        line.worker.post(RepeatRun((1, 2)))
        done = line.until(lambda s: s.repeat is None and len(s.runs) == 2)
        assert [kept.checkpoint.marks[-1].text for kept in done.runs] == ["Diverged", "Diverged"]

    def test_a_seed_that_does_not_finish_a_step_is_no_run(self, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
        def diverge(*_: object) -> None:
            raise DivergedError("the loss is not a number")

        made = trained(line, 4, document(epochs=2))
        monkeypatch.setattr(TrainingRun, "advance", diverge)
        line.worker.post(RepeatRun((1, 2)))
        # The second one begins, and ends the repeats.
        assert line.until(lambda s: s.repeat is None and s.step == 4).runs == ()
        assert [row.id for row in RunTables().table_of(Project(made, line.checkpoint())).rows] == ["run-1"]

    def test_a_run_that_begins_meanwhile_has_a_name_of_its_own(self, line: Line) -> None:
        trained(line, 4)
        line.worker.post(RepeatRun((3, 4)))
        line.until(lambda s: s.repeat is not None and s.repeat.share > 0)
        line.worker.post(Reset(1))
        line.worker.post(Steps(1))
        # "run-2" is the first repeat.
        assert line.until(lambda s: s.step == 1).run.id == "run-3"
