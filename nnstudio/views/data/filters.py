"""Filters of samples: one part, one class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from nnstudio.document.probe import Part
from nnstudio.ui.flow_layout import FlowLayout
from nnstudio.views.data.rows import PART_WORDS
from nnstudio.views.plotting import Header


def header_of(info: QWidget, *widgets: QWidget, wide_from: int) -> Header:
    """Header of a text and controls, which stand in as many lines as there is need for."""
    controls = QWidget()
    flow = FlowLayout(controls)
    flow.setContentsMargins(0, 0, 0, 0)
    flow.setSpacing(6)
    for widget in widgets:
        flow.addWidget(widget)
    header = Header(info, controls, wide_from=wide_from)
    # A fixed height would be that of one line.
    header.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return header


class PartFilter(QComboBox):
    """List of the parts of the data, and all of them.

    Signals:
        chosen: the user has chosen another entry.
    """

    chosen = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Part of the data")
        self.setToolTip("Show the samples of one part only")
        self.activated.connect(lambda: self.chosen.emit())

    @property
    def part(self) -> Part | None:
        """Chosen part; None for all."""
        found: Part | None = self.currentData()
        return found

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Offer these parts, and choose all; hidden if there is one only."""
        self.clear()
        self.addItem("All parts", None)
        for part in parts:
            self.addItem(PART_WORDS[part].capitalize(), part)
        self.setVisible(len(parts) > 1)


class ClassFilter(QComboBox):
    """List of the classes, and all of them.

    Signals:
        chosen: the user has chosen another entry.
    """

    chosen = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Class of the samples")
        self.setToolTip("Show the samples of one class only")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(11)
        self.activated.connect(lambda: self.chosen.emit())

    @property
    def label(self) -> int | None:
        """Chosen class; None for all."""
        found: int | None = self.currentData()
        return found

    def show_classes(self, classes: Sequence[str]) -> None:
        """Offer these classes, and choose all; hidden without classes."""
        self.clear()
        self.addItem("All classes", None)
        for label, name in enumerate(classes):
            self.addItem(name, label)
        self.setVisible(bool(classes))
