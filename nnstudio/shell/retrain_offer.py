"""Offer to train anew after the network was changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from nnstudio.training.messages import Snapshot
from nnstudio.ui.icons import set_icon

# Milliseconds for which the offer stays while training goes on with the weights that were kept.
_STAYS = 10_000


class FreshOffer(QWidget):
    """Button in the status bar that offers initial weights after a network change.

    It stands there until training has gone on for a while with the weights that still fit. A reset removes it, and so
    does an undo of the change before training goes on.
    """

    def __init__(self, reset: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The step after which the change was made that is on offer, or was last.
        self._change: int | None = None
        self._going = QTimer(self, singleShot=True, interval=_STAYS)
        self._going.timeout.connect(self.hide)
        self.button = QToolButton()
        self.button.setObjectName("freshButton")
        self.button.setAutoRaise(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setText("Start fresh")
        set_icon(self.button, "reset")
        self.button.setToolTip(
            "The network was changed after training. Play continues with the weights that still fit; "
            "this starts again from initial weights. It can be undone."
        )
        self.button.setAccessibleName("Start fresh: initial weights for the changed network")
        self.button.clicked.connect(lambda: reset())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        self.hide()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Make the offer once for each change of the network."""
        change = snapshot.restructured
        if change != self._change:
            self._change = change
            self._going.stop()
            self.setVisible(change is not None)
        if change is not None and snapshot.step > change and self.isVisible() and not self._going.isActive():
            self._going.start()
