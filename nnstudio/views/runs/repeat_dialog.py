"""Dialog for repeats of a run: how many, from which seed."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from nnstudio.ui.labels import text_label

_MOST = 100
_LARGEST_SEED = 2**31 - 1


class RepeatDialog(QDialog):
    """Dialog for repeats over seeds."""

    def __init__(self, seed: int, epochs: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("repeatDialog")
        self.setWindowTitle("Repeat over seeds")
        sentence = text_label(
            f"Trains the network anew with other seeds, {epochs:,} epochs each, beside the present run. Every repeat "
            "becomes a run of the project; compared with their mean, they tell how much is luck."
        )
        self.count = QSpinBox()
        self.count.setObjectName("repeatCount")
        self.count.setAccessibleName("Number of repeats")
        self.count.setRange(1, _MOST)
        self.count.setValue(5)
        self.first = QSpinBox()
        self.first.setObjectName("repeatFirst")
        self.first.setAccessibleName("First seed")
        self.first.setRange(0, _LARGEST_SEED - _MOST)
        self.first.setValue(min(seed + 1, _LARGEST_SEED - _MOST))
        form = QFormLayout()
        form.addRow("Number of repeats", self.count)
        form.addRow("First seed", self.first)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Repeat")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(sentence)
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(420)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of the repeats."""
        first = self.first.value()
        return tuple(range(first, first + self.count.value()))
