"""Options of a sweep in its window: how to search, what to measure, where to store, how many processes."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.declared import describe_fields
from nnstudio.document.sweep import SweepSettings
from nnstudio.panels.form import LABEL_WIDTH, Form
from nnstudio.sweep.study import STUDY
from nnstudio.training.run_table import score_title
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.scroll_column import ScrollColumn

_FIELDS = ("trials", "sampler", "pruner", "epochs", "keep", "seed")


class SweepOptions(QWidget):
    """Options of a sweep.

    Signals:
        changed: a person gave a setting of the document this value. moved: the storage or the study is another one.
    """

    changed = Signal(str, object)
    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = Form(describe_fields(SweepSettings, *_FIELDS))
        self.form.changed.connect(self.changed)
        self.measure = QComboBox()
        self.measure.setObjectName("searchMetric")
        self.measure.setAccessibleName("Metric by which trials are judged")
        self.measure.activated.connect(lambda: self.changed.emit("metric", self.measure.currentData()))
        self.place = QLineEdit()
        self.place.setObjectName("searchStorage")
        self.place.setAccessibleName("Storage: a file, or the URL of a database")
        self.place.setToolTip(
            plain_tip("A file, or a database such as sqlite:///… or postgresql+psycopg://…, which others may share.")
        )
        self.place.editingFinished.connect(self.moved)
        browse = QPushButton("…")
        browse.setObjectName("searchBrowse")
        browse.setAccessibleName("Choose a file for the study")
        browse.setFixedWidth(44)
        browse.clicked.connect(self._browse)
        self.study = QLineEdit(STUDY)
        self.study.setObjectName("searchStudy")
        self.study.setAccessibleName("Name of the study")
        self.study.setToolTip(plain_tip("A storage can hold several studies, each with ranges of its own."))
        self.study.editingFinished.connect(self.moved)
        self.count = QSpinBox()
        self.count.setObjectName("searchProcesses")
        self.count.setAccessibleName("Processes that train at the same time")
        self.count.setRange(1, max(os.cpu_count() or 1, 2))
        self.count.lineEdit().setTextMargins(6, 0, 0, 0)
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.place, 1)
        row.addWidget(browse)
        grid = QGridLayout()
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        for number, (title, widget) in enumerate(
            (("Metric", self.measure), ("Storage", place), ("Study", self.study), ("Processes", self.count))
        ):
            label = PlainLabel(title)
            label.setBuddy(widget)
            grid.addWidget(label, number, 0)
            grid.addWidget(widget, number, 1)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 0, 8, 8)
        column.addWidget(self.form)
        column.addLayout(grid)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(ScrollColumn(inner))

    def show_settings(self, settings: SweepSettings, measures: tuple[str, ...]) -> None:
        """Show settings, and the measures there are to choose from."""
        self.form.set_values({name: getattr(settings, name) for name in _FIELDS})
        names = ["", *dict.fromkeys([*measures, *([settings.metric] if settings.metric else [])])]
        if [self.measure.itemData(place) for place in range(self.measure.count())] != names:
            self.measure.clear()
            usual = f" ({score_title(measures[0]).lower()})" if measures else ""
            for name in names:
                self.measure.addItem(_title(name) if name else f"As usual{usual}", name)
        self.measure.setCurrentIndex(names.index(settings.metric))

    def _browse(self) -> None:
        start = self.place.text() if "://" not in self.place.text() else str(Path.home())
        chosen, _ = QFileDialog.getSaveFileName(
            self, "File of the study", start, "Studies (*.sweep);;All files (*)", options=_ANY
        )
        if chosen:
            self.place.setText(chosen)
            self.moved.emit()


# A study that is there is gone on with, not overwritten.
_ANY = QFileDialog.Option.DontConfirmOverwrite


def _title(measure: str) -> str:
    from engine.errors import SpecError

    try:
        return score_title(measure)
    except SpecError:
        return measure
