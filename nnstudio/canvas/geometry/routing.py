"""Wire routing: straight from block to block, or around blocks between. Draws nothing."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH, along
from nnstudio.canvas.geometry.spatial_index import Place, Strips
from nnstudio.document import grouping
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire

_HALF_WIDTH, _HALF_HEIGHT = BLOCK_WIDTH / 2, BLOCK_HEIGHT / 2
# A target at least so far below its source is reached from port to port, any other from side to side.
_BELOW = BLOCK_HEIGHT + 8
# How far wires keep from blocks, and wires that run side by side from each other.
_CLEAR, _NEXT = 20.0, 9.0
# How many wires find a place of their own beside a column of blocks.
_SLOTS = 5
_TURN = 14.0
# What a corner is worth in scene units: a longer way with fewer corners looks calmer.
_CORNER = 30.0
# What the four points of a cubic Bezier curve count for at points along it.
_SHARES = [(r**3, 3 * r * r * t, 3 * r * t * t, t**3) for t in (step / 24 for step in range(1, 24)) for r in (1 - t,)]


@dataclass(frozen=True)
class Route:
    """Route of a wire around blocks: out of one side, along lanes, and in at a side.

    Attributes:
        leave, arrive: side of the source and of the target, -1 for left and 1 for right.
        first, last: x of the lanes beside the source and beside the target; one and the same without `cross`.
        cross: y of the lane that joins the two.
    """

    leave: float
    arrive: float
    first: float
    last: float
    cross: float | None = None

    def slot(self, source: float) -> int:
        """Number of lanes between it and a source at this x, beside a column of blocks."""
        return round((abs(self.first - source) - _HALF_WIDTH - _CLEAR) / _NEXT)

    def moved(self, x: float, y: float) -> Route:
        """Copy of the route at another place."""
        cross = None if self.cross is None else self.cross + y
        return Route(self.leave, self.arrive, self.first + x, self.last + x, cross)


def wire_path(source: QPointF, target: QPointF, route: Route | None = None) -> QPainterPath:
    """Path between two block centres: straight, or along a route."""
    if route is not None:
        return _around(source, target, route)
    start, first, second, end = (QPointF(*point) for point in _curve(source.toTuple(), target.toTuple()))
    path = QPainterPath(start)
    if start.x() == end.x():
        path.lineTo(end)
    else:
        path.cubicTo(first, second, end)
    return path


def _curve(source: Place, target: Place) -> tuple[Place, Place, Place, Place]:
    """The control points of the straight way: down, or sideways into another column."""
    (x0, y0), (x1, y1) = source, target
    if y1 - y0 > _BELOW:
        y0, y1 = y0 + _HALF_HEIGHT, y1 - _HALF_HEIGHT
        bend = (y1 - y0) / 2
        return (x0, y0), (x0, y0 + bend), (x1, y1 - bend), (x1, y1)
    side = 1.0 if x1 >= x0 else -1.0
    x0, x1 = x0 + side * _HALF_WIDTH, x1 - side * _HALF_WIDTH
    bend = side * max(abs(x1 - x0) / 2, 30.0)
    return (x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)


def extent(source: Place, target: Place, route: Route | None) -> tuple[float, float, float, float]:
    """Bounds (left, top, right, bottom) of a wire's path."""
    (x0, y0), (x1, y1) = source, target
    if route is None and y1 - y0 > _BELOW:
        return (x0 if x0 < x1 else x1), y0 + _HALF_HEIGHT, (x1 if x0 < x1 else x0), y1 - _HALF_HEIGHT
    if route is None:
        points = _curve(source, target)
        xs, ys = [x for x, _ in points], [y for _, y in points]
    else:
        xs = [x0 + route.leave * _HALF_WIDTH, x1 + route.arrive * _HALF_WIDTH, route.first, route.last]
        ys = [y0, y1] if route.cross is None else [y0, y1, route.cross]
    return min(xs), min(ys), max(xs), max(ys)


def _around(source: QPointF, target: QPointF, route: Route) -> QPainterPath:
    start = source + QPointF(route.leave * _HALF_WIDTH, 0)
    end = target + QPointF(route.arrive * _HALF_WIDTH, 0)
    corners = [QPointF(route.first, start.y())]
    if route.cross is not None:
        corners += [QPointF(route.first, route.cross), QPointF(route.last, route.cross)]
    corners.append(QPointF(route.last, end.y()))
    path = QPainterPath(start)
    here = start
    for corner, following in zip(corners, [*corners[1:], end], strict=True):
        before, behind = corner - here, following - corner
        # Half of a side at most, so that two turns never overlap.
        near = min(_TURN, math.hypot(before.x(), before.y()) / 2)
        far = min(_TURN, math.hypot(behind.x(), behind.y()) / 2)
        path.lineTo(corner - _unit(before) * near)
        path.quadTo(corner, corner + _unit(behind) * far)
        here = corner
    path.lineTo(end)
    return path


def _unit(way: QPointF) -> QPointF:
    length = math.hypot(way.x(), way.y())
    return way / length if length else QPointF()


