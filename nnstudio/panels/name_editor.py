"""Name editor for a block or a group."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from nnstudio.panels.form import LABEL_WIDTH
from nnstudio.ui.labels import PlainLabel, text_label


class NameEditor(QWidget):
    """Field for a name, with the reason below where one is refused.

    `rename` takes the old and the new name and returns the reason why it cannot be, or "".
    """

    def __init__(self, rename: Callable[[str, str], str]) -> None:
        super().__init__()
        self._rename = rename
        self.line = QLineEdit()
        self.line.setObjectName("blockName")
        self.line.setAccessibleName("Name")
        self.line.editingFinished.connect(self._finish)
        self.error = text_label(role="error")
        self.error.setObjectName("blockNameError")
        label = PlainLabel("Name")
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(self.line)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.error)
        self._name = ""
        self.error.hide()

    def show_name(self, name: str) -> None:
        """Show a name."""
        if name != self._name:
            self._name = name
            self.line.setText(name)
            self.error.hide()

    def _finish(self) -> None:
        old, self._name = self._name, self.line.text().strip()
        # The name is set before it is tried: renaming moves the focus, which finishes the line once more.
        sentence = self._rename(old, self._name) if old != self._name else ""
        if sentence:
            self._name = old
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
