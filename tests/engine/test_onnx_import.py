"""Import of ONNX: back from our own export, from PyTorch's exporters, up to a place, and from files that lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import DataError, EngineError, Network, SpecError, Trainer, layers, load_onnx, optimizers
from engine.export import write
from engine.importing import NoBlockError, onnx_model, read_onnx, wire_format
from tests.engine.exported import all_cases, fill, random_network
from tests.engine.random_graphs import Drawn, graphs

peers = pytest.mark.peers
onnx: Any = pytest.importorskip("onnx")
helper = onnx.helper


def same(network: Network, expected: np.ndarray, x: np.ndarray) -> None:
    found = network.predict(x)
    assert found.shape == expected.shape
    scale = max(float(np.abs(expected).max(initial=0)), 1e-3)
    assert np.abs(found - expected).max(initial=0) / scale < 1e-5


def there_and_back(network: Network, path: Path) -> Network:
    write(network, path, "onnx")
    return load_onnx(path)


# Export, import, equal


def test_every_layer_and_option_comes_back(tmp_path: Path) -> None:
    for number, case in enumerate(all_cases()):
        network = case.network()
        fill(network, number)
        x = case.samples().astype(np.float32)
        try:
            same(there_and_back(network, tmp_path / "net.onnx"), network.predict(x), x)
        except Exception as error:
            raise AssertionError(case.name) from error


@settings(max_examples=int(os.environ.get("EXPORT_EXAMPLES", "20")), deadline=None)
@given(graphs(exact=False), st.integers(0, 1000))
def test_random_networks_come_back(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, seed: int) -> None:
    network, x = random_network(drawn, seed)
    same(there_and_back(network, tmp_path_factory.mktemp("onnx") / "net.onnx"), network.predict(x), x)


def test_names_and_settings_come_back(tmp_path: Path) -> None:
    blocks = {
        "first": layers.Conv2D(filters=4, padding="same", bias="per_position"),
        "norm": layers.BatchNorm(momentum=0.25, epsilon=0.001),
        "gate": layers.SiLU(),
        "pool": layers.MaxPool2D(pool_size=(2, 3), stride=1, padding="same"),
        "drop": layers.Dropout(rate=0.3),
        "means": layers.GlobalAvgPool2D(),
        "wave": layers.Sine(frequency=2.5),
        "slope": layers.LeakyReLU(slope=0.2),
        "last": layers.Dense(3),
        "shares": layers.Softmax(),
    }
    network = Network(blocks, (2, 6, 6), seed=3)
    found = there_and_back(network, tmp_path / "net.onnx")
    assert dict(found.layers) == blocks
    for name, array in network.arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)


def test_an_imported_network_trains_on(tmp_path: Path) -> None:
    network = there_and_back(
        Network([layers.Dense(8), layers.Tanh(), layers.Dense(1)], (2,), seed=1), tmp_path / "a.onnx"
    )
    x = np.random.default_rng(0).standard_normal((64, 2)).astype(np.float32)
    y = x[:, :1] * x[:, 1:]
    network.freeze("dense_1")
    before = network.parameters["dense_1.weight"].copy()
    history = Trainer(network, "mse", optimizers.Adam(0.03), batch_size=16, seed=0).fit(x, y, epochs=60)
    assert history.loss[-1] < history.loss[0] * 0.8
    np.testing.assert_array_equal(network.parameters["dense_1.weight"], before)


# Graphs made by hand


def model_of(
    nodes: list[Any],
    constants: dict[str, Any],
    shape: tuple[object, ...] = ("n", 3),
    *,
    opset: int = 20,
    outputs: tuple[str, ...] = ("y",),
) -> Any:
    """A model of nodes from x to y."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, shape)],
        [helper.make_tensor_value_info(name, 1, None) for name in outputs],
        [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def load(model: Any, folder: Path, until: str | None = None) -> Network:
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    return load_onnx(folder / "m.onnx", until)


def node(kind: str, inputs: str, output: str, **attributes: Any) -> Any:
    return helper.make_node(kind, [] if not inputs else inputs.split(" "), [output], name=f"the_{output}", **attributes)


RNG = np.random.default_rng(0)
W = RNG.standard_normal((3, 4)).astype(np.float32)
X = RNG.standard_normal((5, 3)).astype(np.float32)


def test_a_matrix_and_constants_around_it_are_one_dense_layer(tmp_path: Path) -> None:
    b = RNG.standard_normal(4).astype(np.float32)
    nodes = [
        node("Div", "x two", "half"),
        node("Sub", "half two", "less"),
        node("MatMul", "less w", "product"),
        node("Add", "b product", "sum"),
        node("Mul", "sum two", "y"),
    ]
    network = load(model_of(nodes, {"w": W, "b": b, "two": np.float32(2)}), tmp_path)
    assert [layer.type_name() for layer in network.layers.values()] == ["Dense"]
    same(network, ((X / 2 - 2) @ W + b) * 2, X)


def test_channels_last_become_channels_first(tmp_path: Path) -> None:
    kernel = RNG.standard_normal((2, 3, 3, 3)).astype(np.float32)
    matrix = RNG.standard_normal((4 * 5 * 2, 2)).astype(np.float32)
    nodes = [
        node("Transpose", "x", "first", perm=[0, 3, 1, 2]),
        node("Conv", "first k", "conv", pads=[1, 1, 1, 1]),
        node("Transpose", "conv", "last", perm=[0, 2, 3, 1]),
        node("Relu", "last", "relu"),
        node("Reshape", "relu sizes", "flat"),
        node("MatMul", "flat m", "y"),
    ]
    constants = {"k": kernel, "m": matrix, "sizes": np.array([-1, 40])}
    network = load(model_of(nodes, constants, ("n", 4, 5, 3)), tmp_path)
    assert network.input_shape == (3, 4, 5)
    assert [layer.type_name() for layer in network.layers.values()] == ["Conv2D", "ReLU", "Flatten", "Dense"]
    x = RNG.standard_normal((2, 3, 4, 5)).astype(np.float32)
    inner = Network([layers.Conv2D(filters=2, padding=1, bias="none"), layers.ReLU()], (3, 4, 5))
    inner.take_parameters({"conv2d_1.weight": kernel})
    same(network, inner.predict(x).transpose(0, 2, 3, 1).reshape(2, -1) @ matrix, x)


@pytest.mark.parametrize(
    ("batch", "sizes"), [("n", [-1, 12]), (None, [0, -1]), (1, [1, -1]), (1, [-1, 12]), (4, [4, 12])]
)
def test_the_batch_axis_is_recognised(tmp_path: Path, batch: object, sizes: list[int]) -> None:
    """By a name, left open, or fixed: any number of samples fits the network."""
    matrix = RNG.standard_normal((12, 2)).astype(np.float32)
    nodes = [node("Reshape", "x sizes", "flat"), node("MatMul", "flat m", "y")]
    network = load(model_of(nodes, {"m": matrix, "sizes": np.array(sizes)}, (batch, 3, 2, 2)), tmp_path)
    assert network.input_shape == (3, 2, 2)
    x = RNG.standard_normal((5, 3, 2, 2)).astype(np.float32)
    same(network, x.reshape(5, -1) @ matrix, x)


def test_a_scale_that_no_layer_takes_is_a_block_of_its_own(tmp_path: Path) -> None:
    """As Keras writes BatchNorm after an activation, for pictures and for rows; it learns on."""
    for shape in ((2, 4, 5), (3,)):
        wide = (shape[0], *(1,) * (len(shape) - 1))
        scale, shift = (RNG.uniform(0.5, 2, wide).astype(np.float32) for _ in range(2))
        nodes = [node("Relu", "x", "r"), node("Mul", "r s", "m"), node("Add", "m t", "a"), node("Tanh", "a", "y")]
        network = load(model_of(nodes, {"s": scale, "t": shift}, ("n", *shape)), tmp_path)
        x = RNG.standard_normal((4, *shape)).astype(np.float32)
        same(network, np.tanh(np.maximum(x, 0) * scale + shift), x)
        (name,) = (name for name, layer in network.layers.items() if layer.type_name() == "Conv2D")
        assert name == "scale"
        assert network.parameters["scale.weight"].size == shape[0]


def test_pictures_stay_as_they_come_where_nodes_turn_them_to_channels_last(tmp_path: Path) -> None:
    nodes = [
        node("Transpose", "x", "last", perm=[0, 2, 3, 1]),
        node("ReduceMean", "last", "y", axes=[1, 2], keepdims=0),
    ]
    network = load(model_of(nodes, {}, ("n", 2, 3, 4), opset=13), tmp_path)
    assert network.input_shape == (2, 3, 4)
    x = RNG.standard_normal((4, 2, 3, 4)).astype(np.float32)
    same(network, x.mean(axis=(2, 3)), x)


def test_uneven_padding_waits_for_the_window_that_takes_it(tmp_path: Path) -> None:
    kernel = RNG.standard_normal((2, 3, 3, 3)).astype(np.float32)
    nodes = [node("Pad", "x pads", "p"), node("Conv", "p k", "y", strides=[2, 2])]
    constants = {"k": kernel, "pads": np.array([0, 0, 0, 0, 0, 0, 1, 1])}
    network = load(model_of(nodes, constants, ("n", 3, 6, 6)), tmp_path)
    assert [layer.type_name() for layer in network.layers.values()] == ["Conv2D"]
    inner = Network([layers.Conv2D(filters=2, stride=2, bias="none")], (3, 7, 7))
    inner.take_parameters({"conv2d_1.weight": kernel})
    x = RNG.standard_normal((2, 3, 6, 6)).astype(np.float32)
    same(network, inner.predict(np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)))), x)
    with pytest.raises(NoBlockError, match=r"its padding differs from side to side \(0, 1, 0, 1\)"):
        load(model_of([node("Pad", "x pads", "p"), node("Conv", "p k", "c"), node("Relu", "p", "y")], constants,
                      ("n", 3, 6, 6), outputs=("p",)), tmp_path)  # fmt: skip


