"""Window as far as its files go, made in no time."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from nnstudio.shell.autosave import Rescue
from nnstudio.shell.project_files import Files
from nnstudio.shell.status_bar import StatusBar
from nnstudio.store import Store
from nnstudio.training.session import Session


class Desk(QMainWindow):
    """Store, session, files and unsaved work, without anything that draws them."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(self)
        self.session = Session(self.store, self)
        self.files = Files(self.store, self.session, self)
        self.rescue = Rescue(self.store, self.session, self.files, self)
        self.status = StatusBar(self)
        self.files.message.connect(self.status.tell)

    def end(self) -> None:
        """Close it, with its threads."""
        self.rescue.close()
        self.session.close()
        self.deleteLater()
