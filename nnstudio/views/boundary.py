"""Decision boundary: the network's output over the input plane, with the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QWidget

from engine.data import Data, Signature
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.grid import Grid, GridPicture
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plane import bounds_of
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views import grid_reading
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.crosshair import place_on
from nnstudio.views.plotting import (
    ColourBar,
    Header,
    RichLabel,
    ThemedPlot,
    blend,
    column,
    short,
)

Array = NDArray[Any]

RESOLUTION = 100
# More points than this hide the picture and slow the window; a random part is drawn.
MOST_POINTS = 1500
# Room around the data, as a share of their width.
_MARGIN = 0.1
# How strongly a class's colour covers the canvas, undecided and certain. Never fully: the points stay visible.
_WEAK, _STRONG = 0.1, 0.72
_SHADES = 64
# The plane is stretched up to so much to fill the plot; what room is left then shows what lies around the data.
_STRETCH = 1.5
# At this width legend and colour bar stand beside each other.
_WIDE = 340
# A plot with sides shorter than this, and one with more points than that, get smaller marks.
_SMALL, _MANY = 190, 300
# So few points, such as XOR's four, are to be seen from the back of a room.
_FEW = 20
# How much wider than a point the ring around it is, in pixels.
_RING = 8
# Outputs beyond this are as good as infinite; differences of larger ones would overflow.
_FAR = 1e30


def classify(values: Array, threshold: float) -> tuple[Array, Array]:
    """Class and confidence, 0 to 1, of outputs (K, ...).

    Several outputs: the class with the largest, and its margin over the second. One output: the side of the threshold
    on which it lies, and its distance, in halves of the distance between the two targets. With probabilities both are
    the margin of the likelier class over the other.
    """
    values = np.clip(np.nan_to_num(values, nan=threshold), -_FAR, _FAR)
    if len(values) == 1:
        distance = values[0] - threshold
        return (distance > 0).astype(np.intp), np.minimum(np.abs(distance) / (1 - threshold), 1.0)
    winner = values.argmax(axis=0)
    two = np.partition(values, len(values) - 2, axis=0)[-2:]
    return winner, np.clip(two[1] - two[0], 0.0, 1.0)


class _SmoothImage(pg.ImageItem):
    """An image drawn without steps between its pixels."""

    def paint(self, painter: QPainter, *args: Any) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, *args)


class BoundaryView(AnswerView):
    """View of classes as colours and confidence as shade, or of a predicted number."""

    dock_name = "boundaryView"
    title = "Decision boundary"
    needs = "data with two inputs"
    square = True
    group, rank = "network", 50
    waiting = "The plane appears as soon as the network is ready to train."
    drawn_without_answer = True

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.plot = ThemedPlot("Decision boundary")
        self.image = _SmoothImage(axisOrder="row-major")
        self.train = pg.ScatterPlotItem(pxMode=True)
        self.validation = pg.ScatterPlotItem(pxMode=True)
        # Around the points that a step made by hand has used.
        self.rings = pg.ScatterPlotItem(pxMode=True)
        for order, item in enumerate((self.image, self.train, self.validation, self.rings)):
            item.setZValue(order)
            self.plot.addItem(item)
        self.legend = RichLabel("Classes")
        self.legend.setWordWrap(True)
        self.bar = ColourBar()
        self.target = QComboBox()
        self.target.setAccessibleName("Output to show")
        self.target.setToolTip("Predicted number to show")
        self.target.currentIndexChanged.connect(self._show_data)
        content = QWidget()
        column(content, Header(self.legend, self.bar, self.target, wide_from=_WIDE), self.plot)
        self.set_content(content)
        self.make_inspectable(self.plot.viewport(), self.legend, self.bar, owner=self.plot, fit=self.plot.follow)
        # Which samples the drawn points are.
        self._drawn_samples: dict[pg.ScatterPlotItem, Array] = {}
        self._used: tuple[int, ...] = ()
        self._split: Split | None = None
        self._request: Grid | None = None
        self._centre, self._reach = 0.0, 1.0
        # How much longer a unit is drawn across than up where the part around the data is a square on screen.
        self._slope = 1.0
        self._table = np.zeros((0, 4), np.uint8)
        self.plot.restyled.connect(self._show_data)
        store.changed.connect(self._take_title)
        self.plot.getViewBox().sigResized.connect(self._resize)
        self.plot.getViewBox().sigRangeChanged.connect(self._look_elsewhere)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return signature.input_shape == (2,)

    def _take_title(self) -> None:
        """Numbers have no boundary between them."""
        signature = self.store.analysis.signature
        title = "Prediction" if signature is not None and signature.task == "regression" else self.title
        self.setWindowTitle(title)
        self.plot.setAccessibleName(title)

    @property
    def _picture(self) -> GridPicture | None:
        return self.answer if isinstance(self.answer, GridPicture) else None

    def request(self) -> Grid | None:
        return self._request

    def _look_elsewhere(self) -> None:
        """The dock's shape or the user's zoom shows another part of the plane: the picture is to fill it."""
        if self._request is None:
            return
        (x0, x1), (y0, y1) = self.plot.getViewBox().viewRange()
        # Five digits are finer than a pixel; without them, every rounding would be another request.
        bounds = tuple(float(f"{edge:.5g}") for edge in (x0, y0, x1, y1))
        grid = Grid((bounds[0], bounds[1], bounds[2], bounds[3]), RESOLUTION)
        if grid != self._request and x1 > x0 and y1 > y0:
            self._request = grid
            self.requests_changed.emit()

    def hindrance(self, snapshot: Snapshot) -> str:
        if snapshot.data is None or len(snapshot.data.train) == 0:
            self._request = None
            return brief(snapshot.message) or self.waiting
        if snapshot.data.train.x.shape[1:] != (2,):
            # The last snapshot of the data that were there before.
            self._request = None
            return self.waiting
        if snapshot.data is not self._split:
            self._take(snapshot.data)
        return ""

    def show_answer(self, answer: GridPicture | None) -> None:
        self._show_picture()
        report = self.snapshot.step_report if self.snapshot is not None else None
        self._show_used(report.samples if report is not None else ())

    def _show_used(self, samples: tuple[int, ...]) -> None:
        """Rings the points of these training samples."""
        self._used = samples
        if self._split is None or not samples:
            if len(self.rings.data):
                self.rings.clear()
            return
        spots = self._split.train.shown[list(samples[:MOST_POINTS])]
        pen, size = pg.mkPen(theme().colours.text, width=2), self._mark_size(len(self._split.train)) + _RING
        self.rings.setData(x=spots[:, 0], y=spots[:, 1], size=size, pen=pen, brush=None, symbol="o")

    def reading(self, point: QPointF) -> str:
        place = place_on(self.plot, point)
        if place is None or self._split is None:
            return ""
        train, x, y = self._split.train, place.x(), place.y()
        lines = []
        for part, item, data in (
            ("Validation", self.validation, self._split.validation),
            ("Training", self.train, train),
        ):
            spots: Sequence[Any] = item.pointsAt(place)
            if data is not None and len(spots):
                index = int(self._drawn_samples[item][spots[0].index()])
                x, y = data.shown[index].tolist()
                lines.append(f"{part} sample {index + 1:,}: {grid_reading.tell_target(data, index, self._output)}")
                break
        lines.append(grid_reading.tell_place(train, x, y))
        outputs = grid_reading.outputs_at(self._picture, x, y) if self._picture is not None else None
        if outputs is not None and train.task == "regression":
            lines.append(f"Predicted {short(float(outputs[min(self._output, len(outputs) - 1)]))}")
        elif outputs is not None:
            winner, confidence = classify(outputs, self.store.document.training.loss.threshold)
            lines.append(grid_reading.tell_class(train, outputs, int(winner), float(confidence)))
        return "\n".join(lines)

    def table(self) -> NumberTable | None:
        if self._picture is None or self._split is None:
            return None
        return grid_reading.table_of(self._picture, self._split.train)

    def _take(self, split: Split) -> None:
        """Other data: other bounds, points, legend."""
        self._split, self.answer, self._used = split, None, ()
        train = split.train
        parts = [part.shown for part in (train, split.validation) if part is not None]
        x0, y0, x1, y1 = bounds_of(np.concatenate(parts), _MARGIN)
        self._request = Grid((x0, y0, x1, y1), RESOLUTION)
        names = grid_reading.names_of(train)
        self.plot.set_titles(bottom=names[0], left=names[1])
        self._slope = (y1 - y0) / (x1 - x0)
        self._stretch()
        self.plot.fit(x0, x1, y0, y1)
        self.plot.follow()
        self._look_elsewhere()
        numbers = train.y.shape[1] if train.task == "regression" else 0
        self.target.blockSignals(True)
        self.target.clear()
        self.target.addItems([f"Output {index}" for index in range(numbers)])
        self.target.blockSignals(False)
        self.target.setVisible(numbers > 1)
        self._show_data()

    def _show_data(self) -> None:
        """Draws points and legend anew, after other data, another theme or another output was chosen."""
        if self._split is None:
            return
        train, held = self._split.train, self._split.validation
        regression = train.task == "regression"
        self.bar.setVisible(regression)
        if regression:
            self._find_scale(train)
            self.bar.set_scale(self._centre, self._reach)
        else:
            self._table = self._shades(max(len(train.classes), 2))
        shown = self._scatter(self.train, train, hollow=False)
        if held is None:
            self.validation.setData([])
        else:
            shown += self._scatter(self.validation, held, hollow=True)
        self._show_legend(shown)
        self._show_picture()
        self._show_used(self._used)

    def _find_scale(self, train: Data) -> None:
        """The numbers the scale runs over, from the targets, so that colours mean the same all through training."""
        column = self._column(train)
        low, high = float(column.min()), float(column.max())
        if low < 0 < high:
            self._centre, self._reach = 0.0, max(-low, high)
        else:
            self._centre = (low + high) / 2
            self._reach = (high - low) / 2 or abs(self._centre) or 1.0

    def _column(self, data: Data) -> Array:
        return data.y[:, self._output]

    @property
    def _output(self) -> int:
        """Predicted number to show."""
        return max(self.target.currentIndex(), 0)

    def _shades(self, classes: int) -> NDArray[np.uint8]:
        """Colours of all classes at all shades: (classes * shades, 4)."""
        colours = theme().colours
        canvas = np.array(blend(colours.canvas, colours.canvas, 1).getRgb(), float)
        full = np.array([class_colour(colours, index).getRgb() for index in range(classes)], float)
        strength = np.linspace(_WEAK, _STRONG, _SHADES)[None, :, None]
        return np.rint(full[:, None] * strength + canvas * (1 - strength)).astype(np.uint8).reshape(-1, 4)

    def _show_picture(self) -> None:
        if self._picture is None or self._split is None:
            self.image.clear()
            return
        values, (x0, y0, x1, y1) = self._picture.values, self._picture.bounds
        if self._split.train.task == "regression":
            colours = diverging_rgba(values[min(self._output, len(values) - 1)], self._centre, self._reach)
        else:
            winner, confidence = classify(values, self.store.document.training.loss.threshold)
            classes = len(self._table) // _SHADES
            shade = (confidence * (_SHADES - 1) + 0.5).astype(np.intp)
            colours = self._table[(winner % classes) * _SHADES + shade]
        self.image.setImage(colours, autoLevels=False, levels=(0, 255))
        # The values belong to points of the grid, which are the centres of the pixels.
        rows, columns = values.shape[1:]
        dx, dy = (x1 - x0) / max(columns - 1, 1), (y1 - y0) / max(rows - 1, 1)
        self.image.setRect(QRectF(x0 - dx / 2, y0 - dy / 2, dx * columns, dy * rows))

    def _scatter(self, item: pg.ScatterPlotItem, data: Data, *, hollow: bool) -> int:
        """Draws samples, or a part of them; returns how many. Hollow marks are squares, the others discs."""
        colours = theme().colours
        chosen = np.arange(len(data))
        if len(data) > MOST_POINTS:
            chosen = np.random.default_rng(0).permutation(len(data))[:MOST_POINTS]
        self._drawn_samples[item] = chosen
        if data.task == "regression":
            rgba, which = np.unique(
                diverging_rgba(self._column(data)[chosen], self._centre, self._reach), axis=0, return_inverse=True
            )
            fills = [pg.mkColor(*map(int, row)) for row in rgba]
            which = which.ravel()
        else:
            labels, which = np.unique(data.y[chosen], return_inverse=True)
            fills = [class_colour(colours, int(label)) for label in labels]
        if data.task == "regression":
            # A hollow mark would lose its colour where the picture has the same.
            inner, outer = [pg.mkBrush(fill) for fill in fills], [pg.mkPen(colours.text, width=1)] * len(fills)
        elif hollow:
            inner, outer = [pg.mkBrush(colours.canvas)] * len(fills), [pg.mkPen(fill, width=2) for fill in fills]
        else:
            inner, outer = [pg.mkBrush(fill) for fill in fills], [pg.mkPen(colours.canvas, width=1)] * len(fills)
        item.setData(
            x=data.shown[chosen, 0],
            y=data.shown[chosen, 1],
            brush=[inner[index] for index in which],
            pen=[outer[index] for index in which],
            symbol="s" if hollow else "o",
            size=self._mark_size(len(data)),
        )
        return len(chosen)

    def _mark_size(self, count: int) -> int:
        box = self.plot.getViewBox()
        small = bool(min(box.width(), box.height()) < _SMALL)
        return 8 - small - (count > _MANY) + (6 if count <= _FEW else 0)

    def _stretch(self) -> None:
        """Fills the plot as far as that distorts nothing beyond recognition."""
        box = self.plot.getViewBox()
        shape = box.width() / max(box.height(), 1.0)
        box.setAspectLocked(True, ratio=self._slope * min(max(shape, 1 / _STRETCH), _STRETCH))

    def _resize(self) -> None:
        if self._split is None:
            return
        self._stretch()
        if self.plot.following:
            self.plot.follow()
        for item, data in ((self.train, self._split.train), (self.validation, self._split.validation)):
            if data is not None and item.opts["size"] != self._mark_size(len(data)):
                item.setSize(self._mark_size(len(data)))
        self._show_used(self._used)

    def _show_legend(self, shown: int) -> None:
        if self._split is None:
            return
        colours = theme().colours
        train, held = self._split.train, self._split.validation
        entries = [("●", class_colour(colours, index).name(), name) for index, name in enumerate(train.classes)] or [
            ("●", colours.text, "Train")
        ]
        if held is not None:
            entries.append(("□" if train.classes else "■", colours.text, "Validation"))
        total = len(train) + (len(held) if held is not None else 0)
        if shown < total:
            entries.append(("", colours.muted, f"{shown:,} of {total:,} points"))
        self.legend.show_marks(entries)
