"""Edits of training settings: choose loss or optimiser, and set their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from engine.declared import Declared
from engine.errors import SpecError
from engine.regularisation import Clipping, Penalty
from nnstudio.document import edits, values
from nnstudio.document.model import Document
from nnstudio.document.training_checks import fitted
from nnstudio.panels.chooser import Choice, Toggle
from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.switching import Memory, carry_over

# What is done at first when it is switched on: with the defaults of these, nothing would be.
_STARTS: Mapping[type[Declared], Declared] = {Clipping: Clipping(norm=1.0), Penalty: Penalty(l2=0.001)}


class TrainingChoices:
    """Choosers of training settings in a panel, which turn choices into edits."""

    def __init__(self, panel: Panel, *choices: Choice) -> None:
        self._panel = panel
        self._choices = choices
        self._memory = Memory()
        for choice in choices:
            choice.chosen.connect(lambda kind, choice=choice: self.choose(choice, kind))
            choice.changed.connect(lambda name, value, choice=choice: self._set_part(choice, name, value))
        panel.store.opened.connect(self._memory.forget)

    def refresh(self) -> None:
        """Show the current settings."""
        training = self._panel.store.document.training
        for choice in self._choices:
            value = getattr(training, choice.name)
            if value is not None:
                self._memory.note(value)
            choice.show_value(value)

    def choose(self, choice: Choice, kind: type[Declared] | None) -> None:
        """Choose another loss or optimiser, or turn an option on or off."""
        store = self._panel.store
        old: Declared | None = getattr(store.document.training, choice.name)
        if kind is (None if old is None else type(old)):
            return
        new = None if kind is None else self._settings(old, kind)
        what = choice.title.lower()
        if isinstance(choice, Toggle):
            text = f"Switch {what} {'off' if new is None else 'on'}"
        else:
            before, after = (part.title if part is not None else "none" for part in (old, new))
            text = f"Change {what} from {before} to {after}"
        store.edit(text, edits.set_training(store.document, **{choice.name: new}))

    def edit(
        self, form: Form, name: str, what: str, old: object, value: object, changes: Mapping[str, Any], key: str
    ) -> None:
        """Edit one field, or let its form show why the value was refused."""
        field = form.rows[name].field
        try:
            document: Document = edits.set_training(self._panel.store.document, **changes)
        except ValidationError as error:
            form.refuse(name, refusal(error, field.title))
            return
        self._panel.change(what, values.tell(field, old), values.tell(field, value), document, key)

    def _settings(self, old: Declared | None, kind: type[Declared]) -> Declared:
        """Settings of a kind: as they were last, or new ones that fit the run, with what still means the same."""
        known = self._memory.last(kind)
        if known is not None:
            return known
        if old is None:
            made = _STARTS.get(kind) or kind()
        else:
            # A number means the same to two kinds that start from the same one: Adam's 0.001 is nothing to SGD.
            made = carry_over(old, kind, lambda before, after: before.default == after.default)
        return fitted(made, self._panel.store.document, self._panel.store.analysis.signature)

    def _set_part(self, choice: Choice, name: str, value: object) -> None:
        """Changes one field of the loss, the optimiser, ..."""
        old: Declared = getattr(self._panel.store.document.training, choice.name)
        assert choice.form is not None
        field = choice.form.rows[name].field
        try:
            changes = {choice.name: old.with_changes(**{name: value})}
        except SpecError as error:
            choice.form.refuse(name, refusal(error, field.title))
            return
        # The optimiser's own numbers need no further name; a factor or a patience could be anything's.
        what = field.title.lower() + ("" if choice.name == "optimizer" else f" of {choice.title.lower()}")
        self.edit(choice.form, name, what, getattr(old, name), value, changes, f"training.{choice.name}.{name}")
