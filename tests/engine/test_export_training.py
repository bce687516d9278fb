"""Training in exported scripts: the same loss curves as in the engine, in fresh processes and within one."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import Network, layers, losses, optimizers, schedules
from engine.data.steps import PointFeatures, PolynomialFeatures, ScaleInputs, ScaleTargets
from engine.export import ExportError, Subject, write
from engine.layers import Layer
from engine.regularisation import Clipping, Penalty
from engine.training.early_stopping import EarlyStopping
from tests.engine.exported import curve, pictures, points, run_each, script, subject, train_here

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
FORMATS = [
    "numpy",
    pytest.param("pytorch", marks=pytest.mark.peers),
    pytest.param("keras", marks=pytest.mark.peers),
]
HINGED: dict[str, Layer] = {"first": layers.Dense(6), "bend": layers.Tanh(), "last": layers.Dense(1)}
SIGMOID: dict[str, Layer] = {**HINGED, "end": layers.Sigmoid()}
NUMBERS: dict[str, Layer] = {"first": layers.Dense(6), "bend": layers.SiLU(), "last": layers.Dense(1)}
# BatchNorm after a layer without bias: one in front of it has no gradient but what rounding leaves.
PICTURES: dict[str, Layer] = {
    "conv": layers.Conv2D(filters=4, kernel_size=3, padding="same", bias="none"),
    "norm": layers.BatchNorm(),
    "bend": layers.ReLU(),
    "pool": layers.MaxPool2D(),
    "flat": layers.Flatten(),
    "last": layers.Dense(3),
    "end": layers.Softmax(),
}


def residual() -> Network:
    nodes: dict[str, Layer] = {
        "first": layers.Dense(4),
        "second": layers.Dense(4),
        "bend": layers.Tanh(),
        "sum": layers.Add(),
        "gate": layers.Multiply(),
        "both": layers.Concatenate(),
        "norm": layers.LayerNorm(),
        "last": layers.Dense(1),
        "end": layers.Sigmoid(),
    }
    edges = [
        ("input", "first"),
        ("first", "second"),
        ("second", "bend"),
        ("bend", "sum"),
        ("first", "sum"),
        ("sum", "gate"),
        ("first", "gate"),
        ("gate", "both"),
        ("sum", "both"),
        ("both", "norm"),
        ("norm", "last"),
        ("last", "end"),
    ]
    return Network.graph(nodes, edges, (2,), seed=4)


def frozen() -> Network:
    network = Network(SIGMOID, (2,), seed=4)
    network.parameters["first.weight"][...] += 0.3
    network.freeze("first")
    return network


def cases() -> dict[str, Subject]:
    """Runs that between them have every loss, optimiser, schedule, constraint and transform."""
    binary, many = losses.BinaryCrossEntropy(), losses.CategoricalCrossEntropy(smoothing=0.1)
    scaled = (ScaleInputs(method="robust"), ScaleTargets())
    plain = (ScaleInputs(), PointFeatures(product=True, sin_x=True, frequency=2.0))
    return {
        "adam": subject(points(), SIGMOID, binary, optimizers.Adam(0.02), standardise=True),
        "adamw-cosine": subject(
            pictures(), PICTURES, many, optimizers.AdamW(0.01),
            schedule=schedules.Cosine(total=20, unit="step", warmup=3),
        ),
        "momentum-step": subject(
            points(), HINGED, losses.Hinge(), optimizers.SGD(0.02, momentum=0.5), standardise=True,
            penalty=Penalty(l1=0.001, l2=0.01), clipping=Clipping(norm=0.5), shuffle=False,
        ),
        "nesterov": subject(
            points(), SIGMOID, losses.MeanSquaredError(), optimizers.SGD(0.3, momentum=0.5, nesterov=True), plain
        ),
        "rmsprop-exponential": subject(
            curve(), NUMBERS, losses.MeanSquaredError(), optimizers.RMSprop(0.01), scaled,
            schedule=schedules.Exponential(),
        ),
        "adagrad-onecycle": subject(
            curve(), NUMBERS, losses.Huber(delta=0.4), optimizers.Adagrad(0.1), scaled,
            schedule=schedules.OneCycle(total=40), clipping=Clipping(value=0.05),
        ),
        "weights-plateau": subject(
            points(), SIGMOID, binary, optimizers.Adam(0.02), standardise=True, class_weight={0: 1.0, 1: 4.0},
            schedule=schedules.Plateau(patience=1, gamma=0.5), early_stopping=EarlyStopping(patience=6),
        ),
        "polynomial-step": subject(
            curve(), NUMBERS, losses.MeanAbsoluteError(), optimizers.SGD(0.01),
            (ScaleInputs(), PolynomialFeatures(), ScaleTargets(method="min_max")),
            schedule=schedules.Step(every=3), penalty=Penalty(l2=0.1, biases=True),
        ),
        "graph": subject(points(), residual(), binary, optimizers.Adam(0.01), standardise=True),
        "frozen": subject(points(), frozen(), binary, optimizers.Adam(0.02), standardise=True, class_weight="balanced"),
        "probabilities": subject(
            points(), {**SIGMOID, "same": layers.Reshape(shape=(1,))}, binary, optimizers.SGD(0.3), standardise=True,
            schedule=schedules.Constant(warmup=5),
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> dict[str, Subject]:
    return cases()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", list(cases()))
def test_the_same_loss_curve_and_the_same_predictions(
    runs: dict[str, Subject], tmp_path: Path, name: str, format: str
) -> None:
    if format != "numpy":
        pytest.importorskip("torch" if format == "pytorch" else "keras")
    chosen = runs[name]
    trainer, outputs = train_here(chosen)
    made = script(chosen, tmp_path, format)
    model = made.Network()
    made.load(model)
    fresh = made.initial_arrays(made.SEED)
    held = tuple(f"{block}." for block in chosen.network.frozen)
    made.load(model, {key: fresh[key] for key in fresh if not key.startswith(held or ("\0",))})
    history = made.train(model, report=lambda line: None)
    assert len(history["loss"]) == len(trainer.history.loss)
    np.testing.assert_allclose(history["loss"], trainer.history.loss, rtol=0.01)
    # Keras keeps the variance of the batch itself, not what it was drawn from; few samples tell them apart.
    np.testing.assert_allclose(
        history["val_loss"],
        trainer.history.val_loss,
        rtol=0.05 if (format, name) == ("keras", "adamw-cosine") else 0.01,
    )
    found = made.predict(model, chosen.training.x[:5])  # type: ignore[union-attr]
    np.testing.assert_allclose(found, outputs, rtol=0.05, atol=0.01 * float(np.abs(outputs).max()))
    # Something was learnt: of two curves that stand still nothing follows.
    assert trainer.history.loss[-1] < 0.97 * trainer.history.loss[0]


def test_dropout_leaves_the_same_numbers_out_in_plain_numpy(tmp_path: Path) -> None:
    blocks = {**SIGMOID, "bend": layers.ReLU()}
    blocks = {"first": blocks["first"], "drop": layers.Dropout(0.3), "last": blocks["last"], "end": blocks["end"]}
    chosen = subject(points(), blocks, losses.BinaryCrossEntropy(), optimizers.Adam(0.02), standardise=True)
    trainer, _ = train_here(chosen)
    made = script(chosen, tmp_path, "numpy")
    model = made.Network()
    made.load(model, made.initial_arrays(made.SEED))
    np.testing.assert_allclose(made.train(model, report=lambda line: None)["loss"], trainer.history.loss, rtol=1e-4)


@pytest.mark.parametrize("formats", [["numpy"], pytest.param(["pytorch", "keras"], marks=pytest.mark.peers)])
def test_scripts_run_by_themselves_in_a_fresh_process(
    runs: dict[str, Subject], tmp_path: Path, formats: list[str]
) -> None:
    """Anew, from the exported weights on, with them alone, and as a script without training."""
    if formats != ["numpy"]:
        pytest.importorskip("torch")
        pytest.importorskip("keras")
    chosen, other = runs["adam"], runs["graph"]
    calls = list[tuple[Path | str, ...]]()
    for format in formats:
        folder = tmp_path / format
        folder.mkdir()
        net, bare = folder / "net.py", folder / "bare.py"
        write(chosen, net, format)
        files = {path.name for path in folder.iterdir()}
        assert files == ({"net.py"} if format == "numpy" else {"net.py", "net.npz", "net.safetensors"})
        write(other, bare, format, training=False)
        calls += [(net,), (net, "continue"), (net, "predict"), (bare,)]
    printed = run_each(calls)
    trainer, outputs = train_here(chosen)
    assert chosen.preparation is not None
    assert other.preparation is not None
    samples = chosen.training.x[:5]  # type: ignore[union-attr]
    expected = chosen.preparation.outputs(chosen.network.predict(chosen.preparation.scale(samples)))
    nothing = other.preparation.scale(np.zeros((1, 2), np.float32))
    for place in range(len(formats)):
        anew, on, only, without = printed[4 * place : 4 * place + 4]
        np.testing.assert_allclose(told_losses(anew), trainer.history.loss, rtol=0.01)
        np.testing.assert_allclose(told_outputs(anew), outputs.ravel(), rtol=0.01, atol=1e-3)
        # The exported weights are the first ones here, so that both ways begin alike.
        np.testing.assert_allclose(told_losses(on), trainer.history.loss, rtol=0.01)
        assert not told_losses(only)
        np.testing.assert_allclose(told_outputs(only), expected.ravel(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(told_outputs(without), other.network.predict(nothing).ravel(), rtol=1e-4, atol=1e-6)


def told_losses(printed: str) -> list[float]:
    return [float(number) for number in re.findall(r"epoch \d+: loss ([\d.]+)", printed)]


def told_outputs(printed: str) -> list[float]:
    return [float(number) for number in re.findall(r"\[+\s*(-?[\d.]+(?:e-?\d+)?)", printed)]


def test_a_bias_in_front_of_a_batch_norm_tells_rounding_apart(tmp_path: Path) -> None:
    """It has no gradient but what rounding leaves, of which Adam makes whole steps; the batch's mean takes them away.

    Its running mean lags behind, so that the validation loss differs, by less than 1 %. In SGD, nothing does.
    """
    blocks = PICTURES | {"conv": layers.Conv2D(filters=4, kernel_size=3, padding="same")}
    for optimizer, within in ((optimizers.Adam(0.01), 0.01), (optimizers.SGD(0.05), 1e-5)):
        chosen = subject(pictures(), blocks, losses.CategoricalCrossEntropy(), optimizer)
        trainer, _ = train_here(chosen)
        made = script(chosen, tmp_path, "numpy")
        model = made.Network()
        made.load(model, made.initial_arrays(made.SEED))
        history = made.train(model, report=lambda line: None)
        np.testing.assert_allclose(history["loss"], trainer.history.loss, rtol=1e-5)
        np.testing.assert_allclose(history["val_loss"], trainer.history.val_loss, rtol=within)


def test_a_run_that_a_script_cannot_repeat_is_refused_with_block_and_reason(
    runs: dict[str, Subject], tmp_path: Path
) -> None:
    chosen = runs["adamw-cosine"]
    assert chosen.training is not None
    moved = replace(chosen, training=replace(chosen.training, augmentation=("Rotate",)))
    with pytest.raises(ExportError, match="Rotate changes the samples anew in every batch") as told:
        write(moved, tmp_path / "net.py", "numpy")
    assert told.value.where == "input"
    assert list(tmp_path.iterdir()) == []
    write(moved, tmp_path / "net.py", "numpy", training=False)
    assert "def train" not in (tmp_path / "net.py").read_text()


HOSTILE = [
    'x"); import os; os.system("touch owned")  #',
    "a\nimport os",
    '"""\nraise SystemExit\n"""',
    "class",
    "forward",
    "state_dict",
    "self",
    "0\\",
    "\u202eevil",
    "name{1+1}",
    "input_",
    "load",
    "Dense",
    "layers",
    "a b",
    "a_b",
    "a-b",
]


@pytest.mark.parametrize("format", FORMATS)
def test_no_name_becomes_code(tmp_path: Path, format: str) -> None:
    if format != "numpy":
        pytest.importorskip("torch" if format == "pytorch" else "keras")
    blocks: dict[str, Layer] = {name: layers.Dense(2, bias_init="normal") for name in HOSTILE}
    data = points()
    blocks["last*/"] = layers.Dense(1)
    chosen = subject(data, blocks, losses.MeanSquaredError(), optimizers.SGD(0.01), standardise=True)
    chosen = replace(chosen, title='t"""\nimport os\n# */ \\', training=replace(chosen.training, epochs=1))  # type: ignore[type-var]
    write(chosen, tmp_path / "net.py", format)
    text = (tmp_path / "net.py").read_text(encoding="ascii")
    imported = [name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for name in node.names]
    assert imported.count("os") == (format == "keras")
    assert "os.system(" not in {
        ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
    }
    made = script(chosen, tmp_path, format)
    model = made.Network()
    made.load(model)
    expected = chosen.preparation.outputs(chosen.network.predict(chosen.preparation.scale(data.x)))  # type: ignore[union-attr]
    np.testing.assert_allclose(made.predict(model, data.x), expected, rtol=1e-4, atol=1e-5)
    made.train(model, report=lambda line: None)
    assert not Path("owned").exists()


@pytest.mark.parametrize("stem", ['a" + str(1) + "', "it's", "${x}", "été"])
def test_no_name_of_a_file_becomes_code(runs: dict[str, Subject], tmp_path: Path, stem: str) -> None:
    pytest.importorskip("safetensors")
    write(runs["adam"], tmp_path / f"{stem}.py", "pytorch")
    tree = ast.parse((tmp_path / f"{stem}.py").read_text())
    read = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert f"{stem}.npz" in read
    assert f"{stem}.safetensors" in read
