"""Formats beside the scripts: notebook, C header, drawings, weights; the registry and its refusals."""

from __future__ import annotations

import ast
import ctypes
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from engine import Network, SpecError, layers, losses, optimizers
from engine.data import Data, Preparation
from engine.data.steps import STEPS, PointFeatures, PolynomialFeatures, ScaleInputs, ScaleTargets, Step, Transform
from engine.export import FORMATS, ExportError, Subject, Training, write
from engine.export.c_layers import C_LAYERS
from engine.export.c_preparing import C_TRANSFORMS
from engine.export.names import identifiers, remark
from engine.importing import read_onnx
from engine.layers import REGISTRY, Layer
from engine.source_code import literal
from tests.engine.cases import each_case
from tests.engine.exported import curve, pictures, points, prepared, random_network, subject, train_here
from tests.engine.random_graphs import Drawn, graphs

BLOCKS: dict[str, Layer] = {"first": layers.Dense(20), "bend": layers.Tanh(), "last": layers.Dense(1)}


def numbers(*steps: Step) -> Subject:
    return subject(curve(), BLOCKS, losses.MeanSquaredError(), optimizers.SGD(0.01), steps)


def in_units(chosen: Subject, x: np.ndarray) -> np.ndarray:
    assert chosen.preparation is not None
    return chosen.preparation.outputs(chosen.network.predict(chosen.preparation.scale(x)))


# C

compiler = shutil.which("cc")
compiled = pytest.mark.skipif(compiler is None, reason="there is no C compiler")


