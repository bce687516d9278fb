"""Catalogue of layer types."""

from __future__ import annotations

from typing import get_args

from engine.layers import REGISTRY
from engine.layers.base import Category, Layer


def layers_by_category() -> list[type[Layer]]:
    """All layer types, category by category."""
    order = list(get_args(Category))
    return sorted(REGISTRY.values(), key=lambda kind: order.index(kind.category))
