"""Folder with the curves of runs: CSV, and events for TensorBoard."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.errors import DataError
from nnstudio.curve_files.csv_file import CsvFile, first_step
from nnstudio.curve_files.event_file import EventFile
from nnstudio.training.curve_listener import CurvePoint

EPOCHS, STEPS = "epochs.csv", "steps.csv"


class CurveFolder:
    """Folder that a `CurveListener` writes to: DIR/project-run-3/epochs.csv, steps.csv and events.out.tfevents...

    A run that goes on, after a kill or from an earlier step, goes on in its files; what they told of later steps is
    dropped. One that begins anew leaves the files of another of its name alone, and gets a number.

    Args:
        folder: made if it is not there. project: name that the subfolders begin with.
        tell: called with sentences for the user, in the thread that trains.

    Raises DataError if the folder cannot be made.
    """

    def __init__(self, folder: str | Path, project: str, tell: Callable[[str], None]) -> None:
        self.folder, self._project, self._tell = Path(folder), project, tell
        self._files: dict[str, _RunFiles] = {}
        self._failed = False
        self._events = True
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(
                f"{folder}: no folder for curves can be made there ({error.strerror or error}); choose another"
            ) from None

    def add(self, run: str, point: CurvePoint, /) -> None:
        """Write a point. If that fails, it is told once, and nothing is written any more."""
        if self._failed:
            return
        try:
            files = self._files.get(run)
            if files is None or point.step <= files.step:
                files = self._open(run, point.step)
            files.add(point)
        except OSError as error:
            self._failed = True
            self._tell(
                f"{self.folder}: the curves cannot be written ({error.strerror or error}); training goes on without"
            )
            self.close()

    def close(self) -> None:
        """Close all files."""
        for files in self._files.values():
            with contextlib.suppress(OSError):
                files.close()
        self._files.clear()

    def _open(self, run: str, step: int) -> _RunFiles:
        known = self._files.pop(run, None)
        if known is not None:
            known.close()
        folder = known.folder if known is not None else self._place(run, step)
        folder.mkdir(exist_ok=True)
        files = self._files[run] = _RunFiles(folder, step, self._event_file(folder, step))
        return files

    def _event_file(self, folder: Path, step: int) -> EventFile | None:
        if not self._events:
            return None
        try:
            return EventFile(folder, step)
        except ImportError:
            self._events = False
            self._tell("only CSV is written; for TensorBoard: pip install 'nnstudio[tensorboard]'")
            return None

    def _place(self, run: str, step: int) -> Path:
        """Subfolder of a run, of which nothing was written yet from here."""
        for number in range(1, 10_000):
            folder = self.folder / f"{self._project}-{run}{f'-{number}' if number > 1 else ''}"
            with contextlib.suppress(ValueError):
                first = first_step(folder / EPOCHS), first_step(folder / STEPS)
                if all(begun is None or begun < step for begun in first):
                    return folder
        raise OSError(f"there are too many folders of {self._project}-{run}")


class _RunFiles:
    """Files of one run."""

    def __init__(self, folder: Path, step: int, events: EventFile | None) -> None:
        self.folder, self.step = folder, 0
        self._epochs, self._steps = CsvFile(folder / EPOCHS, step), CsvFile(folder / STEPS, step)
        self._events = events

    def add(self, point: CurvePoint) -> None:
        self.step = point.step
        rate = {"learning_rate": point.learning_rate}
        self._steps.add(point.step, {"epoch": point.place, "loss": point.loss, **rate})
        if point.epoch:
            self._epochs.add(point.step, {"epoch": point.place, **point.epoch, **rate})
        if self._events is not None:
            self._events.add(point.step, {"steps/loss": point.loss, **rate, **_tagged(point.epoch)})

    def close(self) -> None:
        self._epochs.close()
        self._steps.close()
        if self._events is not None:
            self._events.close()


def _tagged(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores by the tags under which TensorBoard groups them: loss/train and loss/validation stand together."""
    return {
        f"{name.removeprefix('val_')}/{'validation' if name.startswith('val_') else 'train'}": value
        for name, value in scores.items()
    }
