"""Watched steps: measurements of a running training know what its last step has changed."""

from __future__ import annotations

from engine import datasets, layers
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.training.commands import Play, Quit, SetDocument
from nnstudio.training.messages import RunState
from nnstudio.training.requests.batch_statistics import BatchStatistics
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line


def test_short_epochs_with_a_validation_hide_no_step() -> None:
    """Most requests arrive while a short epoch is validated; they are answered after a step all the same."""
    made = document_of(
        layers.Dense(8), layers.Tanh(), layers.Dense(1), layers.Sigmoid(), dataset=datasets.Moons(samples=40)
    )
    made = edits.set_training(made, epochs=1_000_000, batch_size=16)
    request = BatchStatistics(made.training.loss)
    line = Line()
    try:
        line.worker.post(SetDocument(made, analyse(made)))
        line.until(lambda snapshot: snapshot.state is RunState.READY)
        line.worker.post(Play())
        for _ in range(3):
            snapshot = line.until(lambda snapshot: request in snapshot.answers and snapshot.step > 0, request)
            assert snapshot.state is RunState.RUNNING
            picture = snapshot.answers[request]
            ratios = [picture.update_ratio(block) for block in picture.learning]
            assert len(ratios) == 2
            assert all(ratio is not None and 0 < ratio < 1 for ratio in ratios)
    finally:
        line.worker.post(Quit())
        line.worker.join()