def compile_all(folder: Path, made: dict[str, Subject]) -> ctypes.CDLL:
    """One library with every network's predict(sample, result), compiled at once."""
    lines = []
    for name, chosen in made.items():
        write(chosen, folder / f"{name}.h", "c")
        lines.append(f'#include "{name}.h"\nvoid run_{name}(const double *s, double *r) {{ {name}_predict(s, r); }}')
    (folder / "all.c").write_text("\n".join(lines))
    options = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    made_by = subprocess.run(
        [str(compiler), *options, "all.c", "-o", "all.so", "-lm"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made_by.returncode == 0, made_by.stderr[:2000]
    return ctypes.CDLL(str(folder / "all.so"))


def compare(library: ctypes.CDLL, name: str, chosen: Subject, x: np.ndarray, expected: np.ndarray) -> None:
    for sample, wanted in zip(x, expected, strict=True):
        given_ = np.ascontiguousarray(sample, np.float64)
        result = np.full(expected[0].size, np.nan)
        pointers = [each.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for each in (given_, result)]
        getattr(library, f"run_{name}")(*pointers)
        scale = max(float(np.abs(expected).max()), 1e-3)
        assert np.abs(result - wanted.ravel()).max() / scale < 1e-5, name


def test_every_layer_and_transform_has_an_entry_in_c() -> None:
    assert C_LAYERS.keys() == REGISTRY.keys()
    assert C_TRANSFORMS.keys() == {name for name, kind in STEPS.items() if issubclass(kind, Transform)}


@compiled
def test_every_layer_and_option_in_c(tmp_path: Path) -> None:
    networks = {f"case_{number}": mark.values[0] for number, mark in enumerate(each_case().args[1])}
    made, samples = {}, {}
    for number, (name, case) in enumerate(networks.items()):
        network, rng = case.network(), np.random.default_rng(number)
        for key, array in network.arrays.items():
            array[...] = rng.uniform(0.5, 1.5, array.shape) if "variance" in key else rng.normal(0, 0.5, array.shape)
        made[name], samples[name] = Subject(network), case.samples(2).astype(np.float32)
    library = compile_all(tmp_path, made)
    for name, chosen in made.items():
        compare(library, name, chosen, samples[name], chosen.network.predict(samples[name]))


@compiled
@settings(max_examples=int(os.environ.get("EXPORT_EXAMPLES", "2")), deadline=None)
@given(st.lists(graphs(exact=False), min_size=4, max_size=4), st.integers(0, 1000))
def test_random_networks_in_c(tmp_path_factory: pytest.TempPathFactory, drawn: list[Drawn], seed: int) -> None:
    made = {f"net_{number}": prepared(random_network(each, seed)[0], seed) for number, each in enumerate(drawn)}
    library = compile_all(tmp_path_factory.mktemp("c"), {name: chosen for name, (chosen, _, _) in made.items()})
    for name, parts in made.items():
        compare(library, name, *parts)


@compiled
def test_the_preparation_in_c(tmp_path: Path) -> None:
    flat: dict[str, Layer] = {"flat": layers.Flatten(), "last": layers.Dense(3)}
    many = losses.CategoricalCrossEntropy()
    made = {
        "robust": numbers(ScaleInputs(method="robust"), PolynomialFeatures(degree=3), ScaleTargets()),
        "between": numbers(ScaleInputs(per="all"), PolynomialFeatures(interactions_only=True)),
        "channel": subject(pictures(), flat, many, optimizers.SGD(0.1), (ScaleInputs(per="channel"),)),
        "point": subject(
            points(),
            BLOCKS,
            losses.Hinge(),
            optimizers.SGD(0.1),
            (PointFeatures(sin_x=True, sin_y=True, product=True, x_squared=True, frequency=0.5),),
            standardise=True,
        ),
    }
    library = compile_all(tmp_path, made)
    for name, chosen in made.items():
        assert chosen.training is not None
        x = chosen.training.x[:6]
        compare(library, name, chosen, x, in_units(chosen, x))


@compiled
def test_no_name_becomes_code_in_c(tmp_path: Path) -> None:
    hostile = ['*/ int x = "', "int", "a\nb", "??/", "\\", "float", "1"]
    blocks: dict[str, Layer] = {name: layers.Dense(2) for name in hostile}
    chosen = replace(Subject(Network(blocks, (2,), seed=0)), title="*/ #error\n#error")
    library = compile_all(tmp_path, {"hostile": chosen})
    x = np.ones((1, 2), np.float32)
    compare(library, "hostile", chosen, x, chosen.network.predict(x))


def test_c_holds_no_nan(tmp_path: Path) -> None:
    network = Network(BLOCKS, (2,), seed=0)
    network.parameters["last.bias"][...] = np.nan
    with pytest.raises(ExportError, match="its bias holds NaN or infinity; reset the training") as told:
        write(network, tmp_path / "net.h", "c")
    assert told.value.where == "last"


# Notebook


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::ResourceWarning")
def test_a_notebook_builds_trains_plots_and_predicts(tmp_path: Path) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    chosen = numbers(ScaleInputs(), ScaleTargets())
    write(chosen, tmp_path / "net.ipynb", "notebook", framework="numpy")
    assert [path.name for path in tmp_path.iterdir()] == ["net.ipynb"]
    book = nbformat.read(tmp_path / "net.ipynb", 4)
    nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    text = "".join(output.get("text", "") for output in outputs)
    assert "epoch 10: loss" in text
    pictures_ = [output.data["image/svg+xml"] for output in outputs if output.output_type == "execute_result"]
    assert len(pictures_) == 1
    assert "val_loss" in "".join(pictures_[0])


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_notebooks_of_other_frameworks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, framework: str) -> None:
    """Cell by cell in this process, where they are imported already."""
    pytest.importorskip("nbformat")
    pytest.importorskip("torch" if framework == "pytorch" else "keras")
    monkeypatch.chdir(tmp_path)
    chosen = numbers(ScaleInputs(), ScaleTargets())
    write(chosen, tmp_path / "net.ipynb", "notebook", framework=framework)
    names: dict[str, Any] = {}
    for cell in json.loads((tmp_path / "net.ipynb").read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    trainer, _ = train_here(chosen)
    np.testing.assert_allclose(names["history"]["loss"], trainer.history.loss, rtol=0.01)


@pytest.mark.parametrize("framework", ["numpy", "pytorch", "keras"])
def test_a_notebook_is_valid_and_always_the_same(tmp_path: Path, framework: str) -> None:
    pytest.importorskip("nbformat")
    chosen = numbers(ScaleTargets())
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(chosen, tmp_path / name / "net.ipynb", "notebook", framework=framework)
    one, two = ((tmp_path / name / "net.ipynb").read_bytes() for name in ("one", "two"))
    assert one == two
    cells = json.loads(one)["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            compile("".join(cell["source"]), "cell", "exec")
    assert {path.suffix for path in (tmp_path / "one").iterdir()} == (
        {".ipynb"} if framework == "numpy" else {".ipynb", ".npz", ".safetensors"}
    )


def test_without_its_library_a_notebook_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.export.base.find_spec", lambda name: None)
    with pytest.raises(ExportError, match=re.escape("Install it with: pip install 'nnstudio[notebook]'")):
        write(Network(BLOCKS, (2,)), tmp_path / "net.ipynb", "notebook")


# Weights


@settings(max_examples=int(os.environ.get("EXPORT_EXAMPLES", "3")), deadline=None)
@given(graphs(exact=False), st.integers(0, 1000))
def test_random_networks_as_weights_with_their_preparation(
    tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, seed: int
) -> None:
    chosen, x, expected = prepared(random_network(drawn, seed)[0], seed)
    path = tmp_path_factory.mktemp("weights") / "net.safetensors"
    write(chosen, path, "safetensors")
    with safe_open(str(path), "numpy") as file:
        preparation = Preparation.model_validate_json(file.metadata()["preparation"])
        assert set(file.keys()) == set(chosen.network.arrays)
    found = preparation.outputs(Network.load(path).predict(preparation.scale(x)))
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=int(os.environ.get("EXPORT_EXAMPLES", "2")), deadline=None)
@given(graphs(exact=False), st.integers(0, 1000))
def test_random_networks_in_a_notebook(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, seed: int) -> None:
    """Its cells, one after the other; a kernel runs them elsewhere."""
    pytest.importorskip("nbformat")
    chosen, x, expected = prepared(random_network(drawn, seed)[0], seed)
    path = tmp_path_factory.mktemp("notebook") / "net.ipynb"
    write(chosen, path, "notebook", framework="numpy", training=False)
    names: dict[str, Any] = {}
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    found = names["predict"](names["model"], x)
    scale = max(float(np.abs(expected).max()), 1e-3)
    assert np.abs(found - expected).max() / scale < 1e-5


def test_weights_are_read_back_with_their_preparation(tmp_path: Path) -> None:
    chosen = numbers(ScaleInputs())
    write(chosen, tmp_path / "net.safetensors", "safetensors")
    read = Network.load(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(read.state_vector, chosen.network.state_vector)


# Drawings


def test_a_drawing_has_a_circle_for_every_unit_and_a_line_for_every_weight(tmp_path: Path) -> None:
    network = Network({"first": layers.Dense(5), "bend": layers.Tanh(), "last": layers.Dense(2)}, (3,), seed=0)
    write(network, tmp_path / "net.svg", "units")
    root = ElementTree.parse(tmp_path / "net.svg").getroot()
    name = "{http://www.w3.org/2000/svg}"
    assert len(list(root.iter(f"{name}circle"))) == 3 + 5 + 2
    assert len(list(root.iter(f"{name}line"))) == 3 * 5 + 5 * 2
    words = [node.text for node in root.iter(f"{name}text")]
    assert {"data", "first", "last", "5 Tanh"} <= set(words)
    write(network, tmp_path / "net.tex", "tikz")
    text = (tmp_path / "net.tex").read_text()
    assert text.count(r"\node[unit]") == 10
    assert text.count(r"\draw[") == 25


def test_a_drawing_of_many_units_leaves_some_out(tmp_path: Path) -> None:
    network = Network({"first": layers.Dense(100), "last": layers.Dense(2)}, (3,), seed=0)
    write(network, tmp_path / "net.svg", "units", units=6)
    text = (tmp_path / "net.svg").read_text()
    assert text.count("<circle") == 3 + 6 + 2
    assert "⋮ 94" in text


@settings(max_examples=20, deadline=None)
@given(graphs(exact=False))
def test_every_network_can_be_drawn(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn) -> None:
    nodes, edges, shape = drawn
    folder = tmp_path_factory.mktemp("drawing")
    write(Network.graph(nodes, edges, shape, seed=0), folder / "net.svg", "units")
    ElementTree.parse(folder / "net.svg")
    write(Network.graph(nodes, edges, shape, seed=0), folder / "net.tex", "tikz")


def test_no_name_becomes_a_command_in_a_drawing(tmp_path: Path) -> None:
    blocks: dict[str, Layer] = {
        "<script>alert(1)</script>": layers.Dense(2),
        r"\input{/etc/passwd}": layers.Dense(2),
        "a%b$c#d&e": layers.Dense(2),
        "\\write18{x}\n\\end{document}": layers.Dense(1),
    }
    network = replace(Subject(Network(blocks, (2,), seed=0)), title="--> <b>\n\\input{x}")
    write(network, tmp_path / "net.svg", "units")
    root = ElementTree.parse(tmp_path / "net.svg").getroot()
    assert {node.tag.rpartition("}")[2] for node in root.iter()} == {"svg", "title", "g", "line", "circle", "text"}
    write(network, tmp_path / "net.tex", "tikz")
    text = (tmp_path / "net.tex").read_text(encoding="ascii")
    assert text.count(r"\end{document}") == 1
    assert r"\input" not in text
    assert r"\write" not in text


# Hostile names

HOSTILE = [
    '"""\nimport os',
    "*/ #error",
    "\\",
    "'",
    "x\x1b[2J",
    "</title><script>",
    r"\input{x}",
    "\u202e",
    "${x}",
    "%",
    "\n```",
]


@pytest.mark.parametrize(
    "format", ["numpy", "pytorch", "keras", "notebook", "c", "safetensors", "units", "tikz", "onnx"]
)
def test_names_of_classes_blocks_and_projects_stay_names(tmp_path: Path, format: str) -> None:
    if FORMATS[format].missing():
        pytest.skip(FORMATS[format].missing())
    many = len(HOSTILE)
    x = np.random.default_rng(0).normal(size=(many, 2)).astype(np.float32)
    data = Data(x, np.arange(many), "classification", tuple(HOSTILE))
    blocks: dict[str, Layer] = {**{name: layers.Dense(2) for name in HOSTILE}, "last": layers.Dense(many)}
    preparation = Preparation.fit(data)
    network = Network(blocks, (2,), seed=0)
    training = Training(losses.CategoricalCrossEntropy(), optimizers.SGD(0.1), data.x, data.y, epochs=1)
    chosen = Subject(network, "".join(HOSTILE), preparation, training)
    path = tmp_path / f"net{FORMATS[format].suffix}"
    write(chosen, path, format)
    if format == "onnx":
        found = read_onnx(path)
        assert found.classes == tuple(name.replace("\ud800", "?") for name in HOSTILE)
        np.testing.assert_array_equal(found.network.predict(x), network.predict(x))
        return
    if format == "safetensors":
        assert Network.load(path).layers.keys() == blocks.keys()
        return
    text = path.read_text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    if format in ("numpy", "pytorch", "keras"):
        assert imports(text) == imports(plain_script(tmp_path, format))
    if format == "notebook":
        cells = json.loads(text)["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        assert imports(code) == imports(plain_script(tmp_path, "pytorch")) | {"IPython.display"} - {"sys"}
        (title, *_) = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        assert title.count("\n") == 2
        assert "<script>" not in title


def imports(code: str) -> set[str]:
    """Modules that some code imports."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


def plain_script(folder: Path, format: str) -> str:
    """A script of harmless names, with the same parts."""
    data = Data(np.zeros((3, 2), np.float32), np.arange(3), "classification", ("a", "b", "c"))
    network = Network({"first": layers.Dense(2), "last": layers.Dense(3)}, (2,), seed=0)
    training = Training(losses.CategoricalCrossEntropy(), optimizers.SGD(0.1), data.x, data.y, epochs=1)
    write(Subject(network, "Plain", Preparation.fit(data), training), folder / "plain.py", format)
    return (folder / "plain.py").read_text()


@compiled
@pytest.mark.parametrize("stem", ["int", "9 lives", 'a"*b', "été", "-"])
def test_no_name_of_a_header_becomes_code(tmp_path: Path, stem: str) -> None:
    write(Network({"first": layers.Dense(1)}, (2,), seed=0), tmp_path / f"{stem}.h", "c")
    text = (tmp_path / f"{stem}.h").read_text(encoding="ascii")
    (name,) = re.findall(r"static inline void (\w+)_predict", text)
    (tmp_path / "all.c").write_text(f"{text}\nint main(void) {{ return {name.upper()}_OUTPUTS - 1; }}")
    command = [str(compiler), "-std=c99", "-Wall", "-Wextra", "-Werror", "all.c", "-o", "all", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert subprocess.run([str(tmp_path / "all")], check=False).returncode == 0


# Registry and helpers


def test_all_formats_are_there() -> None:
    expected = {"pytorch", "keras", "numpy", "notebook", "safetensors", "c", "units", "tikz"}
    assert expected <= FORMATS.keys()
    for kind in FORMATS.values():
        assert kind.title
        assert kind.help


def test_what_is_refused(tmp_path: Path) -> None:
    network = Network(BLOCKS, (2,), seed=0)
    with pytest.raises(SpecError, match="there is no export format 'caffe'; choose one of"):
        write(network, tmp_path / "net.py", "caffe")
    with pytest.raises(ExportError, match=r"a file of format pytorch ends in \.py, but net\.txt does not"):
        write(network, tmp_path / "net.txt", "pytorch")
    with pytest.raises(SpecError, match=r"takes an engine\.Network or a project, found str"):
        write("net", tmp_path / "net.py", "numpy")
    with pytest.raises(SpecError, match="units"):
        write(network, tmp_path / "net.svg", "units", units=1)
    assert list(tmp_path.iterdir()) == []


def test_a_layer_without_a_counterpart_is_refused_at_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(C_LAYERS, "Tanh")
    with pytest.raises(ExportError, match="Tanh has no counterpart in C; replace the block") as told:
        write(Network(BLOCKS, (2,), seed=0), tmp_path / "net.h", "c")
    assert told.value.where == "bend"


@settings(max_examples=50)
@given(st.lists(st.text(max_size=12), unique=True, max_size=12))
def test_identifiers_are_identifiers_and_differ(names: list[str]) -> None:
    made = identifiers(names, {"x", "layer"})
    assert list(made) == names
    assert len(set(made.values())) == len(names)
    for name in made.values():
        assert name.isidentifier()
        assert name.isascii()
        assert name not in ("x", "layer", "class", "match")


@settings(max_examples=50)
@given(st.text())
def test_texts_stay_texts(text: str) -> None:
    assert "\n" not in remark(text)
    assert literal(text).isascii()
    assert compile(literal(text), "text", "eval").co_consts[0] == text
