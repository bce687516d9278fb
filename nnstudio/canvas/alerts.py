"""What is wrong with blocks, on the canvas: a badge at each, and callouts beside those that need them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer
from PySide6.QtWidgets import QGraphicsView

from nnstudio.canvas.badge import Badge
from nnstudio.canvas.callout import ROOM, Callout
from nnstudio.canvas.geometry import BLOCK_WIDTH, block_rect
from nnstudio.canvas.items import BlockItem
from nnstudio.canvas.routing import layout_of
from nnstudio.document.analysis import Analysis
from nnstudio.document.grouping import stand_in
from nnstudio.document.model import INPUT, Document
from nnstudio.document.problems import Problem, Severity

if TYPE_CHECKING:
    from nnstudio.canvas.scene import CanvasScene

# Below this zoom, callouts in their own size would cover the blocks: only badges are left.
COLLAPSED = 0.5
# Pixels between a callout and the edge of the view, at least.
_RIM = 6
# Milliseconds in which the mouse gets from a badge to its callout.
_REACH = 500


class Alerts(QObject):
    """Badges and callouts of a scene, by block name.

    An error has its callout open, unless the network is shown very small; a warning or a hint opens when its badge is
    clicked, and closes when it is clicked itself. Selecting a block opens an error, and closes what was opened at
    another block.
    """

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self._problems: dict[str, list[Problem]] = {}
        self.badges: dict[str, Badge] = {}
        self.callouts: dict[str, Callout] = {}
        self._raised: set[str] = set()
        self._opened = ""
        self._zoom = 1.0
        self._inwards = False
        self._back = False
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.setInterval(_REACH)
        self._leaving.timeout.connect(lambda: self.open(""))
        scene.store.selection_changed.connect(self._selected)

    def hide(self, gone: Iterable[str]) -> None:
        """Takes all callouts off while something is drawn, and the badges of blocks that are gone for good."""
        for callout in self.callouts.values():
            self._take_off(callout)
        self.callouts.clear()
        # Until all is drawn, nothing opens: blocks that go may change the selection.
        self._problems = {}
        for name in gone:
            self.badges.pop(name, None)

    def clear(self) -> None:
        """Takes all badges and callouts off, as for a picture of the network alone."""
        self.hide(())
        for badge in self.badges.values():
            self._take_off(badge)
        self.badges.clear()

    def draw(self, document: Document, analysis: Analysis) -> None:
        """Shows what is found in the document; at a collapsed group, what is found within it."""
        blocks = self._scene.blocks
        self._problems = {}
        for problem in analysis.findings:
            where = stand_in(document, problem.where) if document.groups else problem.where
            if where in blocks:
                self._problems.setdefault(where, []).append(problem)
        if self._opened not in self._problems:
            self._opened = ""
        for name in self.badges.keys() - self._problems.keys():
            self._take_off(self.badges.pop(name))
        for name, problems in self._problems.items():
            if name not in self.badges:
                self.badges[name] = self._badge(blocks[name])
            self.badges[name].show_problems(problems)
            self.badges[name].show_afar(self._zoom < COLLAPSED)
        self._update()

    def on(self, name: str) -> list[Problem]:
        """What is shown at a block, the worst first."""
        return self._problems.get(name, [])

    def open(self, name: str) -> None:
        """Opens the callout of a block, if it has any, and closes the one that was opened before."""
        self._leaving.stop()
        if name != self._opened:
            self._opened = name if name in self._problems else ""
            self._update()

    def step_back(self, back: bool) -> None:
        """Leaves badges alone while a wire is led: bubbles would lie over what it may lead to."""
        self._leaving.stop()
        if back != self._back:
            self._back = back
            self._update()

    def set_zoom(self, zoom: float) -> None:
        """Tells how large the network is shown."""
        before, self._zoom = self._zoom, zoom
        if (before < COLLAPSED) != (zoom < COLLAPSED):
            for badge in self.badges.values():
                badge.show_afar(zoom < COLLAPSED)
            self._update()

    def turn(self, *, inwards: bool) -> None:
        """Puts the callouts beside the network, or, inwards, where they are in sight but cover other blocks."""
        self._inwards = inwards
        places = layout_of(self._scene.store.document).places
        first, last = min(x for x, _ in places.values()), max(x for x, _ in places.values())
        for name, callout in self.callouts.items():
            x, _ = places[name]
            left, right = x <= first < last, x >= last > first
            callout.turn(left=right if inwards else left)

    def fit_sides(self) -> None:
        """Moves callouts to where they cover least: up or down and, between columns, to the other side of their block;
        and over their blocks where the view ends beside them."""
        view = next(iter(self._scene.views()), None)
        if view is None:
            return
        layout = layout_of(self._scene.store.document)
        columns = [x for x, _ in layout.places.values()]
        taken: list[QRectF] = []
        for name, callout in self.callouts.items():
            # Its block may still glide to its place.
            x, y = layout.places[name]
            sides = [callout.left, not callout.left]
            outside = not self._inwards and x in (min(columns), max(columns))
            if outside and self._nearer(view, QPointF(x, y), left=sides[0]) == 0:
                # Beside the network, where the view leaves room for it.
                sides = sides[:1]
            best: tuple[float, bool, float, float, QRectF] | None = None
            for left in sides:
                corner = QPointF(x - BLOCK_WIDTH / 2 if left else x + BLOCK_WIDTH / 2, y)
                nearer = self._nearer(view, QPointF(x, y), left=left)
                for lift in callout.lifts:
                    box = callout.box_at(left=left, nearer=nearer, lift=lift)
                    area = QRectF(corner + box.topLeft() / self._scene.zoom, box.size() / self._scene.zoom)
                    own = block_rect().translated(x, y)
                    # The block that it is about is needed most.
                    covered = self._covered(area, taken) + 2 * _size(area & own)
                    covered += _hidden(area, self._scene.seen_rect())
                    if best is None or covered < best[0] - 1:
                        best = covered, left, nearer, lift, area
            assert best is not None
            _, left, nearer, lift, area = best
            callout.turn(left=left, nearer=nearer, lift=lift)
            taken.append(area)

    @staticmethod
    def _nearer(view: QGraphicsView, place: QPointF, *, left: bool) -> float:
        """How many pixels a callout has to move over its block to stay in sight."""
        edge = view.mapFromScene(place + QPointF(-BLOCK_WIDTH / 2 if left else BLOCK_WIDTH / 2, 0)).x()
        room = edge if left else view.viewport().width() - edge
        return max(ROOM + _RIM - room, 0.0)

    def _covered(self, area: QRectF, taken: Iterable[QRectF]) -> float:
        """How much of blocks, and of callouts that have their place, lies below an area of the scene."""
        layout = layout_of(self._scene.store.document)
        below = layout.in_the_way(area.left(), area.top(), area.right(), area.bottom(), frozenset())
        blocks = (block_rect().translated(QPointF(*layout.places[name])) for name in below)
        return sum(_size(area & other) for other in (*blocks, *taken))

    def _wanted(self, name: str) -> bool:
        """True if the callout of a block is to be open."""
        if self._back or name == self._opened:
            return not self._back
        # What is wrong with the data is told at length in their panel.
        wrong = self._problems[name][0].severity is Severity.ERROR and name != INPUT
        return wrong and (self._zoom >= COLLAPSED or name == self._scene.store.selected)

    def _update(self) -> None:
        fresh = []
        for name in [name for name in self.callouts if name not in self._problems or not self._wanted(name)]:
            self._take_off(self.callouts.pop(name))
        for name, problems in self._problems.items():
            if not self._wanted(name):
                continue
            shown = self.callouts.get(name)
            if shown is not None and shown.problems == problems:
                continue
            if shown is not None:
                self._take_off(shown)
            self.callouts[name] = self._callout(self._scene.blocks[name], problems)
            fresh.append(name)
        self._raise_blocks()
        for name, badge in self.badges.items():
            # A callout says all that its badge does; from afar the mouse has to find back to it.
            badge.setVisible(name not in self.callouts or self._zoom < COLLAPSED)
        if fresh:
            self.turn(inwards=False)
            self.fit_sides()

    def _raise_blocks(self) -> None:
        """A callout lies over other blocks only if its own block does."""
        blocks = self._scene.blocks
        for name in (self._raised - self.callouts.keys()) & blocks.keys():
            blocks[name].setZValue(2)
        for name in self.callouts:
            blocks[name].setZValue(4 if name == self._opened else 3)
        self._raised = set(self.callouts)

    def _badge(self, block: BlockItem) -> Badge:
        badge, name = Badge(block), block.objectName()
        badge.pressed.connect(lambda: self._pressed(name))
        badge.hovered.connect(lambda inside: self._hovered(name, inside))
        return badge

    def _callout(self, block: BlockItem, problems: list[Problem]) -> Callout:
        callout = Callout(block, problems)
        callout.mend.connect(self._scene.mend)
        callout.closed.connect(self._close)
        callout.hovered.connect(lambda inside: self._hovered(block.objectName(), inside))
        return callout

    def _take_off(self, item: Badge | Callout) -> None:
        self._scene.removeItem(item)

    def _close(self) -> None:
        # The callout that was clicked is taken off; Qt must be done with its event first.
        QTimer.singleShot(0, lambda: self.open(""))

    def _pressed(self, name: str) -> None:
        opened = "" if self._opened == name else name
        self._scene.store.select(name)
        self.open(opened)

    def _hovered(self, name: str, inside: bool) -> None:
        """The callout of a collapsed error opens under the mouse, and stays while the mouse is on it."""
        wrong = self._problems.get(name, [None])[0]
        if wrong is None or wrong.severity is not Severity.ERROR or self._zoom >= COLLAPSED:
            return
        if inside:
            self.open(name)
        elif name == self._opened:
            self._leaving.start()

    def _selected(self, name: str) -> None:
        if self._opened not in ("", name):
            self._opened = ""
        self._update()


def _size(area: QRectF) -> float:
    return area.width() * area.height()


def _hidden(area: QRectF, seen: QRectF) -> float:
    """How much of an area is out of sight."""
    return _size(area) - _size(area & seen)
