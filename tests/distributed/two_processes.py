"""Checks that torchrun runs in two processes.

Each writes what it found to a file of its own.

`torchrun --nproc-per-node 2 -m tests.distributed.two_processes FOLDER`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine import layers, optimizers
from engine.backends.numpy import threads
from engine.backends.torch.network import TorchNetwork
from engine.backends.torch.trainer import TorchTrainer
from engine.data import open_path, stored_samples, storing
from engine.data.file_dataset import FileDataset
from engine.data.sharing import reading_together
from engine.data.steps.scaling import ScaleInputs
from engine.data.stored_samples import ArrayInFile
from engine.data.tables import text_part, text_table
from engine.errors import EngineError
from engine.regularisation import Clipping, Penalty
from nnstudio.distributed.group import Group
from nnstudio.distributed.trainer import DistributedTrainer
from nnstudio.document.model import DataSettings
from nnstudio.training.build import read_data

PLAIN = (layers.Flatten(), layers.Dense(8), layers.Tanh(), layers.Dense(3), layers.Softmax())
NORMED = (
    layers.Conv2D(4),
    layers.BatchNorm(),
    layers.ReLU(),
    layers.Flatten(),
    layers.Dense(6),
    layers.BatchNorm(),
    layers.Dense(3),
    layers.Softmax(),
)
# What one process and several must agree on; 37 samples by 9 leave a last batch of one, which two cannot divide.
CASES: dict[str, tuple[tuple[layers.Layer, ...], dict[str, Any]]] = {
    "plain": (PLAIN, {"optimizer": optimizers.Adam(0.01)}),
    "weighted": (PLAIN, {"class_weight": {0: 1, 1: 5, 2: 2}}),
    "constrained": (PLAIN, {"clipping": Clipping(norm=0.5), "penalty": Penalty(l2=0.01)}),
    # With Adam, the biases before a normalisation, whose gradients are nothing but rounding, would differ.
    "normed": (NORMED, {"optimizer": optimizers.SGD(0.05, momentum=0.9)}),
}


def main(folder: Path) -> None:
    threads.use(1)
    with Group("cpu", 120) as group:
        DistributedTrainer.group = group
        found = {
            "parity": {name: parity(*case) for name, case in CASES.items()},
            "frozen": frozen(),
            "small": told(lambda: trained(DistributedTrainer, PLAIN, batch_size=1)),
            "wrong": told(lambda: group.agree(lambda: failing(group.rank))),
            "table": table(folder, group),
            "stored": stored(folder, group),
        }
    (folder / f"found-{group.rank}.json").write_text(json.dumps(found))


def samples() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(37, 1, 6, 6)).astype(np.float32), rng.integers(0, 3, 37)


def trained(kind: type[TorchTrainer], stack: tuple[layers.Layer, ...], **settings: Any) -> tuple[Any, Any]:
    x, y = samples()
    network = TorchNetwork(list(stack), input_shape=(1, 6, 6), seed=1)
    trainer = kind(network, "categorical_cross_entropy", seed=3, **{"batch_size": 9, **settings})
    history = trainer.fit(x, y, 3, validation=(x[:11], y[:11]))
    return network, history


def parity(stack: tuple[layers.Layer, ...], settings: dict[str, Any]) -> dict[str, float]:
    """Largest differences between two processes and one, which each computes for itself."""
    ours, history = trained(DistributedTrainer, stack, **settings)
    alone, expected = trained(TorchTrainer, stack, **settings)
    curves = {"loss": (history.loss, expected.loss), "val_loss": (history.val_loss, expected.val_loss)}
    curves |= {name: (history.metrics[name], values) for name, values in expected.metrics.items()}
    return {
        "weights": float(np.abs(ours.state_vector - alone.state_vector).max()),
        **{name: float(np.abs(np.subtract(*pair)).max()) for name, pair in curves.items()},
    }


def frozen() -> list[float]:
    """Largest change of a frozen layer, and of one that learns."""
    x, y = samples()
    network = TorchNetwork(list(PLAIN), input_shape=(1, 6, 6), seed=1)
    network.freeze("dense_1")
    before = {name: array.copy() for name, array in network.arrays.items()}
    DistributedTrainer(network, "categorical_cross_entropy", batch_size=9, seed=3).fit(x, y, 1)
    return [float(np.abs(network.arrays[name] - before[name]).max()) for name in ("dense_1.weight", "dense_2.weight")]


def told(work: Callable[[], object]) -> str:
    try:
        work()
    except EngineError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def failing(rank: int) -> None:
    if rank == 1:
        raise EngineError("only here")


def table(folder: Path, group: Group) -> dict[str, Any]:
    """Share of a text table's bytes that this process reads, and whether the samples are those that one reads."""
    dataset = open_path(folder / "large.csv").settled()
    assert isinstance(dataset, FileDataset)
    alone = dataset.read()
    text_table._WHOLE, text_table._HEAD = 1000, 500  # type: ignore[misc]
    own = 0
    plain = text_part.read_part

    def counted(*arguments: Any) -> text_part.TextPart:
        nonlocal own
        part = plain(*arguments)
        own += len(part.content)
        return part

    text_table.read_part = counted  # type: ignore[assignment, attr-defined]
    with reading_together(group):
        ours = dataset.read()
    same = np.array_equal(ours.x, alone.x) and np.array_equal(ours.y, alone.y)
    return {"read": own / (folder / "large.csv").stat().st_size, "same": bool(same)}


def stored(folder: Path, group: Group) -> dict[str, Any]:
    """What is read of a file that stays on disk, and what is measured of it, together and alone."""
    storing.memory_bound = lambda: 1000  # type: ignore[assignment, attr-defined]
    # Of large files, next to nothing is kept at hand.
    stored_samples._AT_HAND = 40  # type: ignore[misc]
    settings = DataSettings(dataset=open_path(folder / "large.npz"), steps=(ScaleInputs(method="min_max"),))
    read = 0
    plain = ArrayInFile._read_at

    def counted(self: ArrayInFile, place: int, size: int) -> bytes:
        nonlocal read
        data = plain(self, place, size)
        read += len(data)
        return data

    ArrayInFile._read_at = counted  # type: ignore[method-assign]
    measured, counts = [], []
    for share in (True, False):
        read = 0
        if share:
            with reading_together(group):
                split = read_data(settings)
        else:
            split = read_data(settings)
        network = TorchNetwork([layers.Dense(2), layers.Softmax()], input_shape=(40,), seed=1)
        trainer = (DistributedTrainer if share else TorchTrainer)(
            network, "categorical_cross_entropy", batch_size=16, seed=3
        )
        held = split.validation
        trainer.fit(split.train.x, split.train.y, 1, None if held is None else (held.x, held.y))
        known = split.preparation
        assert known is not None
        scale = known.standardisation
        spread = np.array([*([] if scale is None else scale.spread), *known.steps[0].numbers["spread"]])
        measured.append((known.fingerprint, spread, network.state_vector.copy()))
        counts.append(read)
    ours, alone = measured
    return {
        "read": counts,
        "fingerprint": ours[0] == alone[0],
        "scale": float(np.abs(ours[1] - alone[1]).max()),
        "weights": float(np.abs(ours[2] - alone[2]).max()),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
