"""Play and pause, and resuming a run whose epochs are complete."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from nnstudio.document import edits
from nnstudio.shell.action_text import rename
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.session import Session

_PLAY, _TIP = "&Play", "Train until all epochs are done"


def more(snapshot: Snapshot) -> int:
    """Epochs by which play extends a finished run; 0 for any other."""
    if snapshot.state is not RunState.FINISHED:
        return 0
    left = snapshot.epochs - snapshot.epoch
    return left if left > 0 else snapshot.portion


def play(store: Store, session: Session) -> bool:
    """Train until all epochs are done; extend a finished run by `more` epochs.

    The extension is an edit. Returns False if there can be no more epochs.
    """
    snapshot, document = session.snapshot, store.document
    if snapshot.state is RunState.FINISHED and snapshot.epoch >= snapshot.epochs:
        longer = edits.with_epochs(document, snapshot.epoch + snapshot.portion)
        if longer.training.epochs <= snapshot.epoch:
            return False
        store.edit(f"Change epochs from {document.training.epochs} to {longer.training.epochs}", longer)
    session.play()
    return True


class PlayBox(QWidget):
    """Buttons of play and pause.

    When all is trained there is nothing to pause, and play has a longer text: it takes the room of both, so that
    nothing beside it moves.
    """

    def __init__(self, play: QAction, pause: QAction, icon_size: QSize) -> None:
        super().__init__()
        self._play = play
        self._more = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._buttons = {"play": QToolButton(), "pause": QToolButton()}
        for (name, button), action in zip(self._buttons.items(), (play, pause), strict=True):
            button.setObjectName(f"{name}Button")
            button.setAutoRaise(True)
            button.setIconSize(icon_size)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setDefaultAction(action)
            button.setAccessibleName(action.whatsThis())
            row.addWidget(button)
        row.addStretch(1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show by how many epochs play extends a finished run."""
        epochs = more(snapshot)
        if epochs == self._more:
            return
        # What it has needed once stays its own.
        self.setMinimumWidth(max(self.minimumWidth(), self.sizeHint().width()))
        self._more = epochs
        text = f"Train {epochs:,} more epoch{'' if epochs == 1 else 's'}" if epochs else _PLAY
        rename(self._play, text, f"Train {epochs:,} more" if epochs else "", text if epochs else _TIP)
        self._buttons["play"].setAccessibleName(self._play.whatsThis())
        self._buttons["pause"].setVisible(not epochs)
