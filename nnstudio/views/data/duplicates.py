"""Duplicates: held-out samples that are also, or nearly, among the training samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QPointF
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from nnstudio.store import Store
from nnstudio.training.data_facts import duplicates, parts_of
from nnstudio.training.messages import Snapshot
from nnstudio.training.sample_text import probe_text
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.data.base import DataView
from nnstudio.views.data.duplicate_model import HELD, TRAINED, DuplicateModel, PictureCells, pairs_of
from nnstudio.views.plotting import Header, column, short

_ROW, _PICTURE_ROW, _WIDE = 24, 52, 320


class DuplicatesView(DataView):
    """View of the pairs of a held-out sample and the training sample that it repeats."""

    dock_name = "duplicatesView"
    title = "Duplicates"
    saying = "held-out samples that training has seen"
    rank = 76
    waiting = "The samples appear as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.model = DuplicateModel()
        self.grid = QTableView()
        self.grid.setObjectName("duplicateTable")
        self.grid.setAccessibleName("Samples that are in two parts")
        self.grid.setModel(self.model)
        for place in (HELD, TRAINED):
            self.grid.setItemDelegateForColumn(place, PictureCells(self.grid))
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setFrameShape(QTableView.Shape.NoFrame)
        self.grid.setTabKeyNavigation(False)
        self.grid.setWordWrap(False)
        lines, names = self.grid.verticalHeader(), self.grid.horizontalHeader()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.hide()
        names.setHighlightSections(False)
        names.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.info = StillLabel("Number of duplicates", yields=True)
        content = QWidget()
        column(content, Header(self.info, wide_from=_WIDE), self.grid)
        self.set_content(content)
        self.make_inspectable(self.grid.viewport(), owner=self.grid)
        self.grid.selectionModel().currentChanged.connect(self._choose_sample)
        self._none = ""

    def measure(self) -> Callable[[Split], Any]:
        return duplicates

    def hindrance(self, snapshot: Snapshot) -> str:
        data = snapshot.data
        if data is not None and len(data.train) and len(parts_of(data)) < 2:
            return "No samples are held out, so none can be in two parts. Hold some out in the data panel."
        return super().hindrance(snapshot) or self._none

    def show_data(self, split: Split) -> None:
        pairs = pairs_of(self.fact)
        self.model.show_pairs(split, pairs)
        self.grid.verticalHeader().setDefaultSectionSize(_PICTURE_ROW if self.model.pictures else _ROW)
        looked = sum(each.samples for each in self.fact.values())
        equal, near = (sum(count) for count in zip(*((d.equal, d.near) for d in self.fact.values()), strict=True))
        self._none = "" if pairs else f"None of the {looked:,} held-out samples is, or nearly is, a training sample."
        if not pairs:
            self.pages.show_hint(self._none)
            return
        found = [f"{count:,} {word}" for count, word in ((equal, "equal"), (near, "nearly equal")) if count]
        text = f"{' and '.join(found)} to a training sample, of {looked:,} held out"
        self.info.setText(text, f"{' and '.join(found)}")
        limits = ", ".join(short(each.limit, 3) for each in self.fact.values())
        near_by = (
            f"Nearly equal: no further apart than {limits}; the usual distance to the nearest training sample is "
            f"{', '.join(short(each.usual, 3) for each in self.fact.values())}."
            if any(each.limit for each in self.fact.values())
            else "Nearly equal ones were not looked for."
        )
        self.info.setToolTip(f"{text}.\nTheir scores tell what was remembered, not what was learnt. {near_by}")
        self.grid.setAccessibleDescription(text)

    def _measured(self, fact: Any) -> None:
        super()._measured(fact)
        if self._none:
            self.pages.show_hint(self._none)

    def release(self) -> None:
        self._none = ""
        self.model.show_pairs(None, [])

    def _choose_sample(self, current: QModelIndex) -> None:
        ref = self.model.ref(current.row(), current.column()) if current.isValid() else None
        if ref is not None:
            self.store.choose_sample(ref)

    def reading(self, point: QPointF) -> str:
        index = self.grid.indexAt(QPoint(int(point.x()), int(point.y())))
        if not index.isValid():
            return ""
        ref = self.model.ref(index.row(), index.column())
        if ref is None:
            return f"Distance between their inputs: {self.model.text(index.row(), index.column())}"
        other = "\nThe targets of the two differ" if self.model.differs(index.row()) else ""
        return f"{probe_text(ref, self.split)}{other}\nClick to make it the probe"

    def table(self) -> NumberTable | None:
        model, pairs = self.model, self.model.pairs
        if not pairs:
            return None

        def lines() -> Iterable[Sequence[object]]:
            for line, pair in enumerate(pairs):
                targets = model.text(line, HELD + 1), model.text(line, TRAINED + 1)
                yield (pair.held.part, pair.held.index + 1, targets[0], pair.train.index + 1, targets[1], pair.distance)

        header = ("part", "sample", "target", "training sample", "its target", "distance")
        return NumberTable(header, lines)
