"""Diagram export to SVG, PDF or PNG, from a document alone.

It is drawn by the scene's own items, on a scene of its own, without what belongs to editing: no selection, no bubbles,
no dots. SVG and PDF hold text as text and drawings as paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from nnstudio.canvas.scene import CanvasScene
from nnstudio.document.model import Document
from nnstudio.export.base import ExportError
from nnstudio.store import Store
from nnstudio.ui.colours import DARK, LIGHT
from nnstudio.ui.theme import theme

Kind = Literal["svg", "pdf", "png"]

# Around the diagram, in scene units, of which there are 96 to an inch.
MARGIN = 16.0
_PER_INCH, _POINTS = 96.0, 72.0
_PDF_DOTS = 1200
# PDF readers show no page that is longer, in points.
_LONGEST_PAGE = 14_400.0
_MOST_PIXELS = 200_000_000
_CREATOR = "nnstudio"
# Whoever looks at the SVG may not have the font it was drawn with.
_FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Options:
    """Drawing options of a diagram.

    Attributes:
        dark: in the dark theme's colours.
        transparent: without a background; a PDF page has none in either case.
        scale: pixels of a PNG for each pixel at 100 %.
        title: the title in the file.
    """

    dark: bool = False
    transparent: bool = False
    scale: float = 2.0
    title: str = ""


def render(document: Document, kind: Kind, options: Options | None = None) -> bytes:
    """Content of the file. Raises ExportError."""
    options = options or Options()
    if kind == "png":
        buffer = _buffer()
        image(document, options).save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())
    with _scene(document, options) as (scene, area):
        return (_svg if kind == "svg" else _pdf)(scene, area, options)


def image(document: Document, options: Options | None = None) -> QImage:
    """Diagram as an image. Raises ExportError if it would be too large."""
    options = options or Options()
    with _scene(document, options) as (scene, area):
        width, height = round(area.width() * options.scale), round(area.height() * options.scale)
        if width * height > _MOST_PIXELS:
            raise ExportError(
                f"the picture would have {width:,} x {height:,} pixels, and {_MOST_PIXELS:,} are the most; "
                "choose a smaller scale, or SVG or PDF, which have no pixels"
            )
        picture = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        if picture.isNull():
            raise ExportError(f"there is no memory for {width:,} x {height:,} pixels; choose a smaller scale")
        picture.fill(_background(options))
        dots = round(_PER_INCH * options.scale / 0.0254)
        picture.setDotsPerMeterX(dots)
        picture.setDotsPerMeterY(dots)
        picture.setText("Title", options.title)
        picture.setText("Software", _CREATOR)
        painter = QPainter(picture)
        scene.render(painter, QRectF(0, 0, width, height), area)
        painter.end()
        return picture


def _svg(scene: CanvasScene, area: QRectF, options: Options) -> bytes:
    buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(round(_PER_INCH))
    generator.setSize(area.size().toSize())
    generator.setViewBox(QRectF(0, 0, area.width(), area.height()))
    generator.setTitle(options.title)
    generator.setDescription(f"Diagram of a neural network, drawn by {_CREATOR}")
    painter = QPainter(generator)
    if not options.transparent:
        painter.fillRect(QRectF(0, 0, area.width(), area.height()), _background(options))
    scene.render(painter, QRectF(0, 0, area.width(), area.height()), area)
    painter.end()
    text = bytes(buffer.data().data()).decode()
    return re.sub(r'font-family="([^"]*)"', rf'font-family="\1, {_FONTS}"', text).encode()


def _pdf(scene: CanvasScene, area: QRectF, options: Options) -> bytes:
    buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setTitle(options.title)
    writer.setCreator(_CREATOR)
    writer.setResolution(_PDF_DOTS)
    points = _POINTS / _PER_INCH
    shrunk = min(1.0, _LONGEST_PAGE / (max(area.width(), area.height()) * points))
    size = QSizeF(area.width(), area.height()) * points * shrunk
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point, "Diagram", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    page = QRectF(0, 0, area.width() * shrunk, area.height() * shrunk)
    painter.scale(_PDF_DOTS / _PER_INCH, _PDF_DOTS / _PER_INCH)
    if options.dark:
        painter.fillRect(page.adjusted(-1, -1, 1, 1), _background(options))
    scene.render(painter, page, area)
    painter.end()
    return bytes(buffer.data().data())


@contextmanager
def _scene(document: Document, options: Options) -> Iterator[tuple[CanvasScene, QRectF]]:
    """A scene that shows nothing but the diagram, and the part of it to be drawn, while the theme's colours are on."""
    with theme().lent(DARK if options.dark else LIGHT):
        store = Store()
        store.open(document)
        scene = CanvasScene(store)
        scene.dotted = False
        for block in scene.blocks.values():
            block.show_face(replace(block.face, problem=""))
        scene.alerts.clear()
        area = scene.content_rect()
        for wire in scene.wires.values():
            area = area.united(wire.sceneBoundingRect())
        # Whole pixels, so that nothing at the rim is cut or blurred.
        area = QRectF(area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect())
        try:
            yield scene, area
        finally:
            scene.deleteLater()
            store.deleteLater()


def _background(options: Options) -> QColor:
    if options.transparent:
        return QColor(Qt.GlobalColor.transparent)
    # Paper is white.
    return QColor(DARK.canvas) if options.dark else QColor(Qt.GlobalColor.white)


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer
