"""Modules that PyTorch lacks, for comparing and exporting. Exporters copy their source, so each stands by itself."""

from __future__ import annotations

import torch
from torch import nn


class Sine(nn.Module):
    """Sine of the input times a frequency."""

    def __init__(self, frequency: float) -> None:
        super().__init__()
        self.frequency = frequency

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.frequency * x)


class Sum(nn.Module):
    """Elementwise sum of the inputs."""

    def forward(self, first: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        for x in others:
            first = first + x
        return first


class Product(nn.Module):
    """Elementwise product of the inputs."""

    def forward(self, first: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        for x in others:
            first = first * x
        return first


class Concatenate(nn.Module):
    """Inputs joined along the first axis after the batch's."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return torch.cat(inputs, dim=1)


class MeanInside(nn.Module):
    """Mean of each window, in which the padding does not count."""

    def __init__(self, pool_size: tuple[int, int], stride: tuple[int, int], padding: tuple[int, ...]) -> None:
        super().__init__()
        self.pool = nn.Sequential(nn.ZeroPad2d(padding), nn.AvgPool2d(pool_size, stride))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(x) / self.pool(torch.ones_like(x))


class Shift(nn.Module):
    """Bias of its own for every number that the module before puts out."""

    def __init__(self, before: nn.Module, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.before = before
        self.bias = nn.Parameter(torch.zeros(shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.before(x) + self.bias
