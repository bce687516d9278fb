"""The training panel: loss, optimiser, and how long and in what portions to train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.declared import Declared, describe
from engine.errors import SpecError
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from nnstudio.document import edits
from nnstudio.document.model import OUTPUT, Document, TrainingSettings
from nnstudio.panels import values
from nnstudio.panels.controls import ComboBox
from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.parts import Formula, ProblemBox, text_label
from nnstudio.panels.switching import Memory
from nnstudio.store import Store

_DECLARED = ("loss", "optimizer")  # these have choosers of their own


class Chooser(QWidget):
    """One of several declarations, with what it does and its formula.

    Signals:
        chosen: a person chose the declaration of this name.
    """

    chosen = Signal(str)

    def __init__(self, name: str, title: str, kinds: Mapping[str, type[Declared]]) -> None:
        super().__init__()
        self._kinds = kinds
        self.combo = ComboBox()
        self.combo.setObjectName(name)
        self.combo.setAccessibleName(title)
        for key, kind in kinds.items():
            self.combo.addItem(kind.title, key)
        self.combo.activated.connect(lambda index: self.chosen.emit(self.combo.itemData(index)))
        label = text_label(title, "heading")
        label.setBuddy(self.combo)
        self._help = text_label(role="muted")
        self._formula = Formula()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (label, self.combo, self._help, self._formula):
            column.addWidget(widget)

    def show_choice(self, key: str) -> None:
        kind = self._kinds[key]
        self.combo.setCurrentIndex(self.combo.findData(key))
        self.combo.setToolTip(kind.title)
        self._help.setText(kind.help)
        self._formula.show_formula(getattr(kind, "formula", ""))


class TrainingPanel(Panel):
    """Chooses and tunes how the network is trained."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self._memory = Memory()
        fields = {field.name: field for field in describe(TrainingSettings)}
        self._problem = ProblemBox()
        self.loss = Chooser("loss", "Loss", LOSSES)
        self.loss.chosen.connect(self._choose_loss)
        self.optimizer = Chooser("optimizer", "Optimiser", OPTIMIZERS)
        self.optimizer.chosen.connect(self._choose_optimizer)
        self._forms: dict[str, Form] = {}
        self._form_place = QVBoxLayout()
        self._form_place.setContentsMargins(0, 0, 0, 0)
        self.form = Form(field for name, field in fields.items() if name not in _DECLARED)
        self.form.changed.connect(self._set_field)
        self.explain_form(self.form)
        self.foot.explain("Loss", "What training makes small: how far answers are from targets.", self.loss.combo)
        self.foot.explain("Optimiser", "How weights follow their gradients, step by step.", self.optimizer.combo)
        self.add(self._problem, self.loss)
        self.column.addSpacing(6)
        self.add(self.optimizer)
        self.column.addLayout(self._form_place)
        self.column.addSpacing(6)
        self.add(text_label("Run", "heading"), self.form)
        self.column.addStretch(1)
        store.opened.connect(self._memory.forget)
        self.refresh()

    @property
    def optimizer_form(self) -> Form:
        """The form of the chosen optimiser."""
        return self._forms[self.store.document.training.optimizer.type]

    def refresh(self) -> None:
        training = self.store.document.training
        self._memory.note(training.optimizer)
        self._problem.show_problem(self.store.analysis.problems.get(OUTPUT), self.cures)
        self.loss.show_choice(training.loss.type)
        self.optimizer.show_choice(training.optimizer.type)
        self._show_form(training.optimizer.type)
        self.optimizer_form.set_values(dict(training.optimizer))
        self.form.set_values(dict(training))

    def _show_form(self, name: str) -> None:
        if name not in self._forms:
            form = Form(describe(OPTIMIZERS[name]))
            form.changed.connect(self._set_optimizer_field)
            self.explain_form(form)
            self._forms[name] = form
            self._form_place.addWidget(form)
        for known, form in self._forms.items():
            form.setVisible(known == name)

    def _choose_loss(self, name: str) -> None:
        document = self.store.document
        old, new = document.training.loss, LOSSES[name]
        if old.type != name:
            changed = edits.set_training(document, loss=new(type=name))
            self.store.edit(f"Change loss from {old.title.lower()} to {new.title.lower()}", changed)

    def _choose_optimizer(self, name: str) -> None:
        document = self.store.document
        old = document.training.optimizer
        if old.type == name:
            return
        # A number means the same to two optimisers that start from the same one: Adam's 0.001 is nothing to SGD.
        new = self._memory.recall(old, OPTIMIZERS[name], lambda before, after: before.default == after.default)
        self.store.edit(
            f"Change optimiser from {old.title} to {new.title}", edits.set_training(document, optimizer=new)
        )

    def _set_optimizer_field(self, name: str, value: object) -> None:
        old = self.store.document.training.optimizer
        try:
            changes = {"optimizer": old.with_changes(**{name: value})}
        except SpecError as error:
            field = self.optimizer_form.rows[name].field
            self.optimizer_form.refuse(name, refusal(error, field.title))
            return
        self._edit(self.optimizer_form, name, getattr(old, name), value, changes)

    def _set_field(self, name: str, value: object) -> None:
        self._edit(self.form, name, getattr(self.store.document.training, name), value, {name: value})

    def _edit(self, form: Form, name: str, old: object, value: object, changes: Mapping[str, Any]) -> None:
        field = form.rows[name].field
        try:
            document: Document = edits.set_training(self.store.document, **changes)
        except ValidationError as error:
            form.refuse(name, refusal(error, field.title))
            return
        words = values.tell(field, old), values.tell(field, value)
        self.change(field.title.lower(), *words, document, f"training.{name}")