class Layout:
    """Places of a document's blocks and ends by name, and routes of its wires.

    A collapsed group is drawn as one block.
    """

    def __init__(self, document: Document) -> None:
        document = grouping.drawn(document)
        ends = {INPUT: (document.input.x, document.input.y), OUTPUT: (document.output.x, document.output.y)}
        self.places: dict[str, Place] = {block.name: (block.x, block.y) for block in document.blocks} | ends
        self.wires = document.wires
        self.in_the_way = Strips(self.places).reaching
        self._traces: dict[Wire, tuple[Place, ...]] = {}

    @cached_property
    def extent(self) -> tuple[float, float, float, float]:
        """Bounds (left, top, right, bottom) of the centres of all blocks."""
        xs, ys = [x for x, _ in self.places.values()], [y for _, y in self.places.values()]
        return min(xs), min(ys), max(xs), max(ys)

    @cached_property
    def routes(self) -> dict[Wire, Route | None]:
        """Route of every wire around blocks between its ends; None where it is straight."""
        found: dict[Wire, Route | None] = dict.fromkeys(self.wires)
        around: dict[Wire, Route] = {}
        for wire in self.wires:
            source, target = self.places[wire.source], self.places[wire.target]
            if not _next_below(source, target):
                route = self.route(source, target, (wire.source, wire.target))
                if route is not None:
                    around[wire] = route
        return found | _spread(around, self.places)

    @cached_property
    def boxes(self) -> np.ndarray:
        """Bounds of every wire, (4, W): left, top, right, bottom, with some margin.

        With every move of a drag, all are compared with a point.
        """
        boxes = []
        wide, high = _HALF_WIDTH + 30, _HALF_HEIGHT + 14
        for wire in self.wires:
            (x0, y0), (x1, y1) = self.places[wire.source], self.places[wire.target]
            route = self.routes[wire]
            xs, ys = [x0 - wide, x0 + wide, x1 - wide, x1 + wide], [y0, y1, y0 + high, y1 - high]
            if route is not None:
                xs += [route.first, route.last]
                ys += [route.cross] if route.cross is not None else []
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
        return np.array(boxes).reshape(-1, 4).T

    def trace(self, wire: Wire) -> tuple[Place, ...]:
        """Points along a wire, computed once."""
        if wire not in self._traces:
            self._traces[wire] = tuple(along(self.path(wire)))
        return self._traces[wire]

    def path(self, wire: Wire) -> QPainterPath:
        """Path of a wire."""
        source, target = (QPointF(*self.places[name]) for name in (wire.source, wire.target))
        return wire_path(source, target, self.routes[wire])

    def route(self, source: Place, target: Place, ends: Collection[str]) -> Route | None:
        """Route of a wire between these places, ignoring blocks named in `ends`."""
        if _next_below(source, target):
            return None
        if not self._blocks_curve(source, target, ends):
            return None
        ways = [*self._beside(source, target, ends)]
        if source[0] != target[0] or not ways:
            ways += self._across(source, target, ends)
        return min(ways, key=lambda way: way[0], default=(0.0, None))[1]

    def _blocks_curve(self, source: Place, target: Place, ends: Collection[str]) -> bool:
        """True if the straight way runs through a block, or back over its own ends."""
        (x0, y0), (x1, y1) = source, target
        if y1 - y0 <= _BELOW and abs(x1 - x0) < BLOCK_WIDTH + 30:
            return True
        down = y1 - y0 > _BELOW
        points = _curve(source, target)
        (left, top), (right, bottom) = points[0], points[3]
        left, right = min(left, right), max(left, right)
        # A little less than to the ends, where the blocks next to them stand; a little more beside the way down.
        aside = 4.0 if down else -4.0
        hit = self.in_the_way(left - aside, min(top, bottom), right + aside, max(top, bottom), ends)
        if not hit:
            return False
        if down and abs(x1 - x0) < 8:
            return True
        there = [self.places[name] for name in hit]
        for shares in _SHARES:
            x, y = (
                shares[0] * first + shares[1] * second + shares[2] * third + shares[3] * fourth
                for first, second, third, fourth in zip(*points, strict=True)
            )
            for middle_x, middle_y in there:
                if abs(x - middle_x) < _HALF_WIDTH + 4 and abs(y - middle_y) < _HALF_HEIGHT + 4:
                    return True
        return False

    def _beside(self, source: Place, target: Place, ends: Collection[str]) -> Iterator[tuple[float, Route]]:
        """Out at one side, down or up a lane, and in at the same side."""
        (x0, y0), (x1, y1) = source, target
        top, bottom = min(y0, y1), max(y0, y1)
        for side in (1.0, -1.0):
            edges = x0 + side * _HALF_WIDTH, x1 + side * _HALF_WIDTH
            lane = side * max(side * x0, side * x1) + side * (_HALF_WIDTH + _CLEAR)
            inner, outer = side * min(side * edges[0], side * edges[1]), lane + side * (_CLEAR - 2)
            # Mostly nothing at all stands there, and one question tells.
            shortest = not self.in_the_way(min(inner, outer), top - 5, max(inner, outer), bottom + 5, ends)
            if not shortest:
                shortest = True
                for _ in range(4):
                    hit = self.in_the_way(lane - _CLEAR + 2, top, lane + _CLEAR - 2, bottom, ends)
                    if not hit:
                        break
                    shortest = False
                    lane = side * max(side * self.places[name][0] for name in hit) + side * (_HALF_WIDTH + _CLEAR)
                else:
                    continue
                if not all(self._free(edge, lane, y, ends) for edge, y in zip(edges, (y0, y1), strict=True)):
                    continue
            length = bottom - top + abs(lane - edges[0]) + abs(lane - edges[1])
            # On the right, unless the left saves a good deal.
            yield length + 2 * _CORNER + (0 if side > 0 else _CORNER), Route(side, side, lane, lane)
            if shortest and x0 == x1:
                # Nothing could be better.
                return

    def _across(self, source: Place, target: Place, ends: Collection[str]) -> Iterator[tuple[float, Route]]:
        """Towards the target: down one lane between two columns, or through between two rows of blocks."""
        (x0, y0), (x1, y1) = source, target
        side = 1.0 if x1 >= x0 else -1.0
        reach = _HALF_WIDTH + 2 * _CLEAR
        first, last = x0 + side * reach, x1 - side * reach
        if (last - first) * side < 0:
            return
        left, right = sorted((first, last))
        if not self._free(x0 + side * _HALF_WIDTH, first, y0, ends):
            return
        if not self._free(x1 - side * _HALF_WIDTH, last, y1, ends):
            return
        for lane in (first, last):
            ways = self._free(first, lane, y0, ends) and self._free(lane, last, y1, ends)
            if ways and not self._stands(lane, y0, y1, ends):
                yield right - left + abs(y1 - y0) + 2 * _CORNER, Route(side, -side, lane, lane)
                return
        gap = _HALF_HEIGHT + 17
        far = 4 * BLOCK_HEIGHT
        hit = self.in_the_way(left, min(y0, y1) - far, right, max(y0, y1) + far, frozenset())
        heights = {round(self.places[name][1] + way, 1) for name in hit for way in (gap, -gap)}
        for cross in sorted(heights, key=lambda y: (abs(y - y0) + abs(y - y1), y))[:10]:
            if not self._free(left, right, cross, ends):
                continue
            if self._stands(first, y0, cross, ends) or self._stands(last, cross, y1, ends):
                continue
            length = right - left + abs(cross - y0) + abs(cross - y1)
            yield length + 4 * _CORNER, Route(side, -side, first, last, cross)
            return

    def _free(self, x0: float, x1: float, y: float, ends: Collection[str]) -> bool:
        return not self.in_the_way(min(x0, x1), y - 5, max(x0, x1), y + 5, ends)

    def _stands(self, x: float, y0: float, y1: float, ends: Collection[str]) -> bool:
        return bool(self.in_the_way(x - 5, min(y0, y1), x + 5, max(y0, y1), ends))


