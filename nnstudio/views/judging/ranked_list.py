"""List of ranked samples: a wall of pictures, or a table of rows; a click makes one the probe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedWidget, QTableView, QWidget

from nnstudio.store import Store
from nnstudio.training.requests.ranked_samples import SampleRanking
from nnstudio.training.sample_text import probe_text, target_of
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sample_image import to_image
from nnstudio.views.data.picture_wall import PictureWall
from nnstudio.views.judging.ranked_model import RankedModel

# Height of rows, bounds of the widths of columns, and rows that they are measured on; side of a picture.
_ROW, _NARROWEST, _WIDEST, _MEASURED, _SIDE = 22, 56, 160, 12, 64


class RankedList(QStackedWidget):
    """Ranked samples as pictures where they are such, else as rows.

    Attributes:
        wall: pictures, each with its true and its predicted class. grid: rows. model: the samples.
        named: the classes stand below each picture; else only the confidence.
    """

    def __init__(self, store: Store, *, named: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.named = named
        self._store = store
        self._split: Split | None = None
        self.model = RankedModel()
        self.wall = PictureWall()
        self.wall.setObjectName("rankedPictures")
        self.wall.setAccessibleName("Samples in their order")
        self.wall.set_side(_SIDE)
        self.grid = QTableView()
        self.grid.setObjectName("rankedTable")
        self.grid.setAccessibleName("Samples in their order")
        self.grid.setModel(self.model)
        self.grid.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.grid.setFrameShape(QTableView.Shape.NoFrame)
        self.grid.setTabKeyNavigation(False)
        self.grid.setWordWrap(False)
        lines, names = self.grid.verticalHeader(), self.grid.horizontalHeader()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setDefaultSectionSize(_ROW)
        lines.hide()
        names.setHighlightSections(False)
        self.addWidget(self.wall)
        self.addWidget(self.grid)
        self._widths: object = None
        self.wall.chosen.connect(self._choose)
        self.grid.selectionModel().currentRowChanged.connect(self._choose_row)
        store.sample_changed.connect(self._mark)

    @property
    def canvases(self) -> tuple[tuple[QWidget, QWidget], ...]:
        """Widgets on which values are read, each with the one that has the keyboard focus."""
        return (self.wall.viewport(), self.wall), (self.grid.viewport(), self.grid)

    def take_focus(self) -> None:
        """Give the keyboard focus to the samples."""
        (self.wall if self.currentWidget() is self.wall else self.grid).setFocus()

    def show_ranking(self, ranking: SampleRanking | None, split: Split | None) -> None:
        """Show samples of these data; the place that was scrolled to stays where they are still as many."""
        data = None if ranking is None or split is None else split.part(ranking.part)
        if ranking is not None and _equal(ranking, self.model.ranking) and data is self.model.data_:
            return
        if ranking is not None and (data is None or ranking.indices.max(initial=-1) >= len(data)):
            # Other data came just now; their answer comes with a later snapshot.
            return
        self._split = split
        pictures = data is not None and data.shown.ndim in (3, 4)
        shown = self.wall if pictures else self.grid
        bar = shown.verticalScrollBar()
        before = bar.value()
        self.model.show_ranking(ranking, data)
        self.setCurrentWidget(shown)
        if pictures:
            self.wall.show_pictures(self.model.rowCount(), self._picture, self._label)
        else:
            self.wall.show_pictures(0, self._picture, self._label)
            self._fit_columns()
        bar.setValue(before)
        self._mark()

    def _fit_columns(self) -> None:
        header, metrics = self.model.header, self.grid.fontMetrics()
        if header == self._widths or not self.model.rowCount():
            return
        self._widths = header
        for column, title in enumerate(header):
            lines = range(min(self.model.rowCount(), _MEASURED))
            texts = [title, *(self.model.text(line, column) for line in lines)]
            width = max(map(metrics.horizontalAdvance, texts)) + 18
            self.grid.setColumnWidth(column, min(max(width, _NARROWEST), _WIDEST))

    def _picture(self, place: int) -> QImage:
        ref, data = self.model.ref(place), self.model.data_
        if ref is None or data is None:
            return QImage()
        x = data.shown[ref.index]
        # By its own numbers: those of all pictures would take a look at all of them.
        return to_image(x, min(float(x.min()), 0.0), max(float(x.max()), 1e-6))

    def _label(self, place: int) -> tuple[str, int | None]:
        model = self.model
        assert model.ranking is not None
        if model.ranking.own is None:
            return model.measure(place), None
        true, said = model.true(place), model.said(place)
        share = f"{float(model.ranking.confidence[place]):.0%}"
        text = f"{true}→{said} {share}" if self.named and true != said else share
        return text, int(model.ranking.said[place])

    def _choose(self, place: int) -> None:
        ref = self.model.ref(place)
        if ref is not None:
            self._store.choose_sample(ref)

    def _choose_row(self, current: QModelIndex) -> None:
        if current.isValid():
            self._choose(current.row())

    def _mark(self) -> None:
        """Mark the probe, if it is among the samples."""
        line = self.model.line_of(self._store.sample)
        self.wall.mark(line, scroll=False)
        if line is None:
            self.grid.clearSelection()
        elif self.grid.currentIndex().row() != line:
            self.grid.setCurrentIndex(self.model.index(line, 0))

    def reading(self, point: QPointF) -> str:
        """Text for a place on the canvas in front."""
        if self.currentWidget() is self.wall:
            line = self.wall.place_at(point)
        else:
            index = self.grid.indexAt(QPoint(int(point.x()), int(point.y())))
            line = index.row() if index.isValid() else None
        return "" if line is None else f"{self.words(line)}\nClick to make it the probe"

    def words(self, line: int) -> str:
        """Sample in a line, with its prediction, in words."""
        model, ranking, ref = self.model, self.model.ranking, self.model.ref(line)
        if ranking is None or ref is None or model.data_ is None:
            return ""
        first = probe_text(ref, self._split)
        if ranking.own is None:
            several = " standard deviations" if model.data_.shown_y.shape[1] > 1 else ""
            return f"{first}\npredicted {model.said(line)}, {model.measure(line)}{several} off"
        text = f"{first}\npredicted as {model.said(line)} with {float(ranking.confidence[line]):.1%}"
        if model.said(line) != model.true(line):
            text += f"; {model.true(line)} has {float(ranking.own[line]):.1%}"
        return text

    def table(self) -> NumberTable | None:
        """Samples as numbers, with all digits."""
        ranking, data = self.model.ranking, self.model.data_
        if ranking is None or data is None:
            return None
        targets = 1 if data.classes else data.shown_y.shape[1]
        names = [
            word if targets == 1 else f"{word} {place + 1}"
            for word in ("true", "predicted")
            for place in range(targets)
        ]
        measures = ("error",) if ranking.own is None else ("confidence", "share of the true class")

        def lines() -> Iterable[Sequence[object]]:
            for line, index in enumerate(ranking.indices.tolist()):
                first, confidence = (ranking.part, index + 1), ranking.confidence[line]
                if ranking.own is None:
                    yield (*first, *data.shown_y[index], *ranking.said[line], confidence)
                else:
                    said = data.classes[int(ranking.said[line])]
                    yield (*first, target_of(data, index), said, confidence, ranking.own[line])

        return NumberTable(("part", "sample", *names, *measures), lines)


def _equal(one: SampleRanking, other: SampleRanking | None) -> bool:
    """True if both name the same samples, with the same predictions."""
    return (
        other is not None
        and one.part == other.part
        and all(
            np.array_equal(a, b)
            for a, b in ((one.indices, other.indices), (one.said, other.said), (one.confidence, other.confidence))
        )
    )
