"""Question before data outside the folder of somebody else's project are touched."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from engine.data import access
from engine.data.file_dataset import FileDataset
from nnstudio.project import project_file
from nnstudio.project.outside import is_network
from nnstudio.shell.studio import Studio
from nnstudio.ui.plain_text import PlainMessageBox


class OutsideQuestion(QObject):
    """Question that comes up once for a project from elsewhere; the window stays usable behind it.

    Without an answer the data stay unread, and the data panel has a button to allow them later.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._box: QMessageBox | None = None
        studio.files.opened.connect(self._look)

    def _look(self) -> None:
        if self._box is not None:
            self._box.close()
        places = self._places()
        if not places:
            return
        box = self._box = PlainMessageBox(self._studio)
        box.setObjectName("outsideQuestion")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.destroyed.connect(self._closed)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Data outside the project")
        box.setText("This project was made elsewhere, and wants to read data outside its own folder.")
        far = " That is on another computer in the network." if any(map(is_network, places)) else ""
        listed = "\n".join(place if len(place) <= 300 else f"{place[:150]} … {place[-140:]}" for place in places)
        box.setInformativeText(f"{listed}\n\nRead them only if you know what they are.{far}")
        allows = box.addButton("Read them", QMessageBox.ButtonRole.AcceptRole)
        leaves = box.addButton("Leave them", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(leaves)
        box.setEscapeButton(leaves)
        allows.clicked.connect(self.allow)
        box.open()

    def _closed(self) -> None:
        self._box = None

    def _places(self) -> tuple[str, ...]:
        dataset = self._studio.store.document.data.dataset
        if not isinstance(dataset, FileDataset):
            return ()
        return tuple(place for place in dataset.places() if access.is_withheld(place))

    def allow(self) -> None:
        """Read the data, now and whenever this file is opened again."""
        for place in self._places():
            access.allow(place)
        path = self._studio.files.path
        if path is not None:
            project_file.remember(path)
        self._studio.store.reanalyse()
