"""Card of the chosen data set: size, source, licence, and the way to its source."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.data import Card
from nnstudio.panels.download_box import action_button
from nnstudio.panels.parts import Facts


class DataCard(QWidget):
    """Facts about a data set, and a button to its authors' page, which opens only when pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dataCard")
        self._address = ""
        self._facts = Facts()
        self._page = action_button("Source page", "Open the page of the data set's authors", "dataSource", "info")
        self._page.setCursor(Qt.CursorShape.PointingHandCursor)
        self._page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self._address)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._facts)
        column.addWidget(self._page, 0, Qt.AlignmentFlag.AlignLeft)

    def show_card(self, card: Card) -> None:
        """Show a card."""
        self._address = card.address
        self._facts.set_facts({"Size": card.size, "Source": card.source, "Licence": card.licence})
        self._page.setVisible(bool(card.address))
        self._page.setToolTip(card.address)
