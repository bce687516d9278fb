"""Optimisers. Importing this package fills `OPTIMIZERS`; `AnyOptimizer` is the type to use in validated models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.declared import one_of
from engine.optimizers.base import OPTIMIZERS, Optimizer, Run
from engine.optimizers.gradient_descent import SGD
from engine.optimizers.per_parameter import Adagrad, Adam, AdamW, RMSprop

if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = one_of(OPTIMIZERS)

__all__ = ["OPTIMIZERS", "SGD", "Adagrad", "Adam", "AdamW", "AnyOptimizer", "Optimizer", "RMSprop", "Run"]
