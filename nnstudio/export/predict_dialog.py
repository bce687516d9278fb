"""Dialog of predictions for the samples of a file."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QVBoxLayout, QWidget

from engine.data import Preparation
from engine.data.file_dataset import Inputs, ShownColumn
from engine.data.formats import input_endings
from engine.errors import DataError, EngineError
from nnstudio import headless
from nnstudio.export.failure import tell_failure
from nnstudio.export.prediction_table import PredictionView, prediction_columns
from nnstudio.export.predictions import Answers, check_output, write_predictions
from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.training.project import Project
from nnstudio.ui.labels import text_label

# Rows that are shown; all of them are saved.
_MOST_SHOWN = 10_000


@dataclass(frozen=True)
class Predicted:
    """Predictions for the samples of a file, which were read as `inputs`; the first of both as columns."""

    answers: Answers
    inputs: Inputs
    known: Preparation
    columns: tuple[ShownColumn, ...]


def predict_file(made: Future[Project], path: str) -> Predicted:
    """Predict the samples of a file with the network of a project. Raises EngineError. For a thread."""
    project = made.result()
    if not project.trained:
        raise DataError("the network is not trained yet; press play first")
    name = "the project"
    model = headless.trained(headless.with_preparation(project, name)[0], name)
    inputs = headless.read_inputs(path, model)
    answers, known = headless.predict_inputs(model, inputs), model.preparation
    samples = headless.first_rows(path, model, _MOST_SHOWN)
    columns = prediction_columns(answers, inputs.title, known, samples, _MOST_SHOWN)
    return Predicted(answers, inputs._replace(x=inputs.x[:0]), known, columns)


def ask_samples(parent: QWidget, folder: str) -> str:
    """Let the user choose a file of samples to predict; "" if none is chosen."""
    patterns = " ".join(f"*{ending}" for ending in input_endings())
    path, _ = QFileDialog.getOpenFileName(parent, "Predict a file", folder, f"Samples ({patterns});;All files (*)")
    return path


class PredictDialog(QDialog):
    """Predictions for the samples of a file.

    Signals:
        written: they were saved to this path.
    """

    written = Signal(str)

    def __init__(self, made: Future[Project], path: str, parent: QWidget | None = None) -> None:
        """Predict the samples at `path` with the network of a project, which is `made` once a step has ended."""
        super().__init__(parent)
        self.setObjectName("predictDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Predictions for {Path(path).name}")
        self._path = path
        self.predicted: Predicted | None = None
        self.summary = text_label(f"Predicting {Path(path).name}…", "title")
        self.summary.setObjectName("predictSummary")
        self.notes = text_label("", "muted")
        self.notes.setObjectName("predictNotes")
        self.notes.hide()
        self.view = PredictionView()
        self.rows = self.view.rows
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close)
        self.save = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save.setText("Save as table…")
        self.save.setObjectName("predictSave")
        self.save.setAccessibleName("Save the predictions as a table")
        self.save.setProperty("role", "primary")
        self.save.setEnabled(False)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("predictClose")
        close.setAccessibleName("Close")
        buttons.accepted.connect(self.ask_where)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.summary, self.notes):
            column.addWidget(widget)
        column.addWidget(self.view, 1)
        column.addStretch(0)
        column.addWidget(buttons)
        space = parent.window().size() * 0.75 if parent is not None else QSize()
        self.resize(space.boundedTo(QSize(1200, 800)).expandedTo(QSize(640, 480)))
        self._background = Background(self)
        self._background.finished.connect(self._finish)
        self._job = self._background.start(lambda: predict_file(made, path))

    def _finish(self, job: Job) -> None:
        if job is not self._job:
            return
        match job.error:
            case None:
                self._show(job.result)
            case EngineError() as error:
                self._refuse(error.message)
            case MemoryError():
                self._refuse("there is not enough memory to predict all samples of this file; divide it")
            case error:
                log.report(error)
                self._refuse("these samples cannot be predicted because of a fault in the program")

    def _refuse(self, sentence: str) -> None:
        # An empty table would look as if something were still to come.
        self.view.hide()
        self.summary.setText(sentence[:1].upper() + sentence[1:])
        self.summary.setProperty("role", "error")
        self.summary.style().unpolish(self.summary)
        self.summary.style().polish(self.summary)

    def _show(self, predicted: Predicted) -> None:
        self.predicted = predicted
        count = len(predicted.answers) - len(predicted.inputs.without)
        more = f"; the first {_MOST_SHOWN:,} are shown" if len(predicted.answers) > _MOST_SHOWN else ""
        self.summary.setText(f"{count:,} {'prediction' if count == 1 else 'predictions'}{more}")
        notes = [note.removeprefix(f"{self._path}: ") for note in predicted.inputs.notes]
        self.notes.setText("\n".join(f"{note[:1].upper()}{note[1:]}." for note in notes))
        self.notes.setVisible(bool(notes))
        self.view.show_columns(predicted.columns, predicted.inputs.without)
        self.save.setEnabled(True)
        self.save.setFocus()

    def ask_where(self) -> None:
        """Let the user choose a file, and write the table."""
        source = Path(self._path)
        proposed = str(source.with_name(f"{source.stem}-predictions.csv"))
        chosen, _ = QFileDialog.getSaveFileName(self, "Save predictions", proposed, "Table (*.csv)")
        if chosen:
            path = Path(chosen)
            self.write(path if path.suffix else path.with_suffix(".csv"))

    def write(self, path: Path) -> None:
        """Write the table and close, or show the reason and stay open."""
        predicted = self.predicted
        if predicted is None:
            return
        try:
            check_output(str(path), self._path)
            write_predictions(predicted.answers, predicted.inputs.title, predicted.known, path)
        except (EngineError, OSError, MemoryError) as error:
            tell_failure(self, "The predictions cannot be saved", error)
            return
        self.written.emit(str(path))
        self.accept()
