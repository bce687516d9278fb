"""Random graphs of operators of ONNX, with all their settings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Rng = np.random.Generator


class Graph:
    """A graph that grows node by node; `shape` is that of the newest tensor, without the batch axis."""

    def __init__(self, rng: Rng, opset: int, shape: tuple[int, ...], batch: Any) -> None:
        self.rng, self.opset, self.batch = rng, opset, batch
        self.input, self.shape, self.tensor = shape, shape, "x"
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        # Tensors of earlier pictures, with their shapes.
        self.known: list[tuple[str, tuple[int, ...]]] = [("x", shape)]

    def pick(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def number(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def constant(self, values: Any, kind: type[np.generic] = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(values, kind)
        return name

    def normal(self, *shape: int) -> str:
        return self.constant(self.rng.normal(0, 0.5, shape))

    def add(self, kind: str, inputs: list[str], shape: tuple[int, ...] | None, **attributes: Any) -> None:
        """Adds a node; a shape that is None is that of its input."""
        from onnx import helper

        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}_{len(self.nodes)}", **attributes))
        self.tensor, self.shape = output, self.shape if shape is None else shape
        self.known.append((output, self.shape))

    def model(self) -> bytes:
        import onnx
        from onnx import helper

        graph = helper.make_graph(
            self.nodes,
            "g",
            [helper.make_tensor_value_info("x", 1, [self.batch, *self.input])],
            [helper.make_tensor_value_info(self.tensor, 1, None)],
            [onnx.numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        content: bytes = made.SerializeToString()
        return content


def _window(g: Graph, kernel: tuple[int, int], **more: Any) -> dict[str, Any]:
    """Padding of a window in one of the ways in which it can be given."""
    stride = (g.number(1, 3), g.number(1, 2))
    found = {"kernel_shape": kernel, "strides": stride, **more}
    way = g.pick("pads", "pads", "even", "none", "SAME_UPPER", "SAME_LOWER", "VALID")
    if way == "pads":
        return {**found, "pads": [g.number(0, kernel[place % 2] - 1) for place in range(4)]}
    if way == "even":
        rows, columns = (size // 2 for size in kernel)
        return {**found, "pads": [rows, columns, rows, columns]}
    return found if way == "none" else {**found, "auto_pad": way}


def _conv(g: Graph) -> None:
    channels = g.shape[0]
    group = g.pick(1, 1, channels)
    filters, kernel = group * g.number(1, 2), (g.number(1, 3), g.number(1, 3))
    dilation = (g.number(1, 2), 1)
    weights = [g.normal(filters, channels // group, *kernel), *g.pick([], [g.normal(filters)])]
    g.add("Conv", [g.tensor, *weights], (filters,), group=group, dilations=dilation, **_window(g, kernel))


def _transposed(g: Graph) -> None:
    filters, kernel = g.number(1, 3), (g.number(2, 4), g.number(2, 4))
    stride = (g.number(1, 2), g.number(1, 2))
    way: dict[str, Any] = g.pick(
        {},
        {"pads": [g.number(0, 1)] * 4},
        {"pads": [0, 1, 1, 0]},
        {"auto_pad": "SAME_UPPER"},
        {"pads": [1, 1, 1, 1], "output_padding": [stride[0] - 1, stride[1] - 1]},
    )
    weights = [g.normal(g.shape[0], filters, *kernel), *g.pick([], [g.normal(filters)])]
    g.add("ConvTranspose", [g.tensor, *weights], (filters,), kernel_shape=kernel, strides=stride, **way)


def _pool(g: Graph) -> None:
    kernel, kind = (g.number(1, 3), g.number(1, 3)), g.pick("MaxPool", "AveragePool")
    more = {"ceil_mode": g.number(0, 1)} if g.opset >= 11 else {}
    if kind == "AveragePool":
        more["count_include_pad"] = g.number(0, 1)
    settings = _window(g, kernel, **more)
    if "auto_pad" in settings:
        settings.pop("ceil_mode", None)
    g.add(kind, [g.tensor], (g.shape[0],), **settings)


def _norm(g: Graph) -> None:
    size = g.shape[0]
    variance = g.constant(g.rng.uniform(0.5, 1.5, size))
    parts = [g.normal(size), g.normal(size), g.normal(size), variance]
    g.add("BatchNormalization", [g.tensor, *parts], None, epsilon=g.pick(1e-5, 1e-3))


def _activation(g: Graph) -> None:
    kind, settings = g.pick(
        ("Relu", {}), ("LeakyRelu", {"alpha": 0.2}), ("Elu", {"alpha": 0.7}), ("Sigmoid", {}), ("Tanh", {}),
        ("Softplus", {}), ("Identity", {}), ("Sin", {}), ("Dropout", {}), ("Exp", {}),
    )  # fmt: skip
    g.add(kind, [g.tensor], None, **settings)


def _constants(g: Graph) -> None:
    size = g.shape[0]
    wide = (size, *(1,) * (len(g.shape) - 1))
    values = g.pick(g.constant(1.5), g.normal(*wide), g.normal(1, *wide))
    kind = g.pick("Add", "Sub", "Mul", "Div")
    pair = [g.tensor, values] if kind == "Div" or g.number(0, 2) else [values, g.tensor]
    g.add(kind, pair, None)


def _branch(g: Graph) -> None:
    """A sum, a product or a join with an earlier tensor of the same shape."""
    alike = [name for name, shape in g.known[:-1] if shape == g.shape] or [g.tensor]
    other, kind = g.pick(*alike), g.pick("Add", "Mul", "Concat")
    more = {"axis": 1} if kind == "Concat" else {}
    shape = (2 * g.shape[0], *g.shape[1:]) if kind == "Concat" else None
    g.add(kind, [g.tensor, other], shape, **more)


def _turned(g: Graph) -> None:
    """Channels last and back, with something in between that goes along them."""
    g.add("Transpose", [g.tensor], (*g.shape[1:], g.shape[0]), perm=[0, 2, 3, 1])
    g.pick(_activation, _constants_last, lambda g: None)(g)
    g.add("Transpose", [g.tensor], (g.shape[-1], *g.shape[:-1]), perm=[0, 3, 1, 2])


def _constants_last(g: Graph) -> None:
    g.add(g.pick("Add", "Mul"), [g.tensor, g.normal(g.shape[-1])], None)


def _pad(g: Graph) -> None:
    rows, columns, more = g.number(0, 2), g.number(0, 2), g.pick(0, 0, 1)
    pads = [0, 0, rows, columns, 0, 0, rows + more, columns]
    if g.opset < 11:
        g.add("Pad", [g.tensor], (g.shape[0],), pads=pads)
    else:
        g.add("Pad", [g.tensor, g.constant(pads, np.int64)], (g.shape[0],))


def _resize(g: Graph) -> None:
    scales = g.constant([1, 1, g.pick(1, 2, 3), g.pick(1, 2, 1.5)])
    if g.opset < 11:
        g.add("Upsample" if g.opset < 10 else "Resize", [g.tensor, scales], (g.shape[0],), mode="nearest")
        return
    ways = {
        "coordinate_transformation_mode": g.pick("asymmetric", "half_pixel"),
        "nearest_mode": g.pick("floor", "round_prefer_floor", "ceil"),
        "mode": g.pick("nearest", "nearest", "linear"),
    }
    g.add("Resize", [g.tensor, g.constant([]), scales], (g.shape[0],), **ways)


def _end(g: Graph, size: int) -> None:
    """Rows of numbers at the end, by one of the ways that lead there."""
    way = g.pick("Flatten", "Reshape", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean")
    if way == "Flatten":
        g.add("Flatten", [g.tensor], (size,), axis=1)
    elif way == "Reshape":
        sizes = g.pick([-1, size], [0, -1])
        g.add("Reshape", [g.tensor, g.constant(sizes, np.int64)], (size,))
    else:
        size = g.shape[0]
        if way == "ReduceMean" and g.opset >= 18:
            g.add(way, [g.tensor, g.constant([2, 3], np.int64)], (size,), keepdims=0)
        elif way == "ReduceMean":
            g.add(way, [g.tensor], (size,), axes=[2, 3], keepdims=0)
        else:
            g.add(way, [g.tensor], (size, 1, 1))
            g.add("Flatten", [g.tensor], (size,), axis=1)
    units = g.number(1, 4)
    if g.number(0, 1):
        turned = g.number(0, 1)
        weight = g.normal(units, size) if turned else g.normal(size, units)
        g.add("Gemm", [g.tensor, weight, g.normal(units)], (units,), transB=turned, alpha=g.pick(1.0, 0.5))
    else:
        g.add("MatMul", [g.tensor, g.normal(size, units)], (units,))
        g.add("Add", g.pick([g.tensor, g.normal(units)], [g.normal(units), g.tensor]), None)
    if g.opset >= 17 and g.number(0, 1):
        g.add("LayerNormalization", [g.tensor, g.normal(units), g.normal(units)], None, axis=-1)
    if g.number(0, 1):
        g.add("Softmax", [g.tensor], None, axis=g.pick(1, -1) if g.opset >= 13 else 1)


_OF_PICTURES: list[Callable[[Graph], None]] = [
    _conv, _conv, _transposed, _pool, _pool, _norm, _activation, _constants, _branch, _turned, _pad, _resize,
]  # fmt: skip


def drawn(seed: int, shape_of: Callable[[bytes, str], tuple[int, ...] | None]) -> Graph:
    """A random graph. `shape_of` gives the shape of a tensor of a model, the batch axis left out; None if impossible.

    The batch axis has a name, is 1, or has nothing, in turn.
    """
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 4)), 6, 7)
    g = Graph(rng, int(rng.choice([9, 11, 13, 17, 20])), shape, ["n", 1, None][seed % 3])
    wanted = int(rng.integers(1, 5))
    while len(g.nodes) < wanted:
        before = g.shape, g.tensor, len(g.nodes)
        g.pick(*_OF_PICTURES)(g)
        if len(g.shape) == len(shape):
            continue
        # Rows and columns follow from settings that the peer knows best.
        found = shape_of(g.model(), g.tensor)
        if found is None:
            g.shape, g.tensor = before[:2]
            del g.nodes[before[2] :], g.known[before[2] + 1 :]
        else:
            g.shape = found
            g.known[-1] = g.tensor, found
    if g.number(0, 1):
        _end(g, math.prod(g.shape))
    return g