def test_shapes_that_are_computed_are_folded(tmp_path: Path) -> None:
    nodes = [
        node("Shape", "x", "shape"),
        node("Gather", "shape zero", "count"),
        node("Unsqueeze", "count zero", "first"),
        node("Concat", "first rest", "sizes", axis=0),
        node("Reshape", "x sizes", "flat"),
        node("Transpose", "turned", "w", perm=[1, 0]),
        node("MatMul", "flat w", "y"),
    ]
    constants = {"zero": np.array([0]), "rest": np.array([-1]), "turned": W.T.copy()}
    nodes[1] = node("Gather", "shape nought", "count")
    constants["nought"] = np.array(0)
    network = load(model_of(nodes, constants, ("n", 3, 1, 1)), tmp_path)
    same(network, X @ W, X.reshape(5, 3, 1, 1))


def test_what_has_no_block_is_named_with_its_place_and_left_out_on_request(tmp_path: Path) -> None:
    model = model_of([node("MatMul", "x w", "hidden"), node("LogSoftmax", "hidden", "y")], {"w": W})
    with pytest.raises(NoBlockError, match="LogSoftmax has no block here") as told:
        load(model, tmp_path)
    assert told.value.where == "the_y"
    assert told.value.until == "hidden"
    for until in ("hidden", "the_hidden"):
        same(load(model, tmp_path, until), X @ W, X)
    with pytest.raises(SpecError, match="there is no 'nothing' to import up to; nodes are the_hidden, the_y"):
        load(model, tmp_path, "nothing")


