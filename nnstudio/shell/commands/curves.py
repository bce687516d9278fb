"""Commands that write the curves of training to files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from nnstudio.shell.commands.base import CommandSpec, Entry, Place, without_project
from nnstudio.shell.studio import Studio

_CURVES = Place("train", "curves")


def _write(studio: Studio) -> None:
    files, writing = studio.files, studio.curve_writing
    start = writing.folder or files.folder
    chosen = QFileDialog.getExistingDirectory(studio, "Folder for the curves", str(start))
    if chosen:
        writing.begin(Path(chosen), "untitled" if files.path is None else files.path.stem)


def _not_written(studio: Studio) -> str:
    return "" if studio.curve_writing.folder is not None else "no curves are written"


def _end(studio: Studio) -> None:
    folder = studio.curve_writing.folder
    studio.curve_writing.end()
    studio.status.tell(f"The curves are no longer written; what was written is in {folder}.")


CURVES: tuple[Entry, ...] = (
    CommandSpec(
        "writeCurves",
        "Write &curves to a folder…",
        "While training, also write loss, metrics and learning rate to files: CSV, and events for TensorBoard",
        _CURVES,
        _write,
        why_not=without_project,
    ),
    CommandSpec(
        "stopWritingCurves",
        "S&top writing curves",
        "Write no more points; the files stay",
        _CURVES,
        _end,
        why_not=_not_written,
    ),
)
