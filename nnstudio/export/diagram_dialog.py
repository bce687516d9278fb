"""Dialog of the diagram export: format, colours, background, resolution, and preview."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from engine.errors import EngineError
from nnstudio.document.model import Document
from nnstudio.export.diagram import KINDS, Kind, Options, export_diagram, image, render

_FORMATS = {"svg": "SVG: drawing, for the web and for editing", "pdf": "PDF: drawing, for papers", "png": "PNG: pixels"}
_SCALES = (1, 2, 4)
_PREVIEW = (520, 260)


class ExportDialog(QDialog):
    """Asks how, then where, and writes the file.

    Signals:
        written: the file is there, under this path.
    """

    written = Signal(str)

    def __init__(self, document: Document, title: str, folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export diagram")
        self._document, self._title, self._folder = document, title, folder
        self.kind = _combo("exportFormat", "Format", {kind: _FORMATS[kind] for kind in KINDS})
        self.colours = _combo("exportColours", "Colours", {"light": "Light", "dark": "Dark"})
        self.scale = _combo("exportScale", "Size", {str(scale): f"{scale} pixels per unit" for scale in _SCALES})
        self.scale.setItemText(0, "As on the screen at 100%")
        self.scale.setItemText(1, "Twice as large")
        self.scale.setItemText(2, "Four times as large, for print")
        self.scale.setCurrentIndex(1)
        self.clear = QCheckBox("Transparent background")
        self.clear.setObjectName("exportTransparent")
        self._preview = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._preview.setObjectName("exportPreview")
        self._preview.setAccessibleName("Preview of the diagram")
        self._preview.setFixedSize(*_PREVIEW)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        save = buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setText("Export…")
        save.setObjectName("exportSave")
        save.setProperty("role", "primary")
        buttons.accepted.connect(self.ask_where)
        buttons.rejected.connect(self.reject)
        self._form = form = QFormLayout()
        form.addRow("&Format", self.kind)
        form.addRow("&Colours", self.colours)
        form.addRow("&Size", self.scale)
        form.addRow("", self.clear)
        column = QVBoxLayout(self)
        column.addWidget(self._preview)
        column.addLayout(form)
        column.addWidget(buttons)
        for combo in (self.kind, self.colours, self.scale):
            combo.currentIndexChanged.connect(self._show)
        self.clear.toggled.connect(self._show)
        self._show()

    @property
    def options(self) -> Options:
        return Options(
            dark=self.colours.currentData() == "dark",
            transparent=self.clear.isChecked(),
            scale=float(self.scale.currentData()),
            title=self._title,
        )

    def _show(self) -> None:
        """Shows what will be written, and hides what does not matter for the format."""
        kind: Kind = self.kind.currentData()
        form = self._form
        form.setRowVisible(self.scale, kind == "png")
        form.setRowVisible(self.clear, kind != "pdf")
        ratio = self.devicePixelRatioF()
        options = self.options
        picture = QPixmap.fromImage(image(self._document, replace(options, scale=1.0))).scaled(
            round(_PREVIEW[0] * ratio),
            round(_PREVIEW[1] * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        picture.setDevicePixelRatio(ratio)
        self._preview.setPixmap(picture)

    def ask_where(self) -> None:
        """Lets the user choose a file, and writes it."""
        kind: Kind = self.kind.currentData()
        proposal = Path(self._folder) / f"{self._title.lower().replace(' ', '-') or 'diagram'}.{kind}"
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export diagram", str(proposal), f"{kind.upper()} pictures (*.{kind})"
        )
        if chosen:
            path = Path(chosen)
            self.write(path if path.suffix else path.with_suffix(f".{kind}"))

    def write(self, path: Path) -> None:
        """Writes the file and closes, or says why not and stays."""
        if _attempt(self, "The diagram cannot be exported", lambda: export_diagram(self._document, path, self.options)):
            self.written.emit(str(path))
            self.accept()


def copy_diagram(document: Document, title: str, parent: QWidget) -> bool:
    """Puts the diagram on the clipboard: as pixels, and as SVG for programs that take it. False if it could not."""

    def copy() -> None:
        options = Options(title=title)
        data = QMimeData()
        data.setImageData(image(document, options))
        data.setData("image/svg+xml", render(document, "svg", options))
        QGuiApplication.clipboard().setMimeData(data)

    return _attempt(parent, "The diagram cannot be copied", copy)


def _attempt(parent: QWidget, failure: str, action: Callable[[], object]) -> bool:
    try:
        action()
    except (EngineError, OSError) as error:
        box = QMessageBox(QMessageBox.Icon.Warning, "nnstudio", failure, QMessageBox.StandardButton.Ok, parent)
        box.setObjectName("exportError")
        box.setInformativeText(str(error) or type(error).__name__)
        box.exec()
        return False
    return True


def _combo(name: str, accessible: str, entries: dict[str, str]) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setAccessibleName(accessible)
    for key, text in entries.items():
        combo.addItem(text, key)
    return combo
