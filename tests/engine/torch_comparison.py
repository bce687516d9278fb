"""Comparison of a network with its twin in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine import Network
from tests.engine import torch_twin as twins

TOLERANCE = 1e-4


def relative_error(found: np.ndarray, expected: Any, least: float = 1e-3) -> float:
    """Largest difference over the largest number; differences that vanish against rounding count against `least`."""
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max(initial=0) / max(np.abs(expected).max(initial=0), least))


def compare(
    network: Network,
    x: np.ndarray,
    y: np.ndarray,
    loss: str = "mse",
    *,
    tolerance: float = TOLERANCE,
    least: float = 1e-3,
) -> None:
    """Output, loss, and the gradients of all parameters and of the input must agree."""
    x, y = x.astype(network.dtype), y.astype(network.dtype)
    twin = twins.TorchNetwork(network)
    samples = torch.tensor(x, requires_grad=True)
    assert relative_error(network.predict(x), twin(samples), least) < tolerance
    expected = twin.loss(samples, torch.tensor(y), loss)
    expected.backward()
    value, gradients = network.gradients(x, y, loss, input_gradient=True)
    assert value == pytest.approx(expected.item(), rel=tolerance, abs=1e-6)
    assert relative_error(gradients.pop("input"), samples.grad, least) < tolerance
    assert list(gradients) == list(twin.parameters)
    for name, gradient in gradients.items():
        assert relative_error(gradient, twin.gradient(name), least) < tolerance, name
