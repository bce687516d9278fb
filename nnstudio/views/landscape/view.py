"""Loss landscape: the loss over a plane of parameters, with the path of the run."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from nnstudio.store import Store
from nnstudio.training.contours import Bounds
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.landscape import LandscapeGround, LandscapePlane
from nnstudio.ui.inspection import Inspection
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plane import bounds_of
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.boundary.surface_canvas import SurfaceCanvas
from nnstudio.views.crosshair import place_on
from nnstudio.views.landscape import reading
from nnstudio.views.landscape.controls import LandscapeControls
from nnstudio.views.landscape.plot import LandscapePlot
from nnstudio.views.landscape.progress import LandscapePicture, LandscapeProgress
from nnstudio.views.landscape.relief import show_relief
from nnstudio.views.landscape.scale import LossScale
from nnstudio.views.plotting import ColourBar, Header, column

_BEGUN = "Computing the loss at the first points…"
# At this width, text and colours stand beside each other.
_WIDE = 340
# Room around the run's path, as a share of its width.
_MARGIN = 0.2
# Milliseconds after the last zoom at which the part of the plane is computed that is then seen.
_SETTLED = 250


class LandscapeView(AnswerView):
    """View of the loss over a plane through the parameters, as contours or as a surface that can be turned.

    The grid is computed in small parts between training steps, from coarse to fine, while the view is seen.
    """

    dock_name = "landscapeView"
    title = "Loss landscape"
    saying = "the loss around the present parameters, and the run's path"
    rank = 58
    layouts = frozenset()
    min_interval = 0.1
    waiting = "The landscape appears as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.progress = LandscapeProgress(self._frame)
        self.controls = LandscapeControls()
        self.info = StillLabel("Samples and points of the landscape", yields=True)
        self.bar = ColourBar()
        self.plot = LandscapePlot()
        self.surface = SurfaceCanvas()
        self.surface.setObjectName("landscapeSurface")
        self.surface.setAccessibleName("Loss landscape as a surface")
        self._canvases = QStackedWidget()
        self._canvases.addWidget(self.plot)
        self._canvases.addWidget(self.surface)
        content = QWidget()
        column(content, Header(self.info, self.bar, wide_from=_WIDE), self._canvases)
        self.set_content(content)
        # In sight before there is a picture, too: another choice is the way out of a long one, or of a refusal.
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(0, self.controls)
        self.controls.hide()
        legend = self.info, self.bar
        flat = self.make_inspectable(self.plot.viewport(), *legend, owner=self.plot, fit=self.plot.follow)
        raised = Inspection(self.surface, self.exhibit(self.surface, *legend, fit=self.surface.reset))
        raised.message.connect(self.message)
        self._inspections = (flat, raised)
        # Version and surface that were drawn last.
        self._drawn = -1
        self._raised: tuple[LandscapePicture, LossScale, str] | None = None
        self._settling = QTimer(self, singleShot=True, interval=_SETTLED)
        self._settling.timeout.connect(self._look_here)
        self.controls.plane_changed.connect(self._want)
        self.controls.extent_changed.connect(self._look_from_afar)
        self.controls.style_changed.connect(self._restyle)
        self.plot.getViewBox().sigRangeChangedManually.connect(lambda *_: self._settling.start())
        theme().changed.connect(self._restyle)

    @property
    def picture(self) -> LandscapePicture | None:
        """Losses on display."""
        return self.progress.picture

    def request(self) -> LandscapePlane:
        controls = self.controls
        seed = controls.seed if controls.directions == "random" else 0
        return LandscapePlane(self.store.document.training.loss, controls.directions, seed, controls.ground)

    def requests(self) -> frozenset[Request]:
        self.progress.want(self.request())
        return self.progress.requests()

    def forget(self) -> None:
        super().forget()
        self.progress.clear()

    def announce(self, snapshot: Snapshot) -> None:
        # Every part counts, also one that comes with a snapshot that is not drawn.
        self.progress.follow(snapshot)

    def has_news(self, snapshot: Snapshot) -> bool:
        return self.progress.version != self._drawn

    def draw(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.progress.follow(snapshot)
        self.controls.setVisible(snapshot.state is not RunState.EMPTY)
        if snapshot.state is RunState.EMPTY:
            self.pages.show_hint(brief(snapshot.message) or self.waiting)
        elif self.progress.refusal:
            self.pages.show_hint(self.progress.refusal)
        elif self.picture is None:
            share = self.progress.share
            self.pages.show_hint(f"{_BEGUN} {share:.1%}" if share else _BEGUN)
        else:
            self.pages.show_content()
            self.answer = self.picture
            self.show_answer(self.picture)

    def show_answer(self, answer: LandscapePicture) -> None:
        if self.progress.version == self._drawn:
            return
        self._drawn = self.progress.version
        scale = LossScale.of(answer.losses, log=self.controls.log.isChecked())
        travelled, spot = self.progress.travelled, self.progress.spot
        place = None if spot is None else spot.place
        names = reading.short_names(answer.ground)
        if self.controls.surface:
            shown = answer, scale, theme().mode
            show_relief(self.surface, answer, scale, names, travelled, place, anew=shown != self._raised)
            self._raised = shown
        else:
            self.plot.show_picture(answer, scale)
            self.plot.show_path(travelled, self.progress.ahead, place)
            self.plot.set_titles(bottom=names[0], left=names[1])
            x0, y0, x1, y1 = self._frame(answer.ground)
            self.plot.fit(x0, x1, y0, y1)
        self.bar.set_scale(scale.middle, scale.reach, log=scale.log)
        text = reading.tell_ground(answer, self.progress.begun, self.progress.share)
        self.info.setText(text, reading.tell_short(answer, self.progress.begun, self.progress.share))
        self.info.setToolTip(f"{text}.\nThe mean loss, without penalties and weights of classes or samples.")
        (self.surface if self.controls.surface else self.plot).setAccessibleDescription(text)

    # Which part of which plane

    def _frame(self, ground: LandscapeGround) -> Bounds:
        """Bounds of the picture that the chosen extent asks for."""
        extent = self.controls.extent
        if ground.plane.shares is None:
            return -extent, -extent, extent, extent
        x0, y0, x1, y1 = bounds_of(np.concatenate([ground.path.places, np.zeros((1, 2))]), _MARGIN)
        x, y, across, up = (x0 + x1) / 2, (y0 + y1) / 2, extent * (x1 - x0) / 2, extent * (y1 - y0) / 2
        return x - across, y - up, x + across, y + up

    def _want(self) -> None:
        self.plot.following = True
        self.progress.want(self.request())
        self.pages.show_hint(_BEGUN)
        self.requests_changed.emit()

    def _look_from_afar(self) -> None:
        """Another extent is chosen: the plot goes back from the user's zoom."""
        ground = self.progress.ground
        if ground is None:
            return
        bounds = self._frame(ground)
        x0, y0, x1, y1 = bounds
        self.plot.fit(x0, x1, y0, y1)
        self.plot.follow()
        self._look(bounds)

    def _look_here(self) -> None:
        """The user has zoomed: the part that is seen is computed as finely as the whole was."""
        (x0, x1), (y0, y1) = self.plot.getViewBox().viewRange()
        # Five digits are finer than a pixel; without them, every rounding would be another picture.
        x0, y0, x1, y1 = (float(f"{edge:.5g}") for edge in (x0, y0, x1, y1))
        if x1 > x0 and y1 > y0:
            self._look((x0, y0, x1, y1))

    def _look(self, bounds: Bounds) -> None:
        self.progress.look(bounds)
        self.requests_changed.emit()

    def _restyle(self) -> None:
        raised = self.controls.surface
        self._canvases.setCurrentIndex(1 if raised else 0)
        self.inspection = self._inspections[raised]
        self._drawn = -1
        self.redraw()

    # Reading

    def reading(self, point: QPointF) -> str:
        picture = self.picture
        if picture is None:
            return ""
        if self.controls.surface:
            share = self.surface.place_at(point)
            if share is None:
                return ""
            x0, y0, x1, y1 = picture.bounds
            x, y = x0 + share[0] * (x1 - x0), y0 + share[1] * (y1 - y0)
        else:
            place = place_on(self.plot, point)
            if place is None:
                return ""
            x, y = place.x(), place.y()
        moment = reading.tell_moment(picture, self.progress.path, self.progress.spot, x, y)
        return "\n".join(filter(None, (moment, reading.tell_point(picture, x, y))))

    def table(self) -> NumberTable | None:
        return None if self.picture is None else reading.table_of(self.picture)
