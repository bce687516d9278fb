"""Random graphs train the same with factored and with full gradients.

What a factor is made of must still be there when the optimiser comes to it, whatever the layers around write over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import DivergedError, Network, Trainer, layers, optimizers
from engine.layers import REGISTRY, Layer
from engine.regularisation import Clipping
from engine.types import Shape

# A limit that no gradient reaches; but with it, gradients must be there to be looked at.
IDLE = Clipping(norm=1e30)
WIDTHS = st.sampled_from([66, 70, 72])
BETWEEN = ["Tanh", "Sigmoid", "ReLU", "GELU", "ELU", "Softmax", "LayerNorm", "BatchNorm"]

Step = Callable[[Trainer], object]


@st.composite
def graphs(draw: Any) -> Callable[[], Network]:
    """The function that makes a network of large dense layers, with what may stand between them."""
    nodes: dict[str, Layer] = {}
    edges: list[tuple[str, str]] = []
    shapes: dict[str, Shape] = {"input": (draw(WIDTHS),)}

    def add(layer: Layer, *sources: str) -> str:
        name = f"node_{len(nodes)}"
        shapes[name] = layer.output_shape(*(shapes[source] for source in sources))
        nodes[name] = layer
        edges.extend((source, name) for source in sources)
        return name

    ends = ["input"]
    for _ in range(draw(st.integers(2, 9))):
        source = draw(st.sampled_from(ends[-2:]))
        same = [name for name in ends if name != source and shapes[name] == shapes[source]]
        kind = draw(st.sampled_from(["dense", "dense", "between", "dropout", "reshape", "merge"]))
        if kind == "merge" and same:
            layer = draw(st.sampled_from([layers.Add(), layers.Multiply(), layers.Concatenate()]))
            name = add(layer, source, draw(st.sampled_from(same)))
        elif kind == "between":
            name = add(REGISTRY[draw(st.sampled_from(BETWEEN))](), source)
        elif kind == "dropout":
            name = add(layers.Dropout(rate=0.3), source)
        elif kind == "reshape":
            name = add(layers.Flatten(), add(layers.Reshape(shape=(2, shapes[source][0] // 2)), source))
        else:
            name = add(layers.Dense(units=draw(WIDTHS), bias=draw(st.booleans())), source)
        ends.append(name)
    used = {source for source, _ in edges}
    loose = [name for name in nodes if name not in used]
    add(layers.Dense(units=2), add(layers.Concatenate(), *loose) if len(loose) > 1 else loose[0])
    return lambda: Network.graph(nodes, edges, shapes["input"], seed=0, dtype=np.float64)


def _frozen(layer: int) -> Step:
    return lambda trainer: trainer.network.freeze([*trainer.network.layers][layer % len(trainer.network.layers)])


def _sized(size: int) -> Step:
    return lambda trainer: setattr(trainer, "batch_size", _enough(size, trainer.network))


def _enough(size: int, network: Network) -> int:
    """The batch size, or the least that BatchNorm can learn from."""
    return max(size, 2) if network.mixes_samples else size


def _asked(trainer: Trainer) -> None:
    x, y, _ = samples(trainer.network.input_shape[0])
    trainer.network.gradients(x[:3], y[:3])


# What may happen between two steps.
EVENTS: st.SearchStrategy[Step] = st.one_of(
    st.just(lambda trainer: None),
    st.integers(1, 9).map(_sized),
    st.integers(0, 20).map(_frozen),
    st.just(lambda trainer: trainer.network.unfreeze()),
    st.just(lambda trainer: trainer.network.release()),
    st.just(lambda trainer: trainer.restore(trainer.state())),
    st.just(_asked),
)


def samples(width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((17, width)), rng.standard_normal((17, 2)), rng.random(17)


@settings(max_examples=60, deadline=None)
@given(
    make=graphs(), batch_size=st.sampled_from([1, 3, 8]), events=st.lists(EVENTS, max_size=8), weighted=st.booleans()
)
def test_training_is_the_same(make: Callable[[], Network], batch_size: int, events: list[Step], weighted: bool) -> None:
    batch_size = _enough(batch_size, make())
    plain, looked_at = (
        Trainer(make(), optimizer=optimizers.SGD(0.001), batch_size=batch_size, seed=1, clipping=clipping)
        for clipping in (None, IDLE)
    )
    x, y, weights = samples(plain.network.input_shape[0])
    for trainer in (plain, looked_at):
        trainer.load(x, y, sample_weight=weights if weighted else None)
    for event in (lambda trainer: None, *events):
        losses = []
        for trainer in (plain, looked_at):
            event(trainer)
            losses.append(_loss(trainer))
        if not all(0 <= loss < 1e6 for loss in losses):
            return  # it explodes, and from here on the last digit decides
        assert losses[0] == pytest.approx(losses[1], rel=1e-7)
    np.testing.assert_allclose(plain.network.state_vector, looked_at.network.state_vector, rtol=1e-6, atol=1e-8)


def _loss(trainer: Trainer) -> float:
    """Of the next step; of one that goes off, -1."""
    try:
        return trainer.step()
    except DivergedError:
        return -1.0
