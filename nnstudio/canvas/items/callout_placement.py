"""Place callouts where they cover the least of blocks and other callouts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsView

from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH, block_rect
from nnstudio.canvas.items.callout import ROOM, Callout
from nnstudio.canvas.protocols import MarkedScene

# Pixels between a callout and the edge of the view, at least.
RIM = 6
# What may lie below a callout that is said to cover nothing: a corner of a block.
_LITTLE = 0.1 * BLOCK_WIDTH * BLOCK_HEIGHT
# A callout stays where it is unless elsewhere so much less of its own size is covered or out of sight.
_WORTH_IT = 0.15


@dataclass(frozen=True)
class Spot:
    """Candidate place for a callout.

    Attributes:
        left: at the left of its block. nearer: so many pixels nearer to it than usual. lift: see `Callout.lifts`.
        area: its rectangle in the scene.
        covered: area of blocks and other callouts below it. hidden: its area outside the view.
    """

    left: bool
    nearer: float
    lift: float
    area: QRectF
    covered: float
    hidden: float

    @property
    def free(self) -> bool:
        """True if it covers next to nothing."""
        return self.covered < _LITTLE

    @property
    def cost(self) -> float:
        """Cost of the place; the lowest is best."""
        return self.covered + self.hidden


class Ground:
    """Obstacles for callouts on a scene, as they are placed one by one."""

    def __init__(self, scene: MarkedScene, view: QGraphicsView, *, inwards: bool) -> None:
        self._view, self._zoom, self._seen, self._inwards = view, scene.zoom, scene.seen_rect(), inwards
        # Blocks may still glide to their places.
        self._layout = layout_of(scene.store.document)
        left, _, right, _ = self._layout.extent
        self._outermost = left, right
        self._taken: list[QRectF] = []

    def has(self, name: str) -> bool:
        """False for a block that was just removed from the document, and is still drawn."""
        return name in self._layout.places

    def take(self, spot: Spot) -> None:
        """Place a callout there."""
        self._taken.append(spot.area)

    def best(self, callout: Callout, name: str, *, stays: bool, bounded: bool = True) -> Spot:
        """Best place for the callout of a block.

        With `stays`, the present place, unless it is much worse. If not `bounded`, the place may be outside the view.
        """
        spots = list(self._spots(callout, name, bounded=bounded))
        best = min(spots, key=lambda spot: spot.cost)
        for spot in spots:
            here = spot.left == callout.left and spot.lift == callout.lift
            if here and stays and spot.free >= best.free and spot.cost < best.cost + _WORTH_IT * _size(spot.area):
                return spot
        # Of those that are as good, the usual one.
        return next(spot for spot in spots if spot.cost < best.cost + 1)

    def _spots(self, callout: Callout, name: str, *, bounded: bool) -> Iterator[Spot]:
        x, y = self._layout.places[name]
        own = block_rect().translated(x, y)
        # Of a block out of sight, nothing is pushed back into sight.
        seen = bounded and self._seen.intersects(own)
        sides = [callout.left, not callout.left]
        outside = not self._inwards and x in self._outermost
        if outside and (not seen or self._nearer(QPointF(x, y), left=sides[0]) == 0):
            # Beside the network, where the view leaves room for it.
            sides = sides[:1]
        for left in sides:
            corner = QPointF(own.left() if left else own.right(), y)
            nearer = self._nearer(QPointF(x, y), left=left) if seen else 0.0
            for lift in callout.lifts:
                box = callout.box_at(left=left, nearer=nearer, lift=lift)
                area = QRectF(corner + box.topLeft() / self._zoom, box.size() / self._zoom)
                # The block that it is about is needed most.
                covered = self._covered(area) + 2 * _size(area & own)
                hidden = _size(area) - _size(area & self._seen) if seen else 0.0
                yield Spot(left, nearer, lift, area, covered, hidden)

    def _nearer(self, place: QPointF, *, left: bool) -> float:
        """Pixels by which a callout must move over its block to stay in view."""
        edge = self._view.mapFromScene(place + QPointF(-BLOCK_WIDTH / 2 if left else BLOCK_WIDTH / 2, 0)).x()
        room = edge if left else self._view.viewport().width() - edge
        return max(ROOM + RIM - room, 0.0)

    def _covered(self, area: QRectF) -> float:
        """Area of blocks, and of placed callouts, below an area of the scene."""
        below = self._layout.in_the_way(area.left(), area.top(), area.right(), area.bottom(), frozenset())
        blocks: Iterable[QRectF] = (block_rect().translated(QPointF(*self._layout.places[name])) for name in below)
        return sum(_size(area & other) for other in (*blocks, *self._taken))


def _size(area: QRectF) -> float:
    return area.width() * area.height()
