"""Gallery of the pictures, with filters; a click makes one the probe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from engine.data import Signature
from nnstudio.document.probe import SampleRef
from nnstudio.store import Store
from nnstudio.training.data_facts import value_range
from nnstudio.training.sample_text import exact, probe_text
from nnstudio.training.split import Split
from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sample_image import to_image
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.data.base import DataView
from nnstudio.views.data.filters import ClassFilter, PartFilter, header_of
from nnstudio.views.data.picture_wall import LARGEST, SMALLEST, PictureWall
from nnstudio.views.data.rows import PART_WORDS, Choice, SampleRows
from nnstudio.views.plotting import column

Array = NDArray[Any]

_WIDE = 560


class GalleryView(DataView):
    """View of the pictures of one or all parts and classes, however many."""

    dock_name = "galleryView"
    title = "Gallery"
    saying = "the pictures; a click makes one the probe"
    needs = "pictures"
    rank = 74
    waiting = "The pictures appear as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.wall = PictureWall()
        self.part = PartFilter("galleryPart")
        self.label = ClassFilter("galleryClass")
        self.size_slider = JumpSlider(Qt.Orientation.Horizontal)
        self.size_slider.setObjectName("gallerySize")
        self.size_slider.setAccessibleName("Size of the pictures")
        self.size_slider.setToolTip("Size of the pictures")
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setValue(self.wall.side)
        self.size_slider.setFixedWidth(90)
        self.info = StillLabel("Number of pictures", yields=True)
        content = QWidget()
        column(content, header_of(self.info, self.part, self.label, self.size_slider, wide_from=_WIDE), self.wall)
        self.set_content(content)
        self.make_inspectable(self.wall.viewport(), owner=self.wall)
        self._rows: SampleRows | None = None
        self._order: Array | None = None
        for box in (self.part, self.label):
            box.chosen.connect(self._choose_pictures)
        self.size_slider.valueChanged.connect(self.wall.set_side)
        self.wall.chosen.connect(self._choose_sample)
        store.sample_changed.connect(self._follow_sample)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return len(signature.input_shape) in (2, 3)

    def measure(self) -> Callable[[Split], Any]:
        return value_range

    def show_data(self, split: Split) -> None:
        self._rows = SampleRows(split)
        self.part.show_parts([part for part, _ in self._rows.parts])
        self.label.show_classes(split.train.classes)
        self._show(None)

    def release(self) -> None:
        self._rows = None
        self.wall.show_pictures(0, lambda place: QImage(), lambda place: ("", None))

    def _choose_pictures(self) -> None:
        rows, choice = self._rows, Choice(self.part.part, self.label.label)
        if rows is not None:
            self.in_background(lambda: rows.order(choice), self._show)

    def _show(self, order: Array | None) -> None:
        rows = self._rows
        if rows is None:
            return
        self._order = order
        count = rows.total if order is None else len(order)
        self.wall.show_pictures(count, self._picture, self._label)
        text = f"{count:,} pictures" if count == rows.total else f"{count:,} of {rows.total:,} pictures"
        self.info.setText(text, f"{count:,}")
        self.wall.setAccessibleDescription(text)
        self._follow_sample()

    def _row(self, place: int) -> int:
        return place if self._order is None else int(self._order[place])

    def _sample(self, place: int) -> tuple[Array, SampleRef]:
        """Picture at a place of the wall, in the units of the source, and its name."""
        assert self._rows is not None
        ref = self._rows.ref(self._row(place))
        return self._rows.parts[self._rows.place(self._row(place))[0]][1].shown[ref.index], ref

    def _picture(self, place: int) -> QImage:
        low, high = self.fact
        return to_image(self._sample(place)[0], min(low, 0.0), max(high, 1e-6))

    def _label(self, place: int) -> tuple[str, int | None]:
        rows = self._rows
        assert rows is not None
        row, at = self._row(place), len(rows.inputs)
        return rows.text(row, at), int(rows.value(row, at)) if rows.first.classes else None

    def _choose_sample(self, place: int) -> None:
        if self._rows is not None:
            self.store.choose_sample(self._rows.ref(self._row(place)))

    def _follow_sample(self) -> None:
        rows, sample = self._rows, self.store.sample
        row = rows.row_of(sample) if rows is not None and isinstance(sample, SampleRef) else None
        place = row
        if row is not None and self._order is not None:
            found = np.flatnonzero(self._order == row)
            place = int(found[0]) if len(found) else None
        self.wall.mark(place)

    def reading(self, point: QPointF) -> str:
        place = self.wall.place_at(point)
        if place is None or self._rows is None:
            return ""
        sample, ref = self._sample(place)
        box, text = self.wall.box(place), probe_text(ref, self.split)
        if not box.contains(point.toPoint()):
            return text
        height, width = sample.shape[-2:]
        row = min(int((point.y() - box.top()) / box.height() * height), height - 1)
        across = min(int((point.x() - box.left()) / box.width() * width), width - 1)
        values = ", ".join(exact(value) for value in sample.reshape(-1, height, width)[:, row, across])
        return f"{text}\nrow {row + 1}, column {across + 1}: {values}"

    def table(self) -> NumberTable | None:
        rows, order = self._rows, self._order
        if rows is None:
            return None

        def lines() -> Iterable[Sequence[object]]:
            for row in range(rows.total) if order is None else order.tolist():
                ref = rows.ref(row)
                yield (PART_WORDS[ref.part], ref.index + 1, *rows.cells(row))

        return NumberTable(("part", "sample", *rows.inputs, *rows.targets), lines)
