"""Settings of the train, validation and test split."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.declared import FieldInfo, describe
from nnstudio.document import edits, values
from nnstudio.document.model import DataSettings
from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.share import Share
from nnstudio.training.split import Split

# As the column that is none: then the order is that of the file.
_NO_COLUMN = "(order of the data)"
_COLUMN, _SEED = "split_column", "split_seed"
# Kinds of split that go by a column, and those that draw lots.
_BY_COLUMN, _DRAWN = ("column", "order"), ("stratified", "random", "column")


class SplitBox(QWidget):
    """Shares of the parts, how the samples are dealt out, and the seed."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel, self._store = panel, panel.store
        fields = {field.name: field for field in describe(DataSettings)}
        self._column_field = fields[_COLUMN]
        self._columns: tuple[str, ...] = ()
        self.share, self.test = Share(fields["validation"]), Share(fields["test"])
        for share, name in ((self.share, "validation"), (self.test, "test")):
            share.chosen.connect(lambda value, name=name: self._set_share(name, value))
            panel.foot.explain(fields[name].title, fields[name].help, share, share.slider)
        self.form = Form([fields["split_by"], fields[_SEED]])
        self.form.changed.connect(self._set)
        self.columns = Form([self._choice(())])
        self.columns.changed.connect(self._set)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        for widget in (self.share, self.test, self.form, self.columns):
            self._column.addWidget(widget)
        panel.explain_form(self.form)

    def refresh(self) -> None:
        """Show the settings of the present document."""
        data = self._store.document.data
        self.share.show_share(data.validation)
        self.test.show_share(data.test)
        self.form.set_values({"split_by": data.split_by, _SEED: data.split_seed})
        self.form.rows[_SEED].setVisible(data.split_by in _DRAWN)
        self.columns.setVisible(data.split_by in _BY_COLUMN)
        if self.columns.isVisibleTo(self):
            self._show_column(data.split_column)

    def show_split(self, split: Split | None) -> None:
        """Offer the columns of these data."""
        if split is not None:
            self._columns = (*split.train.beside, *split.train.shown_features)
            self.refresh()

    def _show_column(self, chosen: str) -> None:
        known = self._columns if not chosen or chosen in self._columns else (*self._columns, chosen)
        field = self._choice((_NO_COLUMN, *known))
        if self.columns.fields != (field,):
            old = self.columns
            self.columns = Form([field], self)
            self.columns.changed.connect(self._set)
            self._panel.explain_form(self.columns)
            self._column.replaceWidget(old, self.columns)
            old.hide()
            old.deleteLater()
        self.columns.set_values({_COLUMN: chosen or _NO_COLUMN})

    def _choice(self, names: tuple[str, ...]) -> FieldInfo:
        return replace(self._column_field, kind="choice", choices=names or (_NO_COLUMN,), default=_NO_COLUMN)

    def _set_share(self, name: str, share: float) -> None:
        document = self._store.document
        share_box = self.share if name == "validation" else self.test
        old = getattr(document.data, name)
        try:
            changed = edits.set_data(document, **{name: share})
        except ValidationError as error:
            share_box.show_share(old)
            share_box.show_error(refusal(error, "Split"))
            return
        for each in (self.share, self.test):
            each.show_error("")
        self._panel.change(f"{name} split", f"{old:.0%}", f"{share:.0%}", changed, f"data.{name}")

    def _set(self, name: str, value: object) -> None:
        document = self._store.document
        form = self.columns if name == _COLUMN else self.form
        field = form.rows[name].field
        value = "" if value == _NO_COLUMN else value
        changes = {name: value}
        if name == "split_by" and value == "column" and not document.data.split_column and self._columns:
            # Without a column there is nothing to go by.
            changes[_COLUMN] = self._columns[0]
        try:
            changed = edits.set_data(document, **changes)
        except ValidationError as error:
            form.refuse(name, refusal(error, field.title))
            return
        words = values.tell(field, getattr(document.data, name)), values.tell(field, value)
        self._panel.change(field.title.lower(), *words, changed, f"data.{name}")
