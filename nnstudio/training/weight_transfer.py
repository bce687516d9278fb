"""Weight transfer after edits: which blocks keep weights, which start anew."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from nnstudio.document.lineage import Names
from nnstudio.training.checkpoint import Checkpoint, Initial

Array = NDArray[Any]

# Initial weights are kept of networks with at most so many parameters, since that takes a copy of all of them.
MOST_INITIAL = 1 << 25


@dataclass(frozen=True)
class Heritage:
    """Result of a weight transfer after an edit.

    Attributes:
        resting: weights, by full name, of blocks that are no part of the network now but may be again.
        renewed: the weights that were initialised again in a trained network, each with the step.
        initial: the initial values of all parameters and of the resting weights; none in too large a network.
    """

    resting: Mapping[str, Array]
    renewed: Mapping[str, int]
    initial: Mapping[str, Initial]


def inherit(network: NetworkLike, idle: Set[str], step: int | None, *sources: Checkpoint) -> Heritage:
    """Copy all weights that fit into a network; later sources take precedence.

    `idle` are the blocks that the document has beside the network's, `step` is the progress of training: None before
    any.
    """
    taken: dict[str, Checkpoint] = {}
    resting: dict[str, Array] = {}
    initial: dict[str, Initial] = {}
    for source in sources:
        taken |= dict.fromkeys(network.take_parameters(source.weights).matched, source)
        found = {name: array for name, array in source.weights.items() if _block(name) in idle}
        resting |= found
        initial |= {name: source.initial[name] for name in found if name in source.initial}
    started = {name: taken[name].renewed.get(name) if name in taken else step for name in network.arrays}
    renewed = {name: at for name, at in started.items() if at is not None and step is not None}
    if network.parameter_count <= MOST_INITIAL:
        initial |= {name: _initial(name, array, taken.get(name), step) for name, array in network.parameters.items()}
    # Copies: the arrays of a network keep all its memory alive.
    return Heritage({name: np.array(array) for name, array in resting.items()}, renewed, initial)


def _initial(name: str, array: Array, source: Checkpoint | None, step: int | None) -> Initial:
    """Initial values of a parameter; those that it has now where its source knows none."""
    known = source.initial.get(name) if source is not None else None
    if known is not None and known.values.shape == array.shape:
        return known
    values = np.array(array)
    values.flags.writeable = False
    return Initial(values, step or 0, restored=source is not None)


def hand_over(checkpoint: Checkpoint) -> Checkpoint | None:
    """Checkpoint with which a run on larger data begins: weights only.

    Curves and epochs are left out. None before training.
    """
    return Checkpoint(checkpoint.weights) if checkpoint.weights else None


def handed_over(network: NetworkLike, renewed: Mapping[str, int]) -> str:
    """Sentence on a run that begins with earlier weights, except the `renewed`."""
    if renewed.keys() >= network.arrays.keys():
        return "A new run: no weights fit these data, so all were initialised again"
    blocks = ", ".join(dict.fromkeys(_block(name) for name in renewed))
    fresh = f", except in {blocks}, where they do not fit these data" if blocks else ""
    return f"A new run, starting from the weights trained so far{fresh}"


def renamed(checkpoint: Checkpoint, names: Names, *, with_gone: bool = False) -> Checkpoint:
    """Checkpoint under the present names of its blocks; `names` gives their old ones.

    Blocks that are gone are left out or, `with_gone`, stay under their own names, unless these are given again.
    """
    if all(was == now for now, was in names.items()) and with_gone:
        return checkpoint
    now = {was: name for name, was in names.items()}

    def follow(values: Mapping[str, Any]) -> dict[str, Any]:
        gone = {name: value for name, value in values.items() if with_gone and _block(name) not in now}
        kept = {name: value for name, value in values.items() if _block(name) in now}
        return gone | {f"{now[_block(name)]}.{name.rpartition('.')[2]}": value for name, value in kept.items()}

    return replace(
        checkpoint,
        weights=follow(checkpoint.weights),
        renewed=follow(checkpoint.renewed),
        initial=follow(checkpoint.initial),
    )


def differ_in_names_alone(old: NetworkLike, new: NetworkLike, names: Names) -> bool:
    """True if two networks compute the same, in the same order, under other names. `names` leads from new to old."""
    edges = [(names.get(source, source), names.get(target)) for source, target in new.structure.edges]
    return list(old.layers.values()) == list(new.layers.values()) and edges == old.structure.edges


def _block(name: str) -> str:
    return name.rpartition(".")[0]
