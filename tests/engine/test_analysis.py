"""Static analysis of networks: shapes, parameter counts, receptive fields."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from engine import Network, layers
from engine.analysis import NodeReport, Reports, analyse_graph
from engine.graph import Graph
from engine.layers import Layer
from engine.receptive_field import POINT, Reach, widest
from engine.types import Shape

PICTURE = (1, 24, 22)


def reports(stack: list[Layer], shape: Shape = PICTURE) -> list[NodeReport]:
    return list(analyse_graph(Graph.chain({f"node_{i}": layer for i, layer in enumerate(stack)}), shape).values())


def looked_at(stack: list[Layer]) -> tuple[int, int]:
    """Height and width of the largest part of the picture that one number of the output depends on, by gradients."""
    network = Network(stack, PICTURE, seed=3, dtype=np.float64)
    for values in network.parameters.values():
        values[...] = 1 + np.random.default_rng(0).random(values.shape)
    x = np.random.default_rng(1).random((1, *PICTURE))
    base = network.predict(x)[0]
    rows, columns = np.zeros((base.shape[1], PICTURE[1]), bool), np.zeros((base.shape[2], PICTURE[2]), bool)
    for i in range(PICTURE[1]):
        for j in range(PICTURE[2]):
            moved = x.copy()
            moved[0, 0, i, j] += 10
            changed = np.abs(network.predict(moved)[0] - base).max(axis=0) > 1e-9
            rows[changed.any(axis=1), i] = True
            columns[changed.any(axis=0), j] = True

    def longest(seen: np.ndarray) -> int:
        return max(int(np.ptp(np.flatnonzero(line))) + 1 for line in seen if line.any())

    return longest(rows), longest(columns)


@pytest.mark.parametrize(
    ("stack", "extent"),
    [
        ([layers.Conv2D(1, 3)], (3, 3)),
        ([layers.Conv2D(1, (3, 5)), layers.ReLU(), layers.Conv2D(1, 3)], (5, 7)),
        ([layers.Conv2D(1, 3, stride=2), layers.Conv2D(1, 3)], (7, 7)),
        ([layers.Conv2D(1, 3, dilation=(2, 1))], (5, 3)),
        ([layers.Conv2D(1, 3, padding="same"), layers.AvgPool2D(2), layers.Conv2D(1, 3, padding="same")], (8, 8)),
        ([layers.AvgPool2D(2), layers.Upsample2D(2), layers.Conv2D(1, 3)], (4, 4)),
        ([layers.AvgPool2D(3, stride=2), layers.ConvTranspose2D(1, 3, stride=2)], (5, 5)),
        ([layers.ZeroPad2D(1), layers.BatchNorm(), layers.Dropout(0.5), layers.Conv2D(1, 2)], (2, 2)),
    ],
    ids=lambda value: "-".join(layer.type_name() for layer in value) if isinstance(value, list) else "",
)
def test_the_receptive_field_is_what_the_output_depends_on(stack: list[Layer], extent: tuple[int, int]) -> None:
    field = reports(stack)[-1].field
    assert field is not None
    assert field.pixels == extent
    assert looked_at(stack) == extent


def test_steps_grow_with_strides_and_shrink_where_pictures_grow() -> None:
    stack = [layers.MaxPool2D(2), layers.Conv2D(1, 3, stride=(3, 1)), layers.Upsample2D(2)]
    fields = [report.field for report in reports(stack)]
    assert [field.step for field in fields if field] == [(2, 2), (6, 2), (3, 1)]


@pytest.mark.parametrize("layer", [layers.Dense(3), layers.GlobalAvgPool2D()])
def test_some_layers_look_at_everything(layer: Layer) -> None:
    stack = [layers.Conv2D(2, 3), *([layers.Flatten()] if isinstance(layer, layers.Dense) else []), layer]
    *_, before, last, behind = reports([*stack, layers.Tanh()])
    assert before.field == Reach((3, 3), (1, 1))
    assert last.field is behind.field is None


def test_branches_look_as_far_as_the_widest() -> None:
    graph = Graph(
        {"a": layers.Conv2D(2, 3, padding="same"), "b": layers.Conv2D(2, 5, padding="same"), "sum": layers.Add()},
        [("input", "a"), ("a", "b"), ("a", "sum"), ("b", "sum")],
    )
    assert analyse_graph(graph, PICTURE)["sum"].field == Reach((7, 7), (1, 1))
    assert widest(POINT, None) is None
    assert widest(None) is None


@pytest.mark.parametrize(
    ("layer", "shape", "lost"),
    [
        (layers.MaxPool2D(2), (1, 9, 8), (1, 0)),
        (layers.AvgPool2D(3), (1, 9, 8), (0, 2)),
        (layers.MaxPool2D(2, padding="same"), (1, 9, 9), (0, 0)),
        (layers.Conv2D(1, 3, stride=2), (1, 8, 9), (1, 0)),
        # The window that does not fit would only have met the last zero.
        (layers.Conv2D(1, 3, stride=2, padding=1), (1, 8, 8), (0, 0)),
        # Windows that stand apart leave as many lines between them as at the end, or fewer; then more.
        (layers.Conv2D(1, 1, stride=2), (1, 8, 9), (0, 0)),
        (layers.MaxPool2D(3, stride=6), (1, 8, 10), (5, 0)),
        (layers.MaxPool2D(3, stride=6, padding="same"), (1, 8, 10), (0, 0)),
        (layers.Dense(2), (9,), (0, 0)),
    ],
)
def test_tells_which_lines_no_window_reaches(layer: Layer, shape: Shape, lost: tuple[int, int]) -> None:
    assert reports([layer], shape)[0].left_over == lost


def test_a_layer_is_measured_again_only_where_it_or_its_input_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    measure = layers.Dense.parameter_specs
    monkeypatch.setattr(
        layers.Dense, "parameter_specs", lambda self, *shapes: calls.append(self.units) or measure(self, *shapes)
    )
    stack: dict[str, Layer] = {f"dense_{units}": layers.Dense(units) for units in (2, 3, 4, 5)}
    edges = [("input", "dense_2"), *pairwise(stack)]
    known: Reports = {}
    first = analyse_graph(Graph(stack, edges), (7,), known)
    assert calls == [2, 3, 4, 5]
    changed = {**stack, "dense_4": layers.Dense(40)}
    second = analyse_graph(Graph(changed, edges), (7,), known)
    assert calls == [2, 3, 4, 5, 40, 5]
    assert second["dense_3"] is first["dense_3"]
    assert second == analyse_graph(Graph(changed, edges), (7,))
    # What is gone from the graph is not kept.
    analyse_graph(Graph({"dense_2": stack["dense_2"]}, edges[:1]), (7,), known)
    assert list(known) == ["dense_2"]


def test_the_same_mistake_twice_is_placed_twice() -> None:
    graph = Graph(
        {"a": layers.Dense(2), "b": layers.Dense(2), "sum": layers.Add()},
        [("input", "a"), ("input", "b"), ("a", "sum"), ("b", "sum")],
    )
    found = analyse_graph(graph, PICTURE)
    errors = [found[name].error for name in "ab"]
    assert [error.where for error in errors if error] == ["a", "b"]
    assert found["sum"].output is None


def test_counts_of_a_known_network() -> None:
    stack = [layers.Conv2D(4, 3), layers.MaxPool2D(2), layers.Flatten(), layers.Dense(10)]
    found = reports(stack, (1, 8, 8))
    assert [report.parameters for report in found] == [40, 0, 0, 370]
    assert [report.multiply_adds for report in found] == [4 * 9 * 36, 0, 0, 360]
    assert [math.prod(report.output or ()) for report in found] == [144, 36, 36, 10]
    assert all(after.inputs == (before.output,) for before, after in pairwise(found))
