"""Docks around the canvas, in one of the window's arrangements."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QToolButton, QVBoxLayout, QWidget

from nnstudio.shell.arrangements import ARRANGEMENTS, FIRST
from nnstudio.shell.dock_memory import Kept, keep, last_arrangement, recall
from nnstudio.shell.dock_places import VERSION, DockPlace, completed_state, first_state, grid_of, prepare, share_room
from nnstudio.ui.deferred_call import Soon
from nnstudio.views.base import Layout


class Docks(QObject):
    """Docks around the canvas, by object name, in the order in which they were added.

    Signals:
        arranged: another arrangement is shown.
        empty_seen: a dock has come into sight that was added without a widget, by name.
    """

    arranged = Signal()
    empty_seen = Signal(str)

    def __init__(self, desk: QMainWindow) -> None:
        super().__init__(desk)
        self._desk = desk
        self.all: dict[str, QDockWidget] = {}
        self._places: list[DockPlace] = []
        self._begun = False
        self._arrangement = ARRANGEMENTS[FIRST]
        # Arrangements as the person has left them.
        self._kept: dict[Layout, Kept] = {}
        # Docks that were not closed by the person but are hidden all the same, and whether they come back in front.
        self._withheld: dict[str, bool] = {}
        self._on_start_page = False
        self.unsuited: Mapping[str, str] = {}
        # The person has given docks sizes of their own, which stay whatever the size of the window.
        self._own_sizes = False
        self._held: list[QSize] | None = None
        self._fitting = Soon(self._fit, self)
        self._empty: set[str] = set()
        self._filling = Soon(self._fill_seen, self)
        prepare(desk)
        desk.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """React to bars of tabs that come and go, and to the gaps between docks."""
        if event.type() == QEvent.Type.Resize:
            self._fitting.ask()
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._held = self._sizes()
        elif event.type() == QEvent.Type.MouseButtonRelease:
            # By then, the docks are where the mouse has let their edge go.
            self._fitting.ask()
        if event.type() == QEvent.Type.ChildPolished and isinstance(event, QChildEvent):
            bar = event.child()
            if isinstance(bar, QTabBar):
                # A few letters of a title tell nothing; where there is no room for all tabs, arrows lead to them.
                bar.setElideMode(Qt.TextElideMode.ElideNone)
                bar.setUsesScrollButtons(True)
                for arrow in bar.findChildren(QToolButton):
                    # The keyboard walks the tabs themselves.
                    arrow.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return False

    def add(self, place: DockPlace, title: str, widget: QWidget | None = None) -> QDockWidget:
        """Add a dock, as a tab of its group, in the order of ranks; without a widget, `fill` gives it one later."""
        dock = QDockWidget(title, self._desk)
        dock.setObjectName(place.name)
        dock.setAccessibleName(title)
        dock.windowTitleChanged.connect(dock.setAccessibleName)
        content = QWidget()
        dock.setWidget(content)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        # Qt only moves a dock behind another tab out of the window; the Tab key would lead into it, out of sight.
        dock.visibilityChanged.connect(content.setEnabled)
        # Whoever opens a view wants to see it, and not only its tab.
        dock.toggleViewAction().triggered.connect(lambda on: dock.raise_() if on else None)
        self.all[place.name] = dock
        if widget is None:
            self._empty.add(place.name)
            dock.visibilityChanged.connect(self._filling.ask)
        else:
            self.fill(place.name, widget)
        self._places.append(place)
        self._places.sort(key=lambda place: place.rank)
        # Side by side, before they have their places, all of them need more room than a small screen has.
        dock.hide()
        return dock

    def fill(self, name: str, widget: QWidget) -> None:
        """Give a dock its widget."""
        self._empty.discard(name)
        dock = self.all[name]
        # Some views know better what they show: "Accuracy" instead of "Metric".
        dock.setWindowTitle(widget.windowTitle() or dock.windowTitle())
        widget.windowTitleChanged.connect(dock.setWindowTitle)
        layout = dock.widget().layout()
        assert layout is not None
        layout.addWidget(widget)
        # At once: Qt would do so later, after what is asked for on behalf of all views in sight.
        widget.show()

    def _fill_seen(self) -> None:
        for name in [name for name in self.all if name in self._empty and in_sight(self.all[name])]:
            self.empty_seen.emit(name)

    @property
    def arrangement(self) -> Layout:
        """Name of the arrangement on display."""
        return self._arrangement.name

    def begin(self) -> None:
        """Place the docks once the window has its size, as in the last session."""
        if self._begun:
            return
        self._begun = True
        for name, kept in recall().items():
            state = completed_state(kept.state, self._places, ARRANGEMENTS[name], self._desk.size())
            if state is not None:
                self._kept[name] = Kept(state, kept.sized)
        self._show(last_arrangement())

    def arrange(self, name: Layout) -> None:
        """Show another arrangement, as the person has left it."""
        if not self._begun or name == self.arrangement:
            return
        self._keep()
        self._show(name)

    def lend(self, name: Layout) -> Callable[[], None]:
        """Show an arrangement in its first places for a while. The returned function puts all docks back."""
        self.begin()
        self._keep()
        before, kept = self.arrangement, dict(self._kept)
        self._kept.pop(name, None)
        self._show(name)

        def give_back() -> None:
            self._kept = dict(kept)
            self._show(before)

        return give_back

    def _show(self, name: Layout) -> None:
        self._arrangement = ARRANGEMENTS[name]
        kept = self._kept.get(name)
        if kept is None or not self._restore(kept.state, kept.withheld):
            self.reset()
        else:
            self._own_sizes = kept.sized
            self._fit()
        self.arranged.emit()

    def _keep(self) -> None:
        """Keeps the arrangement on display, and what is only withheld: that is no choice of the person."""
        self._kept[self.arrangement] = Kept(self._desk.saveState(VERSION), self._own_sizes, dict(self._withheld))

    def _whole(self, name: Layout, kept: Kept) -> Kept:
        """The same with the docks open that were only withheld, as it is stored for another session."""
        if not kept.withheld:
            return kept
        state = completed_state(kept.state, self._places, ARRANGEMENTS[name], self._desk.size(), kept.withheld)
        return kept if state is None else Kept(state, kept.sized)

    def put_away(self) -> None:
        """Hide floating docks, which would stay in front of the start page."""
        self._on_start_page = True
        self._settle()

    def bring_back(self) -> None:
        """Show the docks hidden by `put_away`."""
        self._on_start_page = False
        self._settle()

    def withhold(self, unsuited: Mapping[str, str]) -> None:
        """Hide docks that do not apply, by name with reason, and show earlier ones.

        One that was in front comes back in front. One that the user has closed stays closed.
        """
        if unsuited == self.unsuited:
            return
        self.unsuited = unsuited
        for name, dock in self.all.items():
            toggle, reason = dock.toggleViewAction(), unsuited.get(name, "")
            toggle.setEnabled(not reason)
            toggle.setToolTip(f"{dock.windowTitle()} {reason}" if reason else "")
        self._settle()

    def bring_forward(self, names: Container[str]) -> None:
        """Bring the first open dock of these names to the front of its tabs.

        One that is withheld comes to the front when it returns.
        """
        beside: set[QDockWidget] = set()
        for name, dock in self.all.items():
            if name not in names:
                continue
            if name in self._withheld:
                self._withheld[name] = dock not in beside
            elif not dock.isHidden() and dock not in beside:
                beside.update(self._desk.tabifiedDockWidgets(dock))
                dock.raise_()

    def _settle(self) -> None:
        """Hides what must not be seen now, and shows again what was hidden for no other reason.

        What is shown again takes the front from a dock of its group that goes.
        """
        groups = {place.name: place.group for place in self._places}
        vacated: set[str] = set()
        for name, dock in self.all.items():
            if self._is_withheld(name) and not dock.isHidden():
                self._withheld[name] = in_sight(dock)
                dock.hide()
                if self._withheld[name]:
                    vacated.add(groups[name])
        for name, dock in self.all.items():
            if not self._is_withheld(name) and name in self._withheld:
                in_front = self._withheld.pop(name)
                dock.show()
                if in_front or groups[name] in vacated:
                    dock.raise_()
                    vacated.discard(groups[name])

    def _is_withheld(self, name: str) -> bool:
        return name in self.unsuited or (self._on_start_page and self.all[name].isFloating())

    def reset(self) -> None:
        """Put all docks back in the default places of the arrangement."""
        self._own_sizes = False
        self._restore(first_state(self._places, self._arrangement, self._desk.size()))
        # Without the views that the data do not suit, there is more room for the others.
        self._held = None
        self._fit()

    def remember(self) -> None:
        """Store the places of the docks for the next session."""
        if self._begun:
            self._keep()
            keep(self.arrangement, {name: self._whole(name, kept) for name, kept in self._kept.items()})

    def _sizes(self) -> list[QSize]:
        return [dock.size() for dock in self.all.values()]

    def _fit(self) -> None:
        """Gives the docks that stand in their first areas their shares of the window, unless the person has done so."""
        if self._held is not None:
            self._own_sizes |= self._held != self._sizes()
            self._held = None
        if not self._begun or self._own_sizes:
            return
        grid = grid_of(self._places, self._arrangement)
        open_ = {name for name, dock in self.all.items() if self._stands(dock, grid.area(name))}
        share_room(self._desk, self.all, grid.only(open_))

    def _stands(self, dock: QDockWidget, area: Qt.DockWidgetArea) -> bool:
        return not dock.isHidden() and not dock.isFloating() and self._desk.dockWidgetArea(dock) is area

    def _restore(self, state: QByteArray, withheld: Mapping[str, bool] | None = None) -> bool:
        with self._laid_out_once():
            # Qt leaves the tabs of docks behind that are in a place already; it shows again those that it uses.
            for dock in self.all.values():
                self._desk.removeDockWidget(dock)
            for bar in self._desk.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
                bar.hide()
            done = self._desk.restoreState(state, VERSION)
            self._withheld = dict(withheld or {})
            self._settle()
        # Before the docks are given their room, since it depends on what is in them.
        self._fill_seen()
        return done

    @contextmanager
    def _laid_out_once(self) -> Iterator[None]:
        """Hides and shows docks without measuring all of them, titles and all, for each: 5 ms a dock."""
        layout = self._desk.layout()
        assert layout is not None  # a main window always has one
        layout.setEnabled(False)
        try:
            yield
        finally:
            layout.setEnabled(True)
            layout.activate()


def in_sight(widget: QWidget) -> bool:
    """True if any of it can be seen. A dock behind another tab is "visible" to Qt, only out of the window.

    Not by `visibleRegion`, which leaves out what opaque children cover: of a view that is one plot, nothing remains.
    """
    window = widget.window()
    return widget.isVisible() and window.rect().intersects(QRect(widget.mapTo(window, QPoint()), widget.size()))


def first_size(screen: QSize) -> QSize:
    """Default size of the window for a screen: most of it, and never more."""
    return (screen * 0.85).expandedTo(QSize(1280, 800)).boundedTo(screen)
