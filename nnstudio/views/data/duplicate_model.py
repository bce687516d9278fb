"""Table model of duplicates: held-out samples beside the training samples that they repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.data.duplicates import Duplicates
from nnstudio.document.probe import Part, SampleRef
from nnstudio.training.sample_text import target_of
from nnstudio.training.split import Split
from nnstudio.ui.colours import chosen_fill
from nnstudio.ui.sample_image import to_image
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

Index = QModelIndex | QPersistentModelIndex

HEADER = ("Held out", "Target", "In training", "Target", "Distance")
HELD, TRAINED = 0, 2
_EDGE = 6


@dataclass(frozen=True)
class Pair:
    """Held-out sample, the training sample that it repeats, and the distance between them; 0 if they are equal."""

    held: SampleRef
    train: SampleRef
    distance: float


def pairs_of(found: dict[Part, Duplicates]) -> list[Pair]:
    """All pairs, the nearest first."""
    made = [
        Pair(SampleRef(part, held), SampleRef("train", train), distance)
        for part, each in found.items()
        for held, train, distance in zip(
            *(array.tolist() for array in (each.held, each.train, each.distances)), strict=True
        )
    ]
    return sorted(made, key=lambda pair: pair.distance)


class DuplicateModel(QAbstractTableModel):
    """Model of pairs, one a line."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[Pair] = []
        self._split: Split | None = None

    def show_pairs(self, split: Split | None, pairs: list[Pair]) -> None:
        """Show pairs of samples of a split."""
        self.beginResetModel()
        self._split, self.pairs = split, pairs
        self.endResetModel()

    @property
    def pictures(self) -> bool:
        """True if the samples are pictures."""
        return self._split is not None and self._split.train.shown.ndim in (3, 4)

    def ref(self, line: int, column: int) -> SampleRef | None:
        """Sample that a cell is about; None for the distance."""
        pair = self.pairs[line]
        return pair.held if column < TRAINED else pair.train if column < len(HEADER) - 1 else None

    def picture(self, ref: SampleRef) -> Any:
        """Image of a sample."""
        sample = None if self._split is None else self._split.sample(ref)
        if sample is None:
            return None
        x = sample.shown
        return to_image(x, min(float(x.min()), 0.0), max(float(x.max()), 1e-6))

    def text(self, line: int, column: int) -> str:
        """Text of a cell."""
        ref = self.ref(line, column)
        if ref is None:
            distance = self.pairs[line].distance
            return "equal" if distance == 0 else short(distance, 3)
        if column in (HELD, TRAINED):
            return f"{ref.part} {ref.index + 1:,}" if column == HELD else f"{ref.index + 1:,}"
        data = None if self._split is None else self._split.part(ref.part)
        return "" if data is None else target_of(data, ref.index)

    def differs(self, line: int) -> bool:
        """True if both samples of a pair have other targets."""
        return self.text(line, HELD + 1) != self.text(line, TRAINED + 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.pairs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADER)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        other = role == Qt.ItemDataRole.ForegroundRole and index.column() == TRAINED + 1
        return QColor(theme().colours.error) if other and self.differs(index.row()) else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return HEADER[section] if orientation == Qt.Orientation.Horizontal else None


class PictureCells(QStyledItemDelegate):
    """Painter of samples that are pictures: the picture, with its number beside it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, DuplicateModel)
        if not model.pictures:
            super().paint(painter, option, index)
            return
        colours, place = theme().colours, option.rect
        assert isinstance(place, QRect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(chosen_fill(colours)))
        side = place.height() - 4
        ref = model.ref(index.row(), index.column())
        image = None if ref is None else model.picture(ref)
        if image is not None:
            painter.drawImage(QRect(place.left() + _EDGE, place.top() + 2, side, side), image)
        painter.setPen(QColor(colours.text))
        room = place.adjusted(side + 2 * _EDGE, 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, model.text(index.row(), index.column()))
