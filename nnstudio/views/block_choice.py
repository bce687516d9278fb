"""Block choice: a list that follows selection and chosen unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from nnstudio.document.model import shown_name
from nnstudio.store import Store

# Names of the blocks that a view can show, in the order of the data; and the one among them to begin with.
Offer = Callable[[Store], Sequence[str]]
Preference = Callable[[Store, Sequence[str]], str]


class BlockChoice(QComboBox):
    """List of the blocks that a view can show, by display names. A selection that is not among them changes nothing.

    Signals:
        chosen: another block, or none, is on show.
    """

    chosen = Signal()

    def __init__(self, store: Store, offer: Offer, prefer: Preference, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._offer, self._prefer = store, offer, prefer
        self.block = ""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(lambda index: self.choose(self.itemData(index)))
        store.changed.connect(self._take_blocks)
        store.opened.connect(self._forget)
        store.selection_changed.connect(self.choose)
        store.unit_changed.connect(self._follow_unit)
        self._take_blocks()
        self.choose(store.selected)
        self._follow_unit()

    @property
    def names(self) -> list[str]:
        """Blocks on offer."""
        return [self.itemData(index) for index in range(self.count())]

    def choose(self, name: str) -> None:
        """Show a block, if it is on offer."""
        if name in self.names:
            self._set(name)

    def _forget(self) -> None:
        # In another project this name means another block.
        self.block = ""

    def _follow_unit(self) -> None:
        if self._store.unit is not None:
            self.choose(self._store.unit.block)

    def _take_blocks(self) -> None:
        names = list(self._offer(self._store))
        if names != self.names:
            self.clear()
            for name in names:
                self.addItem(shown_name(name), name)
        if self.block in names:
            self.setCurrentIndex(names.index(self.block))
        elif self._store.selected in names:
            self._set(self._store.selected)
        else:
            self._set(self._prefer(self._store, names) if names else "")

    def _set(self, name: str) -> None:
        self.setCurrentIndex(self.findData(name))
        if name != self.block:
            self.block = name
            self.chosen.emit()
