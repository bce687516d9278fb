"""Room for new blocks: a free place, moving only what comes after.

All that moves does so by the same way, so blocks that stood well to each other still do. A hole that is large enough
takes the movement up, and what stands below it stays.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from nnstudio.document import grouping
from nnstudio.document.layout import COLUMN_SPACING, FOOT, HEAD, HIGH, SPACING, WIDE
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.places import Place, place_all

# What a block needs above and below its centre.
_HALF = HIGH / 2
# Two blocks less far apart along x stand in one column.
_COLUMN = COLUMN_SPACING / 2
# Two that touch, or overlap by no more than is rounded, do not overlap.
_TOUCHING = 0.2


def insert_at(document: Document, names: Iterable[str], wire: Wire) -> Document:
    """Place new blocks on the wire they were put on, and move what comes after them down where it is tight.

    Args:
        names: the new blocks, which keep their places to each other.
        wire: from the block that feeds them to the one they feed, as it was drawn before they came.
    """
    ground = _Ground(document, names, placed=False)
    source, target = ground.at[wire.source], ground.at[wire.target]
    below = ground.is_below(source, target)
    moving = ground.downstream([target]) if below else set()
    ground.put_fresh(*(_find_place(ground, source, target, moving, below=below) or _new_lane(ground, source)))
    last = max(ground.fresh, key=lambda index: ground.y[index])
    missing = float(ground.y[last] + ground.gap(last, target) - ground.y[target])
    tight = {target: missing} if below and missing > 0 else {}
    # What leads to the new blocks stays as well: nobody looks for it elsewhere.
    ground.clear(tight, held=ground.fresh | ground.upstream(ground.fresh))
    return ground.document()


def make_frame(document: Document, names: Iterable[str], way: float = 0.0) -> Document:
    """Make room for the blocks of an expanded group and for the frame around them.

    Args:
        way: the least to move by what comes after them, if it has to move at all.
    """
    names = tuple(names)
    ground = _Ground(document, names)
    tight = ground.tight((upper, lower) for upper, lower in ground.wires if lower in ground.fresh)
    for index, other in ground.under():
        if ground.y[other] < ground.y[index]:
            tight[index] = max(ground.to_pass(index, other), tight.get(index, 0.0))
    ground.lower(tight)
    return make_way(ground.document(), names, way)


def make_way(document: Document, names: Iterable[str], way: float = 0.0) -> Document:
    """Move down what some blocks have come to stand on, and what comes after them where it is tight.

    Args:
        way: the least to move by, if anything has to move at all.
    """
    ground = _Ground(document, names)
    tight = ground.tight((upper, lower) for upper, lower in ground.wires if upper in ground.fresh)
    ground.clear({index: max(missing, way) for index, missing in tight.items()}, held=ground.fresh, least=way)
    return ground.document()


def close_up(document: Document, names: Iterable[str], way: float) -> Document:
    """Move what comes after some blocks, and stands in their column, up; nothing if anything is in its way."""
    ground = _Ground(document, names)
    columns = [ground.x[index] for index in ground.fresh]
    moving = {
        index
        for index in ground.downstream(ground.fresh) - ground.fresh
        if any(abs(ground.x[index] - x) < _COLUMN for x in columns)
    }
    if not ground.hits(moving, -way):
        ground.move(moving, 0.0, -way)
    return ground.document()


class _Ground:
    """Everything drawn, by number, with its place and the room it needs.

    Attributes:
        at: numbers by name. x, y: centres. wires: pairs of source and target. chain: the blocks of the chain.
        fresh: the blocks for which room is made; first: the highest of them.
    """

    def __init__(self, document: Document, names: Iterable[str], *, placed: bool = True) -> None:
        self._document = document
        names = tuple(names)
        shown, ends = _shown(document, names)
        places = ends | {block.name: (block.x, block.y) for block in shown.blocks}
        self.names = [*places]
        self.at = {name: index for index, name in enumerate(self.names)}
        self.x, self.y = np.array([*places.values()], float).reshape(-1, 2).T.copy()
        self._before = self.x.copy(), self.y.copy()
        # A collapsed group stands for its blocks.
        stand_ins = (name if name in self.at else grouping.stand_in(document, name) for name in names)
        self.fresh = {self.at[name] for name in stand_ins}
        self.first = min(self.fresh, key=lambda index: (self.y[index], index), default=0)
        self.chain = {self.at[name] for name in (INPUT, *shown.chain(), OUTPUT) if name in self.at}
        self.wires = [(self.at[source], self.at[target]) for source, target in shown.wires]
        self._targets: dict[int, list[int]] = {}
        self._sources: dict[int, list[int]] = {}
        for source, target in self.wires:
            self._targets.setdefault(source, []).append(target)
            self._sources.setdefault(target, []).append(source)
        self._group: dict[int, int] = {}
        self._above, self._under = np.full(len(self.x), _HALF), np.full(len(self.x), _HALF)
        for number, group in enumerate(shown.groups):
            held = [self.at[name] for name in group.blocks]
            self._group.update(dict.fromkeys(held, number))
            # What is not placed yet will stand among the others.
            self._frame(held if placed else [index for index in held if index not in self.fresh] or held)

    def _frame(self, held: list[int]) -> None:
        """The highest and the lowest block of a group in each column carry its frame."""
        columns: dict[int, list[int]] = {}
        for index in held:
            columns.setdefault(round(self.x[index] / COLUMN_SPACING), []).append(index)
        for column in columns.values():
            self._above[min(column, key=lambda index: self.y[index])] = _HALF + HEAD
            self._under[max(column, key=lambda index: self.y[index])] = _HALF + FOOT

    def gap(self, upper: int, lower: int) -> float:
        """Least distance of a block below another one, from centre to centre."""
        if upper in self._group and self._group[upper] == self._group.get(lower):
            return SPACING
        return float(SPACING + self._under[upper] + self._above[lower] - HIGH)

    def is_below(self, upper: int, lower: int) -> bool:
        """True if a block stands below another one, and not merely beside it."""
        down = self.y[lower] - self.y[upper]
        return bool(down > 0 if abs(self.x[lower] - self.x[upper]) < _COLUMN else down >= HIGH)

    def tight(self, wires: Iterable[tuple[int, int]]) -> dict[int, float]:
        """Distance by which each block too close below another must move down.

        Only pairs across a border of the new blocks count.
        """
        found: dict[int, float] = {}
        for upper, lower in wires:
            missing = float(self.y[upper] + self.gap(upper, lower) - self.y[lower])
            if missing > 0 and self.is_below(upper, lower) and (upper in self.fresh) != (lower in self.fresh):
                found[lower] = max(missing, found.get(lower, 0.0))
        return found

    def downstream(self, indices: Iterable[int]) -> set[int]:
        """Blocks, and all to which wires lead down from them."""
        found, waiting = set[int](), [*indices]
        while waiting:
            index = waiting.pop()
            if index not in found:
                found.add(index)
                waiting += [target for target in self._targets.get(index, ()) if self.y[target] > self.y[index]]
        return found

    def upstream(self, indices: Iterable[int]) -> set[int]:
        """All blocks that lead to some blocks, without these."""
        given = set(indices)
        found, waiting = set[int](), [*given]
        while waiting:
            for source in self._sources.get(waiting.pop(), ()):
                if source not in found:
                    found.add(source)
                    waiting.append(source)
        return found - given

    def put_fresh(self, x: float, y: float) -> None:
        """Place the new blocks so that the highest of them stands there."""
        self.move(self.fresh, x - self.x[self.first], y - self.y[self.first])

    def move(self, indices: Collection[int], dx: float, dy: float) -> None:
        moved = [*indices]
        self.x[moved] += dx
        self.y[moved] += dy

    def is_free(self, x: float, y: float, passing: Collection[int]) -> bool:
        """True if the new blocks would stand on nothing there; `passing` can move away."""
        dx, dy = x - self.x[self.first], y - self.y[self.first]
        return not self._overlaps(self.fresh, self.fresh | set(passing), dx, dy)

    def under(self, without: Collection[int] = ()) -> set[tuple[int, int]]:
        """Pairs of a new block and another one, `without` some, that it stands on."""
        return self._overlaps(self.fresh, {*self.fresh, *without}, 0.0, 0.0)

    def hits(self, moving: Collection[int], way: float) -> set[tuple[int, int]]:
        """Pairs of a block that moves down and one that stays, which overlap then and did not before.

        What stood on the new blocks did so since they came.
        """
        met = self._overlaps(moving, moving, 0.0, way)
        return met - self._overlaps(moving, {*moving, *self.fresh}, 0.0, 0.0) if met else met

    def _overlaps(self, these: Collection[int], without: Collection[int], dx: float, dy: float) -> set[tuple[int, int]]:
        """Pairs of one of these blocks, moved so far, and one of the others, `without` some, that it stands on."""
        if not these:
            return set()
        rows = np.fromiter(these, int)
        top, bottom = self.y - self._above + _TOUCHING, self.y + self._under
        near = np.abs(self.x[rows, None] + dx - self.x) < WIDE
        near &= top[rows, None] + dy < bottom
        near &= top < bottom[rows, None] + dy
        near[:, [*without]] = False
        return {(int(rows[row]), int(other)) for row, other in zip(*np.nonzero(near), strict=True)}

    def clear(self, tight: Mapping[int, float], *, held: set[int], least: float = 0.0) -> None:
        """Move down what stands on the new blocks, and what is `tight`, by so much or more; `held` stays."""
        tight = dict(tight)
        for index, other in self.under(held):
            tight[other] = max(self.to_pass(other, index), least, tight.get(other, 0.0))
        self.lower(tight, held)

    def lower(self, tight: Mapping[int, float], held: Collection[int] = ()) -> None:
        """Move blocks down, all by the same way, and with them what would be too near below them, or stood on."""
        if not tight:
            return
        start, way = set(tight), max(tight.values())
        moved = self._follow(start, way, held)
        while met := self.hits(moved, way):
            start |= {other for _, other in met}.difference(held)
            # What stays is passed.
            way = max([way, *(self.to_pass(index, other) for index, other in met if other in held)])
            moved = self._follow(start, way, held)
        self.move(moved, 0.0, way)

    def to_pass(self, index: int, other: int) -> float:
        """Distance by which a block must move down to stand below another one."""
        way = float(self.y[other] + self._under[other] - self.y[index] + self._above[index])
        return math.ceil(10 * way) / 10

    def _follow(self, start: Iterable[int], way: float, held: Collection[int]) -> set[int]:
        """Blocks that move if `start` moves down.

        They are the ones that wires lead down to, unless there is room enough above them.
        """
        found, waiting = set[int](), [*start]
        while waiting:
            index = waiting.pop()
            if index in found:
                continue
            found.add(index)
            for target in self._targets.get(index, ()):
                apart = self.y[target] - self.y[index]
                if target not in held and apart > 0 and apart - way < self.gap(index, target):
                    waiting.append(target)
        return found

    def document(self) -> Document:
        """The document with all that has moved where it stands now."""
        changed = np.flatnonzero((self.x != self._before[0]) | (self.y != self._before[1]))
        places: dict[str, Place] = {self.names[i]: (float(self.x[i]), float(self.y[i])) for i in changed}
        return place_all(self._document, places)


def _shown(document: Document, names: Collection[str]) -> tuple[Document, dict[str, Place]]:
    """The blocks among which room is made, and the places of the ends if these are among them.

    Blocks within a collapsed group are out of sight: they have only each other in their way.
    """
    group = grouping.group_of(document, next(iter(names))) if names else None
    if group is None or not group.collapsed or set(names) >= set(group.blocks):
        ends = {INPUT: (document.input.x, document.input.y), OUTPUT: (document.output.x, document.output.y)}
        return grouping.drawn(document), ends
    held = set(group.blocks)
    blocks = tuple(block for block in document.blocks if block.name in held)
    wires = tuple(wire for wire in document.wires if wire.source in held and wire.target in held)
    return document.with_changes(blocks=blocks, wires=wires, groups=()), {}


def _find_place(ground: _Ground, source: int, target: int, moving: set[int], *, below: bool) -> Place | None:
    """A free place for the highest of the new blocks, between source and target if it can be; None if there is none."""
    x0, x1 = float(ground.x[source]), float(ground.x[target])
    y0, y1 = float(ground.y[source]), float(ground.y[target])
    y = y0 + ground.gap(source, ground.first)
    forks, joins = source in ground.chain, target in ground.chain
    tried: list[Place] = []
    if abs(x1 - x0) < _COLUMN:
        lane = (x0 + x1) / 2
    elif not below:
        # Side by side: between them, if that is far enough. Else the target stands at the top of another column.
        if abs(y1 - y0) < HIGH:
            tried.append(((x0 + x1) / 2, (y0 + y1) / 2))
        lane = x0
    else:
        # A branch has a lane of its own.
        lane = x1 if forks and not joins else x0
        if forks and joins:
            tried.append(((x0 + x1) / 2, y))
    tried += [(lane + step * COLUMN_SPACING, y) for step in (0, 1, -1)]
    return next((place for place in tried if ground.is_free(*place, moving)), None)


def _new_lane(ground: _Ground, source: int) -> Place:
    """A place beside the source, for which all columns at its right move on; if they cannot, one beyond them."""
    own = [ground.x[index] for index in ground.fresh]
    reach, width = float(ground.x[ground.first] - min(own)), float(max(own) - min(own))
    x, y = float(ground.x[source]), float(ground.y[source]) + ground.gap(source, ground.first)
    others = set(range(len(ground.x))) - ground.fresh
    right = {index for index in others if ground.x[index] > x + _COLUMN}
    if not right & ground.upstream(ground.fresh):
        ground.move(right, COLUMN_SPACING + width, 0.0)
        if ground.is_free(x + COLUMN_SPACING + reach, y, ()):
            return x + COLUMN_SPACING + reach, y
    return float(max(ground.x[index] for index in others)) + COLUMN_SPACING + reach, y
