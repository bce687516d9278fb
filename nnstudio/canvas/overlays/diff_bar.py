"""Legend of a difference on the canvas, with the way out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGraphicsView, QHBoxLayout, QPushButton, QVBoxLayout

from nnstudio.canvas.items.diff_marks import ADDED, CHANGED, REMOVED, colour_of
from nnstudio.canvas.overlays.overlay import Overlay
from nnstudio.document.run_diff import NetworkDiff
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.theme import theme

# Changed settings that are listed; the tooltip has all.
_MOST_SETTINGS = 4
_WIDEST = 360


class DiffBar(Overlay):
    """Panel that says with what the network is compared, and what its signs mean.

    Signals:
        closed: the person has seen enough.
    """

    closed = Signal()

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view, Qt.Corner.TopLeftCorner)
        self.setObjectName("diffBar")
        self.title = PlainLabel()
        self.title.setObjectName("diffTitle")
        self.title.setProperty("role", "heading")
        self._counts = {sign: PlainLabel() for sign in (ADDED, CHANGED, REMOVED)}
        self.settings = PlainLabel()
        self.settings.setObjectName("diffSettings")
        self.settings.setWordWrap(True)
        self.settings.setMaximumWidth(_WIDEST)
        close = QPushButton("Close")
        close.setObjectName("diffClose")
        close.setAccessibleName("End the comparison")
        close.clicked.connect(self.closed)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.title, 1)
        first.addWidget(close)
        for label in self._counts.values():
            second.addWidget(label)
        second.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.settings)
        theme().changed.connect(self._dress)
        self._dress()
        self.hide()

    def show_diff(self, name: str, diff: NetworkDiff) -> None:
        """Show what a difference is made of."""
        self.title.setText(f"Compared with {name}")
        numbers = {
            ADDED: len(diff.added) + len(diff.wires_added),
            CHANGED: len(diff.changed),
            REMOVED: len(diff.removed) + len(diff.wires_removed),
        }
        words = {ADDED: "added", CHANGED: "changed", REMOVED: "gone"}
        for sign, label in self._counts.items():
            label.setText(f"{sign} {numbers[sign]} {words[sign]}")
        shown = list(diff.settings[:_MOST_SETTINGS])
        more = len(diff.settings) - len(shown)
        text = "\n".join([*shown, *([f"and {more} more"] if more > 0 else [])])
        self.settings.setText("The same network and settings." if diff.empty else text)
        self.settings.setToolTip("\n".join(diff.settings))
        self.settings.setVisible(bool(self.settings.text()))
        self.adjustSize()
        self.place()
        self.show()

    def _dress(self) -> None:
        for sign, label in self._counts.items():
            label.setStyleSheet(f"color: {colour_of(sign).name()}; font-weight: 600;")
