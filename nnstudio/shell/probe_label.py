"""Probe in the status bar: its name, and a click that opens its panel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.sample_text import probe_text
from nnstudio.training.split import Split
from nnstudio.ui.plain_text import plain_tip

# Pixels that its text takes at most.
_WIDEST = 260


class ProbeLabel(QToolButton):
    """Button that names the probe; hidden while no data are shown."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probeStatus")
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._store = store
        self._split: Split | None = None
        self._away = True
        store.sample_changed.connect(self._refresh)
        self._refresh()

    def set_away(self, away: bool) -> None:
        """Hide it while no project is shown."""
        self._away = away
        self._refresh()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Follow the data of a snapshot."""
        if snapshot.data is not self._split:
            self._split = snapshot.data
            self._refresh()

    def _refresh(self) -> None:
        self.setVisible(self._split is not None and not self._away)
        text = f"Probe: {probe_text(self._store.probe, self._split)}"
        self.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, _WIDEST))
        self.setToolTip(plain_tip(f"{text}\nThe sample that all views look at. Click to see its values."))
        self.setAccessibleName(text)
        self.setAccessibleDescription("Shows the probe's panel")
