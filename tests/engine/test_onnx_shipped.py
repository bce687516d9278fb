"""Import of the models that come with onnx and onnxruntime: the same results, or refused by name and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import EngineError, SpecError, load_onnx
from engine.importing import NoBlockError
from tests.engine.onnx_peer import close, outputs

pytestmark = pytest.mark.peers
onnx: Any = pytest.importorskip("onnx")
DATA = Path(onnx.__file__).parent / "backend/test/data"

# Of onnx's own models of one or a few operators; all others have several inputs, samples that are no rows or pictures,
# or an operator that no block does.
POSSIBLE = {
    *("AvgPool1d", "AvgPool1d_stride", "AvgPool2d", "AvgPool2d_stride", "BatchNorm1d_3d_input_eval"),
    *("BatchNorm2d_eval", "BatchNorm2d_momentum_eval", "BatchNorm3d_eval", "BatchNorm3d_momentum_eval", "Conv2d"),
    *("Conv2d_depthwise", "Conv2d_depthwise_padded", "Conv2d_depthwise_strided", "Conv2d_depthwise_with_multiplier"),
    *("Conv2d_dilated", "Conv2d_groups", "Conv2d_groups_thnn", "Conv2d_no_bias", "Conv2d_padding", "Conv2d_strided"),
    *("ELU", "LeakyReLU", "LeakyReLU_with_negval", "Linear", "Linear_no_bias", "MaxPool2d", "PReLU_1d", "PReLU_2d"),
    *("PReLU_3d", "ReLU", "Sigmoid", "Softmax", "Softplus", "Tanh", "softmax_lastdim"),
    *("operator_conv", "operator_flatten", "operator_permute2", "single_relu_model"),
}
# Its numbers are what happened to lie in memory, up to 1e223; blocks have 32 bits.
NO_NUMBERS = "operator_addconstant"


def tensor(path: Path) -> np.ndarray:
    found: np.ndarray = onnx.numpy_helper.to_array(onnx.load_tensor(str(path)))
    return found


def test_models_of_onnx_itself() -> None:
    """With the inputs and results that lie beside them."""
    imported = set()
    for path in sorted(DATA.glob("*/*/model.onnx")):
        name = path.parent.name.removeprefix("test_")
        try:
            network = load_onnx(path)
        except EngineError as error:
            assert 20 < len(str(error)) < 250, name  # noqa: PT017
            continue
        samples = path.parent / "test_data_set_0"
        if name != NO_NUMBERS:
            expected = tensor(samples / "output_0.pb")
            close(network.predict(tensor(samples / "input_0.pb")).reshape(expected.shape), expected, name)
        imported.add(name)
    assert imported >= POSSIBLE


def test_models_of_onnxruntime() -> None:
    onnxruntime: Any = pytest.importorskip("onnxruntime")
    folder = Path(onnxruntime.__file__).parent / "datasets"
    network = load_onnx(folder / "sigmoid.onnx")
    x = np.random.default_rng(0).standard_normal((3, 4, 5)).astype(np.float32)
    close(network.predict(x), outputs(folder / "sigmoid.onnx", x))
    with pytest.raises(NoBlockError, match=r"mul_1: Mul has no block here: its constant has the shape 3x2"):
        load_onnx(folder / "mul_1.onnx")
    with pytest.raises(SpecError, match=r"has 2 \(label, probabilities\); choose one to import up to"):
        load_onnx(folder / "logreg_iris.onnx")
    with pytest.raises(NoBlockError, match=r"ai\.onnx\.ml\.LinearClassifier has no block here"):
        load_onnx(folder / "logreg_iris.onnx", "probabilities")


# Well-known architectures without their weights: the node at which an import ends, and why.
ENDS = {
    "bvlc_alexnet": ("n2", "LRN has no block here"),
    "inception_v1": ("n3", "LRN has no block here"),
    "shufflenet": ("n10", "its input has its axes in another order"),
    "zfnet512": ("n2", "LRN has no block here"),
    "vgg19": ("fc6_w_0", "too many numbers"),
}


def test_architectures_of_onnx() -> None:
    pytest.importorskip("onnxruntime")
    for name, (place, reason) in ENDS.items():
        with pytest.raises(NoBlockError, match=reason) as told:
            load_onnx(DATA / f"light/light_{name}.onnx")
        assert told.value.where == place
    path = DATA / "light/light_squeezenet.onnx"
    network = load_onnx(path)
    assert len(network.layers) > 60
    x = np.random.default_rng(0).standard_normal((1, *network.input_shape)).astype(np.float32)
    expected = outputs(path, x)
    close(network.predict(x).reshape(expected.shape), expected)
