"""Watch over own data: held-out samples that training has seen become a remark, found in a thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine import datasets
from engine.data import Data, NpzFile
from engine.data.duplicates import find_duplicates
from engine.data.steps import DropDuplicates
from nnstudio.document import edits
from nnstudio.document.model import DataSettings, Document
from nnstudio.document.problems import Problem, Severity
from nnstudio.shell import data_watch
from nnstudio.shell.data_watch import DataWatch
from nnstudio.store import Store
from nnstudio.training import data_facts
from nnstudio.training.build import read_data
from nnstudio.training.data_alarms import DUPLICATES, duplicate_alarms
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.predictions import Predictions
from nnstudio.training.split import Split
from tests.nnstudio.builders import opened

SETTINGS = DataSettings()


def samples(x: np.ndarray) -> Data:
    return Data(x.astype(np.float32), np.zeros(len(x), np.int64), "classification", ("a", "b"))


def with_repeats(path: Path, repeats: int) -> NpzFile:
    """A file of 400 samples, some of which are there twice."""
    x = np.random.default_rng(0).normal(size=(400, 5)).astype(np.float32)
    x[200 : 200 + repeats] = x[:repeats]
    np.savez(path / "own.npz", x=x, y=np.arange(400) % 2)
    return NpzFile(path=str(path / "own.npz"), task="classification")


def remarks(store: Store) -> list[Problem]:
    return [problem for problem in store.analysis.remarks if problem.rule == DUPLICATES]


class TestSentence:
    def test_it_counts_and_names_the_samples(self) -> None:
        train = np.random.default_rng(0).normal(size=(300, 6))
        held = np.random.default_rng(1).normal(size=(100, 6))
        held[[2, 5]] = train[[10, 20]]
        held[7] = train[30] + 0.001
        (alarm,) = duplicate_alarms({"validation": find_duplicates(samples(train), samples(held))}, SETTINGS)
        assert alarm.problem.sentence == (
            "2 of 100 held-out samples are also in training, and 1 nearly (validation sample 3 is training sample 11, "
            "validation sample 6 is training sample 21 and others), so scores tell what was remembered too. "
            "View > Data > Duplicates shows them"
        )
        assert (alarm.problem.where, alarm.problem.severity) == ("input", Severity.WARNING)

    def test_few_are_a_hint_and_none_are_nothing(self) -> None:
        train = np.random.default_rng(0).normal(size=(300, 6))
        held = np.random.default_rng(1).normal(size=(100, 6))
        assert duplicate_alarms({"validation": find_duplicates(samples(train), samples(held))}, SETTINGS) == ()
        held[0] = train[0]
        (alarm,) = duplicate_alarms({"validation": find_duplicates(samples(train), samples(held))}, SETTINGS)
        assert alarm.problem.severity is Severity.HINT
        assert alarm.problem.sentence.startswith(
            "1 of 100 held-out samples is also in training (validation sample 1 is training sample 1), so scores"
        )


class TestWatch:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(data_watch, "_REST_MS", 1)

    def _watched(self, dataset: NpzFile | datasets.Iris, qtbot: QtBot) -> tuple[Store, DataWatch, Snapshot]:
        store = opened(edits.set_data(Document(), dataset=dataset))
        qtbot.waitUntil(lambda: store.analysis.signature is not None)
        watch = DataWatch(store, store)
        return store, watch, Snapshot(1, RunState.PAUSED, data=read_data(store.document.data))

    def test_a_remark_comes_and_goes_with_the_data(self, qtbot: QtBot, tmp_path: Path) -> None:
        store, watch, snapshot = self._watched(with_repeats(tmp_path, 100), qtbot)
        assert watch.alarms(snapshot) == ()
        qtbot.waitUntil(lambda: bool(remarks(store)))
        assert watch.alarms(snapshot) == store.alarms
        # Another choice of data: nothing is known of them.
        store.edit("other", edits.set_data(store.document, dataset=datasets.Iris()))
        assert watch.alarms(snapshot) == ()
        assert not remarks(store)

    def test_its_fix_drops_them_from_training(self, qtbot: QtBot, tmp_path: Path) -> None:
        store, watch, snapshot = self._watched(with_repeats(tmp_path, 100), qtbot)
        watch.alarms(snapshot)
        qtbot.waitUntil(lambda: bool(remarks(store)))
        (remark,) = remarks(store)
        assert remark.fix is not None
        assert remark.fix.title == "Drop them from training"
        store.apply_fix(remark)
        assert store.document.data.steps == (DropDuplicates(nearly=False),)
        split = read_data(store.document.data)
        assert snapshot.data is not None
        assert snapshot.data.validation is not None
        assert split.validation is not None
        assert len(split.validation) == len(snapshot.data.validation)
        assert len(split.train) < len(snapshot.data.train)
        assert find_duplicates(split.train, split.validation).equal == 0
        assert watch.alarms(Snapshot(2, RunState.PAUSED, data=split)) == ()
        assert not remarks(store)

    def test_it_can_be_dismissed(self, qtbot: QtBot, tmp_path: Path) -> None:
        store, watch, snapshot = self._watched(with_repeats(tmp_path, 100), qtbot)
        watch.alarms(snapshot)
        qtbot.waitUntil(lambda: bool(remarks(store)))
        store.dismiss(*remarks(store))
        assert not remarks(store)
        watch.alarms(snapshot)
        assert not remarks(store)

    def test_data_of_the_program_are_left_alone(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(data_watch, "duplicates", lambda split: pytest.fail("looked through"))
        store, watch, snapshot = self._watched(datasets.Iris(), qtbot)
        watch.alarms(snapshot)
        qtbot.wait(100)
        assert not remarks(store)

    def test_samples_on_disk_wait_until_somebody_asks(
        self, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(data_watch, "duplicates", lambda split: pytest.fail("looked through"))
        monkeypatch.setattr("engine.data.storing.memory_bound", lambda: 100)
        store, watch, snapshot = self._watched(with_repeats(tmp_path, 100), qtbot)
        watch.alarms(snapshot)
        qtbot.wait(100)
        assert not remarks(store)

    def test_data_that_are_gone_are_not_kept_for_it(self, qtbot: QtBot, tmp_path: Path) -> None:
        import gc
        import weakref

        store, watch, snapshot = self._watched(with_repeats(tmp_path, 3), qtbot)
        watch.alarms(snapshot)
        qtbot.waitUntil(lambda: bool(remarks(store)))
        gone = weakref.ref(snapshot.data)
        del snapshot
        gc.collect()
        assert gone() is None


def test_a_fact_is_measured_once() -> None:
    split, found = Split(samples(np.zeros((3, 2))), None), []

    def measure(split: Split) -> int:
        found.append(split)
        return len(split.train)

    assert [data_facts.fact_of(split, measure) for _ in range(3)] == [3, 3, 3]
    assert found == [split]


@pytest.mark.parametrize(("total", "most"), [(1, 5), (5, 5), (5, 2), (1000, 7), (200_000, 199_999)])
def test_evenly_spaced_samples_rise_from_the_first_to_the_last(total: int, most: int) -> None:
    chosen = evenly_spaced(total, most)
    assert len(chosen) == min(total, most)
    assert chosen[0] == 0
    assert chosen[-1] == (total - 1 if most > 1 else 0)
    assert (np.diff(chosen) >= 1).all()


def test_predictions_are_those_of_the_network_for_the_named_samples() -> None:
    from engine import layers
    from nnstudio.document.probe import SampleRef
    from nnstudio.training.build import build

    document = edits.append(edits.set_data(Document(), dataset=datasets.Moons()), layers.Dense(1))
    network, split = build(document), read_data(document.data)
    assert split.validation is not None
    refs = SampleRef("validation", 3), SampleRef("train", 7), SampleRef("train", 10**6)
    answer = Predictions(refs, 0.1).answer(network, split)
    assert answer is not None
    assert set(answer) == set(refs[:2])
    for ref, data, index in ((refs[0], split.validation, 3), (refs[1], split.train, 7)):
        value = float(network.predict(data.x[index : index + 1])[0, 0])
        assert answer[ref].values == pytest.approx((value,), rel=1e-6)
        assert answer[ref].label == int(value > 0.1)
