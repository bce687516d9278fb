"""Question for the data of an opened project that are gone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from engine.data import Dataset
from engine.data.formats import file_patterns
from engine.declared import describe
from nnstudio.document import edits
from nnstudio.document.data_state import place_name
from nnstudio.project.data_place import place_of
from nnstudio.shell.studio import Studio
from nnstudio.ui.plain_text import PlainMessageBox


class DataQuestion(QObject):
    """Question that comes up once for a project whose data file is missing; the window stays usable behind it.

    The answer changes the path alone: settings and weights stay.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._box: QMessageBox | None = None
        self._due = False
        studio.files.opened.connect(self._begin)
        studio.store.changed.connect(self._look)

    def _begin(self) -> None:
        if self._box is not None:
            self._box.close()
        self._due = not self._studio.files.fresh
        self._look()

    def _look(self) -> None:
        """Asks, once it is known that the data are missing."""
        dataset = self._studio.store.document.data.dataset
        if not self._due or not place_of(dataset):
            return
        if self._studio.store.is_missing(dataset):
            self._due = False
            self._ask(dataset)
        elif self._studio.store.is_known(dataset):
            self._due = False

    def _ask(self, dataset: Dataset) -> None:
        place, name = Path(place_of(dataset)), place_name(dataset)
        box = self._box = PlainMessageBox(self._studio)
        box.setObjectName("missingDataQuestion")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Data not found")
        box.setText(f"The data of this project, “{name}”, are not there any more.")
        box.setInformativeText(
            f"They were in {place.parent}, and are not beside the project either. Where are they now? "
            "Settings and weights stay."
        )
        choose = box.addButton("Choose…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Not now", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(choose)
        choose.clicked.connect(lambda: self._choose(dataset))
        box.open()

    def _choose(self, dataset: Dataset) -> None:
        studio, name = self._studio, place_name(dataset)
        kinds = {field.name: field.kind for field in describe(type(dataset))}
        if kinds.get(dataset.location[0]) == "folder":
            path = QFileDialog.getExistingDirectory(studio, f"Folder “{name}”", studio.files.folder)
        else:
            filters = f"{name} ({name});;Data ({' '.join(file_patterns())});;All files (*)"
            path, _ = QFileDialog.getOpenFileName(studio, f"File “{name}”", studio.files.folder, filters)
        document = studio.store.document
        if path and document.data.dataset == dataset:
            studio.store.edit(f"Find data {name}", edits.set_data(document, dataset=dataset.located(path)))
