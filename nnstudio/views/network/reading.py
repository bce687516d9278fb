"""Texts on units and wires, as they stand beside the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.graph import INPUT
from nnstudio.document.model import shown_name
from nnstudio.document.probe import UnitRef
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.views.network.connections import Bundle
from nnstudio.views.network.model import Block
from nnstudio.views.plotting import short

Array = NDArray[Any]

# Kernels up to this size are written out.
_WRITTEN = 7


def unit_title(block: str, unit: int, names: Sequence[str] = ()) -> str:
    """Name of a unit, counted from 1; `names` has those of the data's inputs."""
    if block == INPUT:
        return names[unit] if unit < len(names) else f"input {unit + 1:,}"
    return UnitRef(block, unit).title


def block_reading(picture: ProbePicture, block: Block) -> str:
    """Type and size of a block, a line each."""
    layer = picture.layers.get(block.name)
    size = f"{block.total:,} unit{'s' if block.total != 1 else ''}"
    if len(block.shape) > 1:
        size = f"{block.total:,} map{'s' if block.total != 1 else ''} of {' × '.join(map(str, block.shape[1:]))}"
    return f"{shown_name(block.name)}\n{size}" if layer is None else f"{block.name}: {layer.title}\n{size}"


def unit_parameters(picture: ProbePicture, block: Block) -> list[str]:
    """Short names of the parameters of which each unit of a block has one number of its own, the bias first."""
    keys = [
        name.rpartition(".")[2]
        for name, array in picture.parameters.items()
        if name.rpartition(".")[0] == block.name and array.shape == (block.total,)
    ]
    return sorted(keys, key=lambda key: key != "bias")


def unit_reading(picture: ProbePicture, block: Block, unit: int, names: Sequence[str] = ()) -> str:
    """Output, gradient and parameters of a unit, a line each."""
    value = picture.value(block.name)[unit]
    lines = [unit_title(block.name, unit, names), f"Output {_told(value)}"]
    gradient = picture.gradient(block.name)
    if gradient is not None:
        lines.append(f"dE/d(output) {_told(gradient[unit])}")
    for key in unit_parameters(picture, block):
        name = f"{block.name}.{key}"
        lines.append(f"{key.capitalize()} {short(float(picture.parameters[name][unit]))}{_slope(picture, name, unit)}")
    return "\n".join(lines)


def bias_reading(picture: ProbePicture, block: Block, unit: int) -> str:
    """Bias of a unit and its gradient, a line each."""
    name = f"{block.name}.bias"
    lines = [f"Bias of {unit_title(block.name, unit)}: {short(float(picture.parameters[name][unit]))}"]
    slope = picture.trace.parameter_gradients.get(name)
    return "\n".join(lines if slope is None else [*lines, f"dE/d(bias) {short(float(slope[unit]))}"])


def wire_title(bundle: Bundle, wire: int, names: Sequence[str] = ()) -> str:
    """Name of a wire, by its ends."""
    source = unit_title(bundle.source, int(bundle.rows[wire]), names)
    return f"{source} → {unit_title(bundle.target, int(bundle.columns[wire]))}"


def wire_reading(picture: ProbePicture, bundle: Bundle, wire: int, names: Sequence[str] = ()) -> str:
    """Weight, its gradient, and the value that passes through a wire, a line each."""
    lines = [wire_title(bundle, wire, names)]
    value = picture.value(bundle.source)[bundle.rows[wire]]
    if not bundle.weight:
        return "\n".join([*lines, f"Carries {_told(value)}"])
    kernel = bundle.kernels(picture.parameters)[wire]
    slopes = picture.trace.parameter_gradients
    slope = bundle.kernels(slopes)[wire] if bundle.weight in slopes else None
    if kernel.ndim == 0:
        weight = float(kernel)
        lines.append(f"Weight {short(weight)}")
        if slope is not None:
            lines.append(f"dE/d(weight) {short(float(slope))}")
        lines.append(f"Carries {short(float(value))} × {short(weight)} = {short(float(value) * weight)}")
        return "\n".join(lines)
    lines.append(f"Kernel, sum {short(float(kernel.sum()))}, norm {short(float(np.linalg.norm(kernel)))}")
    if max(kernel.shape) <= _WRITTEN:
        lines += ["   ".join(short(number, 2) for number in row) for row in np.atleast_2d(kernel).tolist()]
    if slope is not None:
        lines.append(f"dE/d(kernel), norm {short(float(np.linalg.norm(slope)))}")
    return "\n".join([*lines, f"Carries {_told(value)}"])


def _slope(picture: ProbePicture, name: str, unit: int) -> str:
    slope = picture.trace.parameter_gradients.get(name)
    return "" if slope is None else f", gradient {short(float(slope[unit]))}"


def _told(value: Array) -> str:
    """A number, or the size, range and mean of a map."""
    if value.ndim == 0:
        return short(float(value))
    size = " × ".join(map(str, value.shape))
    return f"map {size}: {short(float(value.min()))} to {short(float(value.max()))}, mean {short(float(value.mean()))}"
