"""Base class of live views: widgets that request snapshots and draw them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QWidget

from engine.data import Signature
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.requests.base import Request
from nnstudio.ui.immediate_paint import ImmediatePaint
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.pacing import ALWAYS, DrawingPace, Turn

VIEWS: dict[str, type[View]] = {}

# Edges of the window.
Area = Literal["left", "right", "bottom"]
# Sections of the View menu in which views are listed, and arrangements of the window.
Section = Literal["training", "inside", "mathematics", "data"]
Layout = Literal["build", "watch", "understand"]


class View(QWidget):
    """Base of all live views.

    A subclass with a `dock_name` is registered and gets a dock of its own.

    Signals:
        requests_changed: the view needs something else now; it is asked again without waiting for the next snapshot.
        message: the action just completed, as a sentence.
        parameter_edited: a person has set a number of the network.
        film_wanted: a film of the view over the run is wanted.
        moment_wanted: a person has pointed at a place of the run, in epochs, which all views are to show.

    Class attributes:
        dock_name: object name of its dock ("lossView").
        title: the dock's title. saying: what it shows, in a few words beside the title.
        area: edge of the window at which the dock stands at first.
        group: docks of one group are tabs of each other, the one of the lowest rank in front.
        rank: place within the group; groups stand side by side in the order of their lowest ranks.
        section: part of the View menu in which it is listed.
        follows: it shows the moment that the time slider stands at.
        layouts: the arrangements of the window in which its dock is open; in the others, the menu opens it.
        needs: the kind of data it can show, in a few words ("data with classes"); "" for all.
        square: best as wide as high; other views take the room there is.
        min_interval: seconds between two drawings while training runs; 0 draws every frame.
        tells_numbers: it writes out numbers of the status bar, so that both change together.
        renames_itself: its title follows the data or the run, also before anybody looks at it.
    """

    dock_name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    saying: ClassVar[str] = ""
    area: ClassVar[Area] = "bottom"
    group: ClassVar[str] = "training"
    rank: ClassVar[int] = 80
    section: ClassVar[Section] = "training"
    follows: ClassVar[bool] = True
    layouts: ClassVar[frozenset[Layout]] = frozenset({"build", "watch", "understand"})
    needs: ClassVar[str] = ""
    square: ClassVar[bool] = False
    min_interval: ClassVar[float] = 0.0
    tells_numbers: ClassVar[bool] = False
    renames_itself: ClassVar[bool] = False

    requests_changed = Signal()
    message = Signal(str)
    parameter_edited = Signal(ParameterEdit)
    film_wanted = Signal()
    moment_wanted = Signal(float)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.dock_name:
            VIEWS[cls.dock_name] = cls

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.pace = DrawingPace(self.min_interval)
        self._running = False
        # Whether numbers written out change with this drawing: they do with those of the status bar, to be one number.
        self.numbers = True
        self.inspection: Inspection | None = None
        # What paints its canvas at once.
        self._paint: ImmediatePaint | None = None

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        """True if the view can show such data. Else it is not offered; `needs` gives the reason."""
        return True

    @classmethod
    def leads(cls, signature: Signature) -> bool:
        """True if a project with such data may open on it; else a view beside it comes first."""
        return True

    def requests(self) -> frozenset[Request]:
        """Requests to the worker for the next snapshot, while this view is visible."""
        return frozenset()

    def announce(self, snapshot: Snapshot) -> None:
        """React to every snapshot, also while hidden, outside of the view. It may set the view's title, for example."""

    def draw_in_time(self, snapshot: Snapshot, *, numbers: bool = True, turn: Turn = ALWAYS) -> None:
        """Draw a snapshot, unless training runs and it is not yet this view's turn.

        `numbers` says that the status bar shows those of this very snapshot: then those of the view change too.
        """
        running = self._running and snapshot.state is RunState.RUNNING
        if running and not (self.has_news(snapshot) and turn.has_come(self.pace)):
            if numbers and self.tells_numbers:
                self.numbers = True
                self.tell(snapshot)
            return
        self.numbers = numbers or not running
        self._running = snapshot.state is RunState.RUNNING
        with self.pace.drawing():
            self.draw(snapshot)
            if running and self._paint is not None:
                self._paint.paint()
        if self.inspection is not None:
            self.inspection.refresh()

    def wants(self, *, running: bool) -> bool:
        """True if the next snapshot may be drawn, so that what it is to hold is worth the trainer's time."""
        return not running or self.pace.is_near()

    def tell(self, snapshot: Snapshot) -> None:
        """Write out the numbers of a snapshot that is not drawn; called where `tells_numbers`."""

    def has_news(self, snapshot: Snapshot) -> bool:
        """True if a snapshot of the running training has anything that is not yet on display."""
        return True

    def make_inspectable(
        self,
        canvas: QWidget,
        *legend: QWidget,
        owner: QWidget | None = None,
        fit: Callable[[], object] | None = None,
    ) -> Inspection:
        """Add value read-outs and a copy menu to `canvas`; see `Exhibit`."""
        self._paint = ImmediatePaint(canvas)
        self.inspection = Inspection(self, self.exhibit(canvas, *legend, owner=owner, fit=fit))
        self.inspection.message.connect(self.message)
        return self.inspection

    def exhibit(
        self,
        canvas: QWidget,
        *legend: QWidget,
        owner: QWidget | None = None,
        fit: Callable[[], object] | None = None,
    ) -> Exhibit:
        """Description of one of its canvases, for read-outs and menus; see `Exhibit`."""
        # The data stay as they are while a network learns, and so does the table of runs.
        film = self.film_wanted.emit if self.follows else None
        parts = (*legend, canvas)
        return Exhibit(canvas, self.caption, self.reading, self.table, parts, owner, fit, film)

    def caption(self) -> str:
        """Short title of the content on display."""
        return self.windowTitle() or self.title

    def reading(self, point: QPointF) -> str:
        """Text for a place on the canvas; "" where there is nothing to read."""
        return ""

    def table(self) -> NumberTable | None:
        """Numbers on display; None if there are none."""
        return None

    def draw(self, snapshot: Snapshot) -> None:
        """Draw a snapshot. Called in the GUI thread, at most once a frame, only while visible."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")


def brief(message: str) -> str:
    """First statement of a message, which is shown in full elsewhere."""
    place, _, rest = message.partition(": ")
    if rest and " " not in place:
        # The name of a block, before what is wrong there.
        message = rest[0].upper() + rest[1:]
    head = message.partition(". ")[0].partition(": ")[0].rstrip(".")
    return head if head.endswith("…") or not head else f"{head}."