NO_BLOCK = [
    ("Exp", {}, "Exp has no block here"),
    ("Flatten", {"axis": 0}, "joins the samples of a batch"),
    ("Transpose", {"perm": [1, 0]}, "moves the axis of the samples"),
    ("Softmax", {"axis": 0}, "goes along another axis"),
    ("Gelu", {"approximate": "tanh"}, "approximates GELU by tanh"),
    ("Elu", {"alpha": 100.0}, "alpha"),
    ("Elu", {"alpha": "a"}, "must be a number"),
    ("Elu", {"alpha": float("nan")}, "expected a finite number"),
    ("MaxPool", {"kernel_shape": [2]}, "blocks take pictures"),
]


@pytest.mark.parametrize(("kind", "attributes", "sentence"), NO_BLOCK)
def test_settings_without_a_block_are_told(
    tmp_path: Path, kind: str, attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(NoBlockError, match=sentence) as told:
        load(model_of([node("MatMul", "x w", "h"), node(kind, "h", "y", **attributes)], {"w": W}), tmp_path)
    assert told.value.until == "h"


def test_several_inputs_or_outputs_and_open_sizes_are_told(tmp_path: Path) -> None:
    relu = node("Relu", "x", "y")
    with pytest.raises(SpecError, match=r"leaves sizes of a sample open \(3 x \?\)"):
        load(model_of([relu], {}, ("n", 3, "width")), tmp_path)
    with pytest.raises(SpecError, match="has 1 axes; expected one for the samples"):
        load(model_of([relu], {}, (3,)), tmp_path)
    two = model_of([relu, node("Tanh", "x", "z")], {}, outputs=("y", "z"))
    with pytest.raises(SpecError, match=r"has 2 \(y, z\); choose one to import up to"):
        load(two, tmp_path)
    assert [layer.type_name() for layer in load(two, tmp_path, "z").layers.values()] == ["Tanh"]


def test_names_of_a_file_become_names_of_blocks(tmp_path: Path) -> None:
    names = ["input", "output", "1 & <b>", "a" * 90, "", "é", "../x", "input"]
    tensors = ["x", *(f"t{number}" for number in range(len(names) - 1)), "y"]
    nodes = [
        helper.make_node("Relu", [tensors[place]], [tensors[place + 1]], name=name) for place, name in enumerate(names)
    ]
    found = list(load(model_of(nodes, {}), tmp_path).layers)
    assert len(set(found)) == len(names)
    for name in found:
        assert name.isascii()
        assert name.isidentifier()
        assert len(name) <= 40
        assert name not in ("input", "output")


def test_a_place_is_one_line_without_control_characters(tmp_path: Path) -> None:
    model = model_of([node("MatMul", "x w", "h"), node("LogSoftmax", "h", "y")], {"w": W})
    model.graph.node[-1].name = "\x1b[2Jevil\nnnstudio: all is well"
    with pytest.raises(NoBlockError) as told:
        load(model, tmp_path)
    assert str(told.value) == "�[2Jevil nnstudio: all is well: LogSoftmax has no block here."
    assert told.value.until == "h"


def test_classes_come_back(tmp_path: Path) -> None:
    model = model_of([node("MatMul", "x w", "y")], {"w": W})
    helper.set_model_props(model, {"classes": '["a", "b", "c", "d"]'})
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    assert read_onnx(tmp_path / "m.onnx").classes == ("a", "b", "c", "d")
    assert read_onnx(tmp_path / "m.onnx", "y").classes == ()


# Files that lie


def test_no_file_reaches_beyond_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(W.tobytes())
    (folder / "link").symlink_to(tmp_path / "secret")
    for location, sentence in [
        ("../secret", "only a file in the same folder is read"),
        (str(tmp_path / "secret"), "only a file in the same folder is read"),
        ("..", "only a file in the same folder is read"),
        ("", "only a file in the same folder is read"),
        ("link", "leads to another place"),
        ("nothing", "is not beside it"),
    ]:
        model = model_of([node("MatMul", "x w", "y")], {"w": W})
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = 1
        tensor.external_data.add(key="location", value=location)
        with pytest.raises(DataError, match=sentence):
            load(model, folder)


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of([node("MatMul", "x w", "y")], {"w": W})
    model.graph.initializer[0].dims[0] = 1 << 40
    with pytest.raises(DataError, match=r"m\.onnx cannot be read as ONNX: its tensors take more than 2 GB"):
        load(model, tmp_path)
    grown = model_of(
        [node("Expand", "one sizes", "many"), node("Add", "x many", "y")],
        {"one": np.ones(1, np.float32), "sizes": np.array([1 << 20, 1 << 20])},
    )
    with pytest.raises(NoBlockError, match="it would make too many numbers"):
        load(grown, tmp_path)
    doubled = [node("Concat", f"c{number} c{number}", f"c{number + 1}", axis=0) for number in range(60)]
    with pytest.raises(NoBlockError, match="it would make too many numbers"):
        load(model_of([*doubled, node("Add", "x c60", "y")], {"c0": np.ones(3, np.float32)}), tmp_path)
    many = model_of([node("Relu", "x", "y")] * 50, {})
    monkeypatch.setattr(wire_format, "MOST_NODES", 40)
    with pytest.raises(DataError, match="it has more than 40 nodes, too many for the canvas"):
        load(many, tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(wire_format, "MOST_BESIDE", 1000)
    with pytest.raises(DataError, match="names and settings of a network take at most"):
        load(many, tmp_path)
    monkeypatch.setattr(onnx_model, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="an ONNX file ends at 2 GB"):
        load(many, tmp_path)


def test_a_circle_of_nodes_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="its nodes form a cycle"):
        load(model_of([node("Add", "x y", "z"), node("Relu", "z", "y")], {}), tmp_path)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="hold NaN or infinity"):
        load(model_of([node("MatMul", "x w", "y")], {"w": np.full((3, 4), np.nan, np.float32)}), tmp_path)


