"""Import of ONNX files that PyTorch has written, by both exporters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import DataError, load_onnx
from engine.importing import NoBlockError
from tests.engine.onnx_peer import close

pytestmark = [
    pytest.mark.peers,
    # Of PyTorch and onnxscript with one another, while they write.
    pytest.mark.filterwarnings("ignore"),
]


def torch_models() -> dict[str, tuple[Any, tuple[int, ...]]]:
    import torch
    import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
    from torch import nn

    class LeNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 4, 5, padding=2), nn.Conv2d(4, 6, 5)
            self.fc1, self.fc2 = nn.Linear(6 * 2 * 2, 12), nn.Linear(12, 10)

        def forward(self, x: Any) -> Any:
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 2)
            return self.fc2(F.relu(self.fc1(x.view(x.size(0), -1))))

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.bn = nn.Conv2d(3, 4, 7, 2, 3, bias=False), nn.BatchNorm2d(4)
            self.one, self.bn1 = nn.Conv2d(4, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
            self.two, self.bn2 = nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8)
            self.down, self.fc = nn.Conv2d(4, 8, 1, 2), nn.Linear(8, 5)

        def forward(self, x: Any) -> Any:
            x = F.max_pool2d(F.relu(self.bn(self.stem(x))), 3, 2, 1)
            x = F.relu(self.bn2(self.two(F.relu(self.bn1(self.one(x))))) + self.down(x))
            return F.softmax(self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)), dim=1)

    class Normed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.bn, self.ln = nn.Linear(4, 8), nn.BatchNorm1d(8), nn.LayerNorm(8)
            self.middle, self.bn2, self.last = nn.Linear(8, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)

        def forward(self, x: Any) -> Any:
            x = F.silu(self.bn(self.first((x - 0.5) / 0.25)))
            x = self.bn2(F.relu(self.middle(F.gelu(self.ln(x)) * 2 + 1)))
            return self.last(x)

    class Pictures(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up, self.grouped = nn.ConvTranspose2d(2, 4, 4, 2, 1), nn.Conv2d(4, 4, 3, padding=(1, 2), groups=2)

        def forward(self, x: Any) -> Any:
            x = F.interpolate(self.grouped(F.leaky_relu(self.up(x))), scale_factor=2, mode="nearest")
            x = F.avg_pool2d(torch.sin(3 * F.pad(x, (1, 1, 2, 2))), 3, 2, 1)
            # Channels last and back, as programs do that were made for other layouts.
            return torch.cat([x, (x.permute(0, 2, 3, 1) * torch.sigmoid(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)], 1)

    mlp = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8, bias=False), nn.ELU(0.7), nn.Dropout(0.3))
    return {
        "mlp": (mlp, (2,)),
        "lenet": (LeNet(), (1, 16, 16)),
        "residual": (Residual(), (3, 24, 24)),
        "normed": (Normed(), (4,)),
        "pictures": (Pictures(), (2, 5, 6)),
    }


@pytest.fixture(scope="module")
def trained() -> dict[str, tuple[Any, Any, Any]]:
    """Models that have seen data, with samples and what they make of them."""
    torch: Any = pytest.importorskip("torch")
    torch.manual_seed(0)
    found = {}
    for name, (model, shape) in torch_models().items():
        model.train()
        with torch.no_grad():
            model(torch.randn(8, *shape))
        x = torch.randn(3, *shape)
        found[name] = model.eval(), x, model(x).detach().numpy()
    return found


@pytest.mark.parametrize("opset", [13, 17])
def test_the_older_exporter(trained: dict[str, tuple[Any, Any, Any]], tmp_path: Path, opset: int) -> None:
    """Once with the batch axis free, and once with as many samples as it was shown."""
    import torch

    path = tmp_path / "net.onnx"
    for name, (model, x, expected) in trained.items():
        free = {"input_names": ["x"], "dynamic_axes": {"x": {0: "n"}}} if opset == 13 else {}
        torch.onnx.export(model, (x,), str(path), dynamo=False, opset_version=opset, **free)
        if name == "normed" and opset < 17:
            # Before it had an operator of its own, LayerNorm was written as seven others.
            with pytest.raises(NoBlockError, match="ReduceMean has no block here"):
                load_onnx(path)
            continue
        close(load_onnx(path).predict(x.numpy()), expected, name)


def test_the_newer_exporter(trained: dict[str, tuple[Any, Any, Any]], tmp_path: Path) -> None:
    import torch

    pytest.importorskip("onnxscript")
    path = tmp_path / "net.onnx"
    # It takes more than a second for each; the test of a file beside has the LeNet.
    for name in ("mlp", "residual", "normed"):
        model, x, expected = trained[name]
        free = {"dynamic_shapes": ({0: torch.export.Dim("n")},)} if name == "mlp" else {}
        torch.onnx.export(model, (x,), str(path), dynamo=True, external_data=False, verbose=False, **free)
        network = load_onnx(path)
        close(network.predict(x.numpy()), expected, name)
        # Blocks are called as the modules are.
        weights = {full.rpartition(".")[0] for full in model.state_dict() if full.endswith("weight")}
        found = weights & {name.replace("n0", "0").replace("n2", "2") for name in network.layers}
        assert len(found) >= 2, (name, list(network.layers))


def test_numbers_in_a_file_beside(trained: dict[str, tuple[Any, Any, Any]], tmp_path: Path) -> None:
    import torch

    pytest.importorskip("onnxscript")
    model, x, expected = trained["lenet"]
    torch.onnx.export(model, (x,), str(tmp_path / "net.onnx"), dynamo=True, external_data=True, verbose=False)
    assert (tmp_path / "net.onnx.data").exists()
    network = load_onnx(tmp_path / "net.onnx")
    close(network.predict(x.numpy()), expected)
    assert {"conv1", "conv2", "fc1", "fc2"} <= set(network.layers)
    (tmp_path / "net.onnx.data").rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"its numbers are in 'net\.onnx\.data', which is not beside it"):
        load_onnx(tmp_path / "net.onnx")
