"""Helpers shared by tests of the panels."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QSlider, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel
from nnstudio.store import Store
from nnstudio.ui.theme import MODES, theme

NARROW = 280


def shown(qtbot: QtBot, panel: QWidget, width: int = 300, height: int = 760) -> None:
    """Shows a panel as a dock would, and makes its window the active one."""
    qtbot.addWidget(panel)
    panel.resize(width, height)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()


def settle(*widgets: QWidget) -> None:
    """Lets layouts come to rest.

    They ask each other for room by events. Where a whole window is dressed anew these come in no fixed order, and a
    round of them may leave a column a line too short until the next.
    """
    before: list[QRect] = []
    for _ in range(10):
        QApplication.processEvents()
        now = [QRect(widget.geometry()) for widget in widgets]
        # One round may change nothing and the next one may.
        if now == before:
            QApplication.processEvents()
            if now == [widget.geometry() for widget in widgets]:
                return
        before = now
    raise AssertionError("the layouts come to no rest")


def type_into(qtbot: QtBot, form: Form, name: str, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    """Types a value over the old one in a form's field."""
    control: Any = form.rows[name].editor.control
    control.setFocus()
    line = control if isinstance(control, QLineEdit) else control.lineEdit()
    line.selectAll()
    qtbot.keyClicks(control, text)
    qtbot.keyClick(control, key)


def text_of(form: Form, name: str) -> str:
    control: Any = form.rows[name].editor.control
    return str(control.text() if isinstance(control, QLineEdit) else control.lineEdit().text())


def last_step(store: Store) -> str:
    """Name of the step that undo would take back."""
    return store.undo_stack.undoText()


def visible_text(panel: QWidget) -> str:
    """All that the labels say which are on show."""
    QApplication.processEvents()
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def button(panel: QWidget, name: str) -> QAbstractButton:
    """The visible button of that object name."""
    # Qt shows widgets that are added to a visible page with the next events.
    QApplication.processEvents()
    found = [child for child in panel.findChildren(QAbstractButton, name) if child.isVisible()]
    assert found, f"no visible button {name}"
    return found[0]


def assert_fits(panel: Panel) -> None:
    """Nothing is wider than the dock, and no plain label is cut off."""
    room = panel.area.viewport().width()
    assert panel.content.minimumSizeHint().width() <= room
    for label in panel.content.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap() and label.text():
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width(), label.text()


def assert_named(panel: QWidget) -> None:
    """Every widget a person uses has an accessible name."""
    for kind in (QAbstractButton, QComboBox, QSlider, QLineEdit):
        for child in panel.findChildren(kind):
            inside = isinstance(child.parent(), QComboBox) or child.objectName().startswith("qt_")
            if not inside:
                assert child.accessibleName(), f"{type(child).__name__} {child.objectName()!r} has no name"


def background(panel: QWidget) -> str:
    """The colour at the left edge, half way down, where nothing stands."""
    return panel.grab().toImage().pixelColor(4, panel.height() // 2).name()


def repaint_in_all_themes(panel: QWidget) -> None:
    for mode in (*MODES, "light"):
        theme().set_mode(mode)  # type: ignore[arg-type]
        panel.grab()


def choose(qtbot: QtBot, combo: QComboBox, key: str) -> None:
    """Goes to an entry with the keyboard, as a person would."""
    combo.setFocus()
    target = combo.findData(key)
    assert target >= 0
    # The panel follows every entry on the way, as the combo box reports each.
    while combo.currentIndex() != target:
        qtbot.keyClick(combo, Qt.Key.Key_Down if combo.currentIndex() < target else Qt.Key.Key_Up)