def test_other_files_are_told_from_onnx(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    for content in (b"", b"PK\x03\x04", b"\x80\x04pickle", b"\xff" * 100, bytes(1000)):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"m\.onnx cannot be read as ONNX: it"):
            load_onnx(path)
    with pytest.raises(DataError, match="it is no file"):
        load_onnx(tmp_path)
    with pytest.raises(DataError, match="cannot be the path of a file"):
        load_onnx("a\0b")


def test_any_damage_gives_one_sentence(tmp_path: Path) -> None:
    blocks = [layers.Conv2D(filters=2), layers.BatchNorm(), layers.SiLU(), layers.Flatten(), layers.Dense(2)]
    write(Network(blocks, (1, 5, 5), seed=0), tmp_path / "a.onnx", "onnx")
    content = (tmp_path / "a.onnx").read_bytes()
    rng = np.random.default_rng(1)
    path, told = tmp_path / "m.onnx", list[str]()
    for number in range(300):
        changed = bytearray(content)
        match number % 3:
            case 0:
                for place in rng.integers(0, len(changed), rng.integers(1, 5)):
                    changed[place] = rng.integers(0, 256)
            case 1:
                del changed[rng.integers(0, len(changed)) :]
            case 2:
                start = rng.integers(0, len(changed))
                changed[start : start + rng.integers(0, 9)] = rng.bytes(rng.integers(0, 9))
        path.write_bytes(changed)
        try:
            load_onnx(path)
        except EngineError as error:
            told.append(str(error))
    assert len(told) > 150
    assert max(map(len, told)) < 400
    assert not any("\n" in sentence for sentence in told)


def test_without_its_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"Reading \.onnx files needs onnx\. .* pip install 'nnstudio\[onnx\]'"):
        load_onnx(tmp_path / "m.onnx")
