"""Form made from a declaration: one row per setting, errors below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from engine.declared import FieldInfo
from nnstudio.document import values
from nnstudio.panels.editors import Editor, make_editor
from nnstudio.ui.labels import PlainLabel

_NOTHING = object()  # equal to no value
LABEL_WIDTH = 106  # pixels; the same in all forms, so that fields stand in line across a panel


class Row(QWidget):
    """Row of a form: label, editor, and the sentence of an error, if any."""

    def __init__(self, field: FieldInfo) -> None:
        super().__init__()
        self.field = field
        self.editor: Editor = make_editor(field)
        # Some titles are names out of the user's data: an ampersand in one is no underlined letter.
        self.label = PlainLabel(field.title.replace("&", "&&"))
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setBuddy(self.editor.control)
        self.error = PlainLabel()
        self.error.setObjectName(f"{field.name}Error")
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        self.setToolTip("\n".join(filter(None, (field.help, range_line(field)))))

        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        if self.editor.wide:
            grid.addWidget(self.label, 0, 0, 1, 2)
            grid.addWidget(self.editor, 1, 0, 1, 2)
        else:
            self.label.setFixedWidth(LABEL_WIDTH)
            grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(self.editor, 0, 1)
        grid.addWidget(self.error, 2, 0, 1, 2)
        self.editor.refused.connect(self.show_error)
        self.editor.restored.connect(lambda: self.show_error(""))

    def show_error(self, sentence: str) -> None:
        """Show a sentence below the editor; "" hides it."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.editor.control.setProperty("invalid", bool(sentence))
        style = self.editor.control.style()
        style.unpolish(self.editor.control)
        style.polish(self.editor.control)


class Form(QWidget):
    """Form of a declaration's settings.

    Signals:
        changed: the user gave the field of this name this value. Values shown by the program emit nothing.
    """

    changed = Signal(str, object)

    def __init__(self, fields: Iterable[FieldInfo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.rows: dict[str, Row] = {}
        self._shown: dict[str, Any] = {}
        for field in fields:
            row = Row(field)
            row.editor.edited.connect(lambda value, name=field.name: self._edited(name, value))
            column.addWidget(row)
            self.rows[field.name] = row
        self.setVisible(bool(self.rows))

    @property
    def fields(self) -> tuple[FieldInfo, ...]:
        """Fields of the form, in order."""
        return tuple(row.field for row in self.rows.values())

    def set_values(self, new: Mapping[str, Any]) -> None:
        """Show values in place. A field whose value is unchanged is left alone, with any text being typed in it."""
        for name, row in self.rows.items():
            value = new[name]
            if name not in self._shown or not _same(self._shown[name], value):
                self._shown[name] = value
                row.show_error("")
                if not _same(row.editor.value, value):
                    row.editor.show_value(value)

    def forget(self) -> None:
        """Discard refused texts, because the next values belong to something else."""
        self._shown.clear()
        for row in self.rows.values():
            row.editor.value = _NOTHING

    def refuse(self, name: str, sentence: str) -> None:
        """Show under a field why its value was refused. The typed text stays."""
        row = self.rows[name]
        row.editor.value = self._shown.get(name)
        row.show_error(sentence)

    def _edited(self, name: str, value: Any) -> None:
        self.rows[name].show_error("")
        if not _same(self._shown.get(name), value):
            self.changed.emit(name, value)


def range_line(field: FieldInfo) -> str:
    """Allowed range as a line of help; "" if there is none."""
    bounds = values.range_text(field)
    return f"{bounds[0].upper()}{bounds[1:]}." if bounds and field.kind != "seed" else ""


def _same(one: Any, other: Any) -> bool:
    """Equal, and not just equal like True and 1."""
    return type(one) is type(other) and one == other
