"""3-D surface: the network's output as height over a plane of its inputs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from nnstudio.document.probe import Part, SampleRef, UnitRef
from nnstudio.store import Store
from nnstudio.training.contours import Bounds, rounded_up
from nnstudio.training.messages import RunState
from nnstudio.training.plane_values import OutputRef, classify
from nnstudio.training.requests.grid import GridPicture
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plane import bounds_of, sheet_of
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.boundary import reading
from nnstudio.views.boundary.colouring import ClassShades
from nnstudio.views.boundary.data_points import chosen_of
from nnstudio.views.boundary.plane_view import PlaneView
from nnstudio.views.boundary.surface_box import axis_of
from nnstudio.views.boundary.surface_canvas import DataMarks, Fittings, SurfaceCanvas
from nnstudio.views.boundary.surface_raster import HEIGHT
from nnstudio.views.plotting import Header, RichLabel, column, short

Array = NDArray[Any]

# Points along each side of the surface.
RESOLUTION = 40
# More samples of a part would hide the surface; so few have a line to the surface that shows the error.
_MOST_MARKS, _MOST_STEMS = 80, 40
_MARGIN = 0.1
_WIDE, _WIDER = 300, 640
_PARTS: tuple[Part, ...] = ("train", "validation")
# Values beyond this are as good as infinite.
_FAR = 1e30


class SurfaceView(PlaneView):
    """View of an output as a surface that can be turned, with the data at the heights of their targets.

    A click makes the sample there the probe. The mouse turns the surface, as do the arrow keys; the wheel, plus and
    minus zoom; a double click, or Home, looks as at first.
    """

    dock_name = "surfaceView"
    title = "3-D surface"
    saying = "the answer as height over the plane; drag to turn it"
    section = "inside"
    layouts = frozenset({"understand"})
    rank = 55
    resolution = RESOLUTION

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.canvas = SurfaceCanvas()
        self.legend = RichLabel("Samples, at the heights of their targets")
        self.legend.setWordWrap(True)
        self.legend.setToolTip(
            "Height: the network's output. Marks: samples at the heights of their targets, faint behind the surface. "
            "Drag to turn, wheel to zoom, double-click to reset; click: look at the sample there."
        )
        self._header = Header(self.legend, self.planes, wide_from=_WIDE)
        content = QWidget()
        column(content, self._header, self.note, self.canvas)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.legend, self.note, fit=self.canvas.reset)
        self._bounds: Bounds | None = None
        # The samples that are drawn, and of each its place in the plane, its label or targets, the height that it
        # should have, its colour, and whether it is hollow.
        self._samples: tuple[SampleRef, ...] = ()
        self._spots: Array = np.zeros((0, 2))
        self._truth: Array = np.zeros(0, np.int64)
        self._targets: Array = np.zeros(0)
        self._colours: list[QColor] = []
        self._hollow: Array = np.zeros(0, bool)
        self._levels = (0.0, 1.0)
        self._shown: GridPicture | None = None
        self.canvas.picked.connect(self._pick)
        self.canvas.unpicked.connect(self.take_back)
        theme().changed.connect(self.restyle_data)

    def grid_bounds(self) -> Bounds | None:
        return self._bounds

    def take_plane(self) -> None:
        if self.split is None or self.frame is None:
            return
        self._header.wide_from = _WIDE if self.planes.whole else _WIDER
        self._header.arrange()
        samples: list[SampleRef] = []
        spots: list[Array] = []
        truth: list[Array] = []
        for part in _PARTS:
            data = self.split.part(part)
            if data is not None:
                chosen = chosen_of(data)[:_MOST_MARKS]
                samples += [SampleRef(part, index) for index in chosen.tolist()]
                spots.append(self.frame.project(data.shown[chosen]))
                truth.append(data.shown_y[chosen])
        self._samples, self._spots, self._truth = tuple(samples), np.concatenate(spots), np.concatenate(truth)
        self._hollow = np.array([sample.part == "validation" for sample in samples], bool)
        painted = self.split.train.keys is not None
        self._bounds = (sheet_of if painted else bounds_of)(self._spots, _MARGIN)
        self.restyle_data()

    def mark_probe(self) -> None:
        self.canvas.setAccessibleDescription(self.probe_words())
        if self._shown is not None:
            self.canvas.show_fittings(self._fittings(self._shown))

    def restyle_data(self) -> None:
        if self.split is None or self.frame is None:
            return
        colours, train = theme().colours, self.split.train
        entries = [("●", class_colour(colours, index).name(), name) for index, name in enumerate(train.classes)] or [
            ("●", colours.text, "Train")
        ]
        if self.split.validation is not None:
            entries.append(("□", colours.text, "Validation"))
        self.legend.show_marks(entries)
        self._shown, self._colours = None, self._find_colours()
        self.show_answer(self.picture)

    def show_answer(self, answer: GridPicture | None) -> None:
        running = self.snapshot is not None and self.snapshot.state is RunState.RUNNING
        if answer is None or self.split is None:
            self._shown = None
            self.canvas.clear()
        elif answer is not self._shown or running != self.canvas.moving:
            self._shown, self.canvas.moving = answer, running
            self._targets = self._find_targets(len(answer.values))
            self._levels = self._range(answer)
            heights = self.heights(answer)
            if self.aspect == "classes":
                rgba = ClassShades(len(self.split.train.classes)).rgba(*classify(answer.values, self.threshold))
            else:
                rgba = diverging_rgba(heights, *self.scale(answer))
            self.canvas.show_surface(self._lifted(heights), rgba, self._fittings(answer))

    # Heights

    def _range(self, picture: GridPicture) -> tuple[float, float]:
        """The values at floor and ceiling: round, and around all values and targets."""
        values = np.concatenate([self.heights(picture).ravel(), self._targets])
        values = np.clip(values[np.isfinite(values)], -_FAR, _FAR)
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        if high - low <= 1e-9 * max(abs(low), abs(high), 1.0):
            low, high = low - 0.5, high + 0.5
        step = rounded_up((high - low) / 4)
        return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step

    def _find_targets(self, outputs: int) -> Array:
        """The heights (N,) that the samples should have, NaN where the aspect has no targets."""
        if self.split is None or isinstance(self.aspect, UnitRef):
            return np.full(len(self._truth), math.nan)
        if self.split.train.task == "regression":
            return self._truth[:, self.output].astype(np.float64)
        if outputs == 1:
            # As far below the threshold as 1 is above.
            return np.where(self._truth > 0, 1.0, 2 * self.threshold - 1)
        if isinstance(self.aspect, OutputRef):
            return np.where(self._truth == self.aspect.index, 1.0, 0.0)
        # Of the right class, all of the lead over the others.
        return np.ones(len(self._truth))

    def _lifted(self, values: Array) -> Array:
        """Values as heights in the box, those beyond it at its floor or ceiling."""
        low, high = self._levels
        share = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / (high - low)
        lifted: Array = (np.clip(share, 0.0, 1.0) - 0.5) * HEIGHT
        return lifted

    def _fittings(self, picture: GridPicture) -> Fittings:
        (x0, y0, x1, y1), (low, high) = picture.bounds, self._levels
        axes = (axis_of(self.names[0], x0, x1), axis_of(self.names[1], y0, y1), axis_of(self._height_name(), low, high))
        surface = self._lifted(self.heights(picture))
        feet = surface[self._cells(picture)]
        heights = np.where(np.isnan(self._targets), feet, self._lifted(self._targets))
        places = np.column_stack([(self._spots - (x0, y0)) / (x1 - x0, y1 - y0) - 0.5, heights])
        marks = DataMarks(places, feet, self._colours, self._hollow)
        return Fittings(axes, marks, self._probe_corner(picture, surface), stems=len(feet) <= _MOST_STEMS)

    def _cells(self, picture: GridPicture) -> tuple[Array, Array]:
        """Rows and columns of the points of the grid nearest to the samples."""
        x0, y0, x1, y1 = picture.bounds
        rows, columns = picture.values.shape[1:]
        at = (self._spots - (x0, y0)) / (x1 - x0, y1 - y0) * (columns - 1, rows - 1)
        column, row = np.clip(np.rint(at), 0, (columns - 1, rows - 1)).astype(np.intp).T
        return row, column

    def _probe_corner(self, picture: GridPicture, surface: Array) -> tuple[float, float, float] | None:
        """Place of the probe on the surface, None where it lies beside it."""
        place = self.probe_place()
        at = None if place is None else reading.nearest_point(picture, *place)
        if place is None or at is None:
            return None
        x0, y0, x1, y1 = picture.bounds
        return (place[0] - x0) / (x1 - x0) - 0.5, (place[1] - y0) / (y1 - y0) - 0.5, float(surface[at])

    def _height_name(self) -> str:
        if isinstance(self.aspect, UnitRef):
            return self.aspect.title
        if self.aspect == "classes":
            return "margin" if self.picture is not None and len(self.picture.values) > 1 else "output"
        return "output" if self.aspects.count() == 1 else self.aspects.currentText().lower()

    def _find_colours(self) -> list[QColor]:
        if self.split is not None and self.split.train.task == "regression":
            rgba = diverging_rgba(self._truth[:, self.output], *self.target_scale())
            return [QColor(*row) for row in rgba.tolist()]
        colours = theme().colours
        return [class_colour(colours, label) for label in self._truth.tolist()]

    # Reading

    def reading(self, point: QPointF) -> str:
        picture, split = self._shown, self.split
        if picture is None or split is None:
            return ""
        mark, lines = self.canvas.mark_at(point), []
        if mark is not None:
            sample, (x, y) = self._samples[mark], self._spots[mark].tolist()
            data = split.part(sample.part)
            assert data is not None
            lines.append(f"{sample.title}: {reading.tell_target(data, sample.index, self.output)}")
        else:
            place = self.canvas.place_at(point)
            if place is None:
                return ""
            x, y = self._from_box(place)
        lines.append(reading.tell_place(self.names, x, y))
        at = reading.nearest_point(picture, x, y)
        if at is not None:
            if self.aspect == "margin":
                lines.append(f"margin {short(float(self.heights(picture)[at]), 3)}")
            lines += reading.tell_values(picture, at, split.train, self.aspect, self.threshold)
        return "\n".join(lines)

    def _from_box(self, place: tuple[float, float]) -> tuple[float, float]:
        """Coordinates of the plane at a place on the surface, from 0 to 1."""
        assert self._shown is not None
        x0, y0, x1, y1 = self._shown.bounds
        return x0 + place[0] * (x1 - x0), y0 + place[1] * (y1 - y0)

    def table(self) -> NumberTable | None:
        if self._shown is None or self.split is None:
            return None
        return reading.table_of(self._shown, self.split.train, self.names)

    def _pick(self, point: QPointF) -> None:
        """A click: the sample there is the probe."""
        mark, place = self.canvas.mark_at(point), self.canvas.place_at(point)
        if mark is not None:
            self.choose(self._samples[mark])
        elif place is not None and self._shown is not None:
            self.choose_place(*self._from_box(place))
