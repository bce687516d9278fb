"""Highlight the blocks that a search found, and dim the rest."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.sizes import RADIUS
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.protocols import DrawnScene
from nnstudio.document.grouping import stand_in
from nnstudio.ui.theme import theme

_DIM = 0.3
_AWAY = 5.0


class _Frame(QGraphicsItem):
    """A line about a block that was found; a double one about that at which the search stands."""

    def __init__(self, block: BlockItem, *, current: bool) -> None:
        super().__init__(block)
        self._rect = block.shape().boundingRect().adjusted(-_AWAY, -_AWAY, _AWAY, _AWAY)
        self._current = current

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-6, -6, 6, 6)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme().colours.warning), 2))
        painter.drawRoundedRect(self._rect, RADIUS + _AWAY, RADIUS + _AWAY)
        if self._current:
            painter.drawRoundedRect(self._rect.adjusted(-4, -4, 4, 4), RADIUS + _AWAY + 4, RADIUS + _AWAY + 4)


class Lighting:
    """Highlighted blocks of a scene; None while there is no search."""

    def __init__(self, scene: DrawnScene) -> None:
        self._scene = scene

    def show(self, found: AbstractSet[str] | None, current: str = "") -> None:
        """Highlight these blocks; None restores the usual look."""
        if found is not None:
            document = self._scene.store.document
            found = {stand_in(document, name) for name in found}
            current = stand_in(document, current)
        for name, block in self._scene.blocks.items():
            # Asked of the block, since one that was taken off the canvas has taken its frame along.
            for frame in [child for child in block.childItems() if isinstance(child, _Frame)]:
                self._scene.qt.removeItem(frame)
            lit = found is None or name in found
            block.setOpacity(1.0 if lit else _DIM)
            if found is not None and lit:
                _Frame(block, current=name == current)
        for wire, item in self._scene.wires.items():
            item.setOpacity(1.0 if found is None or {wire.source, wire.target} <= found else _DIM)
