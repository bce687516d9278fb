"""Line on training plots at the moment on display, to be dragged."""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import Qt

from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ThemedPlot


class MomentLine:
    """Vertical line at the moment that the views show.

    In the present it stands at the end of the curves, once training rests; dragged from there it leads back.

    Args:
        wanted: called with a place on the plot when a person drags the line.
    """

    def __init__(self, plot: ThemedPlot, wanted: Callable[[float], None]) -> None:
        self.line = pg.InfiniteLine(movable=True, angle=90)
        self.line.setZValue(50)
        self.line.hide()
        self.line.sigDragged.connect(lambda line: wanted(float(line.value())))
        plot.addItem(self.line, ignoreBounds=True)
        self._past = False
        plot.restyled.connect(self._restyle)
        self._restyle()

    def show(self, snapshot: Snapshot, end: float, place_of: Callable[[Moment], float] | None = None) -> None:
        """Stand at the moment of a snapshot; in the present, at the `end` of the curves.

        A moment is at its place in epochs, or at that which `place_of` gives.
        """
        moment = snapshot.moment
        past = moment is not None
        shown = past or (snapshot.state is not RunState.RUNNING and len(snapshot.history.steps) > 1)
        if self.line.isVisible() != shown:
            self.line.setVisible(shown)
        if past is not self._past:
            self._past = past
            self._restyle()
        place = end if moment is None else moment.place if place_of is None else place_of(moment)
        if shown and not self.line.moving and self.line.value() != place:
            self.line.setPos(place)

    def _restyle(self) -> None:
        colours = theme().colours
        colour = colours.warning if self._past else colours.muted
        style = Qt.PenStyle.SolidLine if self._past else Qt.PenStyle.DashLine
        self.line.setPen(pg.mkPen(colour, width=2 if self._past else 1, style=style))
        self.line.setHoverPen(pg.mkPen(colours.warning, width=3))
