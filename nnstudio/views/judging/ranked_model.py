"""Table model of ranked samples: true and predicted value, confidence or error, and the inputs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from engine.data import Data
from engine.data.describe import input_names
from nnstudio.document.probe import SampleRef
from nnstudio.training.requests.ranked_samples import SampleRanking
from nnstudio.training.sample_text import exact, rounded, target_of
from nnstudio.views.plotting import short

Index = QModelIndex | QPersistentModelIndex

# Inputs that have a column; the probe's panel has all of them.
_MOST_INPUTS = 40
# Numbers that a text has room for.
_FEW = 3


class RankedModel(QAbstractTableModel):
    """Model of ranked samples of one part, one a line."""

    def __init__(self) -> None:
        super().__init__()
        self.ranking: SampleRanking | None = None
        self.data_: Data | None = None
        self._inputs: tuple[str, ...] = ()

    def show_ranking(self, ranking: SampleRanking | None, data: Data | None) -> None:
        """Show samples of these data."""
        self.beginResetModel()
        if data is not self.data_:
            self._inputs = () if data is None or data.shown.ndim > 2 else input_names(data)[:_MOST_INPUTS]
        self.ranking, self.data_ = ranking, data
        self.endResetModel()

    @property
    def header(self) -> tuple[str, ...]:
        """Titles of the columns."""
        measure = "Error" if self.ranking is not None and self.ranking.own is None else "Confidence"
        return ("Sample", "True", "Predicted", measure, *self._inputs)

    def ref(self, line: int) -> SampleRef | None:
        """Sample in a line."""
        ranking = self.ranking
        if ranking is None or not 0 <= line < len(ranking.indices):
            return None
        return SampleRef(ranking.part, int(ranking.indices[line]))

    def line_of(self, ref: object) -> int | None:
        """Line of a sample; None if it is not among them."""
        ranking = self.ranking
        if ranking is None or not isinstance(ref, SampleRef) or ref.part != ranking.part:
            return None
        found = (ranking.indices == ref.index).nonzero()[0]
        return int(found[0]) if len(found) else None

    def said(self, line: int) -> str:
        """Prediction for a sample, as text."""
        ranking, data = self.ranking, self.data_
        assert ranking is not None
        assert data is not None
        if ranking.own is not None:
            return data.classes[int(ranking.said[line])]
        return ", ".join(rounded(float(value)) for value in ranking.said[line][:_FEW])

    def true(self, line: int) -> str:
        """True class or numbers of a sample, as text."""
        ranking, data = self.ranking, self.data_
        assert ranking is not None
        assert data is not None
        index = int(ranking.indices[line])
        if data.classes:
            return target_of(data, index)
        return ", ".join(rounded(float(value)) for value in data.shown_y[index][:_FEW])

    def measure(self, line: int) -> str:
        """Confidence in the prediction, or size of the error, as text."""
        assert self.ranking is not None
        value = float(self.ranking.confidence[line])
        return rounded(value) if self.ranking.own is None else f"{value:.1%}"

    def text(self, line: int, column: int) -> str:
        """Text of a cell."""
        assert self.ranking is not None
        assert self.data_ is not None
        if column == 0:
            return f"{int(self.ranking.indices[line]) + 1:,}"
        if column < 4:
            return (self.true, self.said, self.measure)[column - 1](line)
        value = self.data_.shown[int(self.ranking.indices[line])].reshape(-1)[column - 4]
        return exact(value) if len(exact(value)) < 9 else short(float(value), 5)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.ranking is None else len(self.ranking.indices)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.header)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() not in (1, 2):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation == Qt.Orientation.Vertical:
            return None
        return self.header[section]
