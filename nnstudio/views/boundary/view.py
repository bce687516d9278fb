"""Decision boundary: the network's output over a plane of its inputs, with the data."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QToolButton, QWidget

from engine.data.stored_samples import in_memory
from nnstudio.document.probe import UnitRef
from nnstudio.store import Store
from nnstudio.training.contours import Bounds
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.plane_values import classify, middle
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.grid import GridPicture
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plane import bounds_of, joined, sheet_of
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.boundary import reading
from nnstudio.views.boundary.colouring import ClassShades
from nnstudio.views.boundary.contour_lines import ContourLines
from nnstudio.views.boundary.data_points import DataPoints
from nnstudio.views.boundary.plane_view import PlaneView
from nnstudio.views.boundary.probe_mark import ProbeMark
from nnstudio.views.boundary.refinement import Refinement
from nnstudio.views.crosshair import place_on
from nnstudio.views.painting.layer import PaintLayer
from nnstudio.views.plotting import ColourBar, Header, RichLabel, SmoothImage, ThemedPlot, column

# Room around the data, as a share of their width.
_MARGIN = 0.1
# The plane is stretched up to so much to fill the plot; what room is left then shows what lies around the data.
_STRETCH = 1.5
# At this width legend and choice stand beside each other; there is more to choose with more inputs.
_WIDE, _WIDER = 300, 640
# Seconds between two drawings of the contour lines while training runs: they are read, not watched.
_LINES_EVERY = 0.1
# Milliseconds for which a moment in the past stands still before its picture becomes finer.
_REST_MS = 120
# An arrow key moves the probe by this share of the plane.
_KEY_STEP = 1 / 40
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class BoundaryView(PlaneView):
    """View of classes as colours and confidence as shade, or of a number: an output, the margin, a unit.

    A click makes the sample there the probe; with the plot focused, the arrow keys move it.
    """

    dock_name = "boundaryView"
    title = "Decision boundary"
    saying = "the network's answer at every point of a plane"
    rank = 50
    renames_itself = True
    with_contours = True

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.plot = ThemedPlot("Decision boundary")
        self.image = SmoothImage(axisOrder="row-major")
        self.plot.addItem(self.image)
        self.lines = ContourLines()
        for item, order in ((self.lines, 0.5), (self.lines.labels, 5)):
            item.setZValue(order)
            self.plot.addItem(item, ignoreBounds=True)
        self.points = DataPoints(self.plot)
        self.probe_mark = ProbeMark(self.plot)
        self.painting = PaintLayer(store, self.plot, self)
        self.legend = RichLabel("Classes")
        self.legend.setWordWrap(True)
        self.legend.setToolTip(
            "Colour: the class that the network predicts; the stronger, the surer. Lines: equal output. "
            "Click: look at the sample there; arrow keys move it."
        )
        self.bar = ColourBar()
        self.back = QToolButton()
        self.back.setObjectName("backToClasses")
        self.back.setText("Back to classes")
        self.back.setAccessibleName("Back to classes")
        self.back.setToolTip("Show what the whole network predicts again")
        self.back.clicked.connect(lambda: store.choose_unit(None))
        self.contours = QCheckBox("Lines")
        self.contours.setObjectName("contourLines")
        self.contours.setAccessibleName("Show lines of equal output")
        self.contours.setToolTip("Show lines of equal output, with their values")
        self.contours.setChecked(True)
        self.contours.toggled.connect(self._switch_lines)
        content = QWidget()
        self._scales = Header(self.bar, self.back, wide_from=200)
        self._header = Header(self.legend, self.contours, self.planes, wide_from=_WIDE)
        column(content, self._header, self._scales, self.note, self.painting.bar, self.plot)
        self.set_content(content)
        self.make_inspectable(
            self.plot.viewport(), self.legend, self.bar, self.note, owner=self.plot, fit=self.plot.follow
        )
        self._bounds: Bounds | None = None
        # The part of the plane that a sheet for painting was fitted to.
        self._fitted: Bounds | None = None
        self._refinement = Refinement()
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._refine)
        # How much longer a unit is drawn across than up where the part around the data is a square on screen.
        self._slope = 1.0
        self._shades = ClassShades(2)
        self._pictured: GridPicture | None = None
        self._lines_drawn = 0.0
        self.plot.installEventFilter(self)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.restyled.connect(self.restyle_data)
        self.plot.restyled.connect(self.probe_mark.restyle)
        store.changed.connect(self._take_title)
        store.opened.connect(self._forget_sheet)
        self.painting.changed.connect(self._show_sheet)
        self.painting.message.connect(self.message)
        self.plot.getViewBox().sigResized.connect(self._resize)
        self.plot.getViewBox().sigRangeChanged.connect(self._look_elsewhere)
        self._take_title()

    def _take_title(self) -> None:
        """Numbers have no boundary between them."""
        signature = self.store.analysis.signature
        title = "Prediction" if signature is not None and signature.task == "regression" else self.title
        self.setWindowTitle(title)
        self.plot.setAccessibleName(title)

    @property
    def picture(self) -> GridPicture | None:
        return self._refinement.picture(super().picture)

    def grid_bounds(self) -> Bounds | None:
        return self._bounds

    def requests(self) -> frozenset[Request]:
        band = self._refinement.request
        return super().requests() if band is None else super().requests() | {band}

    def _look_elsewhere(self) -> None:
        """The dock's shape or the user's zoom shows another part of the plane: the picture is to fill it."""
        if self._bounds is None:
            return
        (x0, x1), (y0, y1) = self.plot.getViewBox().viewRange()
        # Five digits are finer than a pixel; without them, every rounding would be another request.
        x0, y0, x1, y1 = (float(f"{edge:.5g}") for edge in (x0, y0, x1, y1))
        if (x0, y0, x1, y1) != self._bounds and x1 > x0 and y1 > y0:
            self._bounds = x0, y0, x1, y1
            self.requests_changed.emit()

    def draw(self, snapshot: Snapshot) -> None:
        if self._refinement.follow(self.request(), snapshot):
            self._rest.start()
        super().draw(snapshot)

    def _refine(self) -> None:
        self._refinement.begin()
        self.requests_changed.emit()

    def show_answer(self, answer: GridPicture | None) -> None:
        self._show_picture()
        if self.split is None:
            self.probe_mark.show_at(None)
        report, split = (None, None) if self.snapshot is None else (self.snapshot.step_report, self.snapshot.data)
        self.points.ring(() if report is None else report.samples, split)

    # Painting

    def begin_painting(self) -> None:
        """Take up the brush, where the data are painted ones."""
        self.painting.begin()

    def hindrance(self, snapshot: Snapshot) -> str:
        found = super().hindrance(snapshot)
        if self.painting.sheet is None:
            return found
        if self.split is None:
            # An empty sheet has neither a plane to choose nor a scale; those of the data before would stay.
            self.planes.clear()
            self._scales.hide()
        # A sheet is there to be painted on, whatever the network says.
        return ""

    def _forget_sheet(self) -> None:
        self._fitted = None

    def _show_sheet(self) -> None:
        """Draws the sheet as it is painted, which is ahead of what the worker has."""
        sheet = self.painting.sheet
        self.painting.show_points(self.target_scale())
        if sheet is None:
            self._fitted = None
            return
        if self.split is None:
            self.pages.show_content()
            self._scales.hide()
        wanted = sheet_of(sheet.xy, _MARGIN)
        if self._fitted is None:
            self._fitted = wanted
            self._fit(wanted, *sheet.dataset.axes)
        elif joined(self._fitted, wanted) != self._fitted:
            # Not now: the plane would move under the brush.
            self._fitted = x0, y0, x1, y1 = joined(self._fitted, wanted)
            self.plot.aim(x0, x1, y0, y1)
        self.points.hide()
        if not self.painting.easel.strokes.under_way:
            # A legend with another line would move the plane under the brush.
            self.legend.show_marks(self.painting.legend())
        self._describe()

    # Reading, clicking, keys

    def reading(self, point: QPointF) -> str:
        place = place_on(self.plot, point)
        if place is None or self.split is None or self.frame is None:
            return ""
        x, y = place.x(), place.y()
        lines = []
        sheet = self.painting.sheet
        spot = None if sheet is None else self.painting.point_at(place)
        if sheet is not None and spot is not None:
            x, y = sheet.xy[spot].tolist()
            lines.append(f"{'Validation' if sheet.held[spot] else 'Training'} point: {sheet.words(spot)}")
        elif self.painting.easel.painting:
            # Nothing stands in the way of the brush.
            return ""
        sample = self.points.sample_at(place) if sheet is None else None
        data = None if sample is None else self.split.part(sample.part)
        if sample is not None and data is not None:
            ((x, y),) = self.frame.project(data.shown[sample.index : sample.index + 1]).tolist()
            lines.append(f"{sample.title}: {reading.tell_target(data, sample.index, self.output)}")
        lines.append(reading.tell_place(self.names, x, y))
        picture = self.picture
        at = None if picture is None else reading.nearest_point(picture, x, y)
        if picture is not None and at is not None:
            lines += reading.tell_values(picture, at, self.split.train, self.aspect, self.threshold)
        return "\n".join(lines)

    def table(self) -> NumberTable | None:
        if self.picture is None or self.split is None:
            return None
        return reading.table_of(self.picture, self.split.train, self.names)

    def _click(self, event: Any) -> None:
        """A click, not a drag: the sample there is the probe. A second one shows everything again, and only that."""
        box = self.plot.getViewBox()
        if event.button() != Qt.MouseButton.LeftButton or not box.sceneBoundingRect().contains(event.scenePos()):
            return
        if event.double():
            self.take_back()
            return
        place = box.mapSceneToView(event.scenePos())
        near = self.points.sample_near if self.painting.sheet is None else self.painting.sample_at
        sample = near(place)
        if sample is not None:
            self.choose(sample)
        else:
            self.choose_place(place.x(), place.y())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move the probe over the plane."""
        own = event.type() == QEvent.Type.KeyPress and watched is self.plot and not self.painting.easel.painting
        if not own or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        way, place = _ARROWS.get(Qt.Key(event.key())), self.probe_place()
        if way is None or place is None or self._bounds is None:
            return super().eventFilter(watched, event)
        x0, y0, x1, y1 = self._bounds
        self.choose_place(
            min(max(place[0] + way[0] * (x1 - x0) * _KEY_STEP, x0), x1),
            min(max(place[1] + way[1] * (y1 - y0) * _KEY_STEP, y0), y1),
        )
        return True

    # Drawing

    def take_plane(self) -> None:
        if self.split is None or self.frame is None:
            return
        self._header.wide_from = _WIDE if self.planes.whole else _WIDER
        self._header.arrange()
        spots = self.points.take(self.split, self.frame)
        self._refinement.clear()
        if self.painting.sheet is not None:
            self.restyle_data()
            return
        if self.frame.exact:
            # Many points are thinned; the plane shows where all of them lie.
            parts = (self.split.train, self.split.validation)
            spots = np.concatenate([in_memory(part.shown) for part in parts if part is not None])
        self._fit(bounds_of(spots, _MARGIN), *self.names)
        self.restyle_data()

    def _fit(self, bounds: Bounds, bottom: str, left: str) -> None:
        """Shows a part of the plane, with titles of its axes."""
        self._bounds = x0, y0, x1, y1 = bounds
        self.plot.set_titles(bottom=bottom, left=left)
        self._slope = (y1 - y0) / (x1 - x0)
        self._stretch()
        self.plot.fit(x0, x1, y0, y1)
        self.plot.follow()
        self._look_elsewhere()

    def mark_probe(self) -> None:
        self.probe_mark.show_at(self.probe_place())
        self._describe()

    def _describe(self) -> None:
        words = [self.probe_words(), self.painting.easel.words()]
        self.plot.setAccessibleDescription(". ".join(filter(None, words)))

    def restyle_data(self) -> None:
        if self.split is None or self.frame is None:
            return
        self.back.setVisible(isinstance(self.aspect, UnitRef))
        self._scales.setVisible(self.aspect != "classes")
        self.bar.setVisible(self.aspect != "classes")
        self._shades = ClassShades(len(self.split.train.classes))
        if self.painting.sheet is None:
            self._show_legend(self.points.show(self.output, self.target_scale()))
        else:
            self._show_sheet()
        self._pictured = None
        self._show_picture()

    def _show_picture(self) -> None:
        picture = self.picture
        if picture is None or self.split is None:
            self._pictured = None
            self.image.clear()
            self.lines.clear()
            return
        self._show_lines(picture)
        if picture is self._pictured:
            return
        self._pictured = picture
        if self.aspect == "classes":
            colours = self._shades.rgba(*classify(picture.values, self.threshold))
        else:
            scale = self.scale(picture)
            self.bar.set_scale(*scale)
            colours = diverging_rgba(self.heights(picture), *scale)
        self.image.setImage(colours, autoLevels=False, levels=(0, 255))
        # The values belong to points of the grid, which are the centres of the pixels.
        (rows, columns), (x0, y0, x1, y1) = picture.values.shape[1:], picture.bounds
        dx, dy = (x1 - x0) / max(columns - 1, 1), (y1 - y0) / max(rows - 1, 1)
        self.image.setRect(QRectF(x0 - dx / 2, y0 - dy / 2, dx * columns, dy * rows))

    def _show_lines(self, picture: GridPicture) -> None:
        if picture.aspect != self.aspect:
            # Those of another output, until the worker has answered.
            self.lines.clear()
            return
        running = self.snapshot is not None and self.snapshot.state is RunState.RUNNING
        now = time.monotonic()
        if picture is self._pictured or (running and now - self._lines_drawn < _LINES_EVERY):
            return
        self._lines_drawn = now
        main = middle(len(picture.values), self.aspect, self.threshold)
        self.lines.show_lines(picture.contours, picture.bounds, main)

    def _switch_lines(self, shown: bool) -> None:
        self.with_contours = shown
        if not shown:
            self.lines.clear()
        self._pictured, self._lines_drawn = None, 0.0
        self.requests_changed.emit()

    def _stretch(self) -> None:
        """Fills the plot as far as that distorts nothing beyond recognition."""
        box = self.plot.getViewBox()
        shape = box.width() / max(box.height(), 1.0)
        box.setAspectLocked(True, ratio=self._slope * min(max(shape, 1 / _STRETCH), _STRETCH))

    def _resize(self) -> None:
        if self._bounds is None:
            return
        self._stretch()
        if self.plot.following:
            self.plot.follow()
        self.points.fit_sizes()

    def _show_legend(self, shown: int) -> None:
        if self.split is None:
            return
        colours = theme().colours
        train, held = self.split.train, self.split.validation
        entries = [("●", class_colour(colours, index).name(), name) for index, name in enumerate(train.classes)] or [
            ("●", colours.text, "Train")
        ]
        if held is not None:
            entries.append(("□" if train.classes else "■", colours.text, "Validation"))
        total = len(train) + (len(held) if held is not None else 0)
        if shown < total:
            entries.append(("", colours.muted, f"{shown:,} of {total:,} points"))
        self.legend.show_marks(entries)
