"""Weights of other tools for a network that is there: by name and shape, with a report; nothing in a file is run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import DataError, Network, layers
from engine.importing.weights import load_weights


def network(seed: int = 0) -> Network:
    blocks = {
        "conv": layers.Conv2D(filters=3, stride=2, padding="same"),
        "norm": layers.BatchNorm(),
        "flat": layers.Flatten(),
        "fc1": layers.Dense(12),
        "fc2": layers.Dense(12),
    }
    return Network(blocks, (1, 4, 4), seed=seed)


def torch_model() -> Any:
    torch: Any = pytest.importorskip("torch")
    torch.manual_seed(1)
    nn = torch.nn

    class Model(nn.Module):  # type: ignore[misc, name-defined, valid-type]
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 3, 3, 2), nn.BatchNorm2d(3)
            self.fc1, self.fc2 = nn.Linear(12, 12), nn.Linear(12, 12)

        def forward(self, x: Any) -> Any:
            x = self.norm(self.conv(nn.functional.pad(x, (0, 1, 0, 1))))
            return self.fc2(self.fc1(x.flatten(1)))

    model = Model()
    model(torch.randn(16, 1, 4, 4))
    return model.eval()


@pytest.mark.peers
@pytest.mark.parametrize("ending", [".pt", ".safetensors", ".nested.pth"])
def test_a_state_dict_of_pytorch_computes_the_same_here(tmp_path: Path, ending: str) -> None:
    torch: Any = pytest.importorskip("torch")
    model, path = torch_model(), tmp_path / f"net{ending}"
    if ending == ".safetensors":
        from safetensors.torch import save_file

        save_file(model.state_dict(), str(path))
    else:
        torch.save({"model": model.state_dict(), "epoch": 3} if "nested" in ending else model.state_dict(), str(path))
    made = network()
    report = load_weights(made, path)
    assert set(report.transfer.matched) == set(made.arrays)
    assert not report.transfer.left_over
    assert not report.transfer.missed
    x = torch.randn(5, 1, 4, 4)
    np.testing.assert_allclose(made.predict(x.numpy()), model(x).detach().numpy(), rtol=1e-4, atol=1e-5)


def test_a_file_of_nnstudio_has_its_own_layout(tmp_path: Path) -> None:
    source, made = network(1), network(2)
    source.save(tmp_path / "net.safetensors")
    load_weights(made, tmp_path / "net.safetensors")
    np.testing.assert_array_equal(made.state_vector, source.state_vector)


def save(path: Path, **arrays: np.ndarray) -> Path:
    from safetensors.numpy import save_file

    save_file({name.replace("__", "."): array for name, array in arrays.items()}, str(path))
    return path


def test_what_has_another_name_is_found_by_its_shape_and_all_is_reported(tmp_path: Path) -> None:
    made = Network({"first": layers.Dense(3), "last": layers.Dense(2)}, (4,), seed=0)
    before = made.parameters["last.bias"].copy()
    weight = np.arange(12, dtype=np.float32).reshape(3, 4)
    path = save(
        tmp_path / "net.safetensors",
        body__0__weight=weight,
        first__bias=np.ones(3, np.float32),
        last__bias=np.ones(5, np.float32),
        other__weight=np.ones((7, 7), np.float32),
    )
    report = load_weights(made, path)
    np.testing.assert_array_equal(made.parameters["first.weight"], weight.T)
    np.testing.assert_array_equal(made.parameters["last.bias"], before)
    assert str(report) == (
        "copied: 2 of 4\nmissing: last.weight\ndifferent shape: last.bias (5 there, 2 here)\nunused: other.weight\n"
        "by shape alone: first.weight from body.0.weight"
    )


def test_names_in_a_file_cannot_move_the_cursor_or_fill_the_screen(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    names = ["\x1b[2J\nunused: nothing", *(f"{'a' * 300}{number}" for number in range(100))]
    arrays = {name: np.zeros((1, 9), np.float32) for name in names} | {"body.weight": np.ones((3, 4), np.float32)}
    save_file(arrays, str(tmp_path / "net.safetensors"))
    report = str(load_weights(Network({"first": layers.Dense(3)}, (4,), seed=0), tmp_path / "net.safetensors"))
    assert "\x1b" not in report
    assert len(report) < 8000
    assert len(report.splitlines()) == 4
    assert ", and 61 more" in report


def test_two_of_one_shape_are_not_guessed(tmp_path: Path) -> None:
    made = Network({"a": layers.Dense(3, bias=False), "b": layers.Dense(3, bias=False)}, (3,), seed=0)
    before = made.state_vector.copy()
    square = np.eye(3, dtype=np.float32)
    report = load_weights(made, save(tmp_path / "net.safetensors", one__weight=square, two__weight=2 * square))
    assert report.transfer.matched == ()
    np.testing.assert_array_equal(made.state_vector, before)


def test_numbers_that_are_none_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    made = network()
    before = made.state_vector.copy()
    path = save(
        tmp_path / "net.safetensors", fc1__bias=np.ones(12, np.float32), fc2__bias=np.full(12, np.nan, np.float32)
    )
    with pytest.raises(DataError, match=r"the weights 'fc2\.bias' hold NaN or infinity"):
        load_weights(made, path)
    np.testing.assert_array_equal(made.state_vector, before)


class Trap:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.peers
def test_nothing_in_a_file_of_pytorch_is_run(tmp_path: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    torch.save({"a": Trap(tmp_path / "made")}, str(tmp_path / "net.pt"))
    (tmp_path / "raw.pt").write_bytes(pickle.dumps(Trap(tmp_path / "made")))
    (tmp_path / "list.pt").write_bytes(b"")
    for name in ("net.pt", "raw.pt", "list.pt"):
        with pytest.raises(DataError, match=r"cannot be read as weights of PyTorch"):
            load_weights(network(), tmp_path / name)
    assert not (tmp_path / "made").exists()


def test_damaged_and_other_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (b"", b"\xff" * 64, b"\x08\x00\x00\x00\x00\x00\x00\x00{}"):
        (tmp_path / "net.safetensors").write_bytes(content)
        with pytest.raises(DataError, match=r"net\.safetensors cannot be read as weights"):
            load_weights(network(), tmp_path / "net.safetensors")
    with pytest.raises(DataError, match="holds no weights that can be read; expected"):
        load_weights(network(), tmp_path / "net.bin")
    with pytest.raises(DataError, match="is no file"):
        load_weights(network(), tmp_path / "none.pt")
    monkeypatch.setattr("engine.importing.weights.find_spec", lambda name: None)
    (tmp_path / "net.pt").write_bytes(b"")
    with pytest.raises(DataError, match=r"is of PyTorch, which is not installed\. Install it with: pip install torch"):
        load_weights(network(), tmp_path / "net.pt")
