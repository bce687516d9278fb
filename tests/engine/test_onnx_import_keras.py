"""Import of ONNX files that Keras has written, on PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import load_onnx
from engine.importing import NoBlockError
from tests.engine import keras_models
from tests.engine.onnx_peer import close

pytestmark = [
    pytest.mark.peers,
    # Of Keras, PyTorch and onnxscript with one another, while they write.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module", autouse=True)
def _needed() -> None:
    for name in ("keras", "torch", "onnxscript"):
        pytest.importorskip(name)


def test_exports_of_keras(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    for name, (shape, _) in keras_models.MODELS.items():
        x, expected = keras_models.made(name, str(path))
        network = load_onnx(path)
        if len(shape) == 3:
            # Keras has its channels last, the network here first.
            assert network.input_shape == (shape[2], *shape[:2])
            x = x.transpose(0, 3, 1, 2)
        else:
            assert network.input_shape == shape
        close(network.predict(x), expected, name)


def test_what_keras_writes_in_a_way_of_its_own_is_refused_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    for name, (_, _, sentence) in keras_models.REFUSED.items():
        keras_models.made(name, str(path))
        with pytest.raises(NoBlockError) as told:
            load_onnx(path)
        assert sentence in str(told.value)
        assert load_onnx(path, told.value.until).layers


def test_an_input_of_keras_keeps_its_meaning(tmp_path: Path) -> None:
    """The numbers themselves, not only their number: one pixel moved in the file's order moves one here."""
    x, expected = keras_models.made("lenet", str(tmp_path / "net.onnx"))
    network = load_onnx(tmp_path / "net.onnx")
    moved = x[:1].copy()
    moved[0, 3, 11, 0] += 2
    one, other = (network.predict(each.transpose(0, 3, 1, 2)) for each in (x[:1], moved))
    np.testing.assert_allclose(one, expected[:1], rtol=1e-4, atol=1e-5)
    assert np.abs(one - other).max() > 1e-3