def _next_below(source: Place, target: Place) -> bool:
    """True if one block stands right below the other: nothing fits between them."""
    return abs(target[0] - source[0]) < 8 and _BELOW < target[1] - source[1] < 2 * BLOCK_HEIGHT


def _spread(routes: dict[Wire, Route], places: dict[str, Place]) -> dict[Wire, Route]:
    """Gives wires that would run on top of each other lanes side by side, the shorter ones nearer to the blocks."""
    taken: dict[tuple[str, float, int], list[tuple[float, float]]] = {}

    def shift(kind: str, lane: float, one: float, other: float, steps: tuple[float, ...]) -> float:
        low, high = sorted((one, other))
        for slot, step in enumerate(steps):
            spans = taken.setdefault((kind, lane, slot), [])
            if all(high <= start or low >= end for start, end in spans):
                spans.append((low, high))
                return lane + step
        return lane

    def span(wire: Wire) -> float:
        return abs(places[wire.target][1] - places[wire.source][1])

    outwards = tuple(slot * _NEXT for slot in range(_SLOTS))
    both = (0.0, _NEXT, -_NEXT)
    made: dict[Wire, Route] = {}
    for wire in sorted(routes, key=span):
        route, y0, y1 = routes[wire], places[wire.source][1], places[wire.target][1]
        if route.cross is None:
            steps = tuple(route.leave * step for step in outwards) if route.leave == route.arrive else both
            lane = shift("x", route.first, y0, y1, steps)
            made[wire] = Route(route.leave, route.arrive, lane, lane)
        else:
            cross = shift("y", route.cross, route.first, route.last, tuple(0.7 * step for step in both))
            first = shift("x", route.first, y0, cross, both)
            last = shift("x", route.last, cross, y1, both)
            made[wire] = Route(route.leave, route.arrive, first, last, cross)
    return made


_recent: list[tuple[Document, Layout]] = []


def layout_of(document: Document) -> Layout:
    """Layout of a document, cached for the last few documents."""
    found = next((pair for pair in _recent if pair[0] is document), None)
    if found is not None:
        # To the front: while a block is dragged about, many come and go beside the one that is asked for every time.
        _recent.remove(found)
    _recent.insert(0, found or (document, Layout(document)))
    del _recent[3:]
    return _recent[0][1]
