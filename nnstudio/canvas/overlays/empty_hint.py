"""Hint on the empty canvas: how to put the first layer there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from nnstudio.document import edits
from nnstudio.document.model import INPUT, OUTPUT, Document
from nnstudio.ui.theme import theme

_HINT = "Drag a layer from the palette onto this wire, or double-click one to append it."
_FONT_PIXELS = 14
# From the wire to the text, and from the text to the edge of the view, in scene units; and the text's largest size.
_GAP, _EDGE = 28, 8
_WIDTH, _HEIGHT = 320, 120


def draw_hint(painter: QPainter, document: Document, seen: QRectF, font: QFont) -> None:
    """Draw the hint beside the only wire of an empty document; `seen` is the visible part of the scene."""
    source, target = (QPointF(*edits.position(document, end)) for end in (INPUT, OUTPUT))
    middle = (source + target) / 2
    font = QFont(font)
    font.setPixelSize(_FONT_PIXELS)
    painter.setFont(font)
    painter.setPen(QColor(theme().colours.muted))
    # In two lines where there is room beside the wire, else in more of them.
    room = seen.right() - middle.x() - _GAP - _EDGE
    area = QRectF(middle.x() + _GAP, middle.y() - _HEIGHT / 2, min(room, _WIDTH), _HEIGHT)
    painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), _HINT)
