"""Scatter plots as SVG files: a shape for each point, instead of an image of all symbols for each."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QBuffer, QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from nnstudio.views.plotting import ThemedPlot, column
from nnstudio.views.scatter import ScatterPlot
from tests.nnstudio.views_support import shown


def svg_of(plot: ThemedPlot) -> str:
    buffer, generator = QBuffer(), QSvgGenerator()
    generator.setOutputDevice(buffer)
    painter = QPainter(generator)
    plot.viewport().render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data()).decode()


def shapes(drawing: str) -> int:
    return drawing.count("<rect") + drawing.count("<path")


def image_of(plot: ThemedPlot) -> QImage:
    return plot.grab().toImage()


def test_points_are_shapes_in_a_file_and_as_before_on_screen(qapp: QApplication) -> None:
    # A plot that is closed by itself takes itself apart.
    window, plot = QWidget(), ThemedPlot("Points")
    column(window, plot)
    item = ScatterPlot(pxMode=True, symbol="s", size=9)
    plot.addItem(item)
    places = np.random.default_rng(0).uniform(0.1, 0.9, (60, 2))
    with shown(window):
        plot.fit(0, 1, 0, 1)
        plain = svg_of(plot)
        empty = image_of(plot)
        item.setData(x=places[:, 0], y=places[:, 1])
        before = image_of(plot)
        assert before != empty
        drawing = svg_of(plot)
        assert drawing.count("<image") == plain.count("<image")
        assert shapes(drawing) >= shapes(plain) + 60
        # Other points after the file was made are drawn as well as before.
        item.setData(x=places[:, 0], y=places[:, 1])
        assert image_of(plot) == before
        item.clear()
        assert image_of(plot) == empty
