"""Problem markers on the canvas: a badge per block, and callouts where needed."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QRectF, QTimer

from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.items.badge import Badge
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.callout import Callout
from nnstudio.canvas.items.callout_placement import Ground
from nnstudio.canvas.protocols import MarkedScene
from nnstudio.document.analysis import Analysis
from nnstudio.document.grouping import stand_in
from nnstudio.document.model import INPUT, Document
from nnstudio.document.problems import Problem, Severity

# Below this zoom, callouts in their own size would cover the blocks: only badges are left.
COLLAPSED = 0.5
# Milliseconds in which the mouse gets from a badge to its callout.
_REACH = 500


class Alerts(QObject):
    """Badges and callouts of a scene, by block name.

    An error has its callout open, unless the network is shown very small, or the callout has no room and would hide
    other blocks. Then it opens under the mouse, while its block is selected, and when an edit has just made it, until
    something else is selected. A warning or a hint opens when its badge is clicked, and closes when it is clicked
    itself. Selecting a block closes what was opened at another block.
    """

    def __init__(self, scene: MarkedScene) -> None:
        super().__init__(scene.qt)
        self._scene = scene
        self._problems: dict[str, list[Problem]] = {}
        self.badges: dict[str, Badge] = {}
        # All callouts that may be open, and those of them that have no room to be so.
        self._made: dict[str, Callout] = {}
        self._crowded: set[str] = set()
        # The errors, None before the first; and those of them that the last edit has brought.
        self._errors: set[str] | None = None
        self._news: set[str] = set()
        self._settled = True
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
        scene.store.opened.connect(self._opened_other)

    @property
    def callouts(self) -> dict[str, Callout]:
        """Open callouts, by block name."""
        return {name: callout for name, callout in self._made.items() if callout.isVisible()}

    def hide(self, gone: Iterable[str]) -> None:
        """Hide all callouts while something is drawn, and remove the badges of `gone` blocks."""
        for callout in self._made.values():
            self._take_off(callout)
        self._made.clear()
        # Until all is drawn, nothing opens: blocks that go may change the selection.
        self._problems = {}
        for name in gone:
            self.badges.pop(name, None)

    def clear(self) -> None:
        """Remove all badges and callouts, as for a picture of the network alone."""
        self.hide(())
        for badge in self.badges.values():
            self._take_off(badge)
        self.badges.clear()

    def draw(self, document: Document, analysis: Analysis) -> None:
        """Show the problems of the document; a collapsed group shows those within it."""
        blocks = self._scene.blocks
        self._problems = {}
        for problem in analysis.findings:
            where = stand_in(document, problem.where) if document.groups else problem.where
            if where in blocks:
                self._problems.setdefault(where, []).append(problem)
        if self._opened not in self._problems:
            self._opened = ""
        self._note_news()
        for name in self.badges.keys() - self._problems.keys():
            self._take_off(self.badges.pop(name))
        for name, problems in self._problems.items():
            if name not in self.badges:
                self.badges[name] = self._badge(blocks[name])
            self.badges[name].show_problems(problems)
            self.badges[name].show_afar(self._zoom < COLLAPSED)
        self._update()

    def on(self, name: str) -> list[Problem]:
        """Problems shown at a block, the worst first."""
        return self._problems.get(name, [])

    def open(self, name: str) -> None:
        """Open the callout of a block, if it has any, and close the one opened before."""
        self._leaving.stop()
        if name != self._opened:
            self._opened = name if name in self._problems else ""
            self._update()

    def step_back(self, back: bool) -> None:
        """Show only badges while a wire is drawn: callouts would cover its targets."""
        self._leaving.stop()
        if back != self._back:
            self._back = back
            self._update()

    def set_zoom(self, zoom: float) -> None:
        """Set the zoom at which the network is shown."""
        before, self._zoom = self._zoom, zoom
        if (before < COLLAPSED) != (zoom < COLLAPSED):
            for badge in self.badges.values():
                badge.show_afar(zoom < COLLAPSED)
            self._update()

    def turn(self, *, inwards: bool) -> None:
        """Place the callouts outside the network or, inwards, where they are in sight."""
        self._inwards = inwards
        places = layout_of(self._scene.store.document).places
        first, last = min(x for x, _ in places.values()), max(x for x, _ in places.values())
        for name, callout in self._made.items():
            x, _ = places[name]
            left, right = x <= first < last, x >= last > first
            callout.turn(left=right if inwards else left)

    @property
    def outer_sides(self) -> set[bool]:
        """Sides of the network, True for left, where a callout would stand given room."""
        left, _, right, _ = layout_of(self._scene.store.document).extent
        places = layout_of(self._scene.store.document).places
        return {callout.left for name, callout in self._made.items() if places[name][0] in (left, right)}

    def area_of(self, name: str) -> QRectF:
        """Rectangle of a block's open callout in the scene; empty if there is none."""
        callout = self.callouts.get(name)
        if callout is None:
            return QRectF()
        corner = callout.scenePos() + callout.box.topLeft() / self._scene.zoom
        return QRectF(corner, callout.box.size() / self._scene.zoom)

    def fit_sides(self, *, stay: bool = False, roomy: str = "") -> None:
        """Move callouts to where they cover the least.

        They move up or down and, between columns, to the other side of their block; and over their blocks where the
        view ends beside them. One that would still hide others collapses to its badge, unless the user looks at it.
        With `stay`, none moves for a small gain. That of the block `roomy` may leave the view.
        """
        view = next(iter(self._scene.qt.views()), None)
        if view is None:
            return
        ground = Ground(self._scene, view, inwards=self._inwards)
        self._crowded.clear()
        # Those that stay open in any case have the first choice.
        for name in sorted(filter(ground.has, self._made), key=lambda name: not self._held(name)):
            callout = self._made[name]
            spot = ground.best(callout, name, stays=stay and callout.isVisible(), bounded=name != roomy)
            callout.turn(left=spot.left, nearer=spot.nearer, lift=spot.lift)
            if not spot.free:
                self._crowded.add(name)
            callout.setVisible(spot.free or self._held(name))
            if callout.isVisible():
                ground.take(spot)
        self._show_badges()

    def _held(self, name: str) -> bool:
        """True if the callout of a block stays open even where it hides others."""
        return name in (self._opened, self._scene.store.selected) or name in self._news

    def _wanted(self, name: str) -> bool:
        """True if the callout of a block is to be open."""
        if self._back or name == self._opened:
            return not self._back
        # Problems of the data are explained in their panel.
        return (
            self._is_wrong(name) and name != INPUT and (self._zoom >= COLLAPSED or name == self._scene.store.selected)
        )

    def _update(self) -> None:
        fresh = []
        for name in [name for name in self._made if name not in self._problems or not self._wanted(name)]:
            self._take_off(self._made.pop(name))
        for name, problems in self._problems.items():
            if not self._wanted(name):
                continue
            shown = self._made.get(name)
            if shown is not None and shown.problems == problems:
                continue
            if shown is not None:
                self._take_off(shown)
            self._made[name] = self._callout(self._scene.blocks[name], problems)
            fresh.append(name)
        if fresh:
            self.turn(inwards=False)
            self.fit_sides()
        elif self._crowded:
            # Another one may be looked at now.
            self.fit_sides(stay=True)
        else:
            self._show_badges()

    def _show_badges(self) -> None:
        shown = self.callouts
        self._raise_blocks(shown)
        passing = self._opened if self._opened in self._crowded and self._is_wrong(self._opened) else ""
        if passing == self._scene.store.selected:
            passing = ""
        for name, badge in self.badges.items():
            # A callout says all that its badge does. From afar, and from one that closes when the mouse leaves it, the
            # mouse has to find back.
            badge.setVisible(name not in shown or self._zoom < COLLAPSED or name == passing)

    def _note_news(self) -> None:
        """Finds out which errors are new, but for those of a project that was just opened."""
        errors = {name for name in self._problems if self._is_wrong(name)}
        self._news = errors - self._errors if self._errors is not None else set()
        self._errors = errors
        # What an edit selects belongs to it, as the block that it has put in.
        self._settled = False
        QTimer.singleShot(0, self, self._settle)

    def _is_wrong(self, name: str) -> bool:
        problems = self._problems.get(name)
        return problems is not None and problems[0].severity in (Severity.ERROR, Severity.NEXT)

    def _settle(self) -> None:
        self._settled = True

    def _opened_other(self) -> None:
        self._errors = None

    def _raise_blocks(self, shown: Iterable[str]) -> None:
        """A callout lies over other blocks only if its own block does."""
        blocks, shown = self._scene.blocks, set(shown)
        for name in (self._raised - shown) & blocks.keys():
            blocks[name].setZValue(2)
        for name in shown:
            blocks[name].setZValue(4 if name == self._opened else 3)
        self._raised = shown

    def _badge(self, block: BlockItem) -> Badge:
        badge, name = Badge(block), block.objectName()
        badge.pressed.connect(lambda: self._pressed(name))
        badge.hovered.connect(lambda inside: self._hovered(name, inside))
        return badge

    def _callout(self, block: BlockItem, problems: list[Problem]) -> Callout:
        callout = Callout(block, problems)
        callout.fix_chosen.connect(self._scene.apply_fix)
        callout.closed.connect(self._close)
        callout.hovered.connect(lambda inside: self._hovered(block.objectName(), inside))
        return callout

    def _take_off(self, item: Badge | Callout) -> None:
        self._scene.qt.removeItem(item)

    def _close(self) -> None:
        # The callout that was clicked is taken off; Qt must be done with its event first.
        QTimer.singleShot(0, lambda: self.open(""))

    def _pressed(self, name: str) -> None:
        opened = "" if self._opened == name else name
        self._scene.store.select(name)
        self.open(opened)

    def _hovered(self, name: str, inside: bool) -> None:
        """The callout of an error that is folded opens under the mouse, and stays while the mouse is on it."""
        if not self._is_wrong(name):
            return
        if inside and name not in self.callouts:
            self.open(name)
        elif inside:
            self._leaving.stop()
        elif name == self._opened:
            self._leaving.start()

    def _selected(self, name: str) -> None:
        if self._opened not in ("", name):
            self._opened = ""
        if self._settled:
            self._news.clear()
        self._update()
