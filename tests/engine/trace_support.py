"""Networks for tests of traces, also with offsets behind every layer."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from engine import Network, layers
from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.graph import INPUT
from engine.layers.base import ParameterSpec
from engine.types import Shape

Array = np.ndarray
Nodes = dict[str, layers.Layer]


class Probe(layers.Layer):
    """Adds an offset to each number that passes, so that a difference can be taken anywhere. Not registered."""

    samples: int
    type: Literal["none"] = "none"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def state_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        return {"offset": ParameterSpec((*inputs[0], self.samples), "zeros")}

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        offset = context.state["offset"]
        return lambda: np.add(context.input, offset, context.output), lambda: None


def probed(network: Network, samples: int) -> Network:
    """The same network in float64 with a probe behind the data and behind every layer; no loss is fused with it."""
    structure = network.structure
    nodes: Nodes = {f"probe {INPUT}": Probe(samples=samples)}
    edges = [(INPUT, f"probe {INPUT}")]
    for name, layer in structure.nodes.items():
        nodes |= {name: layer, f"probe {name}": Probe(samples=samples)}
        edges += [(f"probe {source}", name) for source in structure.sources[name]]
        edges.append((name, f"probe {name}"))
    twin = Network.graph(nodes, edges, network.input_shape, seed=0, dtype=np.float64)
    twin.take_parameters(network.arrays)
    return twin


def same(left: Any, right: Any) -> None:
    assert [*left] == [*right]
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


def randomised(network: Network) -> Network:
    """With numbers that training might have made; variances stay above zero."""
    rng = np.random.default_rng(5)
    for array in network.arrays.values():
        array[...] = rng.uniform(0.2, 1.0, array.shape) * rng.choice([1, 1, 1, -1])
    for name, array in network.arrays.items():
        if name.endswith(".variance"):
            np.absolute(array, out=array)
    return network


def branched() -> Network:
    nodes: Nodes = {
        "conv": layers.Conv2D(filters=2, kernel_size=3, padding="same"),
        "relu": layers.ReLU(),
        "norm": layers.BatchNorm(),
        "drop": layers.Dropout(rate=0.5),
        "tanh": layers.Tanh(),
        "add": layers.Add(),
        "join": layers.Concatenate(),
        "flat": layers.Flatten(),
        "dense": layers.Dense(3),
        "soft": layers.Softmax(),
    }
    edges = [(INPUT, "conv"), ("conv", "relu"), ("relu", "norm"), ("norm", "drop"), ("conv", "tanh"), ("drop", "add")]
    edges += [("tanh", "add"), ("add", "join"), (INPUT, "join"), ("join", "flat"), ("flat", "dense"), ("dense", "soft")]
    return randomised(Network.graph(nodes, edges, (2, 4, 5), seed=3))


def residual() -> Network:
    """Activations in a row, the data into three places, an end that is fused with binary cross-entropy."""
    nodes: Nodes = {
        "a": layers.Dense(4),
        "elu": layers.ELU(),
        "sine": layers.Sine(frequency=2),
        "twice": layers.Add(),
        "times": layers.Multiply(),
        "end": layers.Dense(2),
        "sigmoid": layers.Sigmoid(),
    }
    edges = [(INPUT, "a"), ("a", "elu"), ("elu", "sine"), ("sine", "twice"), ("sine", "twice"), (INPUT, "twice")]
    edges += [("twice", "times"), (INPUT, "times"), ("times", "end"), ("end", "sigmoid")]
    return Network.graph(nodes, edges, (4,), seed=4)


def plain() -> Network:
    chain = [layers.Dense(5), layers.ReLU(), layers.Dropout(rate=0.3), layers.Flatten(), layers.Dense(2)]
    return Network([*chain, layers.Reshape(shape=(1, 2))], (4,), seed=5)


NETWORKS = {"branched": branched, "residual": residual, "plain": plain}


def problem(name: str, samples: int = 3) -> tuple[Network, Array, Array]:
    network, rng = NETWORKS[name](), np.random.default_rng(2)
    y = rng.random((samples, *network.output_shape))
    y /= y.sum(axis=1, keepdims=True)
    return network, rng.standard_normal((samples, *network.input_shape)), y
