"""Writing of the curves to a folder while the window trains."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.errors import DataError
from nnstudio.curve_files.curve_folder import CurveFolder
from nnstudio.store import Store
from nnstudio.training.session import Session


class CurveWriting(QObject):
    """Curves of the project's runs as files, from the moment on at which a folder was chosen.

    Signals:
        told: a sentence for the user; it may come from the thread that trains.

    Attributes:
        folder: where they are written; None for nowhere.
    """

    told = Signal(str)

    def __init__(self, store: Store, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.folder: Path | None = None
        # The runs of another project have the same names.
        store.opened.connect(self.end)

    def begin(self, folder: Path, project: str) -> None:
        """Write the curves to a folder from here on, those of each run in a subfolder that begins with `project`."""
        try:
            curves = CurveFolder(folder, project, self._tell)
        except DataError as error:
            self._tell(error.message)
            return
        self.folder = folder
        self._session.listen_to_curves(curves)
        self.told.emit(f"Curves are written to {folder} from now on; tensorboard --logdir draws them.")

    def end(self) -> None:
        """Write no more."""
        if self.folder is not None:
            self.folder = None
            self._session.listen_to_curves(None)

    def _tell(self, sentence: str) -> None:
        self.told.emit(f"{sentence[:1].upper()}{sentence[1:]}.")
