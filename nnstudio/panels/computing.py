"""Choice of what computes the network: this engine, or PyTorch on a device that is here."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel

from engine.backends import presence
from engine.backends.computing import Computing
from engine.declared import describe
from nnstudio.document import edits, values
from nnstudio.loading.background import Background, Job
from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel
from nnstudio.panels.section import Section
from nnstudio.ui.controls import ComboBox
from nnstudio.ui.labels import text_label
from nnstudio.ui.plain_text import plain_tip

# Engine, device and name of each entry.
ENTRIES: Final = (
    ("numpy", "cpu", "This engine (NumPy)"),
    ("torch", "cpu", "PyTorch on the processor"),
    ("torch", "cuda", "PyTorch on an NVIDIA GPU (CUDA)"),
    ("torch", "mps", "PyTorch on an Apple GPU (MPS)"),
)
_SWITCHES = ("mixed_precision", "compiled")
_SHORT = {"numpy": "this engine", "torch": "PyTorch"}


class ComputingSection(Section):
    """Chooser of engine and device, with PyTorch's switches. What is not here is disabled, with the reason."""

    def __init__(self, panel: Panel) -> None:
        super().__init__("computing", Computing.title)
        self._panel = panel
        self.reasons: dict[str, str] = {}
        self.combo = ComboBox()
        self.combo.setObjectName("computing")
        self.combo.setAccessibleName(Computing.title)
        for _, _, title in ENTRIES:
            self.combo.addItem(title)
        self.combo.activated.connect(self._choose)
        self.missing = text_label(role="muted")
        self.missing.setObjectName("computingMissing")
        fields = {field.name: field for field in describe(Computing)}
        self.form = Form(fields[name] for name in _SWITCHES)
        self.form.changed.connect(self._switch)
        panel.explain_form(self.form)
        panel.foot.explain(Computing.title, Computing.help, self.combo)
        for widget in (self.combo, self.missing, self.form):
            self.column.addWidget(widget)
        self._background = Background(self)
        self._background.finished.connect(self._take)
        # The driver of a GPU may take its time to answer.
        self._background.start(_reasons)

    def refresh(self) -> None:
        """Show the document's choice, and what it lacks here."""
        computing = self._panel.store.document.training.computing
        self.combo.setCurrentIndex(_index(computing))
        self.form.setVisible(computing.engine == "torch")
        self.form.set_values(dict(computing))
        reason = self.reasons.get(computing.device, "") if computing.engine == "torch" else ""
        others = [text for text in dict.fromkeys(self.reasons.values()) if text]
        # Once PyTorch is missing, that is all there is to say of its devices.
        self.missing.setText(f"{reason}." if reason else " ".join(f"{text}." for text in others))
        self.missing.setVisible(bool(others))
        words = [_SHORT[computing.engine]]
        if computing.engine == "torch":
            words.append(computing.device.upper())
            words += [] if computing.mixed_precision == "none" else [computing.mixed_precision]
            words += ["compiled"] if computing.compiled else []
        self.summarise(", ".join(words))

    def _take(self, job: Job) -> None:
        if job.error is not None:
            raise job.error
        self.reasons = job.result
        model = self.combo.model()
        assert isinstance(model, QStandardItemModel)
        for number, (engine, device, title) in enumerate(ENTRIES):
            reason = self.reasons[device] if engine == "torch" else ""
            item = model.item(number)
            item.setEnabled(not reason)
            item.setText(f"{title} – not here" if reason else title)
            item.setToolTip(plain_tip(reason))
            item.setData(reason, Qt.ItemDataRole.AccessibleDescriptionRole)
        self.refresh()

    def _choose(self, index: int) -> None:
        store = self._panel.store
        old = store.document.training.computing
        engine, device, title = ENTRIES[index]
        # The device of PyTorch is kept for when it is chosen again.
        changes = {"engine": engine} if engine == "numpy" else {"engine": engine, "device": device}
        new = old.with_changes(**changes)
        if new != old:
            name = f"{title[0].lower()}{title[1:]}" if engine == "numpy" else title
            store.edit(f"Compute with {name}", edits.set_training(store.document, computing=new))

    def _switch(self, name: str, value: object) -> None:
        store = self._panel.store
        field = self.form.rows[name].field
        old = store.document.training.computing
        document = edits.set_training(store.document, computing=old.with_changes(**{name: value}))
        told = values.tell(field, getattr(old, name)), values.tell(field, value)
        self._panel.change(field.title.lower(), *told, document, f"training.computing.{name}")


def _index(computing: Computing) -> int:
    return next(
        number
        for number, (engine, device, _) in enumerate(ENTRIES)
        if engine == computing.engine and (engine == "numpy" or device == computing.device)
    )


def _reasons() -> dict[str, str]:
    """Reasons against PyTorch's devices; "" where there is none."""
    return {device: presence.reason_against(device) for engine, device, _ in ENTRIES if engine == "torch"}
