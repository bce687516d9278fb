"""Get missing or larger data, from the internet or from a folder."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from engine.data import Dataset, MissingDataError
from engine.errors import EngineError
from nnstudio.document import edits
from nnstudio.document.data_state import place_name
from nnstudio.panels.download import Fetch
from nnstudio.panels.download_box import DownloadBox, action_button
from nnstudio.panels.reading_box import ReadingBox
from nnstudio.store import Store
from nnstudio.ui.labels import text_label


class Supply(QWidget):
    """Offer of a larger data set, and progress of its download.

    Signals:
        changed: a download started or ended, so that the widgets around it can follow.
    """

    changed = Signal()

    def __init__(self, store: Store, fetch: Fetch, waiting: ReadingBox) -> None:
        super().__init__()
        self._store = store
        self._waiting = waiting
        # The data that the document had when files were asked for, and those of the files. Once it has others, nobody
        # waits for them any more.
        self._asked: tuple[Dataset, Dataset] | None = None
        self._offer = _Offer()
        self._offer.use.clicked.connect(self._use)
        self._offer.folder.clicked.connect(self.choose_folder)
        self._box = DownloadBox(fetch)
        self._box.done.connect(self._downloaded)
        self._box.changed.connect(self._follow)
        self._box.folder_wanted.connect(self.choose_folder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._offer)
        column.addWidget(self._box)
        self.refresh()

    @property
    def running(self) -> bool:
        """True while a download runs."""
        return self._box.running

    @property
    def engaged(self) -> bool:
        """True while a download runs, or while a failed one is explained."""
        return self._box.engaged

    def refresh(self) -> None:
        """Follow the document's data."""
        dataset = self._store.document.data.dataset
        if self._asked is not None and dataset != self._asked[0]:
            self.forget()
        larger = dataset.larger()
        self._offer.setVisible(larger is not None and not self.engaged)
        if larger is not None:
            self._offer.show_data(larger, there=not _are_missing(larger))
        self.setVisible(larger is not None or self.engaged)

    def forget(self) -> None:
        """Cancel a download and hide its messages."""
        self._asked = None
        self._box.clear()

    def start(self) -> None:
        """Start the download."""
        wanted = self._wanted()
        if wanted is not None:
            self._asked = self._store.document.data.dataset, wanted
            self._box.start(wanted)

    def choose_folder(self) -> None:
        """Let the user choose the folder that has the files."""
        wanted = self._wanted()
        path = QFileDialog.getExistingDirectory(self, "Choose the folder with the files")
        if path and wanted is not None:
            self._take(wanted.located(path))

    def _use(self) -> None:
        wanted = self._wanted()
        if wanted is not None and _are_missing(wanted):
            self.start()
        elif wanted is not None:
            self._take(wanted)

    def _wanted(self) -> Dataset | None:
        """The data whose files are asked for."""
        dataset = self._store.document.data.dataset
        return dataset if self._store.is_missing(dataset) else dataset.larger()

    def _downloaded(self, _: str) -> None:
        if self._asked is not None:
            self._take(self._asked[1].downloaded())

    def _take(self, new: Dataset) -> None:
        """Takes the data if they are there, as one edit."""
        old = self._store.document.data.dataset

        def refuse(sentence: str) -> None:
            self._asked = old, new
            self._box.fail(sentence, new)

        self._waiting.read(place_name(new), new.signature, lambda _: self._put(new), refuse)

    def _put(self, new: Dataset) -> None:
        """Takes data that are there, as one edit."""
        document = self._store.document
        old = document.data.dataset
        self.forget()
        if new == old:
            self._store.reanalyse()
        elif type(new) is type(old):
            self._store.edit("Use the data that were found", edits.set_data(document, dataset=new))
        else:
            chosen = edits.choose_data(document, new, self._store.data_state)
            self._store.edit(f"Change data from {old.title} to {new.title}", chosen)

    def _follow(self) -> None:
        self.refresh()
        self.changed.emit()


class _Offer(QFrame):
    """The data in large, as a sentence with two buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("larger")
        self.setProperty("role", "remark")
        self._text = text_label()
        self._text.setObjectName("largerText")
        self.use = action_button("Use", "Use the larger data", "useLarger", "download")
        self.folder = action_button("Choose folder…", "Choose a folder with the files", "largerFolder", "folder")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 9, 10, 9)
        column.setSpacing(6)
        for widget in (self._text, self.use, self.folder):
            column.addWidget(widget)

    def show_data(self, larger: Dataset, *, there: bool) -> None:
        """Offers these data; where they are not `there`, to fetch them."""
        name = larger.title.partition(" (")[0]
        self._text.setText(f"Training can go on with real {name}. Weights that fit are kept.")
        title = f"Use real {name}" if there else f"Use real {name} ({larger.download_size})"
        self.use.setText(title)
        self.use.setAccessibleName(title)
        self.folder.setVisible(not there)


def _are_missing(dataset: Dataset) -> bool:
    """True if the files of a data set are not on this computer."""
    try:
        dataset.stamps()
    except MissingDataError:
        return True
    except EngineError:
        return False
    return False
