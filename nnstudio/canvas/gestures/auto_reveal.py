"""Scroll the view to blocks that an edit or a drag adds.

Otherwise the view stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer

from nnstudio.canvas.geometry.framing import blocks_area
from nnstudio.canvas.protocols import RevealingView
from nnstudio.document import grouping

# Milliseconds after which a preview is brought into sight.
_LINGER_MS = 200


class Sight(QObject):
    """Scrolls a view to new blocks. The zoom stays, except for another project, which is fitted into the view."""

    def __init__(self, view: RevealingView) -> None:
        super().__init__(view.qt)
        self._view, self._store = view, view.store
        # All blocks there are, to see which ones an edit brings.
        self._known = frozenset(self._store.document.by_name)
        self._opens = False
        self._shown = self._store.document
        self._lingers = QTimer(self, singleShot=True, interval=_LINGER_MS)
        self._lingers.timeout.connect(self._show_preview)
        self._store.opened.connect(self._opened)
        self._store.changed.connect(self._changed)

    def previewed(self) -> None:
        """React to a drop preview: reveal it once it has rested for a moment."""
        if self._view.canvas.shown is not self._shown:
            self._shown = self._view.canvas.shown
            self._lingers.start()

    def _opened(self) -> None:
        self._opens = True

    def _changed(self) -> None:
        before, self._known = self._known, frozenset(self._store.document.by_name)
        if self._opens:
            self._opens = False
            self._view.fit()
        elif self._known != before:
            self._view.stay()
            # As many as before, and a block was only renamed.
            if len(self._known) > len(before) and not self._view.canvas.steady:
                self._show_new(self._known - before)

    def _show_new(self, names: Iterable[str]) -> None:
        """Brings new blocks into sight, and if there is room what they lead to: the next one may go in between."""
        document = self._store.document
        shown = {grouping.stand_in(document, name) for name in names}
        behind = {wire.target for wire in grouping.drawn(document).wires if wire.source in shown}
        seen, blocks = self._view.seen_rect(), blocks_area(document, shown)
        both = blocks.united(blocks_area(document, behind))
        fits = both.width() <= seen.width() and both.height() <= seen.height()
        self._view.bring_in(both if fits else blocks)

    def _show_preview(self) -> None:
        """Brings the block that would be dropped now into sight; whoever drags on to an edge is not held back."""
        shown = self._view.canvas.shown
        if shown is not self._store.document and not self._view.scrolls:
            self._view.bring_in(blocks_area(shown, [grouping.stand_in(shown, shown.blocks[-1].name)]))
