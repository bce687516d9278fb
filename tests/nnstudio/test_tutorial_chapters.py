"""The table of the tutorials' chapters: all that it names is there, and some of its proofs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d

from engine import Network, Trainer, layers, optimizers
from engine.data import XOR
from engine.losses import LOSSES
from nnstudio.lessons import lesson
from nnstudio.project import templates
from nnstudio.training.run import TrainingRun
from nnstudio.views import VIEWS
from tests.nnstudio.worker_support import run_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial-chapters.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
CHAPTERS = [row for row in ROWS if row[0].isdigit()]


def test_every_chapter_has_its_row() -> None:
    assert [row[0] for row in CHAPTERS] == [str(number) for number in range(1, 28)]
    assert all(len(row) == 4 and all(row) for row in CHAPTERS)


@pytest.mark.parametrize("row", CHAPTERS, ids=lambda row: row[0])
def test_every_proof_is_a_test(row: list[str]) -> None:
    found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[3])
    assert found is not None, row[3]
    tree = ast.parse((ROOT / found[1]).read_text(encoding="utf-8"))
    assert found[2] in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_view_example_and_lesson_is_there() -> None:
    views = {kind.title for kind in VIEWS.values()}
    examples = {template.title for template in templates.TEMPLATES}
    lessons = {each.title for each in lesson.bundled().values()}
    cells = [row[2] for row in CHAPTERS]
    named = [name for cell in cells for name in re.findall(r"(?<!example )(?<!lesson )\*([^*]+)\*", cell)]
    assert set(named) <= views
    assert {name for cell in cells for name in re.findall(r"example \*([^*]+)\*", cell)} <= examples
    assert {name for cell in cells for name in re.findall(r"lesson \*([^*]+)\*", cell)} <= lessons
    assert {"XOR", "MNIST, zero or one"} <= examples


def blocks() -> dict[str, set[str]]:
    """Steps of the blocks, the loss and the optimiser of the tutorials' networks, by the name of their class."""
    found: dict[str, set[str]] = {}
    for name in ("xor", "mnist-tutorial"):
        run: TrainingRun = run_of(templates.load(name).document)
        for block, layer in run.network.layers.items():
            shapes = [run.network.shapes[source] for source in run.network.structure.sources[block]]
            found[layer.type_name()] = {step.name for step in layer.mathematics(*shapes)}
        training = templates.load(name).document.training
        for part in (training.loss, training.optimizer):
            found[type(part).__name__] = {step.name for step in part.mathematics()}
    return found


def test_every_step_is_in_the_tutorials_networks() -> None:
    known = blocks()
    named = 0
    for row in CHAPTERS:
        for steps, owner in re.findall(r"steps? ((?:`\w+`(?:, )?)+) of (\w+)", row[2]):
            for step in re.findall(r"`(\w+)`", steps):
                assert step in known[owner], f"{step} of {owner}"
                named += 1
    assert named >= 20


# Proofs that stand nowhere else


def test_valid_and_full_correlation() -> None:
    rng = np.random.default_rng(0)
    picture, kernel = rng.standard_normal((5, 6)), rng.standard_normal((3, 3))
    for padding, shape in (("valid", (3, 4)), ("full", (7, 8))):
        layer = layers.Conv2D(filters=1, kernel_size=3, padding=padding, bias="none")
        network = Network([layer], (1, 5, 6), seed=0, dtype=np.float64)
        network.parameters["conv2d_1.weight"][...] = kernel
        found = network.predict(picture[None, None])[0, 0]
        assert found.shape == shape
        np.testing.assert_allclose(found, correlate2d(picture, kernel, padding), rtol=1e-12, atol=1e-12)


def test_gradients_of_a_convolution_are_the_tutorial_s() -> None:
    """Kernel: valid correlation of input and gradient; input: full convolutions with the kernels of all d filters."""
    rng = np.random.default_rng(1)
    layer = layers.Conv2D(filters=4, kernel_size=3, bias="per_position")
    network = Network([layer], (2, 6, 6), seed=0, dtype=np.float64)
    x = rng.standard_normal((1, 2, 6, 6))
    trace = network.trace(x, rng.standard_normal((1, *network.output_shape)), "mse")
    dy, kernels = trace.gradients["conv2d_1"][0], network.parameters["conv2d_1.weight"]
    for f in range(4):
        for c in range(2):
            expected = correlate2d(x[0, c], dy[f], "valid")
            np.testing.assert_allclose(trace.parameter_gradients["conv2d_1.weight"][f, c], expected, rtol=1e-9)
    np.testing.assert_allclose(trace.parameter_gradients["conv2d_1.bias"], dy, rtol=1e-9)
    for c in range(2):
        whole = sum(convolve2d(dy[f], kernels[f, c], "full") for f in range(4))
        np.testing.assert_allclose(trace.gradients["input"][0, c], whole, rtol=1e-9, atol=1e-12)


def test_the_input_gradient_uses_the_weights_before_the_update() -> None:
    """A step of the first layer is what the gradient through the old weights of the second one gives."""
    network = Network([layers.Dense(3), layers.Tanh(), layers.Dense(1)], (2,), seed=0)
    x, y = np.array([[0.3, -0.7]], np.float32), np.array([[2.0]], np.float32)
    before = {name: array.copy() for name, array in network.parameters.items()}
    _, gradients = network.gradients(x, y, loss="mse")
    trainer = Trainer(network, loss="mse", optimizer=optimizers.SGD(learning_rate=0.5), batch_size=1, seed=0)
    trainer.load(x, y)
    trainer.step()
    for name, array in network.parameters.items():
        np.testing.assert_allclose(array, before[name] - 0.5 * gradients[name], rtol=1e-5, atol=1e-7)
    # With the new weights of the second layer, the first one would have taken another step.
    changed = network.parameters["dense_2.weight"] - before["dense_2.weight"]
    assert np.abs(changed).max() > 0.1


def test_one_line_cannot_separate_xor() -> None:
    """The best that one unit can do on XOR is to answer a half everywhere: a mean squared error of a quarter."""
    data = XOR().load()
    network = Network([layers.Dense(1)], (2,), seed=0)
    trainer = Trainer(network, loss="mse", optimizer=optimizers.SGD(learning_rate=0.1), batch_size=4, seed=0)
    trainer.fit(data.x, data.y[:, None].astype(np.float32), epochs=2000)
    assert trainer.evaluate(data.x, data.y[:, None].astype(np.float32))["loss"] == pytest.approx(0.25, abs=1e-4)
    np.testing.assert_allclose(network.predict(data.x), 0.5, atol=0.01)


def test_the_losses_are_called_as_on_the_page() -> None:
    assert {LOSSES[name].__name__ for name in ("mse", "binary_cross_entropy")} == {
        "MeanSquaredError",
        "BinaryCrossEntropy",
    }
