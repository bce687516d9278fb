"""Exported scripts, imported as modules and run in processes of their own."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from types import ModuleType

import numpy as np

from engine import Network, Trainer, layers, losses, optimizers
from engine.data import Data, Preparation
from engine.data.steps import PointFeatures, PolynomialFeatures, ScaleInputs, ScaleTargets, Step
from engine.export import Subject, Training, write
from engine.layers import Layer
from tests.engine.cases import Case, each_case
from tests.engine.random_graphs import Drawn

# The back end of Keras that is compared, before anything imports it.
os.environ.setdefault("KERAS_BACKEND", "torch")
_NUMBERS = count()
ROOT = Path(__file__).parents[2]


def script(subject: Network | Subject, folder: Path, format: str, **options: object) -> ModuleType:
    """The exported script as a module; its own run does not begin."""
    name = f"exported_{next(_NUMBERS)}"
    path = folder / f"{name}.py"
    write(subject, path, format, **options)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(path: Path, *arguments: str) -> str:
    """What a script prints in a fresh process that knows nothing of nnstudio."""
    return _process(path.parent, str(path), *arguments)


# Imports of frameworks take longer than all that the scripts do.
_EACH = """
import json, runpy, sys
for number, call in enumerate(json.loads(sys.argv[1])):
    print(f"--- {number} ---")
    sys.argv = call
    runpy.run_path(call[0], run_name="__main__")
"""


def run_each(calls: Sequence[tuple[Path | str, ...]]) -> list[str]:
    """What scripts print, called with their arguments one after the other in one fresh process."""
    given = json.dumps([[str(word) for word in call] for call in calls])
    printed = re.split(r"--- \d+ ---\n", _process(Path(calls[0][0]).parent, "-c", _EACH, given))
    assert len(printed) == len(calls) + 1
    return printed[1:]


def _process(folder: Path, *words: str) -> str:
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    made = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=settings | {"KERAS_BACKEND": "torch", "KERAS_HOME": str(folder), "OMP_NUM_THREADS": "1"},
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def points(samples: int = 60, seed: int = 0) -> Data:
    """Points in units that need scaling, of two classes."""
    rng = np.random.default_rng(seed)
    x = rng.normal((5, -100), (3, 40), (samples, 2))
    labels = ((x[:, 0] - 5) * (x[:, 1] + 100) > 0).astype(np.int64)
    return Data(x.astype(np.float32), labels, "classification", ("no", "yes"))


def curve(samples: int = 60, seed: int = 0) -> Data:
    """Numbers to predict, in units that need scaling."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 100, (samples, 3)).astype(np.float32)
    y = (1000 + 50 * np.sin(x[:, :1] / 20) + x[:, 1:2]).astype(np.float32)
    return Data(x, y, "regression")


def pictures(samples: int = 30, seed: int = 0) -> Data:
    """Small pictures of three classes: bright rows."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, samples)
    x = rng.normal(0, 0.5, (samples, 1, 6, 6)).astype(np.float32)
    x[np.arange(samples), 0, 2 * labels] += 2
    return Data(x, labels, "classification", ("top", "middle", "low"))


def subject(
    data: Data,
    blocks: dict[str, Layer] | Network,
    loss: losses.Loss,
    optimizer: optimizers.Optimizer,
    steps: tuple[Step, ...] = (),
    *,
    standardise: bool = False,
    **settings: object,
) -> Subject:
    """A network with the training of it, the last quarter of the data held out."""
    kept = len(data) * 3 // 4
    train, held = data.take(np.arange(kept)), data.take(np.arange(kept, len(data)))
    preparation = Preparation.fit(train, standardise=standardise, steps=steps)
    network = blocks if isinstance(blocks, Network) else Network(blocks, preparation.network_shape, seed=4)
    training = Training(
        loss, optimizer, train.x, train.y, (held.x, held.y), batch_size=8, epochs=10, seed=4, **settings
    )
    return Subject(network, "Exported", preparation, training)


def train_here(subject: Subject) -> tuple[Trainer, np.ndarray]:
    """The engine's own training of a subject, and its outputs for the first samples in the units of the data."""
    training, preparation = subject.training, subject.preparation
    assert training is not None
    assert training.validation is not None
    assert preparation is not None
    network = subject.network.copy()
    network.freeze(*subject.network.frozen)

    def ready(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return preparation.scale(x), np.asarray(preparation.exact_targets(y), y.dtype)

    trainer = Trainer(
        network,
        training.loss,
        training.optimizer,
        training.batch_size,
        training.shuffle,
        training.seed,
        schedule=training.schedule,
        clipping=training.clipping,
        penalty=training.penalty,
        class_weight=training.class_weight,
        early_stopping=training.early_stopping,
    )
    trainer.fit(*ready(training.x, training.y), training.epochs, ready(*training.validation))
    return trainer, preparation.outputs(network.predict(preparation.scale(training.x[:5])))


DENSE: dict[str, Layer] = {"first": layers.Dense(6), "bend": layers.Tanh(), "last": layers.Dense(1)}


def fill(network: Network, seed: int) -> None:
    """Gives all arrays values of their own, running means and variances as well."""
    rng = np.random.default_rng(seed)
    for name, array in network.arrays.items():
        array[...] = (
            rng.uniform(0.5, 1.5, array.shape) if name.endswith("variance") else rng.normal(0, 0.5, array.shape)
        )


def random_network(drawn: Drawn, seed: int) -> tuple[Network, np.ndarray]:
    nodes, edges, shape = drawn
    network = Network.graph(nodes, edges, shape, seed=seed)
    fill(network, seed)
    return network, np.random.default_rng(seed).standard_normal((3, *shape)).astype(np.float32)


def prepared(network: Network, seed: int) -> tuple[Subject, np.ndarray, np.ndarray]:
    """A network with data preparation of its own; samples as they are in the data, with a gap, and their outputs."""
    rng, shape, steps = np.random.default_rng([seed, 7]), network.input_shape, list[Step]()
    way = int(rng.integers(3)) if shape == (4,) else 0
    if way == 1:
        others = rng.choice(["x_squared", "y_squared", "product", "sin_x", "sin_y"], 2, replace=False)
        shape, steps = (2,), [PointFeatures(frequency=0.5, **dict.fromkeys(others.tolist(), True))]
    if way == 2:
        shape, steps = (1,), [PolynomialFeatures(degree=4)]
    method = rng.choice(["standard", "min_max", "robust"], 2).tolist()
    if way or rng.integers(2):
        per = "input" if len(shape) == 1 else str(rng.choice(["input", "all", "channel"]))
        steps.append(ScaleInputs(method=method[0], per=per))
    if len(network.output_shape) == 1:
        steps.append(ScaleTargets(method=method[1]))
    x = rng.normal(2, 1, (12, *shape)).astype(np.float32)
    y = rng.normal(10, 50, (12, int(np.prod(network.output_shape)))).astype(np.float32)
    data = Data(x, y, "regression")
    fitted = Preparation.fit(data, standardise=bool(rng.integers(2)), steps=tuple(steps))
    made = Preparation(**{**dict(fitted), "fill": tuple(x.reshape(12, -1).mean(axis=0).tolist())})
    x = x[:3].copy()
    x[1].flat[-1] = np.nan
    return Subject(network, "", made), x, made.outputs(network.predict(made.scale(x)))


def all_cases() -> list[Case]:
    return [mark.values[0] for mark in each_case().args[1]]
