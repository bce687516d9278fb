"""Structure of the network view: columns of blocks, the units on show, and the wires between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.graph import INPUT
from engine.types import Shape
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.views.network.choosing import Units
from nnstudio.views.network.connections import Bundle, connect

Array = NDArray[Any]
# The value of a unit over the plane of two inputs, its map for the probe, or one number.
Kind = Literal["plane", "map", "bar"]

# Columns and wires that are drawn at most.
MOST_COLUMNS, MOST_WIRES = 32, 1500
# Infinite weights are drawn like this one, whose square is no infinity.
_HUGE = 1e100


@dataclass(frozen=True)
class Block:
    """Block of the network, as it is drawn.

    Attributes:
        name: "input" for the data. shape: of its output. units: those on show, in ascending order.
        kind: the thumbnails of its units. paged: a person turns its pages.
    """

    name: str
    shape: Shape
    units: tuple[int, ...]
    kind: Kind
    paged: bool = False

    @property
    def total(self) -> int:
        """Number of its units: of its numbers, or feature maps."""
        return self.shape[0]

    @property
    def left_out(self) -> str:
        """Text on the units that are not on show; "" where all are."""
        if self.paged:
            return f"{self.units[0] + 1:,}–{self.units[-1] + 1:,} of {self.total:,}"
        more = self.total - len(self.units)
        return f"+ {more:,} more" if more else ""


@dataclass(frozen=True, eq=False)
class Model:
    """Structure of the picture of one network.

    Attributes:
        columns: the blocks from left to right. wide: for each column, weights lie on wires that lead to it.
        bundles: the wires. note: on what is left out, in a line; "" for nothing.
    """

    columns: Sequence[Sequence[Block]]
    wide: Sequence[bool]
    bundles: Sequence[Bundle]
    note: str

    @cached_property
    def blocks(self) -> Mapping[str, Block]:
        """Blocks by name."""
        return {block.name: block for column in self.columns for block in column}


def build(picture: ProbePicture, chosen: Units, pages: Set[str], planes: Set[str], selected: str) -> Model:
    """Build the structure.

    Args:
        chosen: units on show, by block. pages: the blocks whose pages a person turns.
        planes: the blocks whose units are drawn over the plane.
        selected: a block that is to be among those drawn, where there are too many.
    """
    depths = {INPUT: 0}
    for name, sources in picture.sources.items():
        depths[name] = 1 + max(depths[source] for source in sources)
    count = max(depths.values()) + 1
    first = min(max(depths.get(selected, 0) - MOST_COLUMNS // 2, 0), max(count - MOST_COLUMNS, 0))
    shown = range(first, min(first + MOST_COLUMNS, count))
    columns: list[list[Block]] = [[] for _ in shown]
    for name in [INPUT, *picture.layers]:
        if depths[name] in shown and name in chosen:
            shape = picture.value(name).shape
            kind: Kind = "plane" if name in planes else "map" if len(shape) > 1 else "bar"
            columns[depths[name] - first].append(Block(name, shape, chosen[name], kind, name in pages))
    columns = [column for column in columns if column]
    bundles = _bundles(picture, {block.name: block for column in columns for block in column})
    weighted = {bundle.target for bundle in bundles if bundle.weight}
    wide = [any(block.name in weighted for block in column) for column in columns]
    kept = _strong(picture, bundles)
    notes = []
    if len(shown) < count:
        notes.append(
            f"Layers {first + 1}–{first + len(shown)} of {count} are drawn; select a block to see those around it."
        )
    dropped = sum(map(len, bundles)) - sum(map(len, kept))
    if dropped:
        notes.append(f"{dropped:,} wires of small weight are left out.")
    return Model(columns, wide, kept, " ".join(notes))


def _bundles(picture: ProbePicture, blocks: Mapping[str, Block]) -> list[Bundle]:
    made = []
    for name, sources in picture.sources.items():
        if name not in blocks:
            continue
        inputs = [value.shape for value in picture.inputs(name)]
        for place, source in enumerate(sources):
            if source in blocks:
                units = blocks[source].units, blocks[name].units
                weight = picture.parameters.get(f"{name}.weight")
                shapes = inputs, blocks[name].shape
                made.append(connect((source, name), picture.layers[name], shapes, place, units, weight))
    return made


def _strong(picture: ProbePicture, bundles: Sequence[Bundle]) -> list[Bundle]:
    """All wires, or of each bundle the same share of the strongest, as they are now."""
    total = sum(map(len, bundles))
    if total <= MOST_WIRES:
        return list(bundles)
    kept = []
    for bundle in bundles:
        if bundle.weight:
            sizes = strengths(bundle.kernels(picture.parameters))[0]
            wires = np.sort(np.argsort(-sizes, kind="stable")[: max(1, len(bundle) * MOST_WIRES // total)])
            local = None if bundle.local is None else bundle.local[wires]
            bundle = replace(bundle, rows=bundle.rows[wires], columns=bundle.columns[wires], local=local)
        kept.append(bundle)
    return kept


def strengths(kernels: Array) -> tuple[Array, Array]:
    """Size of each wire's numbers (L, ...), the root of their sum of squares, and the sign of their sum: (L,) each."""
    flat = np.nan_to_num(kernels.reshape(len(kernels), -1).astype(np.float64), posinf=_HUGE, neginf=-_HUGE)
    return np.sqrt(np.square(flat).sum(axis=1)), np.sign(flat.sum(axis=1))
