"""Card of the chosen data set: size, source, licence, and the way to its source."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.data import Card
from nnstudio.panels.download_box import action_button
from nnstudio.ui.labels import text_label


class DataCard(QWidget):
    """Facts about a data set, and a button to its authors' page, which opens only when pressed."""

    def __init__(self) -> None:
        super().__init__()
        self._address = ""
        self._text = text_label(role="muted")
        self._text.setObjectName("dataCard")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._page = action_button("Source page", "Open the page of the data set's authors", "dataSource", "info")
        self._page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self._address)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._text)
        column.addWidget(self._page, 0, Qt.AlignmentFlag.AlignLeft)

    def show_card(self, card: Card) -> None:
        """Show a card; one of data without authors is one paragraph."""
        self._address = card.address
        lines = (f"{card.size}.", f"Source: {card.source}.", f"Licence: {card.licence}.")
        text = ("\n" if card.address else " ").join(lines)
        self._text.setText(text[0].upper() + text[1:])
        self._page.setVisible(bool(card.address))
        self._page.setToolTip(card.address)
