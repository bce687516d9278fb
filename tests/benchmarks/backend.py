"""Benchmark cases in the PyTorch back end: the engine's networks and settings, computed by PyTorch."""

from __future__ import annotations

from engine import Trainer, optimizers
from engine.backends.torch.network import TorchNetwork
from tests.benchmarks import ours
from tests.benchmarks.cases import Case
from tests.benchmarks.measure import Action


def action(case: Case) -> Action:
    """The call to be timed, as `ours.action`."""
    network = TorchNetwork.of(ours.NETWORKS[case.network](case.input_shape))
    if case.predict:
        points = case.grid()
        return lambda: network.predict(points)
    optimizer = optimizers.OPTIMIZERS[case.optimizer](learning_rate=case.rate)  # type: ignore[call-arg]
    trainer = Trainer(network, case.loss, optimizer, case.batch, seed=0, backend="torch")
    trainer.load(*case.data())
    return trainer.step
