"""Benchmark cases in PyTorch, as its users write them. Nothing of the engine is loaded here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own habit
from torch import Tensor, nn

from tests.benchmarks.cases import Case
from tests.benchmarks.measure import Action


def _tanh(*sizes: int) -> nn.Module:
    return nn.Sequential(*(layer for pair in pairwise(sizes) for layer in (nn.Linear(*pair), nn.Tanh())))


class _Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(3, 16, 3, padding="same", bias=False), nn.BatchNorm2d(16)
        self.conv2, self.norm2 = nn.Conv2d(16, 16, 3, padding="same", bias=False), nn.BatchNorm2d(16)
        self.conv3, self.norm3 = nn.Conv2d(16, 16, 3, padding="same", bias=False), nn.BatchNorm2d(16)
        self.dense = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm1(self.conv1(x)))
        branch = F.relu(self.norm2(self.conv2(x)))
        x = F.relu(self.norm3(self.conv3(branch)) + x)
        return self.dense(x.mean(dim=(2, 3)))


class _BiasPerPosition(nn.Module):
    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(shape))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias


# All end before Softmax or Sigmoid, which PyTorch's losses bring along.
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "xor": lambda: _tanh(2, 3, 1),
    "small": lambda: _tanh(2, 8, 8, 1),
    "rows": lambda: nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)),
    "wide_rows": lambda: nn.Sequential(
        *(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))
    ),
    "small_cnn": lambda: nn.Sequential(
        *(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16 * 5 * 5, 10)),
    ),
    "large_cnn": lambda: nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(64 * 12 * 12, 128), nn.ReLU(), nn.Linear(128, 10)),
    ),
    "residual": _Residual,
    "tutorial": lambda: nn.Sequential(
        *(nn.Conv2d(1, 5, 3, bias=False), _BiasPerPosition(5, 26, 26), nn.Sigmoid(), nn.Flatten()),
        *(nn.Linear(5 * 26 * 26, 100), nn.Sigmoid(), nn.Linear(100, 2)),
    ),
}


def loss_of(case: Case) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss, from what the network puts out and from targets of `targets`."""
    functions: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
        "mse": F.mse_loss,
        "binary_cross_entropy": F.binary_cross_entropy_with_logits,
        "categorical_cross_entropy": F.cross_entropy,
    }
    return functions[case.loss]


def data(case: Case) -> tuple[Tensor, Tensor]:
    """Samples and targets; labels stay labels where the loss takes them."""
    x, y = (torch.from_numpy(array) for array in case.data())
    return x, F.one_hot(y, case.classes).float() if case.loss == "binary_cross_entropy" else y


def action(case: Case) -> Action:
    """The call to be timed."""
    network = NETWORKS[case.network]()
    if case.predict:
        points = torch.from_numpy(case.grid())
        network.eval()

        def predict() -> None:
            with torch.inference_mode():
                network(points)

        return predict
    kind = torch.optim.SGD if case.optimizer == "SGD" else torch.optim.Adam
    stepper, loss = kind(network.parameters(), lr=case.rate), loss_of(case)
    x, y = data(case)
    starts = iter(())

    def step() -> None:
        nonlocal starts
        start = next(starts, None)  # type: ignore[var-annotated]
        if start is None:
            starts = iter(range(0, len(x), case.batch))
            start = next(starts)
        stepper.zero_grad()
        loss(network(x[start : start + case.batch]), y[start : start + case.batch]).backward()
        stepper.step()

    return step
