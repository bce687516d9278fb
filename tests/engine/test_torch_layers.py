"""PyTorch's counterparts of the layers: every layer has one, and its arrays can be laid over and read back."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Literal

import numpy as np
import pytest

from engine import SpecError, layers
from engine.backends.torch_layers import TORCH_LAYERS, as_array, counterpart, load_arrays, make_module, tensors
from engine.layers import REGISTRY
from tests.engine.cases import Case, each_case

peers = pytest.mark.peers


class Unknown(layers.Layer):
    """A layer that nobody has written in PyTorch. Not registered: its type is not its name."""

    type: Literal["none"] = "none"


def test_every_layer_has_an_entry() -> None:
    assert set(TORCH_LAYERS) == set(REGISTRY)


def test_a_layer_without_one_is_refused() -> None:
    with pytest.raises(SpecError, match="PyTorch has no counterpart of Unknown; add it to"):
        counterpart(Unknown())
    odd: Any = "Dense"
    with pytest.raises(SpecError, match="the layer must be one of"):
        make_module(odd, (3,))


def test_the_table_does_without_pytorch() -> None:
    code = "import sys, engine.backends.torch_layers; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@peers
@each_case()
def test_arrays_are_laid_over_and_read_back(case: Case) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(4)
    specs = case.layer.array_specs(*case.inputs)
    arrays = {name: rng.uniform(0.5, 1.5, spec.shape).astype(np.float32) for name, spec in specs.items()}
    module = make_module(case.layer, *case.inputs).eval()
    load_arrays(module, case.layer, arrays)
    found = tensors(module, case.layer)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(as_array(found[name], case.layer, name), array)
    # What is learnt is a parameter of the module, what is only remembered is not.
    learnt = {name for name, tensor in found.items() if isinstance(tensor, torch.nn.Parameter)}
    assert learnt == case.layer.parameter_specs(*case.inputs).keys()
    # Laid over, not shared: the module can be trained without changing the arrays.
    copies = {name: array.copy() for name, array in arrays.items()}
    with torch.no_grad():
        for tensor in found.values():
            tensor.zero_()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, copies[name])


@peers
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (2, 3, 2, 2), (2, 2, 1, 3, 2)])
def test_batch_norm_takes_over_what_it_remembers(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    network = Case(layers.BatchNorm(epsilon=0.01), (shape,)).network()
    rng = np.random.default_rng(1)
    for array in network.arrays.values():
        array[...] = rng.uniform(0.5, 2, array.shape)
    layer, x = network.layers["batchnorm_1"], rng.standard_normal((6, *shape)).astype(np.float32)
    module = make_module(layer, shape).eval()
    load_arrays(module, layer, {name.rpartition(".")[2]: array for name, array in network.arrays.items()})
    with torch.no_grad():
        np.testing.assert_allclose(module(torch.from_numpy(x)).numpy(), network.predict(x), rtol=1e-4, atol=1e-5)


@peers
def test_arrays_that_do_not_belong_there_are_refused() -> None:
    pytest.importorskip("torch")
    dense = layers.Dense(2)
    module = make_module(dense, (3,))
    with pytest.raises(SpecError, match="the module of Dense takes weight, bias, found weight"):
        load_arrays(module, dense, {"weight": np.zeros((3, 2))})
    with pytest.raises(SpecError, match="takes a weight of 3x2, found 2x3"):
        load_arrays(module, dense, {"weight": np.zeros((2, 3)), "bias": np.zeros(2)})
    with pytest.raises(SpecError, match="takes a bias of 2, found 1"):
        load_arrays(module, dense, {"weight": np.zeros((3, 2)), "bias": np.zeros(1)})
    with pytest.raises(SpecError, match="the module of ReLU takes no arrays, found weight"):
        load_arrays(make_module(layers.ReLU(), (3,)), layers.ReLU(), {"weight": np.zeros((3, 2))})
