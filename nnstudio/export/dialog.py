"""Export dialog, made from the registry: format, its options, and a preview where there is one."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from engine.declared import describe
from engine.errors import EngineError, SpecError
from nnstudio.export.failure import tell_failure
from nnstudio.export.registry import EXPORTERS, Exporter, export
from nnstudio.faults import log
from nnstudio.panels.form import LABEL_WIDTH, Form
from nnstudio.training.project import Project
from nnstudio.ui.labels import PlainLabel, text_label

_PREVIEW = (520, 260)
# Formats without a picture have a few lines on what they are for.
_TEXT_HEIGHT = 60


class ExportDialog(QDialog):
    """Dialog that asks for a format, its options and a file, and writes it.

    Signals:
        written: the file was written to this path.

    Attributes:
        project: the project to export. exporter: the chosen format, with its options.
    """

    written = Signal(str)
    _arrived = Signal(object)
    _ended = Signal(str, object)

    def __init__(
        self, project: Project, title: str, folder: str, parent: QWidget | None = None, *, format: str = ""
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export")
        self.project, self._title, self._folder = project, title, folder
        self._writing = False
        self.format = QComboBox()
        self.format.setObjectName("exportFormat")
        self.format.setAccessibleName("Format")
        for name, kind in EXPORTERS.items():
            self.format.addItem(kind.title, name)
        if format:
            self.format.setCurrentIndex(self.format.findData(format))
        # What was chosen for a format stays while another one is looked at.
        self._exporters: dict[str, Exporter] = {name: kind() for name, kind in EXPORTERS.items()}
        self.forms = {name: self._form(name, exporter) for name, exporter in self._exporters.items()}
        self._preview = PlainLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._preview.setObjectName("exportPreview")
        self._preview.setWordWrap(True)
        self._reason = text_label("", "error")
        self._reason.setObjectName("exportReason")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        self._save.setText("Export…")
        self._save.setObjectName("exportSave")
        self._save.setProperty("role", "primary")
        buttons.accepted.connect(self.ask_where)
        buttons.rejected.connect(self.reject)
        label = PlainLabel("&Format")
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(self.format)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.format, 1)
        column = QVBoxLayout(self)
        # As large as the preview and the options of the format need.
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        column.addWidget(self._preview)
        column.addLayout(row)
        for form in self.forms.values():
            column.addWidget(form)
        column.addWidget(self._reason)
        column.addWidget(buttons)
        self.format.currentIndexChanged.connect(self._show)
        self._arrived.connect(self._take)
        self._ended.connect(self._end)
        self._show()

    @property
    def exporter(self) -> Exporter:
        """Chosen format, with its options."""
        return self._exporters[self.format.currentData()]

    def complete(self, made: Future[Project]) -> None:
        """Take over the project with its checkpoint, once the step under way is done."""

        def take(made: Future[Project]) -> None:
            # The dialog may have been closed meanwhile.
            with contextlib.suppress(RuntimeError):
                self._arrived.emit(made.result())

        made.add_done_callback(take)

    def _take(self, project: Project) -> None:
        self.project = project
        self._show()

    def _form(self, name: str, exporter: Exporter) -> Form:
        form = Form(describe(type(exporter)))
        form.set_values(dict(exporter))
        form.changed.connect(lambda field, value: self._set(name, field, value))
        return form

    def _set(self, name: str, field: str, value: Any) -> None:
        try:
            self._exporters[name] = self._exporters[name].with_changes(**{field: value})
        except SpecError as error:
            self.forms[name].refuse(field, error.message)
            return
        self.forms[name].set_values(dict(self._exporters[name]))
        self._show()

    def _show(self) -> None:
        """Show what will be written, with the options of the format."""
        exporter = self.exporter
        for name, form in self.forms.items():
            form.setVisible(name == exporter.format and bool(form.rows))
        reason = exporter.why_not(self.project)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self._save.setEnabled(not reason and not self._writing)
        try:
            picture = exporter.preview(self.project)
        except EngineError as error:
            self._show_text(str(error))
            return
        if picture is None:
            self._show_text(exporter.help)
            return
        ratio = self.devicePixelRatioF()
        shown = QPixmap.fromImage(picture).scaled(
            round(_PREVIEW[0] * ratio),
            round(_PREVIEW[1] * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        shown.setDevicePixelRatio(ratio)
        self._preview.setFixedSize(*_PREVIEW)
        self._preview.setPixmap(shown)
        self._preview.setAccessibleName("Preview")

    def _show_text(self, text: str) -> None:
        self._preview.setFixedSize(_PREVIEW[0], _TEXT_HEIGHT)
        self._preview.setText(text)
        self._preview.setAccessibleName(text)

    def ask_where(self) -> None:
        """Let the user choose a file, and write it."""
        exporter = self.exporter
        name = self._title.lower().replace(" ", "-") or "network"
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            "Export",
            str(Path(self._folder) / f"{name}{exporter.suffix}"),
            f"{exporter.title.partition(':')[0]} (*{exporter.suffix})",
        )
        if chosen:
            path = Path(chosen)
            self.write(path if path.suffix else path.with_suffix(exporter.suffix))

    def write(self, path: Path) -> None:
        """Write the file and close, or show the reason and stay open.

        Formats that need no Qt are written in a thread of their own.
        """
        exporter, project = self.exporter, self.project
        self._writing = True
        self._save.setEnabled(False)

        def work() -> None:
            found: Exception | None = None
            try:
                export(exporter, project, path)
            except (EngineError, OSError, MemoryError) as error:
                found = error
            except Exception as error:
                log.report(error)
                found = error
            with contextlib.suppress(RuntimeError):
                self._ended.emit(str(path), found)

        if exporter.in_window:
            work()
        else:
            threading.Thread(target=work, name="export").start()

    def _end(self, path: str, error: Exception | None) -> None:
        self._writing = False
        if error is None:
            self.written.emit(path)
            self.accept()
        else:
            self._show()
            tell_failure(self, f"{self.exporter.title.partition(':')[0]} cannot be exported", error)
