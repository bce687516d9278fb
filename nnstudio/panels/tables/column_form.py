"""Form of one column: role, kind, gaps and coding, with the coding in words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from engine.data.tables.coding import ColumnCoding
from engine.data.tables.guess import TableGuess
from engine.data.tables.settings import ColumnSetting
from nnstudio.document import values
from nnstudio.panels.form import Form
from nnstudio.panels.tables.column_fields import DATE_PARTS, change_of, column_fields, shown_values
from nnstudio.ui.flow_layout import FlowLayout
from nnstudio.ui.labels import text_label


class ColumnForm(QWidget):
    """Settings of one column.

    Signals:
        role_chosen: another role, in the words of the form.
        changed: these settings of the column, by name.
    """

    role_chosen = Signal(str)
    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = Form(())
        self._title = text_label("", "heading")
        self._title.setObjectName("columnTitle")
        self.words = text_label("", "muted")
        self.words.setObjectName("columnWords")
        self._parts = QWidget()
        flow = FlowLayout(self._parts)
        flow.setContentsMargins(0, 0, 0, 0)
        self.parts: dict[str, QCheckBox] = {}
        for part in DATE_PARTS:
            box = QCheckBox(values.word(part))
            box.setObjectName(f"{part}Part")
            box.setAccessibleName(f"Use the {values.word(part)} of the date")
            box.clicked.connect(self._choose_parts)
            flow.addWidget(box)
            self.parts[part] = box
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        for widget in (self._title, self.form, self._parts, self.words):
            self._column.addWidget(widget)

    def show_column(self, guess: TableGuess, place: int) -> None:
        """Show the column at this place of a guess."""
        column, profile = guess.columns[place], guess.profiles[place]
        coding = coding_in(guess, column)
        several = any(name != column.name for name in guess.targets)
        fields = column_fields(column, coding, several=several)
        if fields != self.form.fields:
            self._replace_form(fields)
        self.form.set_values(shown_values(column, coding, several=several and column.role == "target"))
        self._title.setText(f"Column {column.name:.60}".replace("&", "&&"))
        self._parts.setVisible(column.kind == "date" and column.role == "input")
        for part, box in self.parts.items():
            box.setChecked(part in column.parts)
        found = f"{profile.values:,} values, {profile.gaps:,} gaps"
        if profile.distinct and column.kind != "number":
            found += f", {profile.distinct:,} different"
        elif column.kind == "number" and profile.values:
            found += f", from {profile.low:.6g} to {profile.high:.6g}"
        words = coding.words() if coding is not None and column.role == "input" else ""
        self.words.setText(f"{found}." + (f"\nCoded as {words}." if words else ""))

    def _replace_form(self, fields: tuple[object, ...]) -> None:
        """Take a form of other fields; the one with the keyboard gives it to the field of the same name."""
        old = self.form
        focused = next((name for name, row in old.rows.items() if row.isAncestorOf(self.focusWidget() or row)), "")
        had_focus = old.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self.form = Form(fields)  # type: ignore[arg-type]
        self.form.changed.connect(self._take)
        self._column.replaceWidget(old, self.form)
        old.hide()
        old.deleteLater()
        if had_focus and focused in self.form.rows:
            self.form.rows[focused].editor.control.setFocus()

    def _take(self, name: str, value: object) -> None:
        if name == "role":
            self.role_chosen.emit(value)
        else:
            self.changed.emit(change_of(name, value))

    def _choose_parts(self) -> None:
        chosen = tuple(part for part, box in self.parts.items() if box.isChecked())
        self.changed.emit({"parts": chosen or ("days",)})


def coding_in(guess: TableGuess, column: ColumnSetting) -> ColumnCoding | None:
    """Coding of a column in a guess; None if it is neither input nor target."""
    found = (*guess.coding.inputs, *guess.coding.targets)
    return next((coding for coding in found if coding.name == column.name), None)
