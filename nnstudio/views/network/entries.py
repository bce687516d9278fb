"""Entries of the value box: the numbers of a unit or a wire that can be set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.views.network.connections import Bundle
from nnstudio.views.network.model import Model
from nnstudio.views.network.reading import unit_parameters, unit_title, wire_title

# Numbers of kernels that are offered one by one.
_MOST = 400


@dataclass(frozen=True)
class Entry:
    """One number that can be set: its title, the parameter's full name, and its place in it."""

    title: str
    name: str
    index: tuple[int, ...]


def entries_of_wire(picture: ProbePicture, bundle: Bundle, wire: int, names: Sequence[str]) -> list[Entry]:
    """Numbers on a wire: its weight, or those of its kernel. `names` are those of the data's inputs."""
    title = wire_title(bundle, wire, names)
    kernel = bundle.kernels(picture.parameters)[wire]
    if kernel.ndim == 0:
        return [Entry(f"Weight {title}", bundle.weight, bundle.place(wire))]
    return [
        Entry(f"{', '.join(str(at + 1) for at in cell)} of kernel {title}", bundle.weight, bundle.place(wire, cell))
        for cell in np.ndindex(kernel.shape)
    ]


def entries_of_unit(picture: ProbePicture, model: Model, name: str, unit: int, names: Sequence[str]) -> list[Entry]:
    """Parameters of a unit, the bias first, and the weights of the wires on show that lead to it."""
    entries = [
        Entry(f"{key.capitalize()} of {unit_title(name, unit)}", f"{name}.{key}", (unit,))
        for key in unit_parameters(picture, model.blocks[name])
    ]
    for bundle in model.bundles:
        if bundle.target == name and bundle.weight:
            for wire in np.flatnonzero(bundle.columns == unit).tolist():
                entries += entries_of_wire(picture, bundle, wire, names)
    return entries[:_MOST]
