"""Frame of the network view: the numbers of one moment, ready to be painted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from engine.layers.base import Layer
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.training.requests.unit_planes import UnitPlanePicture
from nnstudio.ui.value_image import reach_of, value_image
from nnstudio.views.network.model import Block, Model, strengths

Array = NDArray[Any]

# How many strengths of wires are told apart.
LEVELS = 6
# Less than 1, so that weak weights are still told apart; among many wires, only the strong ones are to be seen.
_GROWTH, _DENSE_GROWTH = 0.7, 1.5
# From so many wires on, between two blocks, they are many.
_MANY = 40


@dataclass(frozen=True, eq=False)
class Frame:
    """Numbers of one moment.

    Attributes:
        sheets: by block, the thumbnails of its units on show, one above the other.
        numbers: by block that is drawn as bars, the outputs of its units on show.
        reaches: by block, the value at which its scale ends. low: the blocks whose outputs are never negative.
        biases: by block that has them, the biases of its units on show.
        levels: (L,), width of each wire, 0 to LEVELS - 1. signs: (L,), -1, 0 or 1; 0 without a weight too.
        dense: (L,), True where there are many wires between the same two blocks.
    """

    sheets: Mapping[str, QImage] = field(default_factory=dict)
    numbers: Mapping[str, Array] = field(default_factory=dict)
    reaches: Mapping[str, float] = field(default_factory=dict)
    low: frozenset[str] = frozenset()
    biases: Mapping[str, Array] = field(default_factory=dict)
    levels: Array = field(default_factory=lambda: np.zeros(0, np.intp))
    signs: Array = field(default_factory=lambda: np.zeros(0))
    dense: Array = field(default_factory=lambda: np.zeros(0, bool))


def frame_of(model: Model, picture: ProbePicture, planes: UnitPlanePicture | None) -> Frame:
    """Frame of these answers. `planes` has those of all blocks that are drawn so."""
    sheets: dict[str, QImage] = {}
    numbers: dict[str, Array] = {}
    reaches: dict[str, float] = {}
    biases: dict[str, Array] = {}
    low = set()
    for name, block in model.blocks.items():
        layer = picture.layers.get(name)
        if layer is not None and layer.output_range()[0] >= 0:
            low.add(name)
        values = _values(block, picture, planes)
        reaches[name] = reach = _reach(layer, values)
        if block.kind == "bar":
            numbers[name] = values
        else:
            sheets[name] = value_image(values.reshape(-1, values.shape[-1]), reach)
        bias = bias_of(block, picture)
        if bias is not None:
            biases[name] = bias[list(block.units)]
    return Frame(sheets, numbers, reaches, frozenset(low), biases, *_wires(model, picture))


def bias_of(block: Block, picture: ProbePicture) -> Array | None:
    """Biases of all units of a block, (units,); None where it has no single one for each."""
    bias = picture.parameters.get(f"{block.name}.bias")
    return bias if bias is not None and bias.shape == (block.total,) else None


def _values(block: Block, picture: ProbePicture, planes: UnitPlanePicture | None) -> Array:
    """Values of the units on show: (units,) for bars, else (units, height, width) with the upper row first."""
    if block.kind == "plane" and planes is not None:
        known = planes.units[block.name]
        return planes.planes[block.name][[known.index(unit) for unit in block.units], ::-1]
    values = picture.value(block.name)[list(block.units)]
    if block.kind == "bar":
        return values
    return values.reshape(len(values), values.shape[1] if values.ndim > 2 else 1, -1)


def _reach(layer: Layer | None, values: Array) -> float:
    """Where outputs have bounds, the scale ends there and stands still; else at the largest value."""
    bounds = (-math.inf, math.inf) if layer is None else layer.output_range()
    largest = max(abs(bounds[0]), abs(bounds[1]))
    return largest if math.isfinite(largest) else reach_of(values)


def _wires(model: Model, picture: ProbePicture) -> tuple[Array, Array, Array]:
    levels, signs, dense = [np.zeros(0, np.intp)], [np.zeros(0)], [np.zeros(0, bool)]
    for bundle in model.bundles:
        count = len(bundle)
        dense.append(np.full(count, count >= _MANY))
        if not bundle.weight:
            levels.append(np.zeros(count, np.intp))
            signs.append(np.zeros(count))
            continue
        sizes, sign = strengths(bundle.kernels(picture.parameters))
        share = (sizes / reach_of(sizes)) ** (_DENSE_GROWTH if count >= _MANY else _GROWTH)
        levels.append(np.rint(np.minimum(share, 1.0) * (LEVELS - 1)).astype(np.intp))
        signs.append(sign)
    return np.concatenate(levels), np.concatenate(signs), np.concatenate(dense)
