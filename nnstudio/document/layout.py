"""Tidy layout: place all blocks anew, only when the user asks.

The network is drawn in layers from top to bottom (Sugiyama, Tagawa and Toda 1981): a block's row is the longest way to
it, so every wire leads down. The chain runs straight down the first lane; each branch gets a lane of its own beside it,
for as many rows as it and its wires need. Then the whole is folded into columns, where few wires are cut.

Everything follows from the order of blocks and wires alone, so tidying a tidy document changes nothing.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations, pairwise
from operator import add

from nnstudio.document import grouping
from nnstudio.document.model import INPUT, OUTPUT, Block, Document, Wire
from nnstudio.document.places import Place, place_all, position

SPACING = 88.0
COLUMN_SPACING = 320.0
# What a block needs for itself, with some air: its width, and its height.
WIDE, HIGH = 264.0, 66.0
# Rows of a column, at least and at most; in between as many as make a network about as wide as a screen is.
ROWS, _MOST_ROWS = 5, 18
# Room above and below the blocks of a group that is not collapsed, for its frame.
HEAD, FOOT = 60.0, 12.0
# Room at the right of a column for wires that lead around its blocks.
_BESIDE = 64.0
# No column is longer, and wires over more rows than that may be cut anywhere.
_LONGEST = 24
# What cuts cost, in squared rows that a column is off the wanted length.
_CUT_WIRE, _CUT_BRANCHES, _CUT_GROUP, _LONE = 400, 60, 12, 60
# More branches than that keep their first order.
_SORTED = 40
# More wires than that are not compared with each other.
_COMPARED = 1000
# More branches than that are packed row by row, in no time.
_PACKED = 500


@dataclass(frozen=True)
class _Branch:
    """Blocks one below the other beside the chain, and the first and last row in which their lane must be free."""

    names: tuple[str, ...]
    top: int
    bottom: int


def tidy(document: Document) -> Document:
    """Lay all blocks out anew; a collapsed group counts as one. A tidy document is returned as it is."""
    return place_all(document, _places(grouping.drawn(document)))


def fold(document: Document) -> Document:
    """Fold a network that stands in one column into several. Any other arrangement was made by the user and stays."""
    drawn = grouping.drawn(document)
    straight, folded = _places(drawn, fold=False), _places(drawn)
    if straight == folded:
        return document
    (left, top), (from_x, from_y) = position(drawn, INPUT), straight[INPUT]
    for name, (x, y) in straight.items():
        is_x, is_y = position(drawn, name)
        if max(abs(is_x - left - x + from_x), abs(is_y - top - y + from_y)) > 1:
            return document
    return place_all(document, folded)


def straighten(document: Document, names: Collection[str]) -> Document:
    """Lay some blocks out in one column. Only their places relative to each other are meaningful."""
    shown, blocks, wires = _part(document, names)
    fed, sending = {wire.target for wire in wires}, {wire.source for wire in wires}
    ways_in = (Wire(source=INPUT, target=block.name) for block in blocks if block.name not in fed)
    ways_out = (Wire(source=block.name, target=OUTPUT) for block in blocks if block.name not in sending)
    inside = {block.name for block in blocks}
    groups = tuple(group for group in shown.groups if inside.issuperset(group.blocks))
    part = shown.with_changes(blocks=blocks, wires=(*ways_in, *wires, *ways_out), groups=groups)
    made = _places(part, fold=False)
    return place_all(document, {name: made[name] for name in inside})


def overlap(document: Document, names: Collection[str]) -> bool:
    """True if some of these blocks overlap."""
    _, blocks, _ = _part(document, names)
    return any(abs(a.x - b.x) < WIDE and abs(a.y - b.y) < HIGH for a, b in combinations(blocks, 2))


def run_down(document: Document, names: Collection[str]) -> bool:
    """True if all wires among some blocks lead down."""
    shown, _, wires = _part(document, names)
    return all(shown.block(wire.target).y - shown.block(wire.source).y >= HIGH for wire in wires)


def _part(document: Document, names: Collection[str]) -> tuple[Document, tuple[Block, ...], tuple[Wire, ...]]:
    """The document as it is drawn, and of that some blocks with the wires among them."""
    shown = grouping.drawn(document)
    inside = {grouping.stand_in(document, name) for name in names}
    wires = tuple(wire for wire in shown.wires if wire.source in inside and wire.target in inside)
    return shown, tuple(block for block in shown.blocks if block.name in inside), wires


def _places(document: Document, *, fold: bool = True) -> dict[str, Place]:
    chain = [INPUT, *document.chain(), OUTPUT]
    rows = _rows(document, chain)
    lanes = _lanes(document, chain, rows)
    heads, feet = _frames(document, rows)
    around = _around(document, rows, lanes)
    places: dict[str, Place] = {}
    by_row: dict[int, list[str]] = {}
    for name, row in rows.items():
        by_row.setdefault(row, []).append(name)
    left, first = 0.0, 0
    for size in _columns(document, chain, rows, lanes) if fold else [max(rows.values()) + 1]:
        y, width = 0.0, 1
        for row in range(first, first + size):
            if row > first:
                y += SPACING
                y += HEAD if row in heads else 0
                y += FOOT if row - 1 in feet else 0
            for name in by_row.get(row, ()):
                lane = lanes[name]
                places[name] = left + lane * COLUMN_SPACING, y
                if lane >= width:
                    width = lane + 1
        left += width * COLUMN_SPACING
        left += _BESIDE if any(first <= top and bottom < first + size for top, bottom in around) else 0
        first += size
    return places


def _around(document: Document, rows: dict[str, int], lanes: dict[str, int]) -> list[tuple[int, int]]:
    """First and last row of each wire that leads around a block of its own lane."""
    spans = [
        (rows[wire.source], rows[wire.target]) for wire in document.wires if lanes[wire.source] == lanes[wire.target]
    ]
    return [(top, bottom) for top, bottom in spans if bottom - top > 1]


def _rows(document: Document, chain: list[str]) -> dict[str, int]:
    """For every block and end, the length of the longest way to it. Wires that close a circle do not count."""
    sources: dict[str, list[str]] = {}
    for wire in document.wires:
        sources.setdefault(wire.target, []).append(wire.source)
    rows = {INPUT: 0}
    for name in _ordered(document):
        feeding = sources.get(name, ())
        # Most blocks have one source, and every edit asks for all of them.
        longest = rows.get(feeding[0], 0) if len(feeding) == 1 else max([rows.get(each, 0) for each in feeding] or [0])
        rows[name] = 1 + longest
    rows[OUTPUT] = 1 + max((rows[source] for source in sources.get(OUTPUT, ())), default=0)
    # True of every network already, but not of what is none yet.
    for above, below in pairwise(chain):
        if rows[below] <= rows[above]:
            rows[below] = rows[above] + 1
    return rows


def _ordered(document: Document) -> grouping.Segment:
    return grouping.in_order(document, (block.name for block in document.blocks))


def _frames(document: Document, rows: dict[str, int]) -> tuple[set[int], set[int]]:
    """The first rows and the last rows of the groups that have a frame."""
    held = [[rows[name] for name in group.blocks] for group in document.groups]
    return {min(each) for each in held}, {max(each) for each in held}


# Lanes


def _lanes(document: Document, chain: list[str], rows: dict[str, int]) -> dict[str, int]:
    """For every block and end, the lane it stands in: 0 for the chain."""
    lanes = dict.fromkeys(chain, 0)
    if len(chain) == len(rows):
        return lanes
    branches = _branches(document, lanes.keys(), rows)
    # Short branches stand inside the long ones that lead around them.
    branches.sort(key=lambda branch: (branch.bottom - branch.top, branch.top))
    best = _packed(lanes, branches)
    wires = [(wire.source, wire.target) for wire in document.wires]
    loose = [(a, b) for a, b in wires if best[a] or best[b]]
    if len(branches) > _SORTED or len(loose) > _COMPARED:
        return best
    fewest, tried = _crossings(loose, rows, best), best
    for _ in range(4):
        middle = {branch: _barycentre(branch, wires, tried) for branch in branches}
        branches.sort(key=lambda branch: middle[branch])
        tried = _packed(lanes, branches)
        crossings = _crossings(loose, rows, tried)
        if crossings < fewest:
            best, fewest = tried, crossings
    return best


def _branches(document: Document, chain: Collection[str], rows: dict[str, int]) -> list[_Branch]:
    """Blocks beside the chain, as lines of blocks that feed one another."""
    left = dict.fromkeys(name for name in _ordered(document) if name not in chain)
    targets: dict[str, list[str]] = {}
    sources: dict[str, list[str]] = {}
    for wire in document.wires:
        targets.setdefault(wire.source, []).append(wire.target)
        sources.setdefault(wire.target, []).append(wire.source)
    branches = []
    while left:
        names = [next(iter(left))]
        while names:
            del left[names[-1]]
            onward = next((name for name in targets.get(names[-1], ()) if name in left), None)
            if onward is None or rows[onward] <= rows[names[-1]]:
                break
            names.append(onward)
        # The wires from and to other lanes run down in this one.
        top = min([rows[names[0]], *(rows[name] + 1 for name in sources.get(names[0], ()))])
        bottom = max([rows[names[-1]], *(rows[name] - 1 for name in targets.get(names[-1], ()))])
        branches.append(_Branch(tuple(names), top, bottom))
    return branches


def _packed(lanes: dict[str, int], branches: list[_Branch]) -> dict[str, int]:
    """Gives each branch the first lane that is free in its rows."""
    lanes = dict(lanes)
    if len(branches) > _PACKED:
        ends: list[tuple[int, int]] = []
        for branch in sorted(branches, key=lambda branch: branch.top):
            free = bool(ends) and ends[0][0] < branch.top
            lane = heapq.heappop(ends)[1] if free else len(ends)
            heapq.heappush(ends, (branch.bottom, lane))
            lanes.update(dict.fromkeys(branch.names, lane + 1))
        return lanes
    taken: list[list[_Branch]] = []
    for branch in branches:
        lane = next((i for i, those in enumerate(taken) if all(_apart(branch, other) for other in those)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(branch)
        lanes.update(dict.fromkeys(branch.names, lane + 1))
    return lanes


def _apart(one: _Branch, other: _Branch) -> bool:
    return one.bottom < other.top or other.bottom < one.top


def _barycentre(branch: _Branch, wires: list[tuple[str, str]], lanes: dict[str, int]) -> float:
    """Mean lane of all that a branch has wires with."""
    names = set(branch.names)
    others = [lanes[b if a in names else a] for a, b in wires if (a in names) != (b in names)]
    return sum(others) / len(others) if others else 0.0


def _crossings(wires: list[tuple[str, str]], rows: dict[str, int], lanes: dict[str, int]) -> int:
    """Number of pairs of wires that cross."""
    count = 0
    for index, (a, b) in enumerate(wires):
        for c, d in wires[index + 1 :]:
            if max(rows[a], rows[c]) < min(rows[b], rows[d]):
                count += (lanes[a] - lanes[c]) * (lanes[b] - lanes[d]) < 0
    return count


# Columns


def _columns(document: Document, chain: list[str], rows: dict[str, int], lanes: dict[str, int]) -> list[int]:
    """Number of rows in each column. Columns are about equally long, cut where only the chain's own wire is cut."""
    total = max(rows.values()) + 1
    # Columns of equal length look calmer than full ones with a short rest.
    most = min(max(ROWS, math.isqrt(2 * total)), _MOST_ROWS)
    wanted = -(-total // -(-total // most))
    cuts = [0] * (total + 1)
    links = set(pairwise(chain))
    for wire in document.wires:
        if (wire.source, wire.target) not in links:
            _charge(cuts, rows[wire.source], rows[wire.target], _CUT_WIRE)
    own = grouping.wires_at(document, document.groups)
    for group in document.groups:
        # Rather between two repetitions of a pattern than within one.
        for names in (group.blocks, *grouping.repeats(document, group.blocks, own[group.name])):
            held = [rows[name] for name in names]
            _charge(cuts, min(held), max(held), _CUT_GROUP)
    # The wire to the next column would have to pass the lanes of branches that end just above.
    for row in {rows[name] + below for name, lane in lanes.items() if lane for below in range(1, most + 1)}:
        if row < total:
            cuts[row] += _CUT_BRANCHES
    sizes = [0, *((size - wanted) ** 2 + 2 * max(size - most, 0) ** 2 for size in range(1, _LONGEST + 1))]
    if total > 1:
        # A single block in a column looks lost.
        sizes[1] += _LONE
    choices = _choices(cuts, sizes)
    columns: list[int] = []
    first = 0
    while first < total:
        columns.append(choices[first])
        first += choices[first]
    return columns


def _choices(cuts: list[int], sizes: list[int]) -> list[int]:
    """For every row, how long the best column is that begins with it, by dynamic programming from the end.

    `behind` is what a cut in front of a row costs, with the best ones of all that follows.
    """
    total = len(cuts) - 1
    choices, behind = [0] * total, list(cuts)
    for row in range(total - 1, -1, -1):
        longest = min(_LONGEST, total - row)
        costs = list(map(add, sizes[longest:0:-1], behind[row + longest : row : -1]))
        least = min(costs)
        # Of equal columns, the longest.
        choices[row] = longest - costs.index(least)
        behind[row] += least
    return choices


def _charge(cuts: list[int], top: int, bottom: int, cost: int) -> None:
    """Adds a cost to each cut between two rows; what is too long to stay whole costs nothing."""
    if bottom - top < _LONGEST:
        for row in range(top + 1, bottom + 1):
            cuts[row] += cost
