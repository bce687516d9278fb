"""Every layer in every format: an entry in its table, and the same outputs and gradients."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Network, layers
from engine.data.steps import STEPS, Transform
from engine.export import ExportError, Subject
from engine.export.keras import KERAS_OPTIMIZERS
from engine.export.keras_layers import KERAS_LAYERS
from engine.export.learning import LOSS_CALLS, SCHEDULE_FACTORS
from engine.export.library import numpy_layers
from engine.export.numpy_layers import NUMPY_LAYERS
from engine.export.plain_numpy import NUMPY_OPTIMIZERS
from engine.export.preparing import PYTHON_TRANSFORMS
from engine.export.pytorch import TORCH_OPTIMIZERS
from engine.layers import REGISTRY
from engine.losses import LOSSES
from engine.optimizers.base import OPTIMIZERS
from engine.schedules import SCHEDULES
from tests.engine.cases import Case, each_case
from tests.engine.exported import all_cases, fill, prepared, random_network, script
from tests.engine.random_graphs import Drawn, graphs

peers = pytest.mark.peers
pytestmark = [
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*You are using a softmax over axis 1.*:UserWarning"),
    pytest.mark.filterwarnings("ignore:Exception encountered when calling Softmax:UserWarning"),
    # Of Keras and PyTorch with one another.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.mark.parametrize("table", [NUMPY_LAYERS, KERAS_LAYERS], ids=["numpy", "keras"])
def test_every_layer_has_an_entry(table: dict[str, object]) -> None:
    assert table.keys() == REGISTRY.keys()


def test_everything_else_has_entries_too() -> None:
    assert LOSS_CALLS.keys() == LOSSES.keys()
    assert SCHEDULE_FACTORS.keys() == SCHEDULES.keys()
    for table in (NUMPY_OPTIMIZERS, TORCH_OPTIMIZERS, KERAS_OPTIMIZERS):
        assert table.keys() == OPTIMIZERS.keys()
    assert PYTHON_TRANSFORMS.keys() == {name for name, kind in STEPS.items() if issubclass(kind, Transform)}


@each_case()
def test_a_layer_in_plain_numpy_computes_the_same(case: Case) -> None:
    """The entry alone, without a script: outputs, and all gradients, as in training."""
    if isinstance(case.layer, layers.Dropout):
        return  # Its chance is compared where a whole run is.
    network = case.network(np.float64)
    made = NUMPY_LAYERS[case.layer.type_name()](case.layer, *case.inputs).build(
        lambda name: getattr(numpy_layers, name)
    )
    rng = np.random.default_rng(3)
    for array in network.arrays.values():
        array[...] = rng.uniform(0.5, 1.5, array.shape)
    inner = list(network.layers)[-1]
    made.arrays = {key: network.arrays[f"{inner}.{key}"].copy() for key in made.arrays}
    x = case.samples()
    trace = network.trace(x)
    given_ = [x] if len(case.inputs) == 1 else [trace.outputs[name] for name in network.structure.sources[inner]]
    np.testing.assert_allclose(made.forward(*given_), network.predict(x), rtol=1e-9, atol=1e-9)
    target = rng.standard_normal((len(x), *network.output_shape))
    y = made.forward(*given_, training=True)
    _, expected = network.gradients(x, target, "mse", training=True, input_gradient=True)
    parts = made.backward(2 * (y - target) / y.size)
    for key, gradient in made.gradients.items():
        np.testing.assert_allclose(gradient, expected[f"{inner}.{key}"], rtol=1e-7, atol=1e-9, err_msg=key)
    if len(case.inputs) == 1:
        np.testing.assert_allclose(parts[0], expected["input"], rtol=1e-7, atol=1e-9)
    else:
        # Each input came from a Dense layer without bias, whose gradient tells of it.
        for number, part in enumerate(parts):
            row = x.T @ part.reshape(len(x), -1)
            np.testing.assert_allclose(row, expected[f"row_{number}.weight"], rtol=1e-7, atol=1e-9)


def compare(network: Network | Subject, x: np.ndarray, expected: np.ndarray, folder: Path, format: str) -> None:
    made = script(network, folder, format)
    model = made.Network()
    made.load(model)
    found = made.predict(model, x)
    assert found.shape == expected.shape
    scale = max(float(np.abs(expected).max(initial=0)), 1e-3)
    assert np.abs(found - expected).max(initial=0) / scale < 1e-5


RANDOM = settings(max_examples=int(os.environ.get("EXPORT_EXAMPLES", "3")), deadline=None)


@RANDOM
@given(graphs(exact=False), st.integers(0, 1000))
def test_random_networks_in_plain_numpy(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, seed: int) -> None:
    compare(*prepared(random_network(drawn, seed)[0], seed), tmp_path_factory.mktemp("numpy"), "numpy")


@peers
@RANDOM
@given(graphs(exact=False), st.integers(0, 1000))
def test_random_networks_in_pytorch(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, seed: int) -> None:
    pytest.importorskip("torch")
    compare(*prepared(random_network(drawn, seed)[0], seed), tmp_path_factory.mktemp("pytorch"), "pytorch")


@peers
@RANDOM
@given(graphs(exact=False), st.integers(0, 1000))
def test_random_networks_in_keras(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, seed: int) -> None:
    pytest.importorskip("keras")
    network, _ = random_network(drawn, seed)
    try:
        compare(*prepared(network, seed), tmp_path_factory.mktemp("keras"), "keras")
    except ExportError as error:
        # The one thing that Keras has not.
        assert "both a stride and a dilation above 1" in error.message  # noqa: PT017
        assert error.where in network.layers  # noqa: PT017


@peers
@pytest.mark.parametrize("format", ["pytorch", "keras"])
def test_every_layer_and_option(tmp_path: Path, format: str) -> None:
    """All in one process, where PyTorch and Keras are imported once."""
    pytest.importorskip("keras" if format == "keras" else "torch")
    refused = 0
    # PyTorch's modules are compared case by case elsewhere, made by the very calls that are written here.
    chosen = all_cases()[:: 4 if format == "pytorch" else 1]
    for number, case in enumerate(chosen):
        network = case.network()
        fill(network, number)
        x = case.samples().astype(np.float32)
        try:
            compare(network, x, network.predict(x), tmp_path, format)
        except ExportError as error:
            refused += 1
            assert "Keras has no convolution with both a stride" in error.message  # noqa: PT017
        except AssertionError:
            raise AssertionError(case.name) from None
    # Nothing is refused but that; a table that refused everything would pass as well.
    assert refused == (12 if format == "keras" else 0)
