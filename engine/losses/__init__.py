"""Losses: each declared once, with its value and its gradient side by side.

Importing this package fills `LOSSES`; `AnyLoss` is the type to use in validated models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.declared import one_of
from engine.losses.base import LOSSES, Loss, get, usual
from engine.losses.context import LossContext
from engine.targets import Task

# Forms offer the losses in this order.
# isort: off
from engine.losses.regression import Huber, MeanAbsoluteError, MeanSquaredError
from engine.losses.hinge import Hinge
from engine.losses.cross_entropy import BinaryCrossEntropy, CategoricalCrossEntropy
# isort: on

if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = one_of(LOSSES)

__all__ = [
    "LOSSES",
    "AnyLoss",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "Hinge",
    "Huber",
    "Loss",
    "LossContext",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Task",
    "get",
    "usual",
]
