"""Misuse of the whole public surface: it works, or explains the mistake."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import (
    Clipping,
    DataError,
    EarlyStopping,
    EngineError,
    Network,
    Penalty,
    SpecError,
    Trainer,
    datasets,
    gradcheck,
    layers,
    losses,
    metrics,
    optimizers,
    schedules,
)

X = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
Y = np.array([0, 1, 0, 1, 1, 0])
ENTROPY = "categorical_cross_entropy"

ODD: list[Any] = [
    *(None, "a", "", b"x", "\0", [], {}, {1, 2}, (1, 2, 3), [1, "a"], [[1], [1, 2]], range(3)),
    *(-1, 0, 1.5, float("nan"), float("inf"), True, 1j, 10**30, object(), type, len, {"a": 1}, {1: "a"}),
    *(np.zeros(3), np.array("s"), np.zeros((0, 4)), np.full((6, 4), np.nan), np.array([None] * 6)),
    *(np.datetime64("2020"), np.zeros((2, 3, 4)), np.zeros((6, 4), complex)),
]


def network() -> Network:
    return Network([layers.Dense(3), layers.Tanh(), layers.Dense(2), layers.Softmax()], (4,), seed=0)


def trainer(**settings: Any) -> Trainer:
    return Trainer(network(), ENTROPY, optimizers.SGD(0.1), **settings)


def spec(**changes: Any) -> dict[str, Any]:
    return {**network().spec(), **changes}


def binary() -> tuple[np.ndarray, np.ndarray]:
    return X[:, :1], Y


def loaded() -> Trainer:
    made = trainer()
    made.load(X, Y)
    return made


def fit_epochs(odd: Any) -> None:
    # These would take for ever, as was asked for.
    if not (isinstance(odd, int) and odd > 1000):
        trainer().fit(X, Y, odd)


DENSE = layers.Dense(2)
DOORS: dict[str, Callable[[Any], object]] = {
    "Network, layers": lambda odd: Network(odd, (4,)),
    "Network, a layer": lambda odd: Network([DENSE, odd], (4,)),
    "Network, a named layer": lambda odd: Network({"a": odd}, (4,)),
    "Network, shape": lambda odd: Network([DENSE], odd),
    "Network, a size": lambda odd: Network([DENSE], (odd,)),
    "Network, seed": lambda odd: Network([DENSE], (4,), seed=odd),
    "Network, dtype": lambda odd: Network([DENSE], (4,), dtype=odd),
    "graph, nodes": lambda odd: Network.graph(odd, [("input", "a")], (4,)),
    "graph, a node": lambda odd: Network.graph({"a": odd}, [("input", "a")], (4,)),
    "graph, edges": lambda odd: Network.graph({"a": DENSE}, odd, (4,)),
    "graph, an edge": lambda odd: Network.graph({"a": DENSE}, [odd], (4,)),
    "graph, an end": lambda odd: Network.graph({"a": DENSE}, [("input", odd)], (4,)),
    "graph, shape": lambda odd: Network.graph({"a": DENSE}, [("input", "a")], odd),
    "initialise": lambda odd: network().initialise(odd),
    "parameters_of": lambda odd: network().parameters_of(odd),
    "predict": lambda odd: network().predict(odd),
    "gradients, x": lambda odd: network().gradients(odd, Y, ENTROPY),
    "gradients, y": lambda odd: network().gradients(X, odd, ENTROPY),
    "gradients, loss": lambda odd: network().gradients(X, Y, odd),
    "trace, x": lambda odd: network().trace(odd),
    "trace, x with targets": lambda odd: network().trace(odd, Y, ENTROPY),
    "trace, y": lambda odd: network().trace(X, odd, ENTROPY),
    "trace, loss": lambda odd: network().trace(X, Y, odd),
    "activations, x": lambda odd: network().activations(odd, "tanh_1"),
    "activations, name": lambda odd: network().activations(X, odd),
    "sensitivities, x": lambda odd: network().sensitivities(odd, [0, 1]),
    "sensitivities, gradient": lambda odd: network().sensitivities(X, odd),
    "sensitivities, of": lambda odd: network().sensitivities(X, [0, 1], odd),
    "copy": lambda odd: network().copy(odd),
    "take_parameters": lambda odd: network().take_parameters(odd),
    "take_parameters, an array": lambda odd: network().take_parameters({"dense_1.weight": odd}),
    "freeze": lambda odd: network().freeze(odd),
    "unfreeze": lambda odd: network().unfreeze(odd),
    "from_spec": lambda odd: Network.from_spec(odd),
    "from_spec, nodes": lambda odd: Network.from_spec(spec(nodes=odd)),
    "from_spec, a node": lambda odd: Network.from_spec(spec(nodes=[odd])),
    "from_spec, edges": lambda odd: Network.from_spec(spec(edges=odd)),
    "from_spec, an edge": lambda odd: Network.from_spec(spec(edges=[odd])),
    "from_spec, shape": lambda odd: Network.from_spec(spec(input_shape=odd)),
    "from_spec, seed": lambda odd: Network.from_spec(spec(seed=odd)),
    "save": lambda odd: network().save(odd),
    "load": lambda odd: Network.load(odd),
    "Trainer, network": lambda odd: Trainer(odd),
    "Trainer, loss": lambda odd: Trainer(network(), odd),
    "Trainer, optimiser": lambda odd: Trainer(network(), "mse", odd),
    "Trainer, batch": lambda odd: trainer(batch_size=odd),
    "Trainer, shuffle": lambda odd: trainer(shuffle=odd).fit(X, Y),
    "Trainer, seed": lambda odd: trainer(seed=odd),
    "Trainer, start": lambda odd: trainer(start=odd).fit(X, Y),
    "Trainer, metrics": lambda odd: trainer(metrics=odd).fit(X, Y),
    "Trainer, a metric": lambda odd: trainer(metrics=[odd]).fit(X, Y),
    "Trainer, schedule": lambda odd: trainer(schedule=odd).fit(X, Y),
    "Trainer, clipping": lambda odd: trainer(clipping=odd).fit(X, Y),
    "Trainer, penalty": lambda odd: trainer(penalty=odd).fit(X, Y),
    "Trainer, class weights": lambda odd: trainer(class_weight=odd).fit(X, Y),
    "Trainer, a class weight": lambda odd: trainer(class_weight={0: odd}).fit(X, Y),
    "Trainer, early stopping": lambda odd: trainer(early_stopping=odd).fit(X, Y),
    "Trainer, pause": lambda odd: trainer(pause=odd),
    "learning rate": lambda odd: setattr(trainer(), "learning_rate", odd),
    "batch size": lambda odd: setattr(trainer(), "batch_size", odd),
    "clipping": lambda odd: setattr(trainer(), "clipping", odd),
    "penalty": lambda odd: setattr(trainer(), "penalty", odd),
    "optimiser": lambda odd: setattr(trainer(), "optimizer", odd),
    "schedule": lambda odd: setattr(trainer(), "schedule", odd),
    "class weights": lambda odd: setattr(trainer(), "class_weight", odd),
    "class weights of data": lambda odd: setattr(loaded(), "class_weight", odd),
    "shuffle": lambda odd: setattr(trainer(), "shuffle", odd),
    "early stopping": lambda odd: setattr(trainer(), "early_stopping", odd),
    "metrics": lambda odd: setattr(trainer(), "metrics", odd),
    "fit, x": lambda odd: trainer().fit(odd, Y),
    "fit, y": lambda odd: trainer().fit(X, odd),
    "fit, epochs": fit_epochs,
    "fit, validation": lambda odd: trainer().fit(X, Y, 1, odd),
    "fit, validation x": lambda odd: trainer().fit(X, Y, 1, (odd, Y)),
    "fit, validation y": lambda odd: trainer().fit(X, Y, 1, (X, odd)),
    "fit, sample weights": lambda odd: trainer().fit(X, Y, sample_weight=odd),
    "evaluate, x": lambda odd: trainer().evaluate(odd, Y),
    "evaluate, y": lambda odd: trainer().evaluate(X, odd),
    "restore": lambda odd: trainer().restore(odd),
    "save a run": lambda odd: trainer().save(odd),
    "resume a run": lambda odd: trainer().resume(odd),
    "gradcheck, network": lambda odd: gradcheck.check(odd, X, Y),
    "gradcheck, x": lambda odd: gradcheck.check(network(), odd, Y, ENTROPY),
    "gradcheck, y": lambda odd: gradcheck.check(network(), X, odd, ENTROPY),
    "gradcheck, loss": lambda odd: gradcheck.check(network(), X, Y, odd),
    "gradcheck, count": lambda odd: gradcheck.check(network(), X, Y, ENTROPY, samples_per_array=odd),
    "gradcheck, seed": lambda odd: gradcheck.check(network(), X, Y, ENTROPY, seed=odd),
    "metrics.get": metrics.get,
    "labels_of": metrics.labels_of,
    "confusion_matrix, predictions": lambda odd: metrics.confusion_matrix(odd, Y),
    "confusion_matrix, targets": lambda odd: metrics.confusion_matrix(Y, odd),
    "confusion_matrix, threshold": lambda odd: metrics.confusion_matrix(*binary(), odd),
    "losses.get": losses.get,
    "layers.from_spec": layers.from_spec,
    "layers.from_spec, type": lambda odd: layers.from_spec({"type": odd}),
}
DECLARED = [
    *(layers.REGISTRY | losses.LOSSES | optimizers.OPTIMIZERS | schedules.SCHEDULES | datasets.DATASETS).values(),
    *(Clipping, Penalty, EarlyStopping),
]


def knock(door: Callable[[Any], object], odd: Any) -> None:
    """Nothing but an EngineError with a sentence may come out."""
    try:
        door(odd)
    except EngineError as error:
        text = str(error)
        assert 15 < len(text) < 500, text
        assert "\n" not in text, text


@pytest.mark.parametrize("name", DOORS)
def test_nothing_but_a_sentence_comes_out(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for odd in ODD:
        knock(DOORS[name], odd)


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.__name__)
def test_fields_too(kind: Any) -> None:
    for name in kind.model_fields:
        for odd in ODD:
            knock(lambda odd, name=name: kind(**{name: odd}), odd)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: Network.graph({"a": DENSE}, ["ab"], (4,)), SpecError, r'pairs of names such as \("input", .*\'ab\''),  # type: ignore[list-item]
        (lambda: Network.graph({"a": "Dense"}, [], (4,)), SpecError, "node 'a' must be one of engine.layers.*'Dense'"),  # type: ignore[dict-item]
        (lambda: Network(None, (4,)), SpecError, "a list, or a mapping .* found None"),  # type: ignore[arg-type]
        (lambda: trainer().fit(X, Y, "a"), SpecError, "epochs must be a whole number of at least 0, found 'a'"),
        (lambda: trainer().fit(X, Y, 1, X), DataError, r"must be a pair, \(samples, targets\)"),
        (lambda: trainer().fit(X, Y, 1, (X,)), DataError, r"must be a pair, \(samples, targets\)"),
        (lambda: trainer(schedule="cosine"), SpecError, "one of engine.schedules, such as .* found 'cosine'"),
        (lambda: trainer(metrics="accuracy"), SpecError, r'a list of names such as \["accuracy"\]'),
        (lambda: Trainer([DENSE]), SpecError, "must be an engine.Network"),  # type: ignore[arg-type]
        (lambda: network().take_parameters({"a": [1]}), DataError, r"arrays of numbers, but 'a' is \[1\]"),  # type: ignore[dict-item]
        (lambda: network().save(3), DataError, "a file's path must be a string"),  # type: ignore[arg-type]
        (lambda: layers.from_spec({"type": "Dens"}), SpecError, "there is no type 'Dens'"),
    ],
)
def test_the_sentence_says_what_is_wrong(call: Callable[[], object], kind: type[EngineError], text: str) -> None:
    with pytest.raises(kind, match=text):
        call()


def test_a_refused_setting_changes_nothing() -> None:
    it = trainer(clipping=Clipping(norm=1), penalty=Penalty(l2=0.1), early_stopping=EarlyStopping(monitor="loss"))
    it.load(X, Y)
    it.step()
    names = ("learning_rate", "batch_size", "clipping", "penalty", "early_stopping", "metrics")
    before = [getattr(it, name) for name in names]
    for name in names:
        for odd in ("a", object(), -1):
            with contextlib.suppress(EngineError):
                setattr(it, name, odd)
    assert [getattr(it, name) for name in names] == before
    assert np.isfinite(it.step())
