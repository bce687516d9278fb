"""Choosers: pick one declaration of several, or toggle one, with its fields."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.declared import Declared, describe
from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel
from nnstudio.panels.parts import Formula
from nnstudio.ui.controls import ComboBox, Switch
from nnstudio.ui.labels import text_label

Kind = type[Declared]


class Choice(QWidget):
    """Base of choosers: the chosen declaration, with a form for its fields.

    Signals:
        chosen: the user chose this class, or None for nothing.
        changed: the user gave this field this value.
    """

    chosen = Signal(object)
    changed = Signal(str, object)

    def __init__(self, panel: Panel, name: str, title: str) -> None:
        super().__init__()
        self.name, self.title = name, title
        self._panel = panel
        self._forms: dict[Kind, Form] = {}
        self.form: Form | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)

    def show_value(self, value: Declared | None) -> None:
        """Show the chosen declaration and the values of its fields."""
        kind = None if value is None else type(value)
        self._show_kind(kind)
        if kind is not None and kind not in self._forms:
            form = self._forms[kind] = Form(describe(kind))
            form.changed.connect(self.changed)
            self._panel.explain_form(form)
            self.column.addWidget(form)
        for known, form in self._forms.items():
            form.setVisible(known is kind and bool(form.rows))
        self.form = self._forms[kind] if kind is not None else None
        if self.form is not None:
            self.form.set_values(dict(value or {}))

    def _show_kind(self, kind: Kind | None) -> None:
        raise NotImplementedError(f"{type(self).__name__} shows no kind")


class Chooser(Choice):
    """Chooser of one declaration among several, with its help and formula.

    `none` is the name of the entry that chooses nothing, if there is one.
    """

    def __init__(
        self, panel: Panel, name: str, title: str, kinds: Mapping[str, Kind], *, none: tuple[str, str] | None = None
    ) -> None:
        super().__init__(panel, name, title)
        self._none = none or ("", "")
        self._kinds: list[Kind | None] = [*([None] if none else []), *kinds.values()]
        self.combo = ComboBox()
        self.combo.setObjectName(name)
        self.combo.setAccessibleName(title)
        if none:
            self.combo.addItem(none[0], "")
        for key, kind in kinds.items():
            self.combo.addItem(kind.title, key)
        self.combo.activated.connect(lambda index: self.chosen.emit(self._kinds[index]))
        label = text_label(title, "heading")
        label.setBuddy(self.combo)
        self._help = text_label(role="muted")
        self._formula = Formula()
        for widget in (label, self.combo, self._help, self._formula):
            self.column.addWidget(widget)

    def _show_kind(self, kind: Kind | None) -> None:
        title, help_ = (kind.title, kind.help) if kind is not None else self._none
        self.combo.setCurrentIndex(self._kinds.index(kind))
        self.combo.setToolTip(title)
        self._help.setText(help_)
        self._formula.show_formula(getattr(kind, "formula", ""))


class Toggle(Choice):
    """Declaration that is on or off."""

    def __init__(self, panel: Panel, name: str, kind: Kind) -> None:
        super().__init__(panel, name, kind.title)
        self.switch = Switch()
        self.switch.setObjectName(name)
        self.switch.setAccessibleName(kind.title)
        self.switch.setAccessibleDescription(kind.help)
        self.switch.clicked.connect(lambda on: self.chosen.emit(kind if on else None))
        label = text_label(kind.title, "heading")
        label.setBuddy(self.switch)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label, 1)
        row.addWidget(self.switch)
        self.column.addLayout(row)
        self.column.addWidget(text_label(kind.help, "muted"))
        panel.foot.explain(kind.title, kind.help, self.switch)

    def _show_kind(self, kind: Kind | None) -> None:
        self.switch.setChecked(kind is not None)
