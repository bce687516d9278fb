"""Opening of tables in the data panel: the table is taken as it is guessed, and its import page comes up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from engine.data import Dataset, TableFile, open_path
from engine.errors import DataError
from nnstudio.document import edits
from nnstudio.panels.reading_box import ReadingBox
from nnstudio.panels.tables.look import Look, look_at
from nnstudio.panels.tables.page import ImportPage
from nnstudio.store import Store
from nnstudio.ui.icons import set_icon


@dataclass(frozen=True)
class Opened:
    """Data that were opened.

    Attributes:
        settled: the same with every guess made explicit; None where an `error` stands against it.
        look: of a table, what is to be seen of it.
    """

    dataset: Dataset
    settled: Dataset | None
    error: str = ""
    look: Look | None = None


def open_data(path: str) -> Opened:
    """Open a file or folder. A table that cannot be used as it is guessed may be set up by hand. Raises DataError."""
    dataset = open_path(path)
    if not isinstance(dataset, TableFile):
        return Opened(dataset, dataset.settled())
    look = look_at(dataset)
    try:
        return Opened(dataset, dataset.settled(), look=look)
    except DataError as error:
        if look.guess is None:
            raise
        return Opened(dataset, None, error.message, look)


class TableOpening(QObject):
    """Import pages of the document's table, and of tables that are opened.

    Signals:
        used: a table has become the document's data.

    Attributes:
        button: opens the page of the document's table. page: the page that is open, if one is.
    """

    used = Signal()

    def __init__(self, store: Store, waiting: ReadingBox, parent: QWidget) -> None:
        super().__init__(parent)
        self._store, self._waiting, self._parent = store, waiting, parent
        self.page: ImportPage | None = None
        # What was opened, until its page comes up.
        self._next: Opened | None = None
        self.button = QPushButton("Columns…")
        self.button.setAutoDefault(True)  # Enter presses it too
        self.button.setObjectName("tableColumns")
        self.button.setAccessibleName("Columns of the table")
        self.button.setToolTip("Shows how the table is read, and what each of its columns is for")
        set_icon(self.button, "data")
        self.button.clicked.connect(self.show_columns)
        store.opened.connect(self.close)
        self.refresh()

    def refresh(self) -> None:
        """Show the button where the document's data are a table."""
        dataset = self._store.document.data.dataset
        self.button.setVisible(isinstance(dataset, TableFile) and bool(dataset.path))

    def take(self, opened: Opened) -> None:
        """Take a table that was opened, where it can be used, and show its page."""
        assert isinstance(opened.dataset, TableFile)
        if opened.settled is not None:
            self._use(opened.settled)
        # In a turn of its own: the panels and the page at once would hold the window up for too long.
        self._next = opened
        QTimer.singleShot(0, self, lambda: self._turn(opened))

    def _turn(self, opened: Opened) -> None:
        if self._next is opened:
            assert isinstance(opened.dataset, TableFile)
            self._show(opened.dataset, opened.look, opened.error)

    def show_columns(self) -> None:
        """Show the page of the document's table."""
        dataset = self._store.document.data.dataset
        if isinstance(dataset, TableFile):
            self._show(dataset)

    def close(self) -> None:
        """Close the page, or let it not come up."""
        self._next = None
        if self.page is not None:
            self.page.close()

    def _show(self, dataset: TableFile, look: Look | None = None, error: str = "") -> None:
        self.close()
        self.page = page = ImportPage(dataset, self._parent.window(), look)
        page.wanted.connect(self._read)
        page.finished.connect(lambda: self._gone(page))
        page.show()
        if error:
            page.show_error(error)

    def _gone(self, page: ImportPage) -> None:
        if self.page is page:
            self.page = None

    def _read(self, dataset: TableFile) -> None:
        """Read a table whole, and take it; what is wrong with it is said on the page."""
        page = self.page

        def take(settled: Dataset) -> None:
            self._use(settled)
            if page is not None and self.page is page:
                page.accept()

        def refuse(sentence: str) -> None:
            if page is not None and self.page is page:
                page.show_error(sentence)

        self._waiting.read(Path(dataset.path).name, dataset.settled, take, refuse)

    def _use(self, dataset: Dataset) -> None:
        """Make a table the document's data. What is changed right after it was opened is one step with that."""
        assert isinstance(dataset, TableFile)
        name = Path(dataset.path).name
        key = f"table {dataset.path}"
        own = self._store.document.data.dataset
        known = isinstance(own, TableFile) and own.path == dataset.path and not self._store.continues(key)
        document = edits.choose_data(self._store.document, dataset, self._store.data_state)
        self._store.edit(f"Change columns of {name}" if known else f"Open data {name}", document, merge=key)
        self.used.emit()
