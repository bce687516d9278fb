"""Scrolling column: it comes to rest, whatever its content asks for."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.shell.main_window import MainWindow
from nnstudio.ui.scroll_column import ScrollColumn


class Fickle(QWidget):
    """Asks for another height each time it is asked, as texts that wrap may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def minimumSizeHint(self) -> QSize:
        self.asked += 1
        return QSize(50, 200 + self.asked % 2 * 14)


def test_a_content_that_cannot_decide_is_fitted_once_for_each_change(qtbot: QtBot) -> None:
    content = Fickle()
    column = ScrollColumn(content)
    qtbot.addWidget(column)
    column.resize(120, 90)
    column.show()
    QApplication.processEvents()
    # Without end, it would be asked until Python or the process gives up.
    assert 0 < content.asked < 50
    content.asked = 0
    column.resize(140, 90)
    content.updateGeometry()
    QApplication.processEvents()
    assert 0 < content.asked < 50
    assert content.width() == column.viewport().width()


def test_a_text_that_wraps_has_all_its_lines(qtbot: QtBot) -> None:
    content = QWidget()
    label = QLabel("a sentence that takes several lines " * 8)
    label.setWordWrap(True)
    QVBoxLayout(content).addWidget(label)
    column = ScrollColumn(content)
    qtbot.addWidget(column)
    column.show()
    for width in (300, 180, 420, 181, 300):
        column.resize(width, 90)
        QApplication.processEvents()
        assert content.width() == column.viewport().width()
        assert label.height() >= label.heightForWidth(label.width())


def test_all_that_scrolls_in_the_window_is_such_a_column(qapp: QApplication, qtbot: QtBot) -> None:
    window = MainWindow()
    areas = [area for area in window.findChildren(QScrollArea) if area.widget() is not None]
    window.session.close()
    window.deleteLater()
    assert len(areas) > 4
    assert all(isinstance(area, ScrollColumn) for area in areas)
