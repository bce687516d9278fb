"""Decision boundary: the network's output over the input plane, with the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QWidget

from engine.data import Signature
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.grid import Grid, GridPicture
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plane import bounds_of
from nnstudio.ui.theme import theme
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.boundary import reading
from nnstudio.views.boundary.colouring import ClassShades, classify, scale_of
from nnstudio.views.boundary.data_points import DataPoints
from nnstudio.views.crosshair import place_on
from nnstudio.views.plotting import ColourBar, Header, RichLabel, ThemedPlot, column, diverging_rgba, short

Array = NDArray[Any]

RESOLUTION = 100
# Room around the data, as a share of their width.
_MARGIN = 0.1
# The plane is stretched up to so much to fill the plot; what room is left then shows what lies around the data.
_STRETCH = 1.5
# At this width legend and colour bar stand beside each other.
_WIDE = 340


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
        self.plot.addItem(self.image)
        self.points = DataPoints(self.plot)
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
        self._split: Split | None = None
        self._request: Grid | None = None
        self._scale = (0.0, 1.0)
        # How much longer a unit is drawn across than up where the part around the data is a square on screen.
        self._slope = 1.0
        self._shades = ClassShades(2)
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
        self.points.ring(report.samples if report is not None else ())

    def reading(self, point: QPointF) -> str:
        place = place_on(self.plot, point)
        if place is None or self._split is None:
            return ""
        train, x, y = self._split.train, place.x(), place.y()
        lines = []
        sample = self.points.sample_at(place)
        data = None if sample is None else self._split.part(sample.part)
        if sample is not None and data is not None:
            x, y = data.shown[sample.index].tolist()
            lines.append(f"{sample.title}: {reading.tell_target(data, sample.index, self._output)}")
        lines.append(reading.tell_place(train, x, y))
        outputs = reading.outputs_at(self._picture, x, y) if self._picture is not None else None
        if outputs is not None and train.task == "regression":
            lines.append(f"Predicted {short(float(outputs[min(self._output, len(outputs) - 1)]))}")
        elif outputs is not None:
            winner, confidence = classify(outputs, self.store.document.training.loss.threshold)
            lines.append(reading.tell_class(train, outputs, int(winner), float(confidence)))
        return "\n".join(lines)

    def table(self) -> NumberTable | None:
        if self._picture is None or self._split is None:
            return None
        return reading.table_of(self._picture, self._split.train)

    def _take(self, split: Split) -> None:
        """Other data: other bounds, points, legend."""
        self._split, self.answer = split, None
        self.points.take(split)
        train = split.train
        parts = [part.shown for part in (train, split.validation) if part is not None]
        x0, y0, x1, y1 = bounds_of(np.concatenate(parts), _MARGIN)
        self._request = Grid((x0, y0, x1, y1), RESOLUTION)
        names = reading.names_of(train)
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
        train = self._split.train
        regression = train.task == "regression"
        self.bar.setVisible(regression)
        if regression:
            self._scale = scale_of(train.y[:, self._output])
            self.bar.set_scale(*self._scale)
        else:
            self._shades = ClassShades(len(train.classes))
        self._show_legend(self.points.show(self._output, self._scale))
        self._show_picture()

    @property
    def _output(self) -> int:
        """Predicted number to show."""
        return max(self.target.currentIndex(), 0)

    def _show_picture(self) -> None:
        if self._picture is None or self._split is None:
            self.image.clear()
            return
        values, (x0, y0, x1, y1) = self._picture.values, self._picture.bounds
        if self._split.train.task == "regression":
            colours = diverging_rgba(values[min(self._output, len(values) - 1)], *self._scale)
        else:
            colours = self._shades.rgba(*classify(values, self.store.document.training.loss.threshold))
        self.image.setImage(colours, autoLevels=False, levels=(0, 255))
        # The values belong to points of the grid, which are the centres of the pixels.
        rows, columns = values.shape[1:]
        dx, dy = (x1 - x0) / max(columns - 1, 1), (y1 - y0) / max(rows - 1, 1)
        self.image.setRect(QRectF(x0 - dx / 2, y0 - dy / 2, dx * columns, dy * rows))

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
        self.points.fit_sizes()

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
