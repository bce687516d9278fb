"""Class weights set by hand: one field for each class of the data."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError
from PySide6.QtWidgets import QPushButton

from engine.declared import FieldInfo, describe
from nnstudio.document import edits, values
from nnstudio.document.model import ClassWeight, TrainingSettings
from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.section import Section
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label

# A longer name would be cut off beside its field; the tip has all of it.
_LONGEST = 14
# Most names in a line.
_MOST_TOLD = 4


def class_fields(classes: tuple[str, ...]) -> list[FieldInfo]:
    """Fields for the weight of each class. They are named by number, since names of classes may hold any character."""
    weight = next(field for field in describe(ClassWeight) if field.name == "weight")
    fields = []
    for index, name in enumerate(classes):
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        help_ = weight.help if short == name else f"{name}. {weight.help}"
        fields.append(replace(weight, name=f"class_{index}", title=short or "(no name)", help=help_))
    return fields


class ClassWeights(Section):
    """Weight fields of the classes, present only while weights are set by hand."""

    def __init__(self, panel: Panel) -> None:
        super().__init__("classWeights", "Weight of each class")
        self._store, self._panel = panel.store, panel
        self._classes: tuple[str, ...] = ()
        self.form = Form(())
        self._kept = text_label(role="muted")
        self.forget_button = QPushButton()
        self.forget_button.setObjectName("forgetClassWeights")
        self.forget_button.setText("Forget them")
        self.forget_button.setAccessibleName("Forget the weights of classes that these data do not have")
        self.forget_button.setAutoDefault(True)  # Enter presses it too
        self.forget_button.clicked.connect(self._forget)
        set_icon(self.forget_button, "delete")
        for widget in (self.form, self._kept, self.forget_button):
            self.column.addWidget(widget)
        self.unfold()

    def refresh(self) -> None:
        """Show the classes and their weights. While the data cannot be read, the last known classes are shown."""
        training, signature = self._store.document.training, self._store.analysis.signature
        by_hand = training.class_weight == "by_hand"
        # Data may have hundreds of classes, and most runs no weights.
        if by_hand and signature is not None and signature.classes != self._classes:
            self._make_form(signature.classes)
        self.setVisible(by_hand and bool(self._classes))
        if not by_hand:
            return
        weights = [training.weight_of(name) for name in self._classes]
        self.form.set_values({f"class_{index}": weight for index, weight in enumerate(weights)})
        own = [entry for entry in training.class_weights if entry.name in self._classes]
        self.summarise(_told(own) or "all 1")
        others = self._others(training)
        for widget in (self._kept, self.forget_button):
            widget.setVisible(bool(others))
        self._kept.setText(
            f"Kept for other data ({_told(others)}); these data have no such class{'es' if len(others) > 1 else ''}."
        )

    def _others(self, training: TrainingSettings) -> list[ClassWeight]:
        """The weights of classes that these data do not have."""
        return [entry for entry in training.class_weights if entry.name not in self._classes]

    def _make_form(self, classes: tuple[str, ...]) -> None:
        self._classes = classes
        old = self.form
        self.form = Form(class_fields(classes))
        self.form.changed.connect(self._set)
        self._panel.explain_form(self.form)
        self.column.replaceWidget(old, self.form)
        old.hide()
        old.deleteLater()

    def _set(self, field: str, weight: float) -> None:
        name = self._classes[int(field.removeprefix("class_"))]
        document, info = self._store.document, self.form.rows[field].field
        old = document.training.weight_of(name)
        try:
            document = edits.set_class_weight(document, name, weight)
        except ValidationError as error:
            self.form.refuse(field, refusal(error, info.title))
            return
        before, after = values.tell(info, old), values.tell(info, weight)
        self._panel.change(f"weight of class {info.title}", before, after, document, f"training.class_weights.{name}")

    def _forget(self) -> None:
        document = self._store.document
        others = self._others(document.training)
        kept = tuple(entry for entry in document.training.class_weights if entry not in others)
        self._store.edit("Forget weights of other classes", edits.set_training(document, class_weights=kept))


def _told(entries: list[ClassWeight]) -> str:
    """Weights in a line: "setosa: 5, virginica: 0.5"."""
    told = ", ".join(f"{entry.name}: {values.show_number(entry.weight)}" for entry in entries[:_MOST_TOLD])
    return told + (f" and {len(entries) - _MOST_TOLD} more" if len(entries) > _MOST_TOLD else "")
