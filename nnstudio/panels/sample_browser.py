"""Sample browser of the data panel: training, validation or test, page by page."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.data import Data
from nnstudio.document.probe import Part, SampleRef
from nnstudio.panels.preview import Preview, look_of, places_of
from nnstudio.panels.sample_choice import SampleChoice
from nnstudio.training.split import Split
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import PlainLabel


class Samples(QWidget):
    """Preview with a switch between the parts of the data, and pages.

    Signals:
        chosen: a person has chosen a sample (`SampleRef`), or given it up (None).
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._split: Split | None = None
        self._used: tuple[int, ...] = ()
        self._chosen: SampleRef | None = None
        self.preview = Preview()
        SampleChoice(self.preview).chosen.connect(self._choose)
        self.train = self._part("trainingPart", "Training")
        self.validation = self._part("validationPart", "Validation")
        self.test = self._part("testPart", "Test")
        self._parts: dict[Part, QToolButton] = {"train": self.train, "validation": self.validation, "test": self.test}
        self.train.setChecked(True)
        group = QButtonGroup(self)
        switch = QHBoxLayout()
        switch.setSpacing(4)
        for button in self._parts.values():
            group.addButton(button)
            switch.addWidget(button, 1)
        group.buttonToggled.connect(lambda _, on: self._show(0) if on else None)

        self.back = self._turn("previousSamples", "Previous samples", "chevron-left")
        self.forth = self._turn("nextSamples", "Next samples", "chevron-right")
        self.place = PlainLabel()
        self.place.setObjectName("samplesPlace")
        self.place.setProperty("role", "muted")
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back.clicked.connect(lambda: self._show(self.preview.first - self.preview.page_size()))
        self.forth.clicked.connect(lambda: self._show(self.preview.first + self.preview.page_size()))
        self._pager = QWidget()
        pages = QHBoxLayout(self._pager)
        pages.setContentsMargins(0, 0, 0, 0)
        pages.addWidget(self.back)
        pages.addWidget(self.place, 1)
        pages.addWidget(self.forth)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(switch)
        column.addWidget(self.preview)
        column.addWidget(self._pager)
        self.show_split(None)

    @property
    def part(self) -> Data | None:
        """Part of the data that is shown."""
        return None if self._split is None else self._split.part(self._part_shown)

    def show_split(self, split: Split | None) -> None:
        """Show other data from their start; the switch stays if it can."""
        self._split = split
        for name, button in self._parts.items():
            title, data = button.accessibleName(), None if split is None else split.part(name)
            button.setText(title if data is None else f"{title} ({len(data):,})")
            button.setEnabled(name == "train" or data is not None)
            if data is None and button.isChecked():
                self.train.setChecked(True)
        self.test.setVisible(split is not None and split.test is not None)
        self._show(0)

    def show_used(self, samples: tuple[int, ...]) -> None:
        """Mark the training samples that a manual step has used."""
        if samples != self._used:
            self._used = samples
            self._mark()

    def show_chosen(self, sample: SampleRef | None) -> None:
        """Show which sample is chosen; its part and its page come up."""
        self._chosen = sample
        button = self.train if sample is None else self._parts[sample.part]
        if sample is not None and button.isEnabled() and not button.isChecked():
            button.setChecked(True)
        size, first = self.preview.page_size(), self.preview.first
        if sample is not None and size and not first <= sample.index < first + size:
            self._show(sample.index // size * size)
        self._mark()

    @property
    def _part_shown(self) -> Part:
        return next((name for name, button in self._parts.items() if button.isChecked()), "train")

    def _choose(self, index: int) -> None:
        self.chosen.emit(None if index < 0 else SampleRef(self._part_shown, index))

    def _mark(self) -> None:
        self.preview.mark(frozenset(self._used if self.train.isChecked() else ()))
        chosen = self._chosen
        self.preview.choose(chosen.index if chosen is not None and chosen.part == self._part_shown else None)
        self._tell_place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_place()

    def _part(self, name: str, title: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(title)
        button.setAccessibleName(title)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return button

    def _turn(self, name: str, title: str, drawing: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(title)
        button.setToolTip(title)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_icon(button, drawing)
        return button

    def _show(self, first: int) -> None:
        whole = None
        if self._split is not None and look_of(self._split.train) == "points":
            whole = np.concatenate([places_of(part) for part in self._split.parts])
        self.preview.show_data(self.part, whole, max(first, 0))
        self._mark()

    def _tell_place(self) -> None:
        data, size, first = self.part, self.preview.page_size(), self.preview.first
        total = len(data) if data is not None else 0
        paged = data is not None and look_of(data) != "points" and total > size
        self._pager.setVisible(paged)
        self.back.setEnabled(first > 0)
        self.forth.setEnabled(first + size < total)
        text = f"{first + 1:,} to {min(first + size, total):,} of {total:,}"
        marked = len(self.preview.marked)
        self.place.setText(f"{text} · {marked} used" if marked else text)
