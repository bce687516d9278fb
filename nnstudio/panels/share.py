"""Field for the fraction of the data kept for validation or test."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.declared import FieldInfo
from nnstudio.panels.form import LABEL_WIDTH
from nnstudio.ui.controls import Slider
from nnstudio.ui.labels import PlainLabel, text_label


class Share(QWidget):
    """Slider for the fraction of one part.

    Signals:
        chosen: the user chose this fraction, 0 to 0.9.
    """

    chosen = Signal(float)

    def __init__(self, field: FieldInfo) -> None:
        super().__init__()
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(field.name)
        self.slider.setAccessibleName(field.title)
        self.slider.setAccessibleDescription(field.help)
        self.slider.setRange(round(100 * (field.minimum or 0)), round(100 * (field.maximum or 1)))
        self.slider.setPageStep(5)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # New data are made at the end of a drag only, and not for every pixel on the way.
        self.slider.setTracking(False)
        self.percent = PlainLabel()
        self.percent.setObjectName(f"{field.name}Percent")
        self.percent.setFixedWidth(self.percent.fontMetrics().horizontalAdvance("100%"))
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        label = PlainLabel(field.title)
        label.setFixedWidth(LABEL_WIDTH)
        label.setWordWrap(True)
        label.setBuddy(self.slider)
        self.error = text_label(role="error")
        self.error.setObjectName(f"{field.name}Error")
        self.error.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(8)
        whole.addLayout(row)
        whole.addWidget(self.error)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.percent)
        self.slider.sliderMoved.connect(self._tell)
        self.slider.valueChanged.connect(self._tell)
        self.slider.valueChanged.connect(lambda value: self.chosen.emit(value / 100))

    def show_share(self, share: float) -> None:
        """Show a fraction without emitting a signal."""
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(round(100 * share))
            self._tell(round(100 * share))

    def show_error(self, sentence: str) -> None:
        """Show a sentence below the slider; "" hides it."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def _tell(self, value: int) -> None:
        self.percent.setText(f"{value}%")
