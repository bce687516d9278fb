"""Graphs: order, branches, and errors of malformed ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Network, ShapeError, SpecError, gradcheck, layers
from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.graph import Graph

A, B, C = layers.Dense(units=3), layers.Tanh(), layers.Dense(units=2)


@pytest.mark.parametrize(
    ("nodes", "edges", "text", "where"),
    [
        ({}, [], "at least one layer", None),
        ({"input": A}, [], "stands for the data", "input"),
        ({"a": A}, [("input", "a"), ("a", "ghost")], "'ghost', but there is no such layer", None),
        ({"a": A}, [("ghost", "a")], "'ghost', but there is no such layer", None),
        ({"a": A}, [("a", "input")], "'input', but there is no such layer", None),
        ({"a": A, "b": B}, [("input", "a")], "has no input", "b"),
        ({"a": A, "b": B}, [("input", "a"), ("a", "b"), ("input", "b")], r"takes 1 input\(s\), but has 2", "b"),
        ({"a": A, "b": B}, [("a", "b"), ("b", "a")], "a, b form a cycle", "a"),
        ({"a": A}, [("a", "a")], "a form a cycle", "a"),
        ({"a": A, "b": B}, [("input", "a"), ("input", "b")], "nothing follows these layers: a, b", "a"),
    ],
)
def test_malformed_graphs_are_refused(
    nodes: dict[str, layers.Layer], edges: list[tuple[str, str]], text: str, where: str | None
) -> None:
    with pytest.raises(SpecError, match=text) as caught:
        Graph(nodes, edges)
    assert caught.value.where == where


def test_a_named_output_is_checked() -> None:
    nodes, edges = {"a": A, "b": B, "c": C}, [("input", "a"), ("a", "b"), ("a", "c")]
    for output, text, where in (
        ("ghost", "no such layer", "ghost"),
        ("b", "is not connected", "c"),
        ("a", "is not connected", "b"),
    ):
        with pytest.raises(SpecError, match=text) as caught:
            Graph(nodes, edges, output)
        assert caught.value.where == where
    assert Graph({"a": A, "b": B}, [("input", "a"), ("a", "b")], "b").output == "b"


def test_layers_may_be_given_in_any_order() -> None:
    graph = Graph({"c": C, "b": B, "a": A}, [("b", "c"), ("a", "b"), ("input", "a")])
    assert list(graph.nodes) == ["a", "b", "c"]
    assert graph.edges == [("input", "a"), ("a", "b"), ("b", "c")]
    assert graph.consumers["a"] == ("b",)
    assert graph.sources["c"] == ("b",)


def test_a_problem_of_shape_names_the_node() -> None:
    with pytest.raises(ShapeError, match=r"^second: Conv2D needs images") as caught:
        Network({"first": layers.Dense(units=3), "second": layers.Conv2D()}, (4,))
    assert caught.value.where == "second"
    assert "first" not in caught.value.message


class Sum(layers.Layer):
    """Adds its inputs; stands for every layer that takes several. Not registered: its type is not its name."""

    inputs = (1, None)
    type: str = "none"

    def output_shape(self, *inputs: layers.Shape) -> layers.Shape:
        return inputs[0]

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        def forward() -> None:
            context.output[...] = sum(context.inputs)

        def backward() -> None:
            for gradient in context.input_gradients:
                if gradient is not None:
                    gradient[...] = context.output_gradient

        return forward, backward


FUSED_END = "a sigmoid end that is fused"
BRANCHES = {
    "both arms from the data": (
        {"a": A, "b": layers.Dense(units=3), "sum": Sum()},
        [("input", "a"), ("input", "b"), ("a", "sum"), ("b", "sum")],
    ),
    "a way around": (
        {"a": A, "b": layers.Dense(units=3), "t": B, "sum": Sum(), "end": C},
        [("input", "a"), ("a", "b"), ("b", "t"), ("t", "sum"), ("a", "sum"), ("sum", "end")],
    ),
    "three consumers, activations among them": (
        {"a": A, "r": layers.ReLU(), "t": B, "s": layers.Sigmoid(), "sum": Sum()},
        [("input", "a"), ("a", "r"), ("a", "t"), ("a", "s"), ("r", "sum"), ("t", "sum"), ("s", "sum")],
    ),
    "shapes changed on the way": (
        {"a": layers.Dense(units=4), "f": layers.Reshape(shape=(2, 2)), "g": layers.Flatten(), "t": B, "sum": Sum()},
        [("input", "a"), ("a", "f"), ("f", "g"), ("a", "t"), ("t", "sum"), ("g", "sum")],
    ),
    "the same twice": ({"a": A, "sum": Sum()}, [("input", "a"), ("a", "sum"), ("a", "sum")]),
    "the data themselves": (
        {"a": layers.Dense(units=4), "sum": Sum(), "end": C},
        [("input", "a"), ("a", "sum"), ("input", "sum"), ("sum", "end")],
    ),
    FUSED_END: (
        {"a": A, "t": B, "sum": Sum(), "end": layers.Sigmoid()},
        [("input", "a"), ("a", "t"), ("t", "sum"), ("a", "sum"), ("sum", "end")],
    ),
}


@pytest.mark.parametrize(
    ("branches", "loss"), [*((name, "mse") for name in BRANCHES), (FUSED_END, "binary_cross_entropy")]
)
def test_gradients_of_branches_add_up(branches: str, loss: str) -> None:
    nodes, edges = BRANCHES[branches]
    network = Network.graph(nodes, edges, (4,), seed=3)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((5, 4)), rng.random((5, *network.output_shape))
    report = gradcheck.check(network, x, y, loss)
    assert report.worst < 1e-6
    assert not any(report.kinks.values())


def test_branches_compute_what_they_say() -> None:
    network = Network.graph(*BRANCHES["three consumers, activations among them"], (4,), seed=3, dtype=np.float64)
    x = np.random.default_rng(0).standard_normal((6, 4))
    z = x @ network.parameters["a.weight"] + network.parameters["a.bias"]
    expected = np.maximum(z, 0) + np.tanh(z) + 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-12)


SIZE = 4
SMOOTH = ["Tanh", "Sigmoid", "Softplus", "GELU", "SiLU", "Sine", "Softmax", "ELU", "BatchNorm", "LayerNorm", "Dropout"]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, layers.Layer], list[tuple[str, str]]]:
    """A random graph over rows of four numbers: branches, merges, shape changes, and layers that work in place."""
    nodes: dict[str, layers.Layer] = {}
    edges: list[tuple[str, str]] = []

    def put(layer: layers.Layer, *sources: str) -> str:
        name = f"{layer.type_name().lower()}_{len(nodes)}"
        nodes[name] = layer
        edges.extend((source, name) for source in sources)
        return name

    known = ["input"]
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["Dense", "shape", "merge", *SMOOTH]))
        source = draw(st.sampled_from(known))
        if kind == "Dense":
            known.append(put(layers.Dense(units=SIZE, bias=draw(st.booleans())), source))
        elif kind == "shape":
            known.append(put(layers.Flatten(), put(layers.Reshape(shape=(2, 2)), source)))
        elif kind == "merge":
            merge = draw(st.sampled_from([layers.Add(), layers.Multiply()]))
            known.append(put(merge, source, *draw(st.lists(st.sampled_from(known), min_size=1, max_size=2))))
        else:
            known.append(put(layers.REGISTRY[kind](), source))
    loose = [name for name in known if name != "input" and not any(source == name for source, _ in edges)]
    if len(loose) > 1:
        put(draw(st.sampled_from([layers.Add(), layers.Concatenate()])), *loose)
    return nodes, edges


@settings(max_examples=80, deadline=None)
@given(graphs(), st.booleans(), st.integers(0, 100))
def test_gradients_of_any_graph(
    drawn: tuple[dict[str, layers.Layer], list[tuple[str, str]]], training: bool, seed: int
) -> None:
    network = Network.graph(*drawn, (SIZE,), seed=seed)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-2, 2, (5, SIZE)), rng.random((5, *network.output_shape))
    report = gradcheck.check(network, x, y, training=training)
    assert report.worst < 1e-6
    np.testing.assert_allclose(
        network.copy(np.float64).predict(x), np.moveaxis(kept_values(network, x), -1, 0), rtol=1e-9, atol=1e-12
    )


def kept_values(network: Network, x: np.ndarray) -> np.ndarray:
    """The output of a plan in which no layer writes over another's values."""
    plan = network.copy(np.float64).plan(len(x), keep=True)
    plan.input_rows[...] = x
    plan.run_forward()
    return plan.output
