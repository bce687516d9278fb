"""Training panel: loss, optimiser, epochs, batch size, and options during training."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.declared import FieldInfo, describe
from engine.losses import LOSSES
from engine.metrics import METRICS, fitting_names
from engine.optimizers import OPTIMIZERS
from engine.regularisation import Clipping, Penalty
from engine.schedules import SCHEDULES
from engine.training.early_stopping import EarlyStopping
from nnstudio.document import edits
from nnstudio.document.model import OUTPUT, TrainingSettings
from nnstudio.panels.choices import TrainingChoices
from nnstudio.panels.chooser import Chooser, Toggle
from nnstudio.panels.class_weights import ClassWeights
from nnstudio.panels.computing import ComputingSection
from nnstudio.panels.failure import FailureBox
from nnstudio.panels.form import Form
from nnstudio.panels.metric_form import metric_fields, metric_values, metrics_of, with_metric
from nnstudio.panels.panel import Panel
from nnstudio.panels.parts import ProblemBox, Remarks
from nnstudio.panels.rate_preview import RatePreview
from nnstudio.panels.section import Section
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.rate_forecast import forecast
from nnstudio.ui.labels import text_label

_RUN = ("batch_size", "epochs", "shuffle", "seed")
_NO_SCHEDULE = ("None", "The learning rate stays constant.")


class TrainingPanel(Panel):
    """Training panel: chooses and sets how the network is trained.

    Signals:
        reset_chosen: the user wants the initial weights back, after training failed.
        failed: training has just failed for a reason that a fix here can remove.
    """

    reset_chosen = Signal()
    failed = Signal()

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        fields = {field.name: field for field in describe(TrainingSettings)}
        self._problem = ProblemBox()
        self._remarks = Remarks(store.dismiss)
        self.failure = FailureBox(store, self.reset_chosen.emit)
        self.failure.appeared.connect(self.failed)
        self.loss = Chooser(self, "loss", "Loss", LOSSES)
        self.optimizer = Chooser(self, "optimizer", "Optimiser", OPTIMIZERS)
        self.schedule = Chooser(self, "schedule", "Schedule", SCHEDULES, none=_NO_SCHEDULE)
        self.penalty = Toggle(self, "penalty", Penalty)
        self.clipping = Toggle(self, "clipping", Clipping)
        self.early_stopping = Toggle(self, "early_stopping", EarlyStopping)
        parts = (self.schedule, self.penalty, self.clipping, self.early_stopping)
        self.choices = TrainingChoices(self, self.loss, self.optimizer, *parts)
        self.form = self._form(fields[name] for name in _RUN)
        self.weight_form = self._form([fields["class_weight"]])
        self.class_weights = ClassWeights(self)
        self.preview = RatePreview()
        self._target = 0
        self.metric_form = Form(())
        self._metrics: list[FieldInfo] = []
        self.foot.explain("Loss", "What training minimises: how far predictions are from targets.", self.loss.combo)
        self.foot.explain("Optimiser", "How each step changes the weights along their gradients.", self.optimizer.combo)
        self.foot.explain("Schedule", fields["schedule"].help, self.schedule.combo)
        self.rate_section = Section("rate", "Learning rate over time", self.schedule, self.preview)
        self.regularisation_section = Section("regularisation", "Regularisation", self.penalty, self.clipping)
        self.stopping_section = Section("stopping", "Stopping", self.early_stopping)
        self.metric_section = Section("metrics", "Metrics", text_label(fields["metrics"].help, "muted"))
        self.computing_section = ComputingSection(self)
        self.sections = (
            self.rate_section,
            self.regularisation_section,
            self.stopping_section,
            self.metric_section,
            self.computing_section,
        )
        store.alarms_changed.connect(self._show_remarks)
        self.add(self._problem, self._remarks, self.failure, self.loss, self.weight_form, self.class_weights)
        self.column.addSpacing(6)
        self.add(self.optimizer)
        self.column.addSpacing(6)
        self.add(text_label("Run", "heading"), self.form)
        self.column.addSpacing(6)
        self.add(*self.sections)
        self.column.addStretch(1)
        self.refresh()

    def _form(self, fields: Any) -> Form:
        form = Form(fields)
        form.changed.connect(lambda name, value: self._set_field(form, name, value))
        self.explain_form(form)
        return form

    @property
    def optimizer_form(self) -> Form:
        """Form of the chosen optimiser."""
        assert self.optimizer.form is not None
        return self.optimizer.form

    def refresh(self) -> None:
        training = self.store.document.training
        self._problem.show_problem(self.store.analysis.problems.get(OUTPUT), self.fixes)
        self._show_remarks()
        self.choices.refresh()
        self.form.set_values(dict(training))
        signature = self.store.analysis.signature
        weighted = training.class_weight != "none" or (signature is not None and bool(signature.classes))
        self.weight_form.setVisible(weighted)
        self.weight_form.set_values(dict(training))
        self.class_weights.refresh()
        self._offer_metrics()
        self.metric_form.set_values(metric_values(training.metrics))
        self.computing_section.refresh()
        self._show_rates()
        self._summarise(training)

    def _show_remarks(self) -> None:
        self._remarks.show_remarks(self.store.analysis.remarks_on(OUTPUT), self.fixes)

    def draw(self, snapshot: Snapshot) -> None:
        """Show the progress of training, and the fixes where it failed."""
        self.failure.show_snapshot(snapshot)
        if snapshot.epochs != self._target:
            self._target = snapshot.epochs
            self._show_rates()
        self.preview.show_now((snapshot.epoch, snapshot.learning_rate) if snapshot.step else None)

    def _show_rates(self) -> None:
        document, signature = self.store.document, self.store.analysis.signature
        self.preview.setVisible(document.training.schedule is not None and signature is not None)
        if document.training.schedule is not None and signature is not None:
            # A run may have been asked to go on for longer than the settings say.
            epochs = max(document.training.epochs, self._target)
            self.preview.show_forecast(forecast(document, signature, epochs), epochs)

    def _summarise(self, training: TrainingSettings) -> None:
        """Says at each section what is set in it."""
        self.rate_section.summarise(training.schedule.title if training.schedule is not None else "constant")
        on = [
            word for word, part in (("penalty", training.penalty), ("clipping", training.clipping)) if part is not None
        ]
        self.regularisation_section.summarise(", ".join(on) or "off")
        self.stopping_section.summarise("early" if training.early_stopping is not None else "after the epochs")
        signature = self.store.analysis.signature
        if signature is not None:
            titles = [METRICS[name].title.lower() for name in fitting_names(signature.learns)]
            more = metrics_of(training.metrics, signature)
            self.metric_section.summarise(", ".join(titles) + (f" + {len(more)}" if more else ""))

    def _offer_metrics(self) -> None:
        """The metrics that make sense for the data, as long as it is known what they are."""
        signature = self.store.analysis.signature
        fields = metric_fields(signature) if signature is not None else self._metrics
        if fields == self._metrics:
            return
        self._metrics = fields
        self.metric_form.hide()
        self.metric_form.deleteLater()
        self.metric_form = Form(fields)
        self.metric_form.changed.connect(self._set_metric)
        self.explain_form(self.metric_form)
        self.metric_section.column.addWidget(self.metric_form)

    def _set_field(self, form: Form, name: str, value: object) -> None:
        old = getattr(self.store.document.training, name)
        what = form.rows[name].field.title.lower()
        self.choices.edit(form, name, what, old, value, {name: value}, f"training.{name}")

    def _set_metric(self, name: str, value: object) -> None:
        names = with_metric(self.store.document.training.metrics, name, value)
        title = self.metric_form.rows[name].field.title
        document = edits.set_training(self.store.document, metrics=names)
        text = f"Measure {title}" if value else f"Leave out {title}"
        self.store.edit(text, document, merge=f"training.metrics.{name}")
