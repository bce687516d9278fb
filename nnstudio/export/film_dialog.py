"""Dialog of a film: which view, which steps, how fast, how large, and in which format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.export.animation import ANIMATIONS
from nnstudio.export.failure import tell_failure
from nnstudio.export.film import MOST_FRAMES, Filmed, FilmRecorder, FilmSettings, Moments, film_steps, filmed_steps
from nnstudio.ui.labels import text_label

_FRAMES, _RATE, _WIDTH = 120, 10, 640
_WIDTHS = (160, 1920)


class FilmDialog(QDialog):
    """Dialog that films a view over the run, frame by frame, and may be cancelled meanwhile.

    Args:
        moments: the session. views: those that can be filmed, by dock name with their titles.
        view_of: brings a view into sight and returns it.
        chosen: the dock name of the first choice. folder: where the file goes at first.

    Signals:
        written: the film was written to this path.
    """

    written = Signal(str)

    def __init__(
        self,
        moments: Moments,
        views: Mapping[str, str],
        view_of: Callable[[str], Filmed],
        chosen: str,
        folder: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("filmDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Film of a view")
        self._moments, self._view_of, self._folder = moments, view_of, folder
        self._kept = filmed_steps(moments.snapshot)
        self._moments_kept = len(moments.snapshot.history.steps)
        self._recorder: FilmRecorder | None = None
        self._path = Path()
        self.view = _box("filmView", "View", {title: name for name, title in views.items()})
        self.view.setCurrentIndex(max(self.view.findData(chosen), 0))
        low, high = (int(self._kept[0]), int(self._kept[-1])) if len(self._kept) else (0, 0)
        self.first = _number("filmFrom", "From step", low, high, low)
        self.last = _number("filmTo", "To step", low, high, high)
        most = min(MOST_FRAMES, max(len(self._kept), 1))
        self.frames = _number("filmFrames", "Frames", 1, most, min(_FRAMES, most))
        self.rate = _number("filmRate", "Frames a second", 1, 50, _RATE)
        self.width_ = _number("filmWidth", "Width in pixels", *_WIDTHS, _WIDTH)
        self.kind = _box("filmFormat", "Format", {kind.title: name for name, kind in ANIMATIONS.items()})
        self.loop = QCheckBox("Begin again at the end")
        self.loop.setObjectName("filmLoop")
        self.loop.setChecked(True)
        self.with_steps = QCheckBox("Write the step below")
        self.with_steps.setObjectName("filmSteps")
        self.with_steps.setChecked(True)
        self._fields = QWidget()
        form = QFormLayout(self._fields)
        form.setContentsMargins(0, 0, 0, 0)
        for label, field in (
            ("&View", self.view),
            ("&From step", self.first),
            ("&To step", self.last),
            ("F&rames", self.frames),
            ("Frames a &second", self.rate),
            ("&Width", self.width_),
            ("For&mat", self.kind),
            ("", self.loop),
            ("", self.with_steps),
        ):
            form.addRow(label, field)
        self.summary = text_label("", "muted")
        self.summary.setObjectName("filmSummary")
        self.progress = QProgressBar()
        self.progress.setObjectName("filmProgress")
        self.progress.setAccessibleName("Frames taken")
        self.progress.setFormat("frame %v of %m")
        self.progress.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.save = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save.setText("Save film…")
        self.save.setObjectName("filmSave")
        self.save.setProperty("role", "primary")
        buttons.accepted.connect(self.ask_where)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self._fields, self.summary, self.progress, buttons):
            column.addWidget(widget)
        # In sight before it is filmed, so that it has its size by then.
        self.view.activated.connect(lambda: self._view_of(self.view.currentData()))
        for box in (self.first, self.last, self.frames, self.rate, self.width_):
            box.valueChanged.connect(lambda: self._tell())
        self._tell()

    @property
    def settings(self) -> FilmSettings:
        """Settings as they are chosen."""
        return FilmSettings(
            film_steps(self._kept, self.first.value(), self.last.value(), self.frames.value()),
            float(self.rate.value()),
            self.width_.value(),
            self.kind.currentData(),
            self.loop.isChecked(),
            self.with_steps.isChecked(),
        )

    def _tell(self) -> None:
        """Say how long the film will be, or why there is none."""
        settings = self.settings
        count = len(settings.steps)
        text = (
            f"{count:,} {'frame' if count == 1 else 'frames'} from {self._moments_kept:,} kept moments of the run: "
            f"{count / settings.rate:.3g} seconds"
        )
        if not len(self._kept):
            text = "No moments of a run are kept yet. Train first."
        elif not count:
            text = "No moment is kept between these steps. Choose others."
        self.summary.setText(text)
        self.save.setEnabled(bool(count) and self._recorder is None)

    def ask_where(self) -> None:
        """Let the user choose a file, and film."""
        kind = ANIMATIONS[self.kind.currentData()]
        name = f"{self.view.currentText().lower().replace(' ', '-')}{kind.suffix}"
        pattern = f"{kind.title.partition(':')[0]} (*{kind.suffix})"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save film", str(Path(self._folder) / name), pattern)
        if chosen:
            path = Path(chosen)
            self.record(path if path.suffix else path.with_suffix(kind.suffix))

    def record(self, path: Path) -> None:
        """Film into a file and close; stay open where that fails, and say why."""
        settings = self.settings
        try:
            recorder = FilmRecorder(self._moments, self._view_of(self.view.currentData()), settings, path, self)
        except OSError as error:
            tell_failure(self, "The film cannot be saved", error)
            return
        self._recorder, self._path = recorder, path
        recorder.advanced.connect(self.progress.setValue)
        recorder.ended.connect(self._end)
        self.progress.setRange(0, len(settings.steps))
        self.progress.setValue(0)
        self.progress.show()
        self._fields.setEnabled(False)
        self._tell()
        recorder.start()

    def _end(self, error: Exception | None) -> None:
        self._recorder = None
        if error is None:
            self.written.emit(str(self._path))
            self.accept()
            return
        self.progress.hide()
        self._fields.setEnabled(True)
        self._tell()
        tell_failure(self, "The film cannot be saved", error)

    def reject(self) -> None:
        """Cancel the film under way and stay, or close."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            super().reject()
            return
        recorder.cancel()
        self.progress.hide()
        self._fields.setEnabled(True)
        self._tell()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._recorder is not None:
            self._recorder.cancel()
            self._recorder = None
        super().closeEvent(event)


def _box(name: str, title: str, entries: Mapping[str, str]) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(title)
    for text, value in entries.items():
        box.addItem(text, value)
    return box


def _number(name: str, title: str, low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setObjectName(name)
    box.setAccessibleName(title)
    box.setRange(low, high)
    box.setGroupSeparatorShown(True)
    # In line with the texts of the boxes beside it.
    box.lineEdit().setTextMargins(6, 0, 0, 0)
    box.setValue(value)
    return box
